//! PutApprovalResult: the answer at a gate.
//!
//! A gate's token opens one gate of one execution once. It is read again before the answer is sent, with the execution
//! that stands there and what that brings: what a person saw is what gets decided, or nothing.

use std::collections::BTreeSet;

use aws_sdk_codepipeline::types;

use super::words;
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::aws::review::{decided, open_attempt, open_gate};
use crate::aws::write::failed;
use crate::aws::write::words::plain;
use crate::engine::source::{Checked, Found, Seen, Sent};
use crate::model::command::{Decision, Gate};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::RevisionId;

pub(super) async fn check(calls: &Calls<'_>, gate: &Gate) -> Result<Checked, Fault> {
    let name = &gate.pipeline.name;
    let stages = codepipeline::stages(calls, name).await?;
    let here = open_gate(&stages, &gate.action);
    if let Some(open) = &here
        && open.execution == gate.execution
        && open.token == gate.token
    {
        return check_revisions(calls, gate).await;
    }
    // In PARALLEL mode the state tells nothing, or what stood here before the mode was changed.
    let attempts = codepipeline::actions(calls, name, Some(&gate.execution)).await?;
    if let Some((open, _)) = open_attempt(&attempts, &gate.action, Some(&gate.execution)) {
        if open.token == gate.token {
            return check_revisions(calls, gate).await;
        }
        return Ok(Checked::Changed(
            "this gate was asked anew, for example after a retry of its stage".to_owned(),
        ));
    }
    let decided = decided(&stages, &attempts, &gate.action, Some(&gate.execution));
    Ok(Checked::Changed(match (decided, here) {
        (Some(decided), _) => format!("already {decided}"),
        (None, Some(open)) if open.execution != gate.execution => format!(
            "another execution stands at this gate now: {}",
            open.execution.short()
        ),
        (None, Some(_)) => {
            "this gate was asked anew, for example after a retry of its stage".to_owned()
        }
        (None, None) => "this execution no longer waits here".to_owned(),
    }))
}

/// What the execution brings must still be what the person saw.
async fn check_revisions(calls: &Calls<'_>, gate: &Gate) -> Result<Checked, Fault> {
    if gate.revisions.is_empty() {
        return Ok(Checked::Go(Seen::default()));
    }
    let name = &gate.pipeline.name;
    let executions = codepipeline::executions(calls, name).await?;
    let listed = executions.into_iter().find(|one| one.id == gate.execution);
    let execution = match listed {
        Some(listed) => listed,
        None => codepipeline::execution(calls, name, &gate.execution).await?,
    };
    let now: Vec<RevisionId> = execution
        .revisions
        .into_iter()
        .map(|revision| revision.id)
        .collect();
    let differs = differs(&gate.revisions, &now);
    Ok(differs.map_or_else(|| Checked::Go(Seen::default()), Checked::Changed))
}

/// How the revisions differ, in words; none if they are the same, in whatever order.
fn differs(seen: &[RevisionId], now: &[RevisionId]) -> Option<String> {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (seen.iter().collect(), now.iter().collect());
    if before == after {
        return None;
    }
    let list = |some: Vec<&RevisionId>| {
        let short: Vec<&str> = some.into_iter().map(RevisionId::short).collect();
        short.join(", ")
    };
    let gone = list(before.difference(&after).copied().collect());
    let new = list(after.difference(&before).copied().collect());
    Some(match (gone.is_empty(), new.is_empty()) {
        (false, false) => format!("the execution brings {new} now, where you saw {gone}"),
        (true, _) => format!("the execution also brings {new} now, which you did not see"),
        (false, true) => format!("the execution no longer brings {gone}, which you saw"),
    })
}

pub(super) async fn send(
    calls: &Calls<'_>,
    gate: &Gate,
    decision: Decision,
    comment: &str,
) -> Sent {
    let status = match decision {
        Decision::Approve => types::ApprovalStatus::Approved,
        Decision::Reject => types::ApprovalStatus::Rejected,
    };
    // The summary is required and may be empty; both are always set, so building cannot fail.
    let result = types::ApprovalResult::builder()
        .summary(comment)
        .status(status)
        .build();
    let result = match result {
        Ok(result) => result,
        Err(error) => {
            let place = calls.place(SERVICE, "PutApprovalResult");
            return Sent::Refused(place.fault(FaultClass::Local, error.to_string()));
        }
    };
    let request = calls
        .clients
        .codepipeline
        .put_approval_result()
        .pipeline_name(gate.pipeline.name.as_str())
        .stage_name(gate.action.stage.as_str())
        .action_name(gate.action.action.as_str())
        .token(gate.token.as_str())
        .result(result);
    let answer = calls
        .call(SERVICE, "PutApprovalResult", request.send())
        .await;
    match answer {
        Ok(_) => Sent::Accepted(
            match decision {
                Decision::Approve => "approved",
                Decision::Reject => "rejected",
            }
            .to_owned(),
        ),
        Err(fault) if was_answered(&fault) => Sent::Changed(who_was_first(calls, gate).await),
        Err(fault) => failed(plain(fault, words::words)),
    }
}

/// Both mean that somebody was first, or that the gate has expired: news, not an error.
fn was_answered(fault: &Fault) -> bool {
    matches!(
        fault.code.as_deref(),
        Some("InvalidApprovalTokenException" | "ApprovalAlreadyCompletedException")
    )
}

async fn who_was_first(calls: &Calls<'_>, gate: &Gate) -> String {
    let name = &gate.pipeline.name;
    let attempts = codepipeline::actions(calls, name, Some(&gate.execution)).await;
    let stages = codepipeline::stages(calls, name).await;
    let decided = decided(
        &stages.unwrap_or_default(),
        &attempts.unwrap_or_default(),
        &gate.action,
        Some(&gate.execution),
    );
    match decided {
        Some(decided) => format!("already {decided}"),
        None => "this gate was already answered, or has expired".to_owned(),
    }
}

pub(super) async fn look_up(
    calls: &Calls<'_>,
    gate: &Gate,
    decision: Decision,
) -> Result<Option<Found>, Fault> {
    let name = &gate.pipeline.name;
    let stages = codepipeline::stages(calls, name).await?;
    let attempts = codepipeline::actions(calls, name, Some(&gate.execution)).await?;
    let still_open = open_gate(&stages, &gate.action).is_some_and(|open| open.token == gate.token)
        || open_attempt(&attempts, &gate.action, Some(&gate.execution))
            .is_some_and(|(open, _)| open.token == gate.token);
    if still_open {
        return Ok(Some(Found {
            applied: false,
            message: "it did not arrive; the gate is still open".to_owned(),
        }));
    }
    let Some(text) = decided(&stages, &attempts, &gate.action, Some(&gate.execution)) else {
        return Ok(None);
    };
    let wanted = match decision {
        Decision::Approve => "approved",
        Decision::Reject => "rejected",
    };
    Ok(Some(Found {
        // The token is closed and the gate was decided as wished: by this request, for all that can be told.
        applied: text.starts_with(wanted),
        message: text,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_execution_brings_is_compared_whatever_the_order() {
        let ids = |names: &[&str]| names.iter().map(RevisionId::from).collect::<Vec<_>>();
        let said = |seen: &[&str], now: &[&str]| differs(&ids(seen), &ids(now));
        assert_eq!(said(&["a", "b"], &["b", "a"]), None);
        assert_eq!(
            said(&["a"], &["b"]).as_deref(),
            Some("the execution brings b now, where you saw a")
        );
        assert_eq!(
            said(&["a"], &["a", "b"]).as_deref(),
            Some("the execution also brings b now, which you did not see")
        );
        assert_eq!(
            said(&["a"], &[]).as_deref(),
            Some("the execution no longer brings a, which you saw")
        );
    }
}
