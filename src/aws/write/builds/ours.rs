//! Which of the builds or batches that are new in a project is the one that a start or a retry with a lost answer began.
//!
//! Several people, webhooks, rules and pipelines start builds of one project at once. Somebody else's build is never
//! called ours: where nothing tells them apart, the answer is that it is not known.

use crate::aws::calls::Calls;
use crate::aws::sts;
use crate::engine::source::Found;
use crate::model::build::{Batch, Build, BuildAbout, BuildOverrides, Initiator, Variable};

/// What a start or a retry asked for.
pub(super) struct Asked<'a> {
    /// The version as it was asked; none: any is right.
    pub version: Option<&'a str>,
    /// Each must be among those of the build.
    pub variables: &'a [Variable],
}

/// What is known of a build or a batch that is new.
pub(super) struct New<'a> {
    pub id: &'a str,
    pub initiator: Option<&'a str>,
    pub version: Option<&'a str>,
    pub about: &'a BuildAbout,
}

impl<'a> From<&'a BuildOverrides> for Asked<'a> {
    fn from(overrides: &'a BuildOverrides) -> Self {
        Self {
            version: overrides.source_version.as_deref(),
            variables: &overrides.variables,
        }
    }
}

impl<'a> Asked<'a> {
    /// What a retry of this build asks for: the same again.
    pub(super) fn again(old: &'a Build) -> Self {
        Self {
            version: old.source_version.as_deref(),
            variables: &old.about.environment.variables,
        }
    }
}

impl<'a> From<&'a Build> for New<'a> {
    fn from(build: &'a Build) -> Self {
        Self {
            id: build.id.as_str(),
            initiator: build.initiator.as_deref(),
            version: build.source_version.as_deref(),
            about: &build.about,
        }
    }
}

impl<'a> From<&'a Batch> for New<'a> {
    fn from(batch: &'a Batch) -> Self {
        Self {
            id: batch.id.as_str(),
            initiator: batch.initiator.as_deref(),
            version: batch.source_version.as_deref(),
            about: &batch.about,
        }
    }
}

/// What the new builds or batches tell; none while they do not decide. Costs a GetCallerIdentity if one may be ours.
pub(super) async fn look_up(
    calls: &Calls<'_>,
    new: &[New<'_>],
    asked: &Asked<'_>,
    words: Words,
) -> Option<Found> {
    let may_be_ours = new.iter().any(|new| is_asked(new, asked));
    let caller = if may_be_ours {
        // One who may not ask who they are is nobody known.
        let caller = sts::caller(calls).await.ok();
        caller.map(|identity| identity.arn)
    } else {
        None
    };
    match told(new, asked, caller.as_deref()) {
        Told::Ours(id) => Some(Found {
            applied: true,
            message: format!("{} {id}", words.found),
        }),
        Told::None => Some(Found {
            applied: false,
            message: words.missing.to_owned(),
        }),
        Told::Unclear => None,
    }
}

/// How the outcome is said.
pub(super) struct Words {
    /// Before the id.
    pub found: &'static str,
    pub missing: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
enum Told<'a> {
    Ours(&'a str),
    None,
    Unclear,
}

/// `caller`: who sent the request, as an ARN, where that is known.
fn told<'a>(new: &[New<'a>], asked: &Asked<'_>, caller: Option<&str>) -> Told<'a> {
    let matching = new.iter().filter(|new| is_asked(new, asked));
    let Some(caller) = caller.and_then(name_of) else {
        let says_something = asked.version.is_some() || !asked.variables.is_empty();
        return match matching.map(|new| new.id).collect::<Vec<_>>().as_slice() {
            [] => Told::None,
            [id] if says_something => Told::Ours(id),
            _ => Told::Unclear,
        };
    };
    // What names nobody may be anybody's.
    let ours = matching.filter(|new| new.initiator.is_none_or(|by| is_by(by, caller)));
    match ours.collect::<Vec<_>>().as_slice() {
        [] => Told::None,
        [one] if one.initiator.is_some() => Told::Ours(one.id),
        _ => Told::Unclear,
    }
}

/// `ines` of a user's ARN, `Admin/ines` of an assumed role's: what CodeBuild writes for an initiator.
fn name_of(arn: &str) -> Option<&str> {
    let resource = arn.splitn(6, ':').nth(5)?;
    Some(resource.split_once('/').map_or(resource, |(_, name)| name))
}

/// Whether an initiator is this caller. Some are written with the kind before the name, and a user's path is left out.
fn is_by(initiator: &str, caller: &str) -> bool {
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    match Initiator::of(initiator) {
        Initiator::Person(by) => by == caller || last(by) == last(caller),
        Initiator::Pipeline(_) | Initiator::Rule(_) | Initiator::Webhook => false,
    }
}

/// Whether it can be what was asked for: by a person's hand, of the version asked for, with the variables asked for.
fn is_asked(new: &New<'_>, asked: &Asked<'_>) -> bool {
    let by_hand = new
        .initiator
        .is_none_or(|by| matches!(Initiator::of(by), Initiator::Person(_)));
    let known = &new.about.environment.variables;
    by_hand
        && (asked.version.is_none() || asked.version == new.version)
        && asked
            .variables
            .iter()
            .all(|variable| known.contains(variable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::{Environment, PlainValue, VariableValue};

    const INES: Option<&str> = Some("arn:aws:sts::111122223333:assumed-role/Admin/ines");

    fn new<'a>(id: &'a str, initiator: Option<&'a str>, about: &'a BuildAbout) -> New<'a> {
        New {
            id,
            initiator,
            version: Some("main"),
            about,
        }
    }

    const ANY: Asked<'_> = Asked {
        version: None,
        variables: &[],
    };

    #[test]
    fn what_a_machine_or_somebody_else_started_is_never_ours() {
        let about = BuildAbout::default();
        let others = [
            new("p:1", Some("GitHub-Hookshot/1a2b3c4"), &about),
            new("p:2", Some("rule/nightly"), &about),
            new("p:3", Some("codepipeline/pier"), &about),
            new("p:4", Some("Admin/aiko"), &about),
        ];
        assert_eq!(told(&others, &ANY, INES), Told::None);
        assert_eq!(told(&others[..3], &ANY, None), Told::None);
        for by in ["Admin/ines", "assumed-role/Admin/ines", "ines"] {
            let ours = [
                new("p:4", Some("Admin/aiko"), &about),
                new("p:5", Some(by), &about),
            ];
            assert_eq!(told(&ours, &ANY, INES), Told::Ours("p:5"), "{by}");
        }
    }

    #[test]
    fn what_nothing_tells_apart_is_not_known() {
        let about = BuildAbout::default();
        let mine = new("p:1", Some("Admin/ines"), &about);
        let also = new("p:2", Some("Admin/ines"), &about);
        assert_eq!(told(&[mine, also], &ANY, INES), Told::Unclear);
        let nobodys = [new("p:3", None, &about)];
        assert_eq!(told(&nobodys, &ANY, INES), Told::Unclear);
        // Without the caller's name only what was asked for tells.
        let main = Asked {
            version: Some("main"),
            variables: &[],
        };
        let one = [new("p:4", Some("Admin/ines"), &about)];
        assert_eq!(told(&one, &ANY, None), Told::Unclear);
        assert_eq!(told(&one, &main, None), Told::Ours("p:4"));
        assert_eq!(told(&[], &ANY, None), Told::None);
    }

    #[test]
    fn a_start_is_known_by_its_version_and_its_variables() {
        let tide = [Variable {
            name: "TIDE".to_owned(),
            value: VariableValue::Plain(PlainValue::new("flood")),
        }];
        let with = BuildAbout {
            environment: Environment {
                variables: tide.to_vec(),
                ..Environment::default()
            },
            ..BuildAbout::default()
        };
        let without = BuildAbout::default();
        let asked = |version| Asked {
            version: Some(version),
            variables: &tide,
        };
        let by = Some("Admin/ines");
        let both = || [new("p:1", by, &without), new("p:2", by, &with)];
        assert_eq!(told(&both(), &asked("main"), INES), Told::Ours("p:2"));
        assert_eq!(told(&both(), &asked("other"), INES), Told::None);
    }
}
