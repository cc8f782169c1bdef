//! The commits an execution brings to an action since that action last succeeded.
//!
//! Commits of CodeCommit are walked by parents down to the revision that passed before; other sources tell nothing of
//! the commits between two executions, so the head of each is shown.

use std::sync::Arc;

use crate::aws::calls::Calls;
use crate::aws::{codecommit, codepipeline};
use crate::model::fault::Fault;
use crate::model::ids::{ActionKey, ExecutionId, PipelineName, RepositoryName, RevisionId};
use crate::model::oneshot::{Changes, Extent};
use crate::model::pipeline::{
    ActionCategory, ActionDeclaration, ActionExecution, Definition, Execution, ExecutionMode,
    SourceRevision,
};
use crate::model::repository::Commit;
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// Commits a review shows at most.
const LIMIT: usize = 200;

/// The commits an execution brings to an action since that action last succeeded in another.
pub(in crate::aws) async fn changes(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    action: &ActionKey,
    execution: &ExecutionId,
) -> Result<Changes, Fault> {
    let definition = codepipeline::definition(calls, pipeline, None).await?;
    let executions = codepipeline::executions(calls, pipeline).await?;
    let passed = |attempt: &ActionExecution| {
        attempt.action == *action
            && attempt.execution != *execution
            && attempt.state.status == Status::Succeeded
    };
    let attempts = codepipeline::actions_until(calls, pipeline, passed).await?;
    let execution = find_execution(calls, pipeline, &definition, &executions, execution).await?;
    let past = Past {
        definition: &definition,
        executions: &executions,
        execution: &execution,
        before: before(
            calls,
            pipeline,
            action,
            &definition,
            &executions,
            &attempts,
            &execution,
        )
        .await,
    };
    Ok(past.first(calls).await)
}

/// An execution of the listing, or by GetPipelineExecution when it is older than that.
pub(super) async fn find_execution(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    definition: &Definition,
    executions: &[Execution],
    id: &ExecutionId,
) -> Result<Execution, Fault> {
    if let Some(known) = executions.iter().find(|execution| execution.id == *id) {
        return Ok(known.clone());
    }
    let mut execution = codepipeline::execution(calls, pipeline, id).await?;
    // It names artifacts where the listing names source actions.
    for revision in &mut execution.revisions {
        let producer = sources(definition).find(|source| {
            let outputs = &source.output_artifacts;
            outputs.iter().any(|name| name == revision.action.as_str())
        });
        if let Some(producer) = producer {
            revision.action = producer.name.clone();
        }
    }
    Ok(execution)
}

fn sources(definition: &Definition) -> impl Iterator<Item = &ActionDeclaration> {
    let actions = definition.stages.iter().flat_map(|stage| &stage.actions);
    actions.filter(|action| action.category == ActionCategory::Source)
}

/// The newest other execution in which the action succeeded, with the time it did.
fn passed_before<'a>(
    attempts: &'a [ActionExecution],
    action: &ActionKey,
    execution: &ExecutionId,
) -> Option<&'a ActionExecution> {
    let passed = attempts.iter().filter(|attempt| {
        attempt.action == *action
            && attempt.execution != *execution
            && attempt.state.status == Status::Succeeded
    });
    passed.max_by_key(|attempt| attempt.updated)
}

/// What an action let through last, before an execution came to it.
#[derive(Default)]
pub(super) struct Before {
    execution: Option<Execution>,
    at: Option<Timestamp>,
    /// Something passed, and what it brought could not be read.
    unread: Option<Arc<Fault>>,
}

/// The execution in which the action last succeeded. A fault of this side reading is kept, and takes nothing else away.
pub(super) async fn before(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    action: &ActionKey,
    definition: &Definition,
    executions: &[Execution],
    attempts: &[ActionExecution],
    execution: &Execution,
) -> Before {
    let Some(passed) = passed_before(attempts, action, &execution.id) else {
        return Before::default();
    };
    let read = find_execution(calls, pipeline, definition, executions, &passed.execution).await;
    let (execution, unread) = match read {
        Ok(execution) => (Some(execution), None),
        Err(fault) => (None, Some(Arc::new(fault))),
    };
    Before {
        execution,
        at: passed.updated,
        unread,
    }
}

/// What the commits of an execution are read from.
pub(super) struct Past<'a> {
    pub definition: &'a Definition,
    pub executions: &'a [Execution],
    pub execution: &'a Execution,
    pub before: Before,
}

impl Past<'_> {
    /// What the first source brings.
    pub(super) async fn first(&self, calls: &Calls<'_>) -> Changes {
        match self.execution.revisions.first() {
            Some(head) => self.of(calls, head).await,
            None => Changes {
                commits: Vec::new(),
                since: None,
                since_at: None,
                extent: Extent::NothingBefore,
                unread: None,
            },
        }
    }

    /// What each further source brings.
    pub(super) async fn others(&self, calls: &Calls<'_>) -> Vec<Changes> {
        let mut others = Vec::new();
        for head in self.execution.revisions.iter().skip(1) {
            others.push(self.of(calls, head).await);
        }
        others
    }

    /// What one source brings: the heads of its executions, or the commits themselves where they can be read.
    async fn of(&self, calls: &Calls<'_>, head: &SourceRevision) -> Changes {
        let mut changes = self.listed(head);
        let is_settled = changes.unread.is_some() || changes.extent == Extent::Complete;
        let repository = codecommit_repository(self.definition, head);
        if let Some(repository) = repository.filter(|_| !is_settled) {
            walk(calls, &repository, head, self.executions, &mut changes).await;
        }
        changes
    }

    /// What the listing of executions tells of a source, without a call.
    fn listed(&self, head: &SourceRevision) -> Changes {
        let before = self.before.execution.as_ref();
        let since = before.and_then(|before| revision_of(before, head));
        let since = since.map(|revision| revision.id.clone());
        let is_unread = self.before.unread.is_some();
        if since.as_ref() == Some(&head.id) {
            return Changes {
                commits: Vec::new(),
                since,
                since_at: self.before.at,
                extent: Extent::Complete,
                unread: None,
            };
        }
        // In PARALLEL mode the executions between stand at gates of their own: this one brings only itself.
        let own = std::slice::from_ref(self.execution);
        let executions = match self.definition.mode {
            ExecutionMode::Parallel => own,
            _ => self.executions,
        };
        let mut changes = Changes {
            commits: heads(executions, self.execution, before, head),
            since_at: self.before.at,
            extent: if since.is_some() || is_unread {
                Extent::HeadsOnly
            } else {
                Extent::NothingBefore
            },
            unread: self.before.unread.clone(),
            since,
        };
        if changes.since.is_none() {
            changes.commits.truncate(1);
        }
        changes
    }
}

/// Puts the true commits in place of the heads. Where they cannot be read the heads stay, and say that they are only
/// that, and why.
async fn walk(
    calls: &Calls<'_>,
    repository: &RepositoryName,
    head: &SourceRevision,
    executions: &[Execution],
    changes: &mut Changes,
) {
    // Most commits on the way started an execution of their own: one call brings them all.
    let likely = executions
        .iter()
        .filter_map(|execution| revision_of(execution, head));
    let mut likely: Vec<RevisionId> = likely.map(|revision| revision.id.clone()).collect();
    likely.push(head.id.clone());
    likely.retain(|id| id.as_str().len() == 40);
    let since = changes.since.as_ref();
    let read = async {
        let known = codecommit::ensure(calls, repository, &likely).await?;
        match since {
            Some(since) => codecommit::since(calls, repository, &head.id, Some(since), LIMIT).await,
            None => Ok(codecommit::Walked {
                commits: known
                    .into_iter()
                    .filter(|commit| commit.id == head.id)
                    .take(1)
                    .collect(),
                cut: false,
            }),
        }
    };
    match read.await {
        Ok(walked) => {
            changes.extent = match (since, walked.cut) {
                (None, _) => Extent::NothingBefore,
                (Some(_), true) => Extent::Cut { limit: LIMIT },
                (Some(_), false) => Extent::Complete,
            };
            changes.commits = walked.commits;
        }
        Err(fault) => changes.unread = Some(Arc::new(fault)),
    }
}

/// What the same source brought into another execution.
fn revision_of<'a>(execution: &'a Execution, like: &SourceRevision) -> Option<&'a SourceRevision> {
    let mut revisions = execution.revisions.iter();
    revisions.find(|revision| revision.action == like.action)
}

pub(super) fn codecommit_repository(
    definition: &Definition,
    head: &SourceRevision,
) -> Option<RepositoryName> {
    let source = sources(definition).find(|source| source.name == head.action)?;
    if source.provider != "CodeCommit" {
        return None;
    }
    source
        .configuration
        .get("RepositoryName")
        .map(RepositoryName::from)
}

/// The head of each execution from this one down to the one that passed, newest first, each revision once.
fn heads(
    executions: &[Execution],
    execution: &Execution,
    passed: Option<&Execution>,
    head: &SourceRevision,
) -> Vec<Commit> {
    let mut commits = vec![head_commit(execution, head)];
    let passed_revision = passed.and_then(|passed| revision_of(passed, head));
    let older = executions
        .iter()
        .skip_while(|candidate| candidate.id != execution.id)
        .skip(1)
        .take_while(|candidate| passed.is_none_or(|passed| candidate.id != passed.id));
    for candidate in older {
        let Some(revision) = revision_of(candidate, head) else {
            continue;
        };
        let is_new = commits.iter().all(|commit| commit.id != revision.id)
            && passed_revision.is_none_or(|passed| passed.id != revision.id);
        if is_new {
            commits.push(head_commit(candidate, revision));
        }
    }
    commits.truncate(LIMIT);
    commits
}

fn head_commit(execution: &Execution, revision: &SourceRevision) -> Commit {
    Commit {
        id: revision.id.clone(),
        parents: Vec::new(),
        author: String::new(),
        message: message(&revision.summary),
        at: execution.started,
    }
}

/// A connected repository's summary is JSON with the message in it.
fn message(summary: &str) -> String {
    let json = serde_json::from_str::<serde_json::Value>(summary).ok();
    json.as_ref()
        .and_then(|json| json.get("CommitMessage")?.as_str())
        .unwrap_or(summary)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pipeline::ExecutionMode;
    use crate::model::status::State;

    fn execution(id: &str, revision: &str) -> Execution {
        Execution {
            started: Some(Timestamp::from_millis(1)),
            revisions: vec![SourceRevision {
                action: "Source".into(),
                id: revision.into(),
                summary: format!("{{\"CommitMessage\":\"message of {revision}\"}}"),
                url: None,
            }],
            ..Execution::new(id.into(), State::of_pipeline("Succeeded"))
        }
    }

    #[test]
    fn heads_go_down_to_what_passed_and_name_each_revision_once() {
        let all = [
            execution("newer", "r5"),
            execution("this", "r4"),
            execution("again", "r4"),
            execution("superseded", "r3"),
            execution("passed", "r2"),
            execution("old", "r1"),
        ];
        let head = all[1].revisions.first().unwrap();
        let commits = heads(&all, &all[1], Some(&all[4]), head);
        let ids: Vec<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
        assert_eq!(ids, ["r4", "r3"]);
        assert_eq!(commits[0].message, "message of r4");
    }

    #[test]
    fn in_parallel_mode_an_execution_brings_only_itself() {
        let all = [
            execution("this", "a3"),
            execution("other", "a2"),
            execution("passed", "a1"),
        ];
        let told = |mode| {
            let past = Past {
                definition: &Definition::new(1, mode, Vec::new()),
                executions: &all,
                execution: &all[0],
                before: Before {
                    execution: Some(all[2].clone()),
                    ..Before::default()
                },
            };
            past.listed(&all[0].revisions[0]).commits.len()
        };
        assert_eq!(told(ExecutionMode::Superseded), 2);
        assert_eq!(told(ExecutionMode::Parallel), 1);
    }

    #[test]
    fn each_source_is_told_by_itself_and_one_that_did_not_move_brings_nothing() {
        let with_infra = |id: &str, app: &str, infra: &str| {
            let mut all = execution(id, app);
            let revision = SourceRevision {
                action: "Infra".into(),
                ..execution(id, infra).revisions.remove(0)
            };
            all.revisions.push(revision);
            all
        };
        let all = [
            with_infra("this", "a3", "i2"),
            with_infra("superseded", "a3", "i1"),
            with_infra("passed", "a1", "i1"),
        ];
        let definition = Definition::new(1, ExecutionMode::Superseded, Vec::new());
        let told = |execution: &Execution, passed: Option<&Execution>| -> Vec<_> {
            let past = Past {
                definition: &definition,
                executions: &all,
                execution,
                before: Before {
                    execution: passed.cloned(),
                    ..Before::default()
                },
            };
            let told = execution.revisions.iter().map(|head| past.listed(head));
            told.map(|changes| {
                let ids = changes.commits.iter().map(|commit| commit.id.to_string());
                (ids.collect::<Vec<_>>(), changes.extent)
            })
            .collect()
        };
        let one = |id: &str| vec![id.to_owned()];
        assert_eq!(
            told(&all[0], Some(&all[2])),
            [
                (one("a3"), Extent::HeadsOnly),
                (one("i2"), Extent::HeadsOnly)
            ]
        );
        assert_eq!(
            told(&all[1], Some(&all[2])),
            [
                (one("a3"), Extent::HeadsOnly),
                (Vec::new(), Extent::Complete)
            ]
        );
        assert_eq!(told(&all[0], None)[1], (one("i2"), Extent::NothingBefore));
    }
}
