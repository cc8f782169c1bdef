//! Amazon CloudWatch: alarms and metrics, for those who ask in CBOR and for those who ask in JSON.

use serde_json::{Value, json};

use crate::sim::wire::{
    Answer, BadToken, Call, Members, Millis, Protocol, Service, WireError, page, seconds,
};
use crate::sim::world::World;
use crate::sim::world::alarms::{Alarm, AlarmState, Alarms, Metric, Watches};

mod metrics;

const MOST_RECORDS: i64 = 100;
const MOST_NAMES: usize = 100;
const CODE: &str = "InvalidParameterValue";

/// The service.
#[derive(Debug)]
pub struct CloudWatch;

impl Service for CloudWatch {
    fn signing_name(&self) -> &'static str {
        "monitoring"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[
            Protocol::AwsJson10 {
                target_prefix: "GraniteServiceVersion20100801",
            },
            Protocol::RpcV2Cbor {
                shape: "GraniteServiceVersion20100801",
                times: &[
                    "AlarmConfigurationUpdatedTimestamp",
                    "StateTransitionedTimestamp",
                    "StateUpdatedTimestamp",
                    "Timestamps",
                ],
            },
        ]
    }

    fn operations(&self) -> &'static [&'static str] {
        &["DescribeAlarms", "GetMetricData"]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        let place = world.place_mut(call.account, call.region);
        match call.operation {
            "GetMetricData" => metrics::get_metric_data(call, &place.builds),
            _ => describe_alarms(call, &place.alarms),
        }
    }
}

/// What DescribeAlarms selects by.
#[derive(Debug)]
struct Wanted<'a> {
    names: Option<Vec<&'a str>>,
    prefix: Option<&'a str>,
    state: Option<&'a str>,
    action: Option<&'a str>,
    metric: bool,
    composite: bool,
}

impl<'a> Wanted<'a> {
    fn of(members: &Members<'a>) -> Result<Self, WireError> {
        let names = members.optional_texts("AlarmNames")?;
        let prefix = members.optional_bounded_text("AlarmNamePrefix", 1, 255)?;
        if names.as_ref().is_some_and(|names| names.len() > MOST_NAMES) {
            return Err(members.breach(
                "alarmNames",
                "'[…]'",
                &format!("have length less than or equal to {MOST_NAMES}"),
            ));
        }
        if names.is_some() && prefix.is_some() {
            return Err(WireError::new(
                "InvalidParameterCombination",
                "The parameters AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both.",
            ));
        }
        for unheard in ["ChildrenOfAlarmName", "ParentsOfAlarmName"] {
            if members.optional_text(unheard)?.is_some() {
                let message = format!("{unheard} is not answered by the simulated account.");
                return Err(WireError::new("InvalidParameterCombination", message));
            }
        }
        let kinds = members.optional_texts("AlarmTypes")?.unwrap_or_default();
        let known = ["MetricAlarm", "CompositeAlarm", "LogAlarm"];
        if let Some(kind) = kinds.iter().find(|kind| !known.contains(kind)) {
            let words = known.join(", ");
            return Err(members.breach(
                "alarmTypes",
                &format!("'[{kind}]'"),
                &format!("satisfy constraint: [Member must satisfy enum value set: [{words}]]"),
            ));
        }
        // Without a type only metric alarms are told, unless alarms are asked for by name.
        Ok(Self {
            metric: kinds.is_empty() || kinds.contains(&"MetricAlarm"),
            composite: kinds.contains(&"CompositeAlarm") || (kinds.is_empty() && names.is_some()),
            state: members.optional_word("StateValue", &AlarmState::ALL.map(AlarmState::word))?,
            action: members.optional_bounded_text("ActionPrefix", 1, 1024)?,
            names,
            prefix,
        })
    }

    fn takes(&self, alarm: &Alarm, now: Millis) -> bool {
        let name = alarm.name.as_str();
        let kind = match alarm.watches {
            Watches::Metric(_) => self.metric,
            Watches::Alarms { .. } => self.composite,
        };
        let state = alarm.change(now).state.word();
        kind && self
            .names
            .as_ref()
            .is_none_or(|names| names.contains(&name))
            && self.prefix.is_none_or(|prefix| name.starts_with(prefix))
            && self.state.is_none_or(|wanted| wanted == state)
            && self.action.is_none_or(|prefix| {
                alarm
                    .actions
                    .iter()
                    .any(|action| action.starts_with(prefix))
            })
    }
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new("InvalidNextToken", "The token is invalid.")
}

fn describe_alarms(call: &Call<'_>, alarms: &Alarms) -> Answer {
    let members = Members::new(call.input, CODE);
    let wanted = Wanted::of(&members)?;
    let limit = members
        .optional_bounded_integer("MaxRecords", 1, MOST_RECORDS)?
        .unwrap_or(50);
    let token = members.optional_text("NextToken")?;
    let found: Vec<&Alarm> = alarms
        .iter()
        .filter(|alarm| wanted.takes(alarm, call.now))
        .collect();
    let scope = format!("DescribeAlarms {} {} {wanted:?}", call.account, call.region);
    let (range, next) = page(&found, token, limit as usize, &scope).map_err(bad_token)?;
    let (mut metric, mut composite) = (Vec::new(), Vec::new());
    for alarm in found.get(range).unwrap_or_default() {
        match &alarm.watches {
            Watches::Metric(watched) => metric.push(metric_alarm(call, alarm, watched)),
            Watches::Alarms { rule } => {
                let mut shape = common(call, alarm);
                shape["AlarmRule"] = rule.as_str().into();
                composite.push(shape);
            }
        }
    }
    let mut answer = json!({"MetricAlarms": metric, "CompositeAlarms": composite});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

/// What both kinds of alarm tell.
fn common(call: &Call<'_>, alarm: &Alarm) -> Value {
    let change = alarm.change(call.now);
    let mut shape = json!({
        "AlarmName": alarm.name,
        "AlarmArn": format!("arn:aws:cloudwatch:{}:{}:alarm:{}", call.region, call.account, alarm.name),
        "AlarmConfigurationUpdatedTimestamp": seconds(alarm.created),
        "ActionsEnabled": true,
        "OKActions": [],
        "AlarmActions": alarm.actions,
        "InsufficientDataActions": [],
        "StateValue": change.state.word(),
        "StateReason": change.reason,
        "StateUpdatedTimestamp": seconds(change.at),
        "StateTransitionedTimestamp": seconds(change.at),
    });
    if let Some(description) = &alarm.description {
        shape["AlarmDescription"] = description.as_str().into();
    }
    shape
}

fn metric_alarm(call: &Call<'_>, alarm: &Alarm, metric: &Metric) -> Value {
    let mut shape = common(call, alarm);
    let dimensions: Vec<Value> = metric
        .dimensions
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect();
    for (name, value) in [
        ("MetricName", json!(metric.name)),
        ("Namespace", json!(metric.namespace)),
        ("Statistic", json!(metric.statistic)),
        ("Dimensions", json!(dimensions)),
        ("Period", json!(metric.period_seconds)),
        ("EvaluationPeriods", json!(metric.periods)),
        ("DatapointsToAlarm", json!(metric.periods)),
        ("Threshold", json!(metric.threshold)),
        ("ComparisonOperator", json!(metric.comparison)),
        ("TreatMissingData", json!("missing")),
    ] {
        shape[name] = value;
    }
    shape
}

#[cfg(test)]
mod tests;
