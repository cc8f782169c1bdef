//! A build in the words people use: its branch, its commit, who started it, what it is billed by.

use std::time::Duration;

use crate::model::build::Build;
use crate::model::ids::RevisionId;
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// Who or what started a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator<'a> {
    Pipeline(&'a str),
    /// A push or a pull request, by way of the source's provider.
    Webhook,
    /// An EventBridge rule.
    Rule(&'a str),
    /// A user, or a role with its session.
    Person(&'a str),
}

/// How AWS bills a build's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billed {
    /// Every begun minute.
    Minutes(u64),
    /// Compute on Lambda: every begun second.
    Seconds(u64),
    /// A fleet of reserved capacity is paid for by itself, whatever runs on it.
    Fleet,
}

impl Billed {
    /// `7 minutes`, `42 seconds`, `by its fleet`.
    pub fn words(self) -> String {
        match self {
            Self::Minutes(1) => "1 minute".to_owned(),
            Self::Minutes(count) => format!("{count} minutes"),
            Self::Seconds(1) => "1 second".to_owned(),
            Self::Seconds(count) => format!("{count} seconds"),
            Self::Fleet => "by its fleet".to_owned(),
        }
    }
}

impl Build {
    /// What its state means to a person. CodeBuild calls a build in progress from its submission on, also while it waits
    /// in the queue; only its phase tells.
    pub fn status(&self) -> Status {
        let is_queued = matches!(self.current_phase.as_str(), "SUBMITTED" | "QUEUED");
        match self.state.status {
            Status::Running if is_queued => Status::Queued,
            status => status,
        }
    }

    /// The branch, tag or pull request asked for; none where the version is a commit or an object of S3.
    pub fn branch(&self) -> Option<&str> {
        let version = self.source_version.as_deref()?;
        // `refs/heads/main^{f3a91c2…}` pins a branch to a commit.
        let name = version.split_once("^{").map_or(version, |(name, _)| name);
        let name = name
            .strip_prefix("refs/heads/")
            .or_else(|| name.strip_prefix("refs/tags/"))
            .unwrap_or(name);
        let is_commit = name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        (!name.is_empty() && !is_commit && !name.starts_with("arn:")).then_some(name)
    }

    /// What was built: the commit that the version came to, or the version itself where it is one.
    pub fn revision(&self) -> Option<RevisionId> {
        let resolved = self.resolved_source_version.as_deref();
        let asked = || {
            let version = self.source_version.as_deref()?;
            let is_commit = version.len() == 40 && version.bytes().all(|it| it.is_ascii_hexdigit());
            is_commit.then_some(version)
        };
        resolved
            .filter(|revision| !revision.is_empty())
            .or_else(asked)
            .map(RevisionId::from)
    }

    pub fn started_by(&self) -> Option<Initiator<'_>> {
        let initiator = self.initiator.as_deref();
        initiator.filter(|it| !it.is_empty()).map(Initiator::of)
    }

    /// What AWS bills, so far at `now`: from the end of the queue until the end of the build, in begun units of its
    /// compute. None while it still waits in the queue.
    pub fn billed(&self, now: Timestamp) -> Option<Billed> {
        if self.status() == Status::Queued {
            return None;
        }
        let took = self.elapsed(now)?.saturating_sub(self.queued());
        let environment = &self.about.environment;
        Some(if environment.fleet.is_some() {
            Billed::Fleet
        } else if environment.kind.contains("LAMBDA") {
            Billed::Seconds(begun(took, Duration::from_secs(1)))
        } else {
            Billed::Minutes(begun(took, Duration::from_mins(1)))
        })
    }
}

impl Build {
    /// How long it waited in the queue: until the first phase that is not waiting began.
    fn queued(&self) -> Duration {
        let is_queue = |name: &str| matches!(name, "SUBMITTED" | "QUEUED");
        let begun = self.phases.iter().find(|phase| !is_queue(&phase.name));
        match (self.started, begun.and_then(|phase| phase.started)) {
            (Some(started), Some(begun)) => started.age(begun),
            _ => Duration::ZERO,
        }
    }
}

impl<'a> Initiator<'a> {
    /// Of AWS's own word.
    pub fn of(initiator: &'a str) -> Self {
        match initiator.split_once('/') {
            Some(("codepipeline", name)) => Self::Pipeline(name),
            Some(("rule", name)) => Self::Rule(name),
            Some(("user" | "root" | "assumed-role", name)) => Self::Person(name),
            // `GitHub-Hookshot/1a2b3c4`, `Bitbucket-Hookshot`.
            _ if initiator.contains("-Hookshot") => Self::Webhook,
            _ => Self::Person(initiator),
        }
    }

    /// `pipeline web-shop`, `webhook`, `rule nightly`, `ines`.
    pub fn words(self) -> String {
        match self {
            Self::Pipeline(name) => format!("pipeline {name}"),
            Self::Webhook => "webhook".to_owned(),
            Self::Rule(name) => format!("rule {name}"),
            Self::Person(name) => name.to_owned(),
        }
    }
}

fn begun(span: Duration, unit: Duration) -> u64 {
    let units = span.as_millis().div_ceil(unit.as_millis());
    u64::try_from(units).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::Phase;
    use crate::model::build::tests::build;
    use crate::model::status::State;

    #[test]
    fn a_version_is_a_branch_a_commit_or_neither() {
        let commit = "f3a91c2b6f0e4f7a9d1c2b3a4f5e6d7c8b9a0f1e";
        let pinned = format!("refs/heads/main^{{{commit}}}");
        for (version, branch) in [
            ("main", Some("main")),
            ("refs/heads/feature/x", Some("feature/x")),
            (pinned.as_str(), Some("main")),
            ("pr/418", Some("pr/418")),
            (commit, None),
            ("arn:aws:s3:::artifacts/web/SourceOut/x.zip", None),
            ("", None),
        ] {
            let mut one = build("SUCCEEDED", 60);
            one.source_version = Some(version.to_owned());
            assert_eq!(one.branch(), branch, "{version}");
        }
        let mut one = build("SUCCEEDED", 60);
        one.source_version = Some(commit.to_owned());
        let short = one.revision();
        assert_eq!(short.as_ref().map(RevisionId::short), Some("f3a91c2"));
    }

    #[test]
    fn a_build_in_progress_that_waits_in_the_queue_is_queued() {
        let mut one = build("IN_PROGRESS", 60);
        for (phase, status) in [
            ("SUBMITTED", Status::Queued),
            ("QUEUED", Status::Queued),
            ("BUILD", Status::Running),
        ] {
            phase.clone_into(&mut one.current_phase);
            assert_eq!(one.status(), status, "{phase}");
        }
    }

    #[test]
    fn who_started_it_is_told_by_kind() {
        for (initiator, words) in [
            ("codepipeline/web-shop", "pipeline web-shop"),
            ("GitHub-Hookshot/9f2c", "webhook"),
            ("Bitbucket-Hookshot", "webhook"),
            ("rule/nightly", "rule nightly"),
            ("user/ines", "ines"),
            ("Deliver/ines", "Deliver/ines"),
            ("ines", "ines"),
        ] {
            let mut one = build("SUCCEEDED", 60);
            one.initiator = Some(initiator.to_owned());
            assert_eq!(
                one.started_by().map(Initiator::words).as_deref(),
                Some(words)
            );
        }
    }

    #[test]
    fn begun_minutes_are_billed_whole_and_lambda_by_the_second() {
        let now = Timestamp::from_millis(0);
        let mut one = build("SUCCEEDED", 121);
        assert_eq!(one.billed(now), Some(Billed::Minutes(3)));
        one.about.environment.kind = "ARM_LAMBDA_CONTAINER".to_owned();
        assert_eq!(one.billed(now), Some(Billed::Seconds(121)));
        one.about.environment.fleet = Some("arn:aws:codebuild:fleet/x".to_owned());
        assert_eq!(one.billed(now), Some(Billed::Fleet));
        one.started = None;
        assert_eq!(one.billed(now), None);
    }

    #[test]
    fn the_queue_is_not_billed() {
        let now = Timestamp::from_millis(0);
        let mut one = build("SUCCEEDED", 20 * 60);
        let started = one.started.unwrap();
        let phase = |name: &str, after: i64| Phase {
            name: name.to_owned(),
            state: State::of_build("SUCCEEDED"),
            started: Some(Timestamp::from_millis(started.millis() + after * 60_000)),
            ended: None,
            duration: None,
            contexts: Vec::new(),
        };
        one.phases = vec![
            phase("SUBMITTED", 0),
            phase("QUEUED", 0),
            phase("PROVISIONING", 16),
        ];
        assert_eq!(one.billed(now), Some(Billed::Minutes(4)));
        let mut waits = build("IN_PROGRESS", 16 * 60);
        "QUEUED".clone_into(&mut waits.current_phase);
        assert_eq!(waits.billed(now), None);
    }
}
