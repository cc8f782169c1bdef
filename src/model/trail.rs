//! CloudTrail's records of decisions: who sent PutApprovalResult, as AWS itself noted it.

use crate::model::ids::{ActionKey, PipelineName};
use crate::model::time::Timestamp;

/// What LookupEvents told, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    pub events: Vec<TrailEvent>,
    /// The oldest moment asked for.
    pub from: Timestamp,
    /// There were more than were read.
    pub cut: bool,
}

/// One PutApprovalResult in CloudTrail. The token in it is dropped when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEvent {
    pub id: String,
    pub at: Timestamp,
    /// ARN of who sent it.
    pub by: String,
    pub pipeline: PipelineName,
    pub action: ActionKey,
    /// AWS's word: `Approved`, `Rejected`.
    pub decision: String,
    pub comment: String,
    pub source_address: Option<String>,
    /// The refusal, if it was refused.
    pub error_code: Option<String>,
}
