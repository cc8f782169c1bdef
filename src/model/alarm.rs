//! CloudWatch alarms, as an approver wants to know them.

use crate::model::ids::Scope;
use crate::model::status::State;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub state: State,
    pub reason: Option<String>,
    pub since: Option<Timestamp>,
}

/// The alarms in ALARM of one account and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarms {
    pub scope: Scope,
    /// Longest in ALARM first.
    pub in_alarm: Vec<Alarm>,
    /// How many there are in all states, as far as they were read.
    pub known: usize,
}
