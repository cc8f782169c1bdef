//! What a person asks for by a click, read once: outside the engine's budget, and paged with a cap.

mod builds;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use crate::aws::{Aws, class_of, cloudtrail, codepipeline, review, s3};
use crate::model::artifact::{
    ArtifactDifference, ArtifactFile, ArtifactKey, ArtifactListing, ArtifactSize, TextDifference,
};
use crate::model::fault::{Fault, FaultClass};
use crate::model::history::{ExecutionDetail, History};
use crate::model::ids::{ActionKey, ActionName, ExecutionId, PipelineKey, Scope, StageName};
use crate::model::oneshot::{ActionType, Changes, Review};
use crate::model::pipeline::{ActionCategory, ActionExecution, Definition, Execution};
use crate::model::time::Timestamp;
use crate::model::trail::Trail;

/// How long a card waits for a sign-in to a place beside its own.
const SOON: Duration = Duration::from_secs(8);

impl Aws {
    /// What a person sees before deciding at a gate, all read now. `execution` names one where several wait; `next` is
    /// where it goes from there, for the alarms.
    pub async fn review(
        &self,
        pipeline: &PipelineKey,
        action: &ActionKey,
        execution: Option<&ExecutionId>,
        next: &Scope,
    ) -> Result<Review, Fault> {
        let calls = self.sessions.calls(&pipeline.scope).await?;
        let next = Box::pin(in_time(SOON, next, calls.now(), self.sessions.calls(next)));
        let review = review::review(&calls, pipeline, action, execution, next);
        let review = Box::pin(review).await;
        self.noted(&pipeline.scope, review)
    }

    /// The commits an execution brings to an action since that action last succeeded.
    pub async fn changes(
        &self,
        pipeline: &PipelineKey,
        action: &ActionKey,
        execution: &ExecutionId,
    ) -> Result<Changes, Fault> {
        let calls = self.sessions.calls(&pipeline.scope).await?;
        let changes = review::changes(&calls, &pipeline.name, action, execution).await;
        self.noted(&pipeline.scope, changes)
    }

    /// One execution, complete: three operations side by side, with all their pages.
    pub async fn execution(
        &self,
        pipeline: &PipelineKey,
        execution: &ExecutionId,
    ) -> Result<ExecutionDetail, Fault> {
        let calls = self.sessions.calls(&pipeline.scope).await?;
        let name = &pipeline.name;
        let read = tokio::try_join!(
            Box::pin(codepipeline::execution(&calls, name, execution)),
            Box::pin(codepipeline::actions_of(&calls, name, execution)),
            Box::pin(codepipeline::rules_of(&calls, name, execution)),
        );
        let detail = read.map(|(mut execution, actions, rules)| {
            complete(&mut execution, &actions);
            ExecutionDetail {
                execution,
                actions: actions.into(),
                rules,
            }
        });
        self.noted(&pipeline.scope, detail)
    }

    /// Up to five hundred executions, newest first.
    pub async fn history(&self, pipeline: &PipelineKey) -> Result<History, Fault> {
        let calls = self.sessions.calls(&pipeline.scope).await?;
        let history = codepipeline::history(&calls, &pipeline.name).await;
        self.noted(&pipeline.scope, history)
    }

    /// What a stage can be rolled back to, newest first: not to what stands in it now, and not to a rollback.
    pub async fn rollback_candidates(
        &self,
        pipeline: &PipelineKey,
        stage: &StageName,
    ) -> Result<Vec<Execution>, Fault> {
        let calls = self.sessions.calls(&pipeline.scope).await?;
        let read = async {
            let stages = codepipeline::stages(&calls, &pipeline.name).await?;
            let mut all = codepipeline::succeeded_in(&calls, &pipeline.name, stage).await?;
            let state = stages.iter().find(|state| state.name == *stage);
            let here = state.and_then(|state| state.latest.as_ref());
            all.retain(|one| {
                one.rollback_of.is_none() && here.is_none_or(|(here, _)| one.id != *here)
            });
            Ok(all)
        };
        let candidates = read.await;
        self.noted(&pipeline.scope, candidates)
    }

    /// The structure of one version: one call.
    pub async fn definition(
        &self,
        pipeline: &PipelineKey,
        version: u32,
    ) -> Result<Definition, Fault> {
        let calls = self.sessions.calls(&pipeline.scope).await?;
        let definition = codepipeline::definition(&calls, &pipeline.name, Some(version)).await;
        self.noted(&pipeline.scope, definition)
    }

    /// How custom and third-party actions are called, and where they lead.
    pub async fn action_types(&self, scope: &Scope) -> Result<Vec<ActionType>, Fault> {
        let calls = self.sessions.calls(scope).await?;
        let types = codepipeline::action_types(&calls).await;
        self.noted(scope, types)
    }

    /// What a download would cost: HeadObject.
    pub async fn artifact_size(&self, artifact: &ArtifactKey) -> Result<ArtifactSize, Fault> {
        let size = s3::size(&self.sessions, artifact).await;
        self.noted(&artifact.scope, size)
    }

    /// The files in an artifact. Downloads it, unless it is kept in memory.
    pub async fn artifact(&self, artifact: &ArtifactKey) -> Result<ArtifactListing, Fault> {
        let listing = s3::listing(&self.sessions, artifact).await;
        self.noted(&artifact.scope, listing)
    }

    /// One file of an artifact, as far as it can be shown.
    pub async fn artifact_file(
        &self,
        artifact: &ArtifactKey,
        path: &str,
    ) -> Result<ArtifactFile, Fault> {
        let file = s3::file(&self.sessions, artifact, path).await;
        self.noted(&artifact.scope, file)
    }

    /// The files in which two artifacts differ.
    pub async fn artifact_difference(
        &self,
        older: &ArtifactKey,
        newer: &ArtifactKey,
    ) -> Result<ArtifactDifference, Fault> {
        let difference = s3::difference(&self.sessions, older, newer).await;
        self.noted(&newer.scope, difference)
    }

    /// One file of two artifacts, line by line.
    pub async fn file_difference(
        &self,
        older: &ArtifactKey,
        newer: &ArtifactKey,
        path: &str,
    ) -> Result<TextDifference, Fault> {
        let difference = s3::file_difference(&self.sessions, older, newer, path).await;
        self.noted(&newer.scope, difference)
    }

    /// Who answered at gates since a moment, by CloudTrail: at most ten calls, two a second.
    pub async fn trail(&self, scope: &Scope, from: Timestamp) -> Result<Trail, Fault> {
        let calls = self.sessions.calls(scope).await?;
        let trail = cloudtrail::decisions(&calls, &self.sessions.limiter, from).await;
        self.noted(scope, trail)
    }

    /// An answer on its way out: after a sign-in fault the next call signs in anew.
    fn noted<T>(&self, scope: &Scope, answer: Result<T, Fault>) -> Result<T, Fault> {
        self.sessions.note(&scope.account, class_of(&answer));
        answer
    }
}

/// A sign-in to a place that is looked at beside the one asked about: it must not keep that waiting.
async fn in_time<T>(
    limit: Duration,
    scope: &Scope,
    now: Timestamp,
    sign_in: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let signed_in = tokio::time::timeout(limit, sign_in).await;
    signed_in.unwrap_or_else(|_| {
        let message = format!("signing in to {} takes too long", scope.account);
        let mut fault = Fault::local("account", "sign in", message, now);
        fault.class = FaultClass::TimedOut;
        fault.scope = Some(scope.clone());
        Err(fault)
    })
}

/// GetPipelineExecution tells no times, and names artifacts where the listing names source actions: both are in the
/// execution's own attempts.
fn complete(execution: &mut Execution, actions: &[ActionExecution]) {
    execution.started = actions.iter().filter_map(|attempt| attempt.started).min();
    execution.updated = actions.iter().filter_map(|attempt| attempt.updated).max();
    let sources = actions
        .iter()
        .filter(|attempt| attempt.category == ActionCategory::Source);
    let producers: BTreeMap<&str, &ActionName> = sources
        .flat_map(|attempt| {
            let outputs = attempt.output_artifacts.iter();
            outputs.map(|artifact| (artifact.name.as_str(), &attempt.action.action))
        })
        .collect();
    for revision in &mut execution.revisions {
        if let Some(producer) = producers.get(revision.action.as_str()) {
            revision.action = (*producer).clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pipeline::{ArtifactLocation, SourceRevision};
    use crate::model::status::State;

    #[tokio::test]
    async fn a_sign_in_beside_what_was_asked_is_waited_for_only_so_long() {
        let scope = Scope {
            account: "prod".into(),
            region: "eu-west-1".into(),
        };
        let now = Timestamp::from_millis(0);
        let never = std::future::pending::<Result<(), Fault>>();
        let fault = in_time(Duration::from_millis(5), &scope, now, never).await;
        let fault = fault.unwrap_err();
        assert_eq!(
            (fault.class, fault.scope),
            (FaultClass::TimedOut, Some(scope.clone()))
        );
        let at_once = std::future::ready(Ok(7));
        let answer = in_time(SOON, &scope, now, at_once).await;
        assert_eq!(answer.unwrap(), 7);
    }

    #[test]
    fn an_execution_gets_its_times_and_its_sources_from_its_attempts() {
        let key = ActionKey {
            stage: "Source".into(),
            action: "Checkout".into(),
        };
        let at = |millis| Some(Timestamp::from_millis(millis));
        let source = ActionExecution {
            category: ActionCategory::Source,
            started: at(10),
            updated: at(20),
            output_artifacts: vec![ArtifactLocation {
                name: "SourceOutput".to_owned(),
                bucket: "b".to_owned(),
                key: "k".to_owned(),
            }],
            ..ActionExecution::new("e".into(), key.clone(), "a".into(), State::not_run())
        };
        let later = ActionExecution {
            started: at(30),
            updated: at(40),
            ..ActionExecution::new("e".into(), key, "b".into(), State::not_run())
        };
        let mut execution = Execution {
            revisions: vec![SourceRevision {
                action: "SourceOutput".into(),
                id: "r".into(),
                summary: String::new(),
                url: None,
            }],
            ..Execution::new("e".into(), State::not_run())
        };
        complete(&mut execution, &[later, source]);
        assert_eq!((execution.started, execution.updated), (at(10), at(40)));
        assert_eq!(execution.revisions[0].action.as_str(), "Checkout");
    }
}
