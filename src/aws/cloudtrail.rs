//! CloudTrail: who answered at gates, as AWS itself noted it. Read only when a person asks.
//!
//! LookupEvents takes two calls a second for each account and region, whoever makes them: every call here waits for
//! its turn in one budget that all clones of [`crate::aws::Aws`] share.

use aws_sdk_cloudtrail::types;
use aws_smithy_types::DateTime;
use serde_json::Value;

use crate::aws::calls::Calls;
use crate::aws::map::{time, word};
use crate::aws::page;
use crate::engine::source::Limiter;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::ActionKey;
use crate::model::time::Timestamp;
use crate::model::trail::{Trail, TrailEvent};

pub(super) const SERVICE: &str = "cloudtrail";

const MOST_PAGES: usize = 10;
const PAGE: i32 = 50;
/// CloudTrail looks back no further.
const LONGEST: std::time::Duration = std::time::Duration::from_hours(90 * 24);
/// A call throttled by somebody else's look-ups is made again, after the budget's wait.
const ATTEMPTS: usize = 3;

/// LookupEvents for PutApprovalResult since a moment, newest first: at most ten pages of fifty.
pub(super) async fn decisions(
    calls: &Calls<'_>,
    limiter: &Limiter,
    from: Timestamp,
) -> Result<Trail, Fault> {
    let oldest = Timestamp::from_millis(calls.now().millis() - LONGEST.as_millis() as i64);
    let from = from.max(oldest);
    let walked = page::walk(MOST_PAGES, usize::MAX, |token| {
        events_page(calls, limiter, from, token)
    })
    .await?;
    Ok(Trail {
        events: walked.all,
        from,
        cut: walked.cut,
    })
}

/// One page of the same: doctor's question.
pub(super) async fn newest(
    calls: &Calls<'_>,
    limiter: &Limiter,
    from: Timestamp,
) -> Result<Vec<TrailEvent>, Fault> {
    Ok(events_page(calls, limiter, from, None).await?.0)
}

async fn events_page(
    calls: &Calls<'_>,
    limiter: &Limiter,
    from: Timestamp,
    token: Option<String>,
) -> Result<(Vec<TrailEvent>, Option<String>), Fault> {
    const OPERATION: &str = "LookupEvents";
    let by_name = types::LookupAttribute::builder()
        .attribute_key(types::LookupAttributeKey::EventName)
        .attribute_value("PutApprovalResult")
        .build();
    let by_name = by_name.map_err(|error| {
        let place = calls.place(SERVICE, OPERATION);
        place.fault(FaultClass::Local, error.to_string())
    })?;
    let mut attempt = 1;
    let answer = loop {
        limiter.take(&calls.clients.scope, SERVICE).await;
        let request = calls
            .clients
            .cloudtrail
            .lookup_events()
            .lookup_attributes(by_name.clone())
            .start_time(DateTime::from_millis(from.millis()))
            .max_results(PAGE)
            .set_next_token(token.clone());
        match calls.call(SERVICE, OPERATION, request.send()).await {
            Err(fault) if fault.class == FaultClass::Throttled && attempt < ATTEMPTS => {
                limiter.ended(&calls.clients.scope, SERVICE, true);
                attempt += 1;
            }
            answer => break answer?,
        }
    };
    let events = answer.events().iter().map(event);
    Ok((events.collect(), answer.next_token().map(str::to_owned)))
}

/// An event by its record, and by its own members where the record cannot be read. The token of the gate is left where
/// it is.
fn event(event: &types::Event) -> TrailEvent {
    let record: Value = event
        .cloud_trail_event()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let said = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let some = |pointer: &str| said(pointer).filter(|text| !text.is_empty());
    let asked = |member: &str| word(said(&format!("/requestParameters/{member}")));
    let noted = some("/eventTime").and_then(|text| text.parse::<jiff::Timestamp>().ok());
    TrailEvent {
        id: word(event.event_id().or_else(|| said("/eventID"))),
        at: noted
            .map(|noted| Timestamp::from_millis(noted.as_millisecond()))
            .or_else(|| time(event.event_time()))
            .unwrap_or_default(),
        by: word(some("/userIdentity/arn").or_else(|| event.username())),
        pipeline: asked("pipelineName").into(),
        action: ActionKey {
            stage: asked("stageName").into(),
            action: asked("actionName").into(),
        },
        decision: asked("result/status"),
        comment: asked("result/summary"),
        source_address: some("/sourceIPAddress").map(str::to_owned),
        error_code: some("/errorCode").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(record: &str) -> TrailEvent {
        event(
            &types::Event::builder()
                .event_id("654ccbc0")
                .username("priya")
                .event_time(DateTime::from_secs(1_700_000_000))
                .cloud_trail_event(record)
                .build(),
        )
    }

    #[test]
    fn a_decision_is_read_from_the_record_and_its_token_is_not() {
        let told = of(r#"{
            "eventTime": "2026-11-24T10:15:30Z",
            "userIdentity": {"arn": "arn:aws:sts::123456789012:assumed-role/Ops/priya"},
            "sourceIPAddress": "198.51.100.7",
            "requestParameters": {
                "pipelineName": "pier", "stageName": "Gate", "actionName": "Approve",
                "result": {"status": "Approved", "summary": "the tide is right"},
                "token": "the-token-itself"
            },
            "errorCode": "ApprovalAlreadyCompletedException"
        }"#);
        assert_eq!(told.at.rfc3339(), "2026-11-24T10:15:30Z");
        assert!(told.by.ends_with("/priya"));
        assert_eq!(
            (told.pipeline.as_str(), told.action.stage.as_str()),
            ("pier", "Gate")
        );
        assert_eq!(
            (told.decision.as_str(), told.comment.as_str()),
            ("Approved", "the tide is right")
        );
        assert_eq!(
            told.error_code.as_deref(),
            Some("ApprovalAlreadyCompletedException")
        );
        assert!(!format!("{told:?}").contains("the-token-itself"));
    }

    #[test]
    fn a_record_that_lacks_things_is_read_as_far_as_it_goes() {
        for record in ["", "not json", "[]", r#"{"requestParameters": null}"#] {
            let told = of(record);
            assert_eq!(told.by, "priya", "{record}");
            assert_eq!(told.at, Timestamp::from_millis(1_700_000_000_000));
            assert!(told.pipeline.is_empty() && told.decision.is_empty());
        }
    }
}
