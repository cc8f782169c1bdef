//! What differs in the conditions of a stage and in their rules.

use super::{ChangeKind, Found};
use crate::model::pipeline::{ConditionDeclaration, RuleDeclaration};

impl Found {
    pub(super) fn conditions(
        &mut self,
        place: &str,
        was: &[ConditionDeclaration],
        is: &[ConditionDeclaration],
    ) {
        for condition in was {
            if is.iter().all(|it| it.kind != condition.kind) {
                let words = format!("condition {} removed", condition.kind.label());
                self.add(ChangeKind::Removed, place, words);
            }
        }
        for condition in is {
            let label = condition.kind.label();
            let Some(before) = was.iter().find(|it| it.kind == condition.kind) else {
                let rules: Vec<&str> = condition.rules.iter().map(|it| it.name.as_str()).collect();
                let words = format!("condition {label} added, rules {}", rules.join(", "));
                self.add(ChangeKind::Added, place, words);
                continue;
            };
            let what = format!("condition {label}, when a rule fails");
            self.value(place, &what, Some(&before.result), Some(&condition.result));
            for rule in &before.rules {
                if condition.rules.iter().all(|it| it.name != rule.name) {
                    let words = format!("rule {} removed from condition {label}", rule.name);
                    self.add(ChangeKind::Removed, place, words);
                }
            }
            for rule in &condition.rules {
                if let Some(was) = before.rules.iter().find(|it| it.name == rule.name) {
                    self.rule(place, was, rule);
                } else {
                    let words = format!(
                        "rule {} ({}) added to condition {label}",
                        rule.name, rule.provider
                    );
                    self.add(ChangeKind::Added, place, words);
                }
            }
        }
    }

    fn rule(&mut self, place: &str, was: &RuleDeclaration, is: &RuleDeclaration) {
        let what = |part: &str| format!("rule {}, {part}", is.name);
        self.value(
            place,
            &what("provider"),
            Some(&was.provider),
            Some(&is.provider),
        );
        let part = format!("rule {}, configuration", is.name);
        self.map(place, &part, &was.configuration, &is.configuration);
        self.lines(place, &what("commands"), &was.commands, &is.commands);
        self.list(
            place,
            &what("input"),
            &was.input_artifacts,
            &is.input_artifacts,
        );
        self.value(
            place,
            &what("role"),
            was.role_arn.as_deref(),
            is.role_arn.as_deref(),
        );
        let text = |value: Option<u32>| value.map(|minutes| format!("{minutes} min"));
        let (before, after) = (text(was.timeout_minutes), text(is.timeout_minutes));
        self.value(place, &what("timeout"), before.as_deref(), after.as_deref());
    }
}
