//! CloudWatch: the alarms of an account and region, those that watch a build project, and a project's figures.

pub(super) mod metrics;

use aws_sdk_cloudwatch::types;

use crate::aws::calls::Calls;
use crate::aws::map::{text, time, word};
use crate::aws::page;
use crate::model::alarm::{Alarm, Alarms};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::ProjectName;
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

pub(super) const SERVICE: &str = "cloudwatch";

/// The most DescribeAlarms returns in a page.
const PAGE: i32 = 100;
/// Alarms in ALARM that are read.
const MOST: usize = 500;
/// Pages in which a project's alarms are looked for. AWS allows 5 000 alarms to an account and region, if nobody asks
/// for more.
const MOST_PAGES: usize = 50;

/// Under which CodeBuild tells its figures, and by what it tells projects apart.
const CODEBUILD: &str = "AWS/CodeBuild";
const PROJECT: &str = "ProjectName";

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

/// The alarms whose metric is of this project, also within an expression, and the composite ones made of them. Those in
/// ALARM first. CloudWatch has no filter by dimension, so every alarm of the region is read.
pub(super) async fn of_project(
    calls: &Calls<'_>,
    project: &ProjectName,
) -> Result<Vec<Alarm>, Fault> {
    let walked = page::walk(MOST_PAGES, usize::MAX, |token| async {
        let (page, next) = described(calls, None, token).await?;
        Ok((vec![page], next))
    });
    let walked = walked.await?;
    let metrics = walked.all.iter().flat_map(|page| &page.metric);
    let mut alarms: Vec<Alarm> = metrics
        .filter(|alarm| watches(alarm, project))
        .map(metric)
        .collect();
    let composites = walked.all.iter().flat_map(|page| &page.composite);
    let made_of: Vec<Alarm> = composites
        .filter(|composite| names_any(composite, &alarms))
        .map(composite)
        .collect();
    alarms.extend(made_of);
    if alarms.is_empty() && walked.cut {
        let message = format!(
            "none of the first {} alarms watches {project}, and there are more than were read",
            walked.all.iter().map(Page::len).sum::<usize>()
        );
        return Err(calls
            .place(SERVICE, "DescribeAlarms")
            .fault(FaultClass::Local, message));
    }
    alarms.sort_by(|one, other| {
        (one.state.status, one.since, &one.name).cmp(&(
            other.state.status,
            other.since,
            &other.name,
        ))
    });
    Ok(alarms)
}

fn watches(alarm: &types::MetricAlarm, project: &ProjectName) -> bool {
    let is_it = |namespace: Option<&str>, dimensions: &[types::Dimension]| {
        let mut dimensions = dimensions.iter();
        namespace == Some(CODEBUILD)
            && dimensions.any(|dimension| {
                dimension.name() == Some(PROJECT) && dimension.value() == Some(project.as_str())
            })
    };
    let mut within = alarm.metrics().iter().filter_map(|query| {
        let stat = query.metric_stat()?;
        stat.metric()
    });
    is_it(alarm.namespace(), alarm.dimensions())
        || within.any(|metric| is_it(metric.namespace(), metric.dimensions()))
}

/// A rule names alarms in quotes, by name or ARN: `ALARM("pier-failed") OR ALARM(other)`.
fn names_any(composite: &types::CompositeAlarm, alarms: &[Alarm]) -> bool {
    let rule = composite.alarm_rule().unwrap_or_default();
    let mut named = rule
        .split(['(', ')'])
        .map(|part| part.trim().trim_matches(['"', '\'']));
    named.any(|named| {
        let mut alarms = alarms.iter();
        !named.is_empty() && alarms.any(|alarm| alarm.name == named || alarm.arn == named)
    })
}

/// One page as AWS sends it.
struct Page {
    metric: Vec<types::MetricAlarm>,
    composite: Vec<types::CompositeAlarm>,
}

impl Page {
    fn len(&self) -> usize {
        self.metric.len() + self.composite.len()
    }
}

async fn alarms_page(
    calls: &Calls<'_>,
    state: Option<types::StateValue>,
    token: Option<String>,
) -> Result<(Vec<Alarm>, Option<String>), Fault> {
    let (page, next) = described(calls, state, token).await?;
    let metric = page.metric.iter().map(metric);
    let composite = page.composite.iter().map(composite);
    Ok((metric.chain(composite).collect(), next))
}

async fn described(
    calls: &Calls<'_>,
    state: Option<types::StateValue>,
    token: Option<String>,
) -> Result<(Page, Option<String>), Fault> {
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
    let next = answer.next_token().map(str::to_owned);
    let page = Page {
        metric: answer.metric_alarms.unwrap_or_default(),
        composite: answer.composite_alarms.unwrap_or_default(),
    };
    Ok((page, next))
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

    #[test]
    fn an_alarm_watches_a_project_by_its_metric_an_expression_or_what_it_is_made_of() {
        let project: ProjectName = "pier".into();
        let dimension = |value: &str| {
            types::Dimension::builder()
                .name(PROJECT)
                .value(value)
                .build()
        };
        let direct = |namespace: &str, value: &str| {
            types::MetricAlarm::builder()
                .alarm_name("pier-failed")
                .alarm_arn("arn:1")
                .namespace(namespace)
                .dimensions(dimension(value))
                .build()
        };
        assert!(watches(&direct(CODEBUILD, "pier"), &project));
        assert!(!watches(&direct(CODEBUILD, "pier-2"), &project));
        assert!(!watches(&direct("AWS/Other", "pier"), &project));
        let metric_of = types::Metric::builder()
            .namespace(CODEBUILD)
            .metric_name("FailedBuilds")
            .dimensions(dimension("pier"))
            .build();
        let stat = types::MetricStat::builder().metric(metric_of).build();
        let query = types::MetricDataQuery::builder().metric_stat(stat).build();
        let expression = types::MetricAlarm::builder().metrics(query).build();
        assert!(watches(&expression, &project));
        let known = [metric(&direct(CODEBUILD, "pier"))];
        let rule = |rule: &str| types::CompositeAlarm::builder().alarm_rule(rule).build();
        assert!(names_any(&rule(r#"ALARM("pier-failed") OR OK(x)"#), &known));
        assert!(names_any(&rule("NOT ALARM(arn:1)"), &known));
        assert!(!names_any(&rule(r#"ALARM("pier-failed-2")"#), &known));
    }
}
