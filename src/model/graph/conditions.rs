//! The conditions of a stage in one execution: what decides, by which rules, and how it went.

use crate::model::ids::{ExecutionId, RuleName, StageName};
use crate::model::pipeline::{
    ActionError, ConditionDeclaration, ConditionKind, ConditionState, Pipeline, RuleDeclaration,
    RuleExecution, StageState,
};
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

/// A condition of a stage, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionNode {
    pub kind: ConditionKind,
    /// Not run while the execution has not come to it.
    pub state: State,
    /// AWS's word for what happens when a rule fails: `FAIL`, `ROLLBACK`, `RETRY`, `SKIP`; empty where not known.
    pub result: String,
    pub summary: Option<String>,
    pub changed_at: Option<Timestamp>,
    pub rules: Vec<RuleNode>,
}

impl ConditionNode {
    /// Why it does not let pass, where it does not: its failed rules in their own words, else the condition's.
    pub fn refusal(&self) -> Option<String> {
        if !self.state.status.is_bad() {
            return None;
        }
        let failed = self.rules.iter().filter(|rule| rule.state.status.is_bad());
        let words = |rule: &RuleNode| {
            let error = rule.error.as_ref().map(|error| &error.message);
            let said = error.or(rule.summary.as_ref());
            let said = said.filter(|said| !said.trim().is_empty());
            said.map_or_else(
                || format!("{} failed", rule.name),
                |said| format!("{}: {said}", rule.name),
            )
        };
        let rules: Vec<String> = failed.map(words).collect();
        Some(if rules.is_empty() {
            self.summary.clone().unwrap_or_default()
        } else {
            rules.join("; ")
        })
    }
}

/// The condition that holds an execution back, with its stage: the first that did not let it pass.
pub fn refused(pipeline: &Pipeline, execution: &ExecutionId) -> Option<(StageName, ConditionNode)> {
    let stages = pipeline.stages.value()?;
    let here = |stage: &&StageState| {
        stage
            .latest
            .as_ref()
            .is_some_and(|(id, state)| id == execution && state.status.is_bad())
    };
    stages.iter().filter(here).find_map(|stage| {
        let conditions = of(pipeline, &stage.name, execution);
        let bad = conditions
            .into_iter()
            .find(|condition| condition.state.status.is_bad())?;
        Some((stage.name.clone(), bad))
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleNode {
    pub name: RuleName,
    pub provider: String,
    pub state: State,
    pub summary: Option<String>,
    pub error: Option<ActionError>,
    pub external_url: Option<String>,
}

/// What a stage declares, before anything came to it.
pub(super) fn declared(pipeline: &Pipeline, stage: &StageName) -> Vec<ConditionNode> {
    let declared = pipeline
        .definition
        .value()
        .and_then(|definition| definition.stage(stage));
    let mut nodes: Vec<ConditionNode> = declared
        .into_iter()
        .flat_map(|stage| &stage.conditions)
        .map(not_run)
        .collect();
    nodes.sort_by_key(|node| node.kind);
    nodes
}

/// As they went in one execution: from the stage's state where that tells of it, else from the rules' executions.
pub(super) fn of(
    pipeline: &Pipeline,
    stage: &StageName,
    execution: &ExecutionId,
) -> Vec<ConditionNode> {
    let mut nodes = declared(pipeline, stage);
    let state = pipeline
        .stage(stage)
        .filter(|state| state.latest.as_ref().is_some_and(|(id, _)| id == execution));
    for node in &mut nodes {
        match state.and_then(|state| state.condition(node.kind)) {
            Some(told) => fill(node, told),
            None => evaluate(node, pipeline, stage, execution),
        }
    }
    let known = |kind| nodes.iter().any(|node| node.kind == kind);
    let undeclared: Vec<ConditionNode> = state
        .into_iter()
        .flat_map(|state| &state.conditions)
        .filter(|told| !known(told.kind))
        .map(of_state)
        .collect();
    nodes.extend(undeclared);
    nodes.sort_by_key(|node| node.kind);
    nodes
}

fn not_run(declared: &ConditionDeclaration) -> ConditionNode {
    let rule = |rule: &RuleDeclaration| RuleNode {
        name: rule.name.clone(),
        provider: rule.provider.clone(),
        state: State::not_run(),
        summary: None,
        error: None,
        external_url: None,
    };
    ConditionNode {
        kind: declared.kind,
        state: State::not_run(),
        result: declared.result.clone(),
        summary: None,
        changed_at: None,
        rules: declared.rules.iter().map(rule).collect(),
    }
}

/// A condition that the structure, as far as it is known, does not have.
fn of_state(told: &ConditionState) -> ConditionNode {
    let mut node = ConditionNode {
        kind: told.kind,
        state: State::not_run(),
        result: String::new(),
        summary: None,
        changed_at: None,
        rules: Vec::new(),
    };
    fill(&mut node, told);
    node
}

fn fill(node: &mut ConditionNode, told: &ConditionState) {
    node.state = told.state.clone();
    node.summary.clone_from(&told.summary);
    node.changed_at = told.changed_at;
    for told in &told.rules {
        let known = node.rules.iter_mut().find(|rule| rule.name == told.name);
        let filled = RuleNode {
            name: told.name.clone(),
            provider: known
                .as_ref()
                .map(|rule| rule.provider.clone())
                .unwrap_or_default(),
            state: told.state.clone(),
            summary: told.summary.clone(),
            error: told.error.clone(),
            external_url: told.external_url.clone(),
        };
        match known {
            Some(rule) => *rule = filled,
            None => node.rules.push(filled),
        }
    }
}

/// The newest run of each rule decides. Rules of other conditions are told apart by their names alone.
fn evaluate(
    node: &mut ConditionNode,
    pipeline: &Pipeline,
    stage: &StageName,
    execution: &ExecutionId,
) {
    let all = pipeline.rules.value().map(|rules| rules.as_slice());
    let newest = |name: &RuleName| -> Option<&RuleExecution> {
        all?.iter()
            .find(|run| run.execution == *execution && run.stage == *stage && run.rule == *name)
    };
    for rule in &mut node.rules {
        let Some(run) = newest(&rule.name) else {
            continue;
        };
        rule.state = run.state.clone();
        rule.summary.clone_from(&run.external_summary);
        rule.error.clone_from(&run.error);
        rule.external_url.clone_from(&run.external_url);
        node.changed_at = node.changed_at.max(run.updated);
    }
    let ran = |rule: &&RuleNode| rule.state.status != Status::NotRun;
    // The order of states is that of attention: one that failed tells more than one that succeeded.
    if let Some(rule) = node
        .rules
        .iter()
        .filter(ran)
        .min_by_key(|rule| rule.state.status)
    {
        node.state = rule.state.clone();
    }
}
