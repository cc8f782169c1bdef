//! More of a pipeline's past than is polled: read once, when a person looks at it.

use std::sync::Arc;

use crate::model::pipeline::{ActionExecution, Execution, RuleExecution};

/// The executions of a pipeline as far back as they were read, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    pub executions: Vec<Execution>,
    /// CodePipeline knows of older ones, up to twelve months back.
    pub cut: bool,
}

/// One execution, complete: every attempt of every action and rule, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionDetail {
    pub execution: Execution,
    pub actions: Arc<Vec<ActionExecution>>,
    pub rules: Vec<RuleExecution>,
}
