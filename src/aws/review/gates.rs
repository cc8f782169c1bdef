//! Gates as they stand: which waits, with which token, and what became of one that was decided.

use crate::model::ids::{ActionKey, ApprovalToken, ExecutionId};
use crate::model::pipeline::{ActionExecution, StageState};
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// A gate that waits, as just read.
pub(in crate::aws) struct OpenGate {
    pub execution: ExecutionId,
    pub token: ApprovalToken,
    pub since: Option<Timestamp>,
}

/// The gate of an action in GetPipelineState's answer.
pub(in crate::aws) fn open_gate(stages: &[StageState], action: &ActionKey) -> Option<OpenGate> {
    let stage = stages.iter().find(|stage| stage.name == action.stage)?;
    let state = stage.action(&action.action)?;
    if state.state.status != Status::Waiting {
        return None;
    }
    Some(OpenGate {
        execution: stage.latest.as_ref()?.0.clone(),
        token: state.token.clone()?,
        since: state.changed_at,
    })
}

/// The newest gate of an action in ListActionExecutions' answer: where PARALLEL pipelines keep theirs.
pub(in crate::aws) fn open_attempt<'a>(
    attempts: &'a [ActionExecution],
    action: &ActionKey,
    execution: Option<&ExecutionId>,
) -> Option<(OpenGate, &'a ActionExecution)> {
    let mut waiting = attempts.iter().filter(|attempt| {
        attempt.action == *action
            && attempt.state.status == Status::Waiting
            && execution.is_none_or(|execution| attempt.execution == *execution)
    });
    let attempt = waiting.find(|attempt| attempt.external_id.is_some())?;
    let gate = OpenGate {
        execution: attempt.execution.clone(),
        token: ApprovalToken::from(attempt.external_id.as_deref()?),
        since: attempt.started,
    };
    Some((gate, attempt))
}

/// What became of a gate, in words: `approved by Priya at 2026-11-23T16:20:00Z: ship it`.
///
/// A rejection is an action that failed and names who failed it. One that nobody answered in time fails as well, and
/// names nobody.
pub(in crate::aws) fn decided(
    stages: &[StageState],
    attempts: &[ActionExecution],
    action: &ActionKey,
    execution: Option<&ExecutionId>,
) -> Option<String> {
    let attempt = attempts.iter().find(|attempt| {
        attempt.action == *action
            && execution.is_none_or(|execution| attempt.execution == *execution)
    });
    let stage = stages.iter().find(|stage| stage.name == action.stage);
    let state = stage
        .filter(|stage| {
            let latest = stage.latest.as_ref().map(|(latest, _)| latest);
            execution.is_none() || latest == execution
        })
        .and_then(|stage| stage.action(&action.action));
    let status = attempt
        .map(|attempt| attempt.state.status)
        .or_else(|| state.map(|state| state.state.status))?;
    let by = attempt
        .and_then(|attempt| attempt.updated_by.as_deref())
        .or_else(|| state.and_then(|state| state.updated_by.as_deref()));
    let verb = match status {
        Status::Succeeded => "approved",
        Status::Failed if by.is_some() => "rejected",
        Status::Failed => "ended as its time ran out",
        Status::Stopped => "abandoned",
        _ => return None,
    };
    let at = attempt
        .and_then(|attempt| attempt.updated)
        .or_else(|| state.and_then(|state| state.changed_at));
    let said = state
        .and_then(|state| state.summary.as_deref())
        .or_else(|| attempt.and_then(|attempt| attempt.external_summary.as_deref()));
    let mut text = verb.to_owned();
    if let Some(by) = by {
        text = format!("{text} by {}", person(by));
    }
    if let Some(at) = at {
        text = format!("{text} at {at}");
    }
    if let Some(said) = said.filter(|said| !said.trim().is_empty()) {
        text = format!("{text}: {}", said.trim());
    }
    Some(text)
}

/// The name in an ARN: a user, or the session of a role. Anything else is kept whole.
pub(in crate::aws) fn person(arn: &str) -> &str {
    match arn.rsplit_once('/') {
        Some((before, name)) if before.starts_with("arn:") && !name.is_empty() => name,
        _ => arn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    #[test]
    fn a_gate_that_nobody_answered_in_time_was_rejected_by_nobody() {
        let key = ActionKey {
            stage: "Gate".into(),
            action: "Approve".into(),
        };
        let failed = |by: Option<&str>| {
            let attempt = ActionExecution {
                updated: Some(Timestamp::from_millis(0)),
                updated_by: by.map(str::to_owned),
                ..ActionExecution::new(
                    "e".into(),
                    key.clone(),
                    "a".into(),
                    State::of_pipeline("Failed"),
                )
            };
            decided(&[], &[attempt], &key, Some(&"e".into())).unwrap()
        };
        assert_eq!(
            failed(None),
            "ended as its time ran out at 1970-01-01T00:00:00Z"
        );
        assert_eq!(
            failed(Some("arn:aws:iam::123456789012:user/tom")),
            "rejected by tom at 1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn a_person_is_the_end_of_an_arn() {
        assert_eq!(
            person("arn:aws:sts::123456789012:assumed-role/Ops/priya"),
            "priya"
        );
        assert_eq!(
            person("arn:aws:iam::123456789012:root"),
            "arn:aws:iam::123456789012:root"
        );
        assert_eq!(person("someone"), "someone");
    }
}
