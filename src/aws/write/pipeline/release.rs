//! StartPipelineExecution: a release, of the newest revisions or of chosen ones, with chosen variables.

use aws_sdk_codepipeline::types;

use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::engine::source::{Checked, Found, Seen};
use crate::model::command::{RevisionKind, RevisionOverride};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{ExecutionId, PipelineName};
use crate::model::pipeline::{ActionCategory, Definition, Execution};

/// The structure must still have the sources and variables that were filled in.
pub(super) async fn check(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    revisions: &[RevisionOverride],
    variables: &[(String, String)],
) -> Result<Checked, Fault> {
    let definition = codepipeline::definition(calls, pipeline, None).await?;
    if let Some(missing) = missing(&definition, revisions, variables) {
        return Ok(Checked::Changed(missing));
    }
    let executions = codepipeline::executions(calls, pipeline).await?;
    let known = executions.iter().map(|execution| execution.id.as_str());
    Ok(Checked::Go(Seen::of(known)))
}

fn missing(
    definition: &Definition,
    revisions: &[RevisionOverride],
    variables: &[(String, String)],
) -> Option<String> {
    let has_source = |wanted: &RevisionOverride| {
        let mut actions = definition.stages.iter().flat_map(|stage| &stage.actions);
        actions
            .any(|action| action.category == ActionCategory::Source && action.name == wanted.action)
    };
    let has_variable = |name: &str| {
        definition
            .variables
            .iter()
            .any(|variable| variable.name == name)
    };
    if let Some(gone) = revisions.iter().find(|wanted| !has_source(wanted)) {
        return Some(format!(
            "the pipeline has no source action {} any more",
            gone.action
        ));
    }
    let gone = variables.iter().find(|(name, _)| !has_variable(name));
    gone.map(|(name, _)| format!("the pipeline has no variable {name} any more"))
}

pub(super) async fn send(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    revisions: &[RevisionOverride],
    variables: &[(String, String)],
) -> Result<String, Fault> {
    const OPERATION: &str = "StartPipelineExecution";
    let unbuilt = |error: aws_smithy_types::error::operation::BuildError| {
        calls
            .place(SERVICE, OPERATION)
            .fault(FaultClass::Local, error.to_string())
    };
    let revisions: Result<Vec<_>, _> = revisions.iter().map(source_revision).collect();
    let revisions = revisions.map_err(unbuilt)?;
    let variables: Result<Vec<_>, _> = variables
        .iter()
        .map(|(name, value)| {
            types::PipelineVariable::builder()
                .name(name)
                .value(value)
                .build()
        })
        .collect();
    let variables = variables.map_err(unbuilt)?;
    let request = calls
        .clients
        .codepipeline
        .start_pipeline_execution()
        .name(pipeline.as_str())
        .set_source_revisions(Some(revisions).filter(|all| !all.is_empty()))
        .set_variables(Some(variables).filter(|all| !all.is_empty()));
    let answer = calls.call(SERVICE, OPERATION, request.send()).await?;
    Ok(match answer.pipeline_execution_id() {
        Some(id) => format!("execution {} has started", ExecutionId::from(id).short()),
        None => "an execution has started".to_owned(),
    })
}

fn source_revision(
    wanted: &RevisionOverride,
) -> Result<types::SourceRevisionOverride, aws_smithy_types::error::operation::BuildError> {
    types::SourceRevisionOverride::builder()
        .action_name(wanted.action.as_str())
        .revision_type(match wanted.kind {
            RevisionKind::CommitId => types::SourceRevisionType::CommitId,
            RevisionKind::ImageDigest => types::SourceRevisionType::ImageDigest,
            RevisionKind::S3ObjectVersion => types::SourceRevisionType::S3ObjectVersionId,
            RevisionKind::S3ObjectKey => types::SourceRevisionType::S3ObjectKey,
        })
        .revision_value(&wanted.value)
        .build()
}

/// StartPipelineExecution has no key to find it by: a manual start that was not there before, of the revisions that were
/// asked for, is taken for it.
pub(super) async fn look_up(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    revisions: &[RevisionOverride],
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    let executions = codepipeline::executions(calls, pipeline).await?;
    let mut started = executions.iter();
    let started = started.find(|execution| is_it(execution, revisions, seen));
    Ok(Some(match started {
        Some(execution) => Found {
            applied: true,
            message: format!("execution {} has started", execution.id.short()),
        },
        None => Found {
            applied: false,
            message: "no execution was started".to_owned(),
        },
    }))
}

fn is_it(execution: &Execution, revisions: &[RevisionOverride], seen: &Seen) -> bool {
    let is_manual = execution.trigger.kind == "StartPipelineExecution";
    let is_new = !seen.has(execution.id.as_str());
    // A source that has not run yet tells no revision.
    let mut brought = execution.revisions.iter();
    let is_another = brought.any(|brought| {
        revisions.iter().any(|wanted| {
            wanted.action == brought.action
                && wanted.kind == RevisionKind::CommitId
                && !brought.id.is_empty()
                && *brought.id.as_str() != *wanted.value
        })
    });
    is_manual && is_new && !is_another
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pipeline::{SourceRevision, Trigger};
    use crate::model::status::State;

    #[test]
    fn a_start_is_taken_for_ours_by_its_id_its_trigger_and_its_revisions() {
        let seen = Seen::of(["earlier"]);
        let wanted = [RevisionOverride {
            action: "Source".into(),
            kind: RevisionKind::CommitId,
            value: "abc".to_owned(),
        }];
        let started = |id: &str, kind: &str, revision: Option<&str>| Execution {
            trigger: Trigger {
                kind: kind.to_owned(),
                detail: String::new(),
            },
            revisions: revision
                .map(|id| SourceRevision {
                    action: "Source".into(),
                    id: id.into(),
                    summary: String::new(),
                    url: None,
                })
                .into_iter()
                .collect(),
            ..Execution::new(id.into(), State::of_pipeline("InProgress"))
        };
        let manual = "StartPipelineExecution";
        let ours =
            |execution: Execution, wanted: &[RevisionOverride]| is_it(&execution, wanted, &seen);
        assert!(ours(started("new", manual, Some("abc")), &wanted));
        assert!(ours(started("new", manual, None), &wanted));
        assert!(!ours(started("new", manual, Some("def")), &wanted));
        assert!(ours(started("new", manual, Some("def")), &[]));
        assert!(!ours(started("earlier", manual, None), &wanted));
        assert!(!ours(started("new", "Webhook", None), &wanted));
    }
}
