//! What DescribeAlarms selects, pages and refuses.

use serde_json::{Value, json};

use super::CloudWatch;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::alarms::{Alarm, AlarmState, Change, Metric, Watches};

const NOW: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "482100937715";
const REGION: &str = "eu-west-1";

fn alarm(name: &str, watches: Watches, state: AlarmState) -> Alarm {
    Alarm {
        name: name.to_owned(),
        description: Some(format!("About {name}")),
        watches,
        actions: vec!["arn:aws:sns:eu-west-1:482100937715:on-call".to_owned()],
        created: NOW - 1_000_000,
        changes: vec![Change {
            at: NOW - 60_000,
            state,
            reason: "Threshold Crossed".to_owned(),
        }],
    }
}

fn metric() -> Watches {
    Watches::Metric(Metric {
        namespace: "AWS/ApplicationELB".to_owned(),
        name: "HTTPCode_Target_5XX_Count".to_owned(),
        dimensions: vec![("LoadBalancer".to_owned(), "app/x".to_owned())],
        statistic: "Sum".to_owned(),
        period_seconds: 60,
        periods: 3,
        threshold: 25.0,
        comparison: "GreaterThanThreshold".to_owned(),
    })
}

fn ask(input: &Value) -> Answer {
    let mut world = World::new(1, Pace::default(), NOW);
    let alarms = &mut world.place_mut(ACCOUNT, REGION).alarms;
    for number in 0..7 {
        let state = if number % 2 == 0 {
            AlarmState::Ok
        } else {
            AlarmState::Alarm
        };
        alarms.add(alarm(&format!("api-{number}"), metric(), state));
    }
    let rule = "ALARM(\"api-1\")".to_owned();
    alarms.add(alarm("shop", Watches::Alarms { rule }, AlarmState::Alarm));
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation: "DescribeAlarms",
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::482100937715:user/ines",
        now: NOW,
    };
    CloudWatch.handle(&call, &mut world)
}

fn names(answer: &Value, list: &str) -> Vec<String> {
    let alarms = answer[list].as_array().unwrap();
    alarms
        .iter()
        .map(|alarm| alarm["AlarmName"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn alarms_are_selected_by_state_name_prefix_and_kind() {
    let answer = ask(&json!({"StateValue": "ALARM"})).unwrap();
    assert_eq!(names(&answer, "MetricAlarms"), ["api-1", "api-3", "api-5"]);
    assert_eq!(names(&answer, "CompositeAlarms"), [""; 0]);
    let both = json!({"StateValue": "ALARM", "AlarmTypes": ["CompositeAlarm", "MetricAlarm"]});
    let answer = ask(&both).unwrap();
    assert_eq!(names(&answer, "CompositeAlarms"), ["shop"]);
    let named = json!({"AlarmNames": ["shop", "api-2", "nobody"]});
    let answer = ask(&named).unwrap();
    assert_eq!(names(&answer, "MetricAlarms"), ["api-2"]);
    assert_eq!(names(&answer, "CompositeAlarms"), ["shop"]);
    let answer = ask(&json!({"AlarmNamePrefix": "api-6"})).unwrap();
    assert_eq!(names(&answer, "MetricAlarms"), ["api-6"]);
    let first = &answer["MetricAlarms"][0];
    assert_eq!(first["Threshold"], json!(25.0));
    assert!(first["Threshold"].is_f64() && first["StateUpdatedTimestamp"].is_f64());
    assert_eq!(
        first["AlarmArn"],
        "arn:aws:cloudwatch:eu-west-1:482100937715:alarm:api-6"
    );
}

#[test]
fn pages_end_and_their_tokens_are_good_for_one_question_only() {
    let (mut seen, mut token, mut first_token) = (Vec::new(), Value::Null, Value::Null);
    loop {
        let answer = ask(&json!({"MaxRecords": 3, "NextToken": token})).unwrap();
        seen.extend(names(&answer, "MetricAlarms"));
        token = answer["NextToken"].clone();
        if token.is_null() {
            break;
        }
        first_token = token.clone();
    }
    assert_eq!(seen.len(), 7);
    let other = json!({"MaxRecords": 3, "StateValue": "OK", "NextToken": first_token});
    assert_eq!(ask(&other).unwrap_err().code, "InvalidNextToken");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    for (input, code) in [
        (json!({"MaxRecords": 0}), "InvalidParameterValue"),
        (json!({"MaxRecords": 101}), "InvalidParameterValue"),
        (json!({"StateValue": "RED"}), "InvalidParameterValue"),
        (json!({"AlarmTypes": ["Any"]}), "InvalidParameterValue"),
        (
            json!({"AlarmNames": ["a"], "AlarmNamePrefix": "a"}),
            "InvalidParameterCombination",
        ),
        (json!({"NextToken": "none"}), "InvalidNextToken"),
        (json!({"MaxRecords": "3"}), "SerializationException"),
    ] {
        assert_eq!(ask(&input).unwrap_err().code, code, "{input}");
    }
}
