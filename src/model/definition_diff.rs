//! What differs between two versions of a pipeline's structure, in words a person would use.
//!
//! Stages and actions are matched by name: CodePipeline knows no other identity, so one that was renamed is told as
//! removed and added. Values that look like secrets are told as changed and never shown. Pure.

mod conditions;
mod texts;

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::model::mask;
use crate::model::pipeline::{ActionDeclaration, Definition, StageDeclaration, TriggerDeclaration};

pub use texts::lines;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub kind: ChangeKind,
    /// `Pipeline`, `Staging`, `Staging / smoke`.
    pub place: String,
    pub words: String,
    /// Both texts, where they are too long for a sentence: to be told line by line.
    pub texts: Option<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
    Moved,
}

impl ChangeKind {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }
}

/// Values longer than this, or of several lines, are told line by line.
const SENTENCE: usize = 60;

/// In the order of the pipeline: its own, then stage by stage. Empty where nothing differs but the version.
pub fn differences(older: &Definition, newer: &Definition) -> Vec<Difference> {
    let mut found = Found::default();
    found.pipeline(older, newer);
    found.stages(older, newer);
    found.all
}

#[derive(Default)]
struct Found {
    all: Vec<Difference>,
}

impl Found {
    fn add(&mut self, kind: ChangeKind, place: &str, words: String) {
        self.all.push(Difference {
            kind,
            place: place.to_owned(),
            words,
            texts: None,
        });
    }

    /// `what: older -> newer`, or both texts where they are long.
    fn value(&mut self, place: &str, what: &str, older: Option<&str>, newer: Option<&str>) {
        if older == newer {
            return;
        }
        let hide = |value: Option<&str>| {
            value.map(|it| mask::shown(last_word(what), it, &[]).into_owned())
        };
        let (was, is) = (hide(older), hide(newer));
        match (was, is) {
            (Some(was), Some(is)) if was == is => {
                let words = format!("{what} changed (a secret, not shown)");
                self.add(ChangeKind::Changed, place, words);
            }
            (Some(was), Some(is)) if is_long(&was) || is_long(&is) => self.all.push(Difference {
                kind: ChangeKind::Changed,
                place: place.to_owned(),
                words: format!("{what} changed"),
                texts: Some((was, is)),
            }),
            (Some(was), Some(is)) => {
                self.add(ChangeKind::Changed, place, format!("{what}: {was} → {is}"));
            }
            (None, Some(is)) => {
                let words = format!("{what} added: {}", short(&is));
                self.add(ChangeKind::Added, place, words);
            }
            (Some(was), None) => {
                let words = format!("{what} removed: {}", short(&was));
                self.add(ChangeKind::Removed, place, words);
            }
            (None, None) => {}
        }
    }

    fn map(
        &mut self,
        place: &str,
        what: &str,
        older: &BTreeMap<String, String>,
        newer: &BTreeMap<String, String>,
    ) {
        let mut names: Vec<&String> = older.keys().chain(newer.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let (was, is) = (older.get(name), newer.get(name));
            let what = format!("{what} {name}");
            self.value(
                place,
                &what,
                was.map(String::as_str),
                is.map(String::as_str),
            );
        }
    }

    /// Lists that are told as a whole.
    fn list(&mut self, place: &str, what: &str, older: &[String], newer: &[String]) {
        let joined = |all: &[String]| (!all.is_empty()).then(|| all.join(", "));
        let (was, is) = (joined(older), joined(newer));
        self.value(place, what, was.as_deref(), is.as_deref());
    }

    fn lines(&mut self, place: &str, what: &str, older: &[String], newer: &[String]) {
        if older == newer {
            return;
        }
        self.all.push(Difference {
            kind: ChangeKind::Changed,
            place: place.to_owned(),
            words: format!("{what} changed"),
            texts: Some((older.join("\n"), newer.join("\n"))),
        });
    }

    fn pipeline(&mut self, older: &Definition, newer: &Definition) {
        const PLACE: &str = "Pipeline";
        let kind = (&*older.pipeline_type, &*newer.pipeline_type);
        self.value(PLACE, "type", Some(kind.0), Some(kind.1));
        let mode = (older.mode.label(), newer.mode.label());
        self.value(PLACE, "execution mode", Some(mode.0), Some(mode.1));
        self.value(
            PLACE,
            "service role",
            some(&older.role_arn),
            some(&newer.role_arn),
        );
        let stores = |definition: &Definition| -> BTreeMap<String, String> {
            let of = |store: &crate::model::pipeline::ArtifactStore| {
                let region = store
                    .region
                    .as_ref()
                    .map_or("of its own region", |it| it.as_str());
                let key = store.encryption_key.as_deref().unwrap_or("S3's own key");
                (region.to_owned(), format!("{}, {key}", store.bucket))
            };
            definition.artifact_stores.iter().map(of).collect()
        };
        self.map(PLACE, "artifact store", &stores(older), &stores(newer));
        let variables = |definition: &Definition| -> BTreeMap<String, String> {
            let of = |variable: &crate::model::pipeline::VariableDeclaration| {
                let default = variable.default.clone();
                (
                    variable.name.clone(),
                    default.unwrap_or_else(|| "no default".to_owned()),
                )
            };
            definition.variables.iter().map(of).collect()
        };
        self.map(PLACE, "variable", &variables(older), &variables(newer));
        let triggers = |definition: &Definition| -> BTreeMap<String, String> {
            let of = |trigger: &TriggerDeclaration| {
                (
                    trigger.source_action.to_string(),
                    trigger.filters.join("; "),
                )
            };
            definition.triggers.iter().map(of).collect()
        };
        self.map(PLACE, "trigger on", &triggers(older), &triggers(newer));
    }

    fn stages(&mut self, older: &Definition, newer: &Definition) {
        for stage in &older.stages {
            if newer.stage(&stage.name).is_none() {
                let count = stage.actions.len();
                let words = format!("stage {} removed with its {}", stage.name, actions(count));
                self.add(ChangeKind::Removed, stage.name.as_str(), words);
            }
        }
        let kept = |from: &Definition, other: &Definition| -> Vec<String> {
            let both = from
                .stages
                .iter()
                .filter(|stage| other.stage(&stage.name).is_some());
            both.map(|stage| stage.name.to_string()).collect()
        };
        let moved = moved(&kept(older, newer), &kept(newer, older));
        let mut before: Option<&StageDeclaration> = None;
        for stage in &newer.stages {
            let place = stage.name.as_str();
            let after = before.map_or_else(
                || "as the first".to_owned(),
                |it| format!("after {}", it.name),
            );
            match older.stage(&stage.name) {
                None => {
                    let count = actions(stage.actions.len());
                    let words = format!("stage {place} added {after} with {count}");
                    self.add(ChangeKind::Added, place, words);
                }
                Some(was) => {
                    if moved.iter().any(|name| name == place) {
                        self.add(
                            ChangeKind::Moved,
                            place,
                            format!("stage {place} moved {after}"),
                        );
                    }
                    self.stage(was, stage, older, newer);
                }
            }
            before = Some(stage);
        }
    }

    fn stage(
        &mut self,
        was: &StageDeclaration,
        is: &StageDeclaration,
        older: &Definition,
        newer: &Definition,
    ) {
        let place = is.name.as_str();
        let failure = |stage: &StageDeclaration| {
            stage
                .on_failure
                .as_ref()
                .map(|failure| match &failure.retry_mode {
                    Some(mode) => format!("{} {mode}", failure.result),
                    None => failure.result.clone(),
                })
        };
        self.value(
            place,
            "on failure",
            failure(was).as_deref(),
            failure(is).as_deref(),
        );
        self.conditions(place, &was.conditions, &is.conditions);
        for action in &was.actions {
            if is.actions.iter().all(|it| it.name != action.name) {
                let place = format!("{place} / {}", action.name);
                // One that went to another stage is told there.
                let went = stage_of(newer, action);
                if went.is_none() || went == stage_of(older, action) {
                    let words = format!("action {} removed from {}", action.name, is.name);
                    self.add(ChangeKind::Removed, &place, words);
                }
            }
        }
        for action in &is.actions {
            let place = format!("{place} / {}", action.name);
            let here = was.actions.iter().find(|it| it.name == action.name);
            if let Some(here) = here {
                self.action(&place, here, action);
                continue;
            }
            let elsewhere = older
                .stages
                .iter()
                .filter(|stage| {
                    newer
                        .stage(&stage.name)
                        .is_none_or(|kept| !has(kept, action))
                })
                .find_map(|stage| {
                    Some((
                        stage,
                        stage.actions.iter().find(|it| it.name == action.name)?,
                    ))
                });
            if let Some((from, before)) = elsewhere {
                let words = format!(
                    "action {} moved from {} to {}",
                    action.name, from.name, is.name
                );
                self.add(ChangeKind::Moved, &place, words);
                self.action(&place, before, action);
            } else {
                let words = format!(
                    "action {} added in {} ({} by {})",
                    action.name,
                    is.name,
                    action.category.label(),
                    action.provider
                );
                self.add(ChangeKind::Added, &place, words);
            }
        }
    }

    fn action(&mut self, place: &str, was: &ActionDeclaration, is: &ActionDeclaration) {
        let provider = |action: &ActionDeclaration| {
            format!(
                "{} by {} ({})",
                action.category.label(),
                action.provider,
                action.owner
            )
        };
        self.value(place, "provider", Some(&provider(was)), Some(&provider(is)));
        if was.run_order != is.run_order {
            let words = format!("run order: {} → {}", was.run_order, is.run_order);
            self.add(ChangeKind::Moved, place, words);
        }
        self.map(
            place,
            "configuration",
            &was.configuration,
            &is.configuration,
        );
        self.lines(place, "commands", &was.commands, &is.commands);
        self.list(place, "input", &was.input_artifacts, &is.input_artifacts);
        self.list(place, "output", &was.output_artifacts, &is.output_artifacts);
        self.list(
            place,
            "output variables",
            &was.output_variables,
            &is.output_variables,
        );
        self.value(
            place,
            "namespace",
            was.namespace.as_deref(),
            is.namespace.as_deref(),
        );
        let region = |action: &ActionDeclaration| action.region.as_ref().map(ToString::to_string);
        self.value(
            place,
            "region",
            region(was).as_deref(),
            region(is).as_deref(),
        );
        self.value(
            place,
            "role",
            was.role_arn.as_deref(),
            is.role_arn.as_deref(),
        );
    }
}

/// The least of those kept that have to move for one order to become the other: what is not in their longest common
/// run of order.
fn moved<T: PartialEq + Clone + Debug>(older: &[T], newer: &[T]) -> Vec<T> {
    let positions: Vec<usize> = newer
        .iter()
        .filter_map(|name| older.iter().position(|it| it == name))
        .collect();
    // The longest rising run; pipelines have at most fifty stages.
    let mut best: Vec<(usize, Option<usize>)> = Vec::new();
    for (index, position) in positions.iter().enumerate() {
        let before = (0..index)
            .filter(|&earlier| positions.get(earlier) < Some(position))
            .max_by_key(|&earlier| best.get(earlier).map_or(0, |it| it.0));
        let length = before.and_then(|it| best.get(it)).map_or(0, |it| it.0) + 1;
        best.push((length, before));
    }
    let mut at = (0..best.len()).max_by_key(|&index| best.get(index).map_or(0, |it| it.0));
    let mut kept = vec![false; best.len()];
    while let Some(index) = at {
        if let Some(kept) = kept.get_mut(index) {
            *kept = true;
        }
        at = best.get(index).and_then(|it| it.1);
    }
    let names = newer.iter().zip(kept);
    names
        .filter(|(_, kept)| !kept)
        .map(|(name, _)| name.clone())
        .collect()
}

fn has(stage: &StageDeclaration, action: &ActionDeclaration) -> bool {
    stage.actions.iter().any(|it| it.name == action.name)
}

fn stage_of<'a>(definition: &'a Definition, action: &ActionDeclaration) -> Option<&'a str> {
    let stage = definition.stages.iter().find(|stage| has(stage, action))?;
    Some(stage.name.as_str())
}

fn actions(count: usize) -> String {
    match count {
        1 => "1 action".to_owned(),
        count => format!("{count} actions"),
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn last_word(what: &str) -> &str {
    what.rsplit(' ').next().unwrap_or(what)
}

fn is_long(text: &str) -> bool {
    text.chars().count() > SENTENCE || text.contains('\n')
}

/// For what was added or removed as a whole: its beginning says enough.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if is_long(text) {
        let start: String = line.chars().take(SENTENCE).collect();
        format!("{}…", start.trim_end())
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests;
