//! What a release may be given: a revision for each source, a value for each variable, held against AWS's limits.
//!
//! Pure. StartPipelineExecution refuses what breaks them; told here, nothing has to be sent to learn it.

use crate::model::command::{Command, RevisionKind, RevisionOverride};
use crate::model::ids::ActionName;
use crate::model::pipeline::{ActionCategory, ActionDeclaration, Definition, VariableDeclaration};

/// Characters of a variable's value at most.
pub const VALUE_LIMIT: usize = 1_000;
/// Characters of an object's version or key at most.
const OBJECT_LIMIT: usize = 1_024;

/// The sources of a pipeline that a release can give another revision.
pub fn sources(definition: &Definition) -> impl Iterator<Item = &ActionDeclaration> {
    let actions = definition.stages.iter().flat_map(|stage| &stage.actions);
    actions.filter(|action| {
        action.category == ActionCategory::Source
            && !RevisionKind::of_provider(&action.provider).is_empty()
    })
}

/// Why AWS would not take this revision; none if it would, and none for the empty one, which means the newest.
pub fn revision_fault(kind: RevisionKind, value: &str) -> Option<String> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match kind {
        RevisionKind::CommitId if value.len() == 40 && hex(value) => None,
        RevisionKind::CommitId => Some("A whole commit id: 40 hexadecimal digits".to_owned()),
        RevisionKind::ImageDigest => {
            let digest = value.strip_prefix("sha256:");
            let is_one = digest.is_some_and(|digest| digest.len() == 64 && hex(digest));
            (!is_one).then(|| "sha256: and 64 hexadecimal digits".to_owned())
        }
        RevisionKind::S3ObjectVersion | RevisionKind::S3ObjectKey => (value.chars().count()
            > OBJECT_LIMIT)
            .then(|| format!("At most {OBJECT_LIMIT} characters")),
    }
}

/// Why AWS would not take this value; the empty one stands for the default.
pub fn variable_fault(variable: &VariableDeclaration, value: &str) -> Option<String> {
    if value.is_empty() {
        let has_default = variable.default.as_ref().is_some_and(|it| !it.is_empty());
        return (!has_default).then(|| "It has no default, so it needs a value".to_owned());
    }
    let count = value.chars().count();
    if count > VALUE_LIMIT {
        return Some(format!("{count} characters; AWS takes {VALUE_LIMIT}"));
    }
    value
        .contains(['\n', '\r'])
        .then(|| "A single line".to_owned())
}

/// Why AWS would not take this reason for a command: closing a way needs one, of plain signs only.
pub fn reason_fault(command: &Command, reason: &str) -> Option<String> {
    if !matches!(command, Command::SetTransition { enabled: false, .. }) {
        return None;
    }
    if reason.trim().is_empty() {
        return Some("AWS asks for a reason".to_owned());
    }
    let is_plain = |it: &char| it.is_ascii_alphanumeric() || "!@ ().*?-".contains(*it);
    let odd = reason.chars().find(|it| !is_plain(it))?;
    let shown = if odd.is_control() {
        "a line break".to_owned()
    } else {
        format!("“{odd}”")
    };
    Some(format!(
        "AWS does not take {shown} here: letters, digits, spaces and !@().*?- only"
    ))
}

/// The whole commit id that a few of its first digits stand for, if only one of the known ones begins with them.
pub fn whole_commit<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LEAST: usize = 7;
    let typed = typed.trim().to_ascii_lowercase();
    if typed.len() < LEAST || typed.len() >= 40 {
        return None;
    }
    let mut found = known.filter(|id| id.len() == 40 && id.starts_with(&typed));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// An override, or none for the empty value.
pub fn revision(action: &ActionName, kind: RevisionKind, value: &str) -> Option<RevisionOverride> {
    let value = value.trim();
    (!value.is_empty()).then(|| RevisionOverride {
        action: action.clone(),
        kind,
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "f3a91c2b6f0e4f7a9d1c2b3a4f5e6d7c8b9a0f1e";

    #[test]
    fn a_revision_is_of_its_kind_or_left_out() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let good = [
            (RevisionKind::CommitId, SHA),
            (RevisionKind::CommitId, "  "),
            (RevisionKind::ImageDigest, &digest),
            (RevisionKind::S3ObjectVersion, "3HL4kqtJlcpXroDTDmJ"),
        ];
        for (kind, value) in good {
            assert_eq!(revision_fault(kind, value), None, "{value}");
        }
        let long = "k".repeat(OBJECT_LIMIT + 1);
        let bad = [
            (RevisionKind::CommitId, "f3a91c2"),
            (RevisionKind::CommitId, "main"),
            (RevisionKind::ImageDigest, "latest"),
            (RevisionKind::S3ObjectKey, &long),
        ];
        for (kind, value) in bad {
            assert!(revision_fault(kind, value).is_some(), "{value}");
        }
    }

    #[test]
    fn a_variable_without_a_default_needs_a_value_within_the_limit() {
        let variable = |default: Option<&str>| VariableDeclaration {
            name: "Region".into(),
            default: default.map(str::to_owned),
            description: None,
        };
        assert_eq!(variable_fault(&variable(Some("north")), ""), None);
        assert!(variable_fault(&variable(None), "").is_some());
        assert_eq!(
            variable_fault(&variable(None), &"ü".repeat(VALUE_LIMIT)),
            None
        );
        assert!(variable_fault(&variable(None), &"ü".repeat(VALUE_LIMIT + 1)).is_some());
        assert!(variable_fault(&variable(None), "a\nb").is_some());
    }

    #[test]
    fn a_way_is_closed_with_a_reason_that_aws_takes() {
        let closing = |enabled: bool| Command::SetTransition {
            pipeline: crate::model::ids::PipelineKey {
                scope: crate::model::ids::Scope {
                    account: "prod".into(),
                    region: "eu-west-1".into(),
                },
                name: "pier".into(),
            },
            stage: "Production".into(),
            enabled,
            reason: String::new(),
        };
        assert_eq!(reason_fault(&closing(true), ""), None);
        assert!(reason_fault(&closing(false), " ").is_some());
        assert_eq!(reason_fault(&closing(false), "Storm (until 18.00)!"), None);
        let odd = reason_fault(&closing(false), "Ebbe, Flut & Größe");
        assert!(odd.is_some_and(|odd| odd.contains("“,”")));
        assert!(reason_fault(&closing(false), "two\nlines").is_some());
    }

    #[test]
    fn a_short_commit_is_made_whole_only_where_one_is_meant() {
        let other = "f3a91c2000000000000000000000000000000000";
        assert_eq!(whole_commit("f3a91c2", [SHA].into_iter()), Some(SHA));
        assert_eq!(
            whole_commit("F3A91C2b", [SHA, other].into_iter()),
            Some(SHA)
        );
        assert_eq!(whole_commit("f3a91c2", [SHA, other].into_iter()), None);
        assert_eq!(
            whole_commit("f3a9", [SHA].into_iter()),
            None,
            "too few to mean one"
        );
    }
}
