//! How a stage's conditions are asked: every rule of one begins at once and is looked at over time.
//!
//! The first rule that fails fails the condition. Alarms, builds, variables and the time of day are looked at as they
//! stand in the world; a Lambda function or commands take the course that the story gives them. Rollbacks ask nothing.

use crate::sim::wire::Millis;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::definition::{Outcome, Scripted};
use crate::sim::world::pipelines::execution::{
    ActionStatus, ConditionRun, ConditionStatus, Execution, ExecutionStatus, Following, RuleRun,
};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::names::rule_name;
use crate::sim::world::pipelines::outside::BuildOrder;
use crate::sim::world::pipelines::rules::{
    ConditionKind, Consequence, Rule, check_variable, in_window,
};
use crate::sim::world::pipelines::variables::resolve;

const SECOND: Millis = 1_000;
/// How often a CloudWatchAlarm rule looks at its alarm.
const LOOK: Millis = 60 * SECOND;

/// How a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is none, or it holds, or somebody overrode it.
    Passed,
    /// Its rules are being looked at.
    Waiting,
    /// It has just been asked.
    Asked,
    Failed(Consequence),
    /// Abandoned with the execution that is being stopped.
    Stopped,
}

impl Pipeline {
    /// How a stage's condition stands in an execution; asks it when nobody has yet.
    pub(super) fn ask(
        &mut self,
        index: usize,
        stage: usize,
        kind: ConditionKind,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> Verdict {
        let stages = std::sync::Arc::clone(&self.definition.stages);
        let condition = stages.get(stage).and_then(|stage| stage.condition(kind));
        let (Some(condition), Some(execution)) = (condition, self.executions.get(index)) else {
            return Verdict::Passed;
        };
        if execution.rollback_of.is_some() {
            return Verdict::Passed;
        }
        if let Some(run) = execution.condition(stage, kind) {
            return match run.status {
                ConditionStatus::InProgress => Verdict::Waiting,
                ConditionStatus::Succeeded | ConditionStatus::Overridden => Verdict::Passed,
                ConditionStatus::Abandoned => Verdict::Stopped,
                _ => Verdict::Failed(condition.result),
            };
        }
        if execution.status == ExecutionStatus::Stopping {
            return Verdict::Passed;
        }
        let rules = condition.rules.iter();
        let rules = rules
            .map(|rule| self.begin_rule(index, stage, rule, now, outside))
            .collect();
        if let Some(execution) = self.executions.get_mut(index) {
            execution.conditions.push(ConditionRun {
                stage,
                kind,
                status: ConditionStatus::InProgress,
                changed: now,
                summary: None,
                rules,
                retried: false,
            });
            execution.updated = now;
        }
        Verdict::Asked
    }

    fn begin_rule(
        &mut self,
        index: usize,
        stage: usize,
        rule: &Rule,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> RuleRun {
        let id = self.random.uuid();
        let mut run = RuleRun {
            id: id.clone(),
            status: ActionStatus::InProgress,
            started: now,
            updated: now,
            updated_by: None,
            summary: None,
            external_id: None,
            external_url: None,
            error: None,
            following: Following::Nothing,
            scenario: self.rule_scenario(index, stage, rule),
        };
        (run.external_id, run.external_url) = rule_name(rule, &self.owner, &id);
        let takes = match (course(rule, &run), rule.provider.as_str()) {
            (Some(course), _) => course.duration,
            (None, "CodeBuild") => {
                self.begin_rule_build(&mut run, index, rule, now, outside);
                return run;
            }
            (None, "VariableCheck" | "DeploymentWindow") => SECOND,
            (None, _) => 2 * SECOND,
        };
        run.following = Following::Time(self.owner.pace.after(now, takes));
        run
    }

    /// The scenario that the trigger names for a rule, good for the first time it is asked.
    fn rule_scenario(&self, index: usize, stage: usize, rule: &Rule) -> Option<String> {
        let execution = self.executions.get(index)?;
        let definition = execution.structure.get(stage)?;
        let asked = execution.conditions.iter().any(|run| {
            let condition = definition.condition(run.kind);
            run.stage == stage
                && condition
                    .is_some_and(|found| found.rules.iter().any(|known| known.name == rule.name))
        });
        let at = format!("{}/{}", definition.name, rule.name);
        let scenario = execution.trigger.scenarios.get(&at);
        scenario.filter(|_| !asked).cloned()
    }

    fn begin_rule_build(
        &self,
        run: &mut RuleRun,
        index: usize,
        rule: &Rule,
        now: Millis,
        outside: &mut Outside<'_>,
    ) {
        let revision = self.executions.get(index).and_then(|execution| {
            let (_, revision) = execution.revisions.first()?;
            Some(revision.id.clone())
        });
        let order = BuildOrder {
            project: rule.setting("ProjectName").to_owned(),
            artifact_arn: format!("arn:aws:s3:::{}", self.definition.artifact_bucket),
            output_arn: None,
            revision,
            initiator: format!("codepipeline/{}", self.definition.name),
            scenario: run.scenario.clone(),
            id: None,
        };
        match outside.start_build(&order, now) {
            Ok(id) => {
                run.external_id = Some(id.clone());
                run.following = Following::Build(id);
            }
            Err(message) => {
                let message = format!("Error calling startBuild: {message}");
                end_rule(run, Err(("JobFailed".to_owned(), message)), now);
            }
        }
    }

    /// Ends those rules of an execution whose time has come, and the conditions that this decides.
    pub(super) fn end_due_rules(&mut self, index: usize, now: Millis, outside: &Outside<'_>) {
        let pace = self.owner.pace;
        let Some(execution) = self.executions.get_mut(index) else {
            return;
        };
        let mut conditions = std::mem::take(&mut execution.conditions);
        for run in &mut conditions {
            if run.status != ConditionStatus::InProgress {
                continue;
            }
            let structure = std::sync::Arc::clone(&execution.structure);
            let condition = structure
                .get(run.stage)
                .and_then(|stage| stage.condition(run.kind));
            let Some(condition) = condition else {
                continue;
            };
            for (rule, at) in condition.rules.iter().zip(&mut run.rules) {
                let look = Look {
                    kind: run.kind,
                    deadline: pace.after(at.started, rule.wait()),
                    next: pace.after(now, LOOK),
                    now,
                };
                look.at(rule, at, execution, outside);
            }
            judge(run, now);
        }
        execution.conditions = conditions;
    }
}

/// Ends a condition that its rules have decided.
fn judge(run: &mut ConditionRun, now: Millis) {
    let failed = run
        .rules
        .iter()
        .filter(|rule| rule.status == ActionStatus::Failed)
        .count();
    if failed > 0 {
        let all = run.rules.len();
        close(run, ConditionStatus::Failed, now);
        run.summary = Some(format!("{failed} of {all} rules failed"));
    } else if !run.rules.iter().any(RuleRun::is_running) {
        close(run, ConditionStatus::Succeeded, now);
    }
}

/// Ends a condition; rules that are still looked at are abandoned.
pub(super) fn close(run: &mut ConditionRun, status: ConditionStatus, now: Millis) {
    run.status = status;
    run.changed = now;
    for rule in run.rules.iter_mut().filter(|rule| rule.is_running()) {
        rule.status = ActionStatus::Abandoned;
        rule.updated = now;
        rule.following = Following::Nothing;
    }
}

/// The course that a story gives a rule which nothing in the world answers.
fn course<'a>(rule: &'a Rule, run: &RuleRun) -> Option<&'a Scripted> {
    let named = run
        .scenario
        .as_deref()
        .and_then(|name| rule.behaviour.scenario(name));
    let scripted = matches!(rule.provider.as_str(), "LambdaInvoke" | "Commands");
    named.or_else(|| scripted.then_some(&rule.behaviour.usual))
}

type Judged = Result<String, (String, String)>;

fn end_rule(run: &mut RuleRun, result: Judged, now: Millis) {
    run.updated = now;
    run.following = Following::Nothing;
    match result {
        Ok(summary) => {
            run.status = ActionStatus::Succeeded;
            run.summary = (!summary.is_empty()).then_some(summary);
        }
        Err((code, message)) => {
            run.status = ActionStatus::Failed;
            run.summary = Some(message.clone());
            run.error = Some((code, message));
        }
    }
}

fn failed(code: &str, message: impl Into<String>) -> Judged {
    Err((code.to_owned(), message.into()))
}

/// One look at a rule in progress.
struct Look {
    kind: ConditionKind,
    /// When a CloudWatchAlarm rule has waited long enough.
    deadline: Millis,
    next: Millis,
    now: Millis,
}

impl Look {
    fn at(&self, rule: &Rule, run: &mut RuleRun, execution: &Execution, outside: &Outside<'_>) {
        let result = match &run.following {
            Following::Time(at) if *at <= self.now => self.result(rule, run, execution, outside),
            Following::Build(id) => outside.build_end(id, self.now).map(|end| match end {
                Ok(()) => Ok(String::new()),
                Err(message) => failed("JobFailed", message),
            }),
            _ => return,
        };
        match result {
            Some(result) => end_rule(run, result, self.now),
            None if matches!(run.following, Following::Time(_)) => {
                run.following = Following::Time(self.next.min(self.deadline));
            }
            None => {}
        }
    }

    /// What a rule comes to now; none to look again.
    fn result(
        &self,
        rule: &Rule,
        run: &RuleRun,
        execution: &Execution,
        outside: &Outside<'_>,
    ) -> Option<Judged> {
        if let Some(course) = course(rule, run) {
            let summary = course.summary.clone().unwrap_or_default();
            return Some(match &course.outcome {
                Outcome::Succeeds => Ok(summary),
                Outcome::Fails { code, message } => failed(code, message.clone()),
            });
        }
        Some(match rule.provider.as_str() {
            "CloudWatchAlarm" => return self.alarm(rule, outside),
            "DeploymentWindow" => self.window(rule),
            "VariableCheck" => variable(rule, execution),
            other => failed("ConfigurationError", format!("There is no rule {other}")),
        })
    }

    /// Before entry an alarm is given time to calm down; after a stage it is watched for as long.
    fn alarm(&self, rule: &Rule, outside: &Outside<'_>) -> Option<Judged> {
        let name = rule.setting("AlarmName");
        let Some(state) = outside.alarms.state(name, self.now) else {
            let message = format!("The alarm {name} could not be found");
            return Some(failed("ConfigurationError", message));
        };
        let told = format!("The alarm {name} is in state {}", state.word());
        let last = self.now >= self.deadline;
        match (rule.catches(state), self.kind) {
            (true, ConditionKind::BeforeEntry) if !last => None,
            (true, _) => Some(failed("JobFailed", told)),
            (false, ConditionKind::BeforeEntry) => Some(Ok(told)),
            (false, _) => last.then_some(Ok(told)),
        }
    }

    fn window(&self, rule: &Rule) -> Judged {
        let (cron, zone) = (rule.setting("Cron"), rule.setting("TimeZone"));
        match in_window(cron, zone, self.now) {
            Some(true) => Ok(format!("Inside the deployment window {cron}")),
            Some(false) => failed(
                "JobFailed",
                format!("Outside the deployment window {cron} {zone}"),
            ),
            None => failed(
                "ConfigurationError",
                format!("{cron} {zone} is no deployment window"),
            ),
        }
    }
}

fn variable(rule: &Rule, execution: &Execution) -> Judged {
    let given = rule.setting("Variable");
    let value = resolve(given, execution);
    let (operator, wanted) = (rule.setting("Operator"), rule.setting("Value"));
    match check_variable(operator, &value, wanted) {
        Some(true) => Ok(format!("{given} is {value}")),
        Some(false) => failed(
            "JobFailed",
            format!("{given} is {value}, which fails the check {operator} {wanted}"),
        ),
        None => failed(
            "ConfigurationError",
            format!("{operator} is no operator of a variable check"),
        ),
    }
}
