//! OverrideStageCondition: lets an execution pass though a rule did not succeed.

use aws_sdk_codepipeline::types;

use super::{find, found, no_stage};
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::engine::source::{Checked, Found, Seen};
use crate::model::command::Command;
use crate::model::fault::Fault;
use crate::model::ids::{ExecutionId, PipelineName, StageName};
use crate::model::pipeline::{ConditionKind, StageState};

/// What is to be overridden.
pub(super) struct Override<'a> {
    pipeline: &'a PipelineName,
    stage: &'a StageName,
    execution: &'a ExecutionId,
    condition: ConditionKind,
    word: &'static str,
}

impl<'a> Override<'a> {
    /// None for another command, and for a condition on failure, which AWS lets nobody override.
    pub(super) fn of(command: &'a Command) -> Option<Self> {
        let Command::OverrideCondition {
            pipeline,
            stage,
            execution,
            condition,
        } = command
        else {
            return None;
        };
        Some(Self {
            pipeline: &pipeline.name,
            stage,
            execution,
            condition: *condition,
            word: condition.override_word()?,
        })
    }

    /// The condition must still be the failed one of this execution.
    pub(super) async fn check(&self, calls: &Calls<'_>) -> Result<Checked, Fault> {
        let stages = codepipeline::stages(calls, self.pipeline).await?;
        Ok(match find(&stages, self.stage) {
            Some(stage) => self.check_in(stage),
            None => no_stage(self.stage),
        })
    }

    fn check_in(&self, stage: &StageState) -> Checked {
        let kind = self.condition.label();
        let is_here = stage
            .latest
            .as_ref()
            .is_some_and(|(latest, _)| latest == self.execution)
            || stage.inbound.contains(self.execution);
        if !is_here {
            let other = stage.latest.as_ref().map(|(latest, _)| latest.short());
            return Checked::Changed(match other {
                Some(other) => format!("another execution is in the stage now: {other}"),
                None => "this execution is not in the stage".to_owned(),
            });
        }
        match stage.condition(self.condition) {
            Some(told) if told.state.status.is_bad() => Checked::Go(Seen::default()),
            Some(told) if told.state.word() == "Overridden" => {
                Checked::Changed(format!("the condition {kind} was overridden already"))
            }
            Some(told) => Checked::Changed(format!(
                "the condition {kind} does not stand in the way now: {}",
                told.state
            )),
            None => Checked::Changed(format!("the stage tells of no condition {kind} now")),
        }
    }

    pub(super) async fn send(&self, calls: &Calls<'_>) -> Result<String, Fault> {
        let request = calls
            .clients
            .codepipeline
            .override_stage_condition()
            .pipeline_name(self.pipeline.as_str())
            .stage_name(self.stage.as_str())
            .pipeline_execution_id(self.execution.as_str())
            .condition_type(types::ConditionType::from(self.word));
        calls
            .call(SERVICE, "OverrideStageCondition", request.send())
            .await?;
        Ok(format!(
            "the condition {} of stage {} is overridden",
            self.condition.label(),
            self.stage
        ))
    }

    pub(super) async fn look_up(&self, calls: &Calls<'_>) -> Result<Option<Found>, Fault> {
        let stages = codepipeline::stages(calls, self.pipeline).await?;
        let stage = find(&stages, self.stage);
        let told = stage.and_then(|stage| stage.condition(self.condition));
        Ok(told.and_then(|told| {
            let is_done = told.state.word() == "Overridden";
            (is_done || told.state.status.is_bad()).then(|| {
                found(
                    is_done,
                    "the condition is overridden",
                    "it did not arrive; the condition stands as it was",
                )
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{PipelineKey, Scope};
    use crate::model::pipeline::ConditionState;
    use crate::model::status::State;

    fn command(condition: ConditionKind) -> Command {
        Command::OverrideCondition {
            pipeline: PipelineKey {
                scope: Scope {
                    account: "a".into(),
                    region: "r".into(),
                },
                name: "pier".into(),
            },
            stage: "Production".into(),
            execution: "e1".into(),
            condition,
        }
    }

    fn stage(execution: &str, word: &str) -> StageState {
        StageState {
            latest: Some((execution.into(), State::of_pipeline("Failed"))),
            conditions: vec![ConditionState {
                kind: ConditionKind::OnSuccess,
                state: State::of_pipeline(word),
                summary: None,
                changed_at: None,
                rules: Vec::new(),
            }],
            ..StageState::new("Production".into())
        }
    }

    #[test]
    fn only_the_failed_condition_of_the_same_execution_is_overridden() {
        let command = command(ConditionKind::OnSuccess);
        let asked = Override::of(&command).unwrap();
        assert_eq!(
            asked.check_in(&stage("e1", "Failed")),
            Checked::Go(Seen::default())
        );
        assert_eq!(
            asked.check_in(&stage("e1", "Errored")),
            Checked::Go(Seen::default())
        );
        for (execution, word, says) in [
            ("e2", "Failed", "another execution is in the stage now: e2"),
            ("e1", "Overridden", "overridden already"),
            (
                "e1",
                "Succeeded",
                "does not stand in the way now: Succeeded",
            ),
        ] {
            let Checked::Changed(said) = asked.check_in(&stage(execution, word)) else {
                panic!("{execution} {word}");
            };
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn nobody_overrides_a_condition_on_failure() {
        assert!(Override::of(&command(ConditionKind::OnFailure)).is_none());
    }
}
