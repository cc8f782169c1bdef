//! CloudWatch: the alarms of an account and region, for an approver.

use aws_sdk_cloudwatch::types;

use crate::aws::calls::Calls;
use crate::aws::map::{text, time, word};
use crate::aws::page;
use crate::model::alarm::{Alarm, Alarms};
use crate::model::fault::Fault;
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

pub(super) const SERVICE: &str = "cloudwatch";

/// The most DescribeAlarms returns in a page.
const PAGE: i32 = 100;
/// Alarms in ALARM that are read.
const MOST: usize = 500;

/// DescribeAlarms in ALARM, longest first; and one page of all, to tell no alarm in ALARM from no alarm at all.
pub(super) async fn in_alarm(calls: &Calls<'_>) -> Result<Alarms, Fault> {
    let mut in_alarm = page::collect(MOST, |token| {
        alarms_page(calls, Some(types::StateValue::Alarm), token)
    })
    .await?;
    let (all, _) = alarms_page(calls, None, None).await?;
    in_alarm.sort_by_key(|alarm| (alarm.since.is_none(), alarm.since));
    Ok(Alarms {
        scope: calls.clients.scope.clone(),
        known: all.len().max(in_alarm.len()),
        in_alarm,
    })
}

async fn alarms_page(
    calls: &Calls<'_>,
    state: Option<types::StateValue>,
    token: Option<String>,
) -> Result<(Vec<Alarm>, Option<String>), Fault> {
    let request = calls
        .clients
        .cloudwatch
        .describe_alarms()
        // Without a word about types AWS tells of metric alarms only (DescribeAlarms, API reference).
        .alarm_types(types::AlarmType::MetricAlarm)
        .alarm_types(types::AlarmType::CompositeAlarm)
        .set_state_value(state)
        .max_records(PAGE)
        .set_next_token(token);
    let answer = calls
        .call(SERVICE, "DescribeAlarms", request.send())
        .await?;
    let metric = answer.metric_alarms().iter().map(metric);
    let composite = answer.composite_alarms().iter().map(composite);
    Ok((
        metric.chain(composite).collect(),
        answer.next_token().map(str::to_owned),
    ))
}

/// The two kinds tell the same under the same names, in types of their own.
macro_rules! alarm {
    ($alarm:expr) => {
        Alarm {
            name: word($alarm.alarm_name()),
            arn: word($alarm.alarm_arn()),
            description: text($alarm.alarm_description()),
            state: state($alarm.state_value()),
            reason: text($alarm.state_reason()),
            since: since(
                time($alarm.state_transitioned_timestamp()),
                time($alarm.state_updated_timestamp()),
            ),
        }
    };
}

fn metric(alarm: &types::MetricAlarm) -> Alarm {
    alarm!(alarm)
}

fn composite(alarm: &types::CompositeAlarm) -> Alarm {
    alarm!(alarm)
}

/// The update moves with each new reason, the transition only with the state; older alarms tell the update alone.
fn since(transitioned: Option<Timestamp>, updated: Option<Timestamp>) -> Option<Timestamp> {
    transitioned.or(updated)
}

fn state(value: Option<&types::StateValue>) -> State {
    let word = value.map_or("", types::StateValue::as_str);
    let status = match word {
        "OK" => Status::Succeeded,
        "ALARM" => Status::Failed,
        "INSUFFICIENT_DATA" | "" => Status::NotRun,
        _ => Status::Unknown,
    };
    State::new(status, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_told_since_it_changed_and_not_since_its_reason_did() {
        let at = aws_smithy_types::DateTime::from_secs;
        let alarm = types::MetricAlarm::builder()
            .alarm_name("pier-5xx")
            .state_value(types::StateValue::Alarm)
            .state_updated_timestamp(at(90))
            .state_transitioned_timestamp(at(60))
            .build();
        let told = metric(&alarm);
        assert_eq!(told.since, Some(Timestamp::from_millis(60_000)));
        assert_eq!(
            (told.state.status, told.state.word()),
            (Status::Failed, "ALARM")
        );
        let old = types::CompositeAlarm::builder()
            .state_value("PONDERING".into())
            .state_updated_timestamp(at(90))
            .build();
        let told = composite(&old);
        assert_eq!(told.since, Some(Timestamp::from_millis(90_000)));
        assert_eq!(told.state.status, Status::Unknown);
    }
}
