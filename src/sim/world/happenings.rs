//! What people do in the simulated accounts: push, approve, stop, switch a transition.
//!
//! A story plans them at offsets from its start; tests let them happen at once with [`World::happen`]. One
//! that has no object any more, as an approval of a gate that is closed, does nothing, as a person who
//! comes too late.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::builds::StartBuild;
use crate::sim::world::builds::plan::Plan;
use crate::sim::world::pipelines::commands::{Decision, RetryMode, Side};
use crate::sim::world::pipelines::definition::Definition;
use crate::sim::world::pipelines::execution::{Revision, StageStatus, Trigger};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::rules::ConditionKind;
use crate::sim::world::repositories::{NewCommit, Person, Repositories};
use crate::sim::world::{Place, World};

/// An account and a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Where {
    pub account: String,
    pub region: String,
}

/// What a push reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceHost {
    CodeCommit,
    /// A Git host outside AWS, by its address.
    Git(&'static str),
    /// An S3 bucket; the branch is the key of the object.
    Bucket,
    /// A repository of images in ECR; the branch is the tag.
    Images,
}

/// A commit that reaches a branch, and what the executions it starts are to meet.
#[derive(Clone, Debug)]
pub struct Push {
    pub repository: String,
    pub branch: String,
    pub host: SourceHost,
    /// Its first digits, or the whole id.
    pub id: Option<String>,
    pub message: String,
    pub author: Person,
    /// When it was written, often long before it is pushed.
    pub authored: Millis,
    /// What starts the pipelines that read the branch; none for a push that starts nothing.
    pub trigger: Option<Trigger>,
}

/// What somebody does.
#[derive(Clone, Debug)]
pub enum Happening {
    Push(Push),
    Start {
        pipeline: String,
        trigger: Trigger,
    },
    Answer {
        pipeline: String,
        stage: String,
        action: String,
        approved: bool,
        by: String,
        comment: String,
    },
    /// Stops the newest execution that is under way.
    Stop {
        pipeline: String,
        abandon: bool,
        reason: String,
    },
    /// Retries the newest execution that has failed.
    Retry {
        pipeline: String,
        stage: String,
        mode: RetryMode,
    },
    /// Rolls a stage back to one of the executions that succeeded in it, counted back from 1; the stage's latest is not
    /// counted.
    RollBack {
        pipeline: String,
        stage: String,
        back: usize,
        by: String,
    },
    /// Overrides a condition of the stage's latest execution.
    Override {
        pipeline: String,
        stage: String,
        kind: ConditionKind,
        by: String,
    },
    /// Puts another structure in place of a pipeline's.
    Update {
        pipeline: String,
        definition: Box<Definition>,
    },
    /// Closes the transition into a stage when there is a reason, else opens it.
    Transition {
        pipeline: String,
        stage: String,
        closed_because: Option<String>,
        by: String,
    },
    OpenPullRequest {
        repository: String,
        source: String,
        destination: String,
        title: String,
        by: String,
    },
    /// Merges the open pull request of a branch. It starts nothing: the next push takes it along.
    MergePullRequest {
        repository: String,
        source: String,
        by: Person,
        by_arn: String,
    },
    /// Starts a build of a project.
    Build {
        project: String,
        start: Box<StartBuild>,
    },
    /// Starts a batch of a project; some of its builds go another way in their first try.
    Batch {
        project: String,
        start: Box<StartBuild>,
        first: BTreeMap<String, Arc<Plan>>,
    },
    /// Stops the newest build of a project that runs.
    StopBuild {
        project: String,
    },
    /// A log group is deleted, with all that is in it.
    Expire {
        group: String,
    },
    /// Lets another thing happen now and again after each interval, its choices in turn.
    Repeat {
        every: Millis,
        round: u64,
        choices: Vec<Self>,
    },
}

impl World {
    /// Lets something happen now.
    pub fn happen(&mut self, place: &Where, happening: Happening) {
        let now = self.now();
        happening.happen(self, place, now);
    }
}

impl Happening {
    pub(super) fn happen(self, world: &mut World, at: &Where, now: Millis) {
        match self {
            Self::Repeat {
                every,
                round,
                choices,
            } => {
                let index = (round as usize).checked_rem(choices.len()).unwrap_or(0);
                if let Some(choice) = choices.get(index) {
                    choice.clone().again(round, now).happen(world, at, now);
                }
                let next = world.pace().after(now, every).max(now + 1);
                world.plan(
                    next,
                    at.clone(),
                    Self::Repeat {
                        every,
                        round: round + 1,
                        choices,
                    },
                );
            }
            Self::Push(push) => push.happen(world, at, now),
            Self::Build { .. }
            | Self::Batch { .. }
            | Self::StopBuild { .. }
            | Self::Expire { .. } => {
                let place = world.place_mut(&at.account, &at.region);
                self.happen_to_builds(place, now);
            }
            other => other.happen_to_pipeline(world, at, now),
        }
    }

    /// The same in its next round: a commit has a new id and is as old as it was the first time.
    fn again(mut self, round: u64, now: Millis) -> Self {
        if let Self::Push(push) = &mut self {
            push.authored = now - Random::named(round, &push.message).between(60_000, 2_400_000);
            if round > 0 {
                push.id = None;
            }
        }
        self
    }

    fn happen_to_pipeline(self, world: &mut World, at: &Where, now: Millis) {
        let place = world.place_mut(&at.account, &at.region);
        match self {
            Self::Start { pipeline, trigger } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    pipeline.start(trigger, now, outside)
                });
            }
            Self::Answer {
                pipeline,
                stage,
                action,
                approved,
                by,
                comment,
            } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    let token = pipeline.open_token(&stage, &action)?;
                    let decision = Decision {
                        approved,
                        summary: &comment,
                        by: &by,
                    };
                    pipeline.answer(&stage, &action, &token, decision, now, outside)
                });
            }
            Self::Stop {
                pipeline,
                abandon,
                reason,
            } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    let newest = pipeline
                        .executions()
                        .iter()
                        .rev()
                        .find(|execution| !execution.status.is_over());
                    let id = newest.map(|execution| execution.id.clone())?;
                    pipeline.stop(&id, abandon, &reason, now, outside).ok()
                });
            }
            Self::Retry {
                pipeline,
                stage,
                mode,
            } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    let newest = pipeline
                        .executions()
                        .iter()
                        .rev()
                        .find(|execution| execution.status.is_over());
                    let id = newest.map(|execution| execution.id.clone())?;
                    pipeline.retry(&id, &stage, mode, now, outside).ok()
                });
            }
            Self::Transition {
                pipeline,
                stage,
                closed_because,
                by,
            } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    pipeline.set_transition(
                        &stage,
                        Side::Inbound,
                        closed_because.as_deref(),
                        &by,
                        now,
                        outside,
                    )
                });
            }
            Self::RollBack { .. } | Self::Override { .. } | Self::Update { .. } => {
                self.happen_to_stages(place, now);
            }
            Self::OpenPullRequest { .. } | Self::MergePullRequest { .. } => {
                self.happen_to_repository(&mut place.repositories, now);
            }
            Self::Push(_)
            | Self::Repeat { .. }
            | Self::Build { .. }
            | Self::Batch { .. }
            | Self::StopBuild { .. }
            | Self::Expire { .. } => {}
        }
    }

    /// What concerns builds outside of pipelines. A start for which there is no room comes to nothing.
    fn happen_to_builds(self, place: &mut Place, now: Millis) {
        let Place { builds, logs, .. } = place;
        match self {
            Self::Build { project, start } => {
                let _ = builds.start(now, &project, *start);
            }
            Self::Batch {
                project,
                start,
                first,
            } => {
                let _ = builds.start_batch(now, &project, *start, first);
            }
            Self::StopBuild { project } => {
                let running = |id: &&String| {
                    let build = builds.get(id);
                    build.is_some_and(|build| !build.complete(now))
                };
                let newest = builds.ids_of(&project).iter().rev().find(running).cloned();
                if let Some(id) = newest {
                    let _ = builds.stop(now, &id, logs);
                }
            }
            Self::Expire { group } => logs.remove_group(&group),
            _ => {}
        }
    }

    /// What concerns a stage's past, its conditions, or the structure.
    fn happen_to_stages(self, place: &mut Place, now: Millis) {
        match self {
            Self::RollBack {
                pipeline,
                stage,
                back,
                by,
            } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    let target = rollback_target(pipeline, &stage, back)?;
                    pipeline.roll_back(&stage, &target, &by, now, outside).ok()
                });
            }
            Self::Override {
                pipeline,
                stage,
                kind,
                by,
            } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    let at = pipeline.definition.stage_index(&stage)?;
                    let latest = pipeline.slots().get(at)?.latest?;
                    let id = pipeline.executions().get(latest)?.id.clone();
                    pipeline
                        .override_condition(&id, &stage, kind, &by, now, outside)
                        .ok()
                });
            }
            Self::Update {
                pipeline,
                definition,
            } => {
                place.with_pipeline(&pipeline, now, |pipeline, outside| {
                    pipeline.update(*definition, now, outside);
                });
            }
            _ => {}
        }
    }

    fn happen_to_repository(self, repositories: &mut Repositories, now: Millis) {
        match self {
            Self::OpenPullRequest {
                repository,
                source,
                destination,
                title,
                by,
            } => {
                let opened = repositories.open_pull_request(
                    &repository,
                    &source,
                    &destination,
                    &title,
                    &by,
                    now,
                );
                debug_assert!(
                    opened.is_ok(),
                    "a story's pull request names branches that are there: {opened:?}"
                );
            }
            Self::MergePullRequest {
                repository,
                source,
                by,
                by_arn,
            } => {
                let number = repositories
                    .open_pull_request_of(&repository, &source)
                    .map(|request| request.number);
                if let Some(number) = number {
                    let merged = repositories.merge_pull_request(number, &by, &by_arn, now);
                    debug_assert!(merged.is_ok(), "it was open just now: {merged:?}");
                }
            }
            _ => {}
        }
    }
}

impl Push {
    fn happen(self, world: &mut World, at: &Where, now: Millis) {
        let place = world.place_mut(&at.account, &at.region);
        if self.host == SourceHost::CodeCommit {
            let commit = NewCommit {
                id: self.id,
                author: self.author,
                message: self.message,
                time: self.authored,
            };
            if place
                .repositories
                .push(&self.repository, &self.branch, commit, now)
                .is_err()
            {
                return;
            }
        } else {
            let id = full_id(&self.repository, self.id.as_deref(), &self.message, now);
            let (id, url) = match self.host {
                SourceHost::Git(address) => {
                    let word = if address.contains("bitbucket") {
                        "commits"
                    } else {
                        "commit"
                    };
                    let url = format!("{address}/{}/{word}/{id}", self.repository);
                    (id, Some(url))
                }
                SourceHost::Images => {
                    let rest = Random::named(now as u64, &id).hex(24);
                    (format!("sha256:{id}{rest}"), None)
                }
                SourceHost::Bucket | SourceHost::CodeCommit => {
                    (id.chars().take(32).collect(), None)
                }
            };
            let revision = Revision {
                url,
                id,
                summary: self.message,
            };
            let branch = (self.repository.clone(), self.branch.clone());
            place.pipelines.cast_mut().remotes.insert(branch, revision);
        }
        let codecommit = !matches!(self.host, SourceHost::Git(_));
        let owner = place.owner.clone();
        for pipeline in place.pipelines.fed_by(&self.repository, &self.branch) {
            let Some(mut trigger) = self.trigger.clone() else {
                return;
            };
            place.with_pipeline(&pipeline, now, |pipeline, outside| {
                // One id cannot name two executions.
                let taken = trigger
                    .execution_id
                    .as_ref()
                    .is_some_and(|id| pipeline.execution(id).is_some());
                trigger.execution_id = trigger.execution_id.take().filter(|_| !taken);
                let trigger = trigger.noticed(&owner, &pipeline.definition, codecommit);
                pipeline.start(trigger, now, outside)
            });
        }
    }
}

/// An execution that succeeded in a stage, counted back; the stage's latest is not counted.
fn rollback_target(pipeline: &Pipeline, stage: &str, back: usize) -> Option<String> {
    let at = pipeline.definition.stage_index(stage)?;
    let latest = pipeline.slots().get(at)?.latest?;
    let earlier = pipeline.executions().get(..latest)?.iter().rev();
    let mut passed = earlier.filter(|execution| {
        let run = execution.stages.get(at);
        execution.version == pipeline.definition.version
            && execution.rollback_of.is_none()
            && run.is_some_and(|run| run.status == Some(StageStatus::Succeeded))
    });
    passed.nth(back - 1).map(|execution| execution.id.clone())
}

/// Forty digits that begin with those given.
fn full_id(repository: &str, start: Option<&str>, message: &str, now: Millis) -> String {
    let start = start.unwrap_or_default();
    let rest = Random::named(now as u64, &format!("{repository} {message}")).hex(40);
    start.chars().chain(rest.chars()).take(40).collect()
}
