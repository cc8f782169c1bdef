//! How one action begins, what it waits for, and how it ends.
//!
//! CodeCommit sources, CodeBuild builds, CodeDeploy deployments and approvals are played by the parts of the
//! world that own them, as `orders` asks them to. Every other provider is a state of the pipeline only: a
//! duration, an outcome, a summary and a link.

use serde_json::json;

use crate::sim::wire::Millis;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::commands::{Decision, decide};
use crate::sim::world::pipelines::definition::{ActionDefinition, Mode, Outcome, Scripted};
use crate::sim::world::pipelines::execution::{
    ActionRun, ActionStatus, Execution, Following, Revision,
};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::names::outside_name;

const MINUTE: Millis = 60_000;
/// An approval without a timeout of its own waits seven days.
const APPROVAL_MINUTES: u32 = 7 * 24 * 60;

impl Pipeline {
    pub(super) fn begin_action(
        &mut self,
        index: usize,
        stage: usize,
        action: usize,
        now: Millis,
        outside: &mut Outside<'_>,
    ) {
        let stages = std::sync::Arc::clone(&self.definition.stages);
        let (Some(at), Some(execution)) = (stages.get(stage), self.executions.get(index)) else {
            return;
        };
        let Some(definition) = at.actions.get(action) else {
            return;
        };
        let first = !execution
            .runs
            .iter()
            .any(|run| run.stage == stage && run.action == action);
        let scenario = execution
            .trigger
            .scenarios
            .get(&format!("{}/{}", at.name, definition.name))
            .filter(|_| first)
            .cloned();
        let mut run = ActionRun {
            id: self.random.uuid(),
            stage,
            action,
            status: ActionStatus::InProgress,
            started: now,
            updated: now,
            summary: None,
            token: None,
            updated_by: None,
            external_id: None,
            external_url: None,
            error: None,
            log_stream_arn: None,
            following: Following::Nothing,
            scenario,
            retried: false,
        };
        let attended = execution.trigger.attended;
        let own = run.scenario.as_deref();
        let own = own.is_some_and(|name| definition.behaviour.scenario(name).is_some());
        match (definition.category, definition.provider.as_str()) {
            ("Approval", _) => self.open_gate(&mut run, definition, attended, now),
            // A course of the action's own comes before what its build or deployment would make of it.
            (_, "CodeBuild") if !own => self.order_build(&mut run, definition, index, now, outside),
            (_, "CodeDeploy") if !own => {
                self.order_deployment(&mut run, definition, index, now, outside);
            }
            (_, "Commands") => {
                self.start_scripted(&mut run, definition, now);
                self.write_log(&mut run, definition, index, now, outside);
            }
            _ => self.start_scripted(&mut run, definition, now),
        }
        if let Some(execution) = self.executions.get_mut(index) {
            execution.updated = now;
            self.latest_runs
                .insert((stage, action), (index, execution.runs.len()));
            execution.runs.push(run);
        }
    }

    fn open_gate(
        &mut self,
        run: &mut ActionRun,
        definition: &ActionDefinition,
        attended: bool,
        now: Millis,
    ) {
        let token = self.random.uuid();
        if self.definition.mode == Mode::Parallel {
            // GetPipelineState shows no gate of a PARALLEL pipeline; this is where its token is found.
            run.external_id = Some(token.clone());
        }
        run.token = Some(token);
        let minutes = definition.timeout_minutes.unwrap_or(APPROVAL_MINUTES);
        let colleague = definition.behaviour.answer.as_ref().filter(|_| attended);
        let colleague =
            colleague.map(|answer| self.owner.pace.after(now, self.varied(answer.after)));
        run.following = Following::Answer {
            expires: now + Millis::from(minutes) * MINUTE,
            colleague,
        };
    }

    fn start_scripted(&mut self, run: &mut ActionRun, definition: &ActionDefinition, now: Millis) {
        let script = script_of(definition, run.scenario.as_deref());
        run.following = Following::Time(self.owner.pace.after(now, self.varied(script.duration)));
        if definition.category == "Source" {
            return;
        }
        let number = self.executions.len() as u64 + 100;
        let there = self.place_of(definition);
        let (id, url) = outside_name(definition, &there, number, &mut self.random);
        run.external_url = script
            .link
            .clone()
            .map(|link| link.replace("{id}", &id))
            .or(url);
        run.external_id = Some(id);
    }

    /// A duration as it comes out this time: up to a twelfth more or less, so that medians mean something.
    fn varied(&mut self, duration: Millis) -> Millis {
        let spread = duration / 12;
        duration + self.random.between(-spread, spread)
    }

    /// Ends those actions of an execution whose time has come or whose build or deployment has ended.
    pub(super) fn end_due_actions(&mut self, index: usize, now: Millis, outside: &Outside<'_>) {
        let stages = std::sync::Arc::clone(&self.definition.stages);
        let account = self.owner.account.clone();
        let earlier = self.last_revisions(index);
        let Some(execution) = self.executions.get_mut(index) else {
            return;
        };
        for at in 0..execution.runs.len() {
            let Some(run) = execution.runs.get(at).filter(|run| run.is_running()) else {
                continue;
            };
            let Some(definition) = stages
                .get(run.stage)
                .and_then(|stage| stage.actions.get(run.action))
            else {
                continue;
            };
            let mut run = run.clone();
            match run.following.clone() {
                Following::Time(end) if end <= now => {
                    if definition.category == "Source" {
                        find_revision(&mut run, definition, execution, &earlier, now, outside);
                    } else {
                        end_scripted(&mut run, definition, now);
                    }
                }
                Following::Answer { expires, colleague } => {
                    let answered = colleague.filter(|when| *when <= now && *when <= expires);
                    let colleague = definition.behaviour.answer.as_ref();
                    if let Some(answer) = answered.and(colleague) {
                        let by = format!("arn:aws:iam::{account}:user/{}", answer.by);
                        let decision = Decision {
                            approved: true,
                            summary: &answer.comment,
                            by: &by,
                        };
                        decide(&mut run, decision, now);
                    } else if expires <= now {
                        let message = "The approval action was not answered before it expired.";
                        fail(&mut run, "JobFailed", message.to_owned(), now);
                    }
                }
                what @ (Following::Build(_) | Following::Deployment(_)) => {
                    if let Some(result) = outside.end_of(&what, now) {
                        end_followed(&mut run, result, now);
                    }
                }
                Following::Time(_) | Following::Away | Following::Nothing => {}
            }
            if !run.is_running() {
                execution.updated = now;
            }
            if let Some(slot) = execution.runs.get_mut(at) {
                *slot = run;
            }
        }
    }

    /// What the sources of the execution before this one had found, for sources that nothing else answers.
    fn last_revisions(&self, index: usize) -> Vec<(String, Revision)> {
        let before = self.executions.get(..index).unwrap_or_default();
        before
            .iter()
            .rev()
            .map(|execution| &execution.revisions)
            .find(|found| !found.is_empty())
            .cloned()
            .unwrap_or_default()
    }
}

pub(super) fn script_of<'a>(
    definition: &'a ActionDefinition,
    scenario: Option<&str>,
) -> &'a Scripted {
    let behaviour = &definition.behaviour;
    scenario
        .and_then(|name| behaviour.scenario(name))
        .unwrap_or(&behaviour.usual)
}

fn succeed(run: &mut ActionRun, now: Millis) {
    run.status = ActionStatus::Succeeded;
    run.updated = now;
    run.following = Following::Nothing;
}

pub(super) fn fail(run: &mut ActionRun, code: &str, message: String, now: Millis) {
    run.status = ActionStatus::Failed;
    run.updated = now;
    run.error = Some((code.to_owned(), message));
    run.following = Following::Nothing;
}

fn end_scripted(run: &mut ActionRun, definition: &ActionDefinition, now: Millis) {
    let script = script_of(definition, run.scenario.as_deref());
    run.summary.clone_from(&script.summary);
    match &script.outcome {
        Outcome::Succeeds => succeed(run, now),
        Outcome::Fails { code, message } => fail(run, code, message.clone(), now),
    }
}

fn find_revision(
    run: &mut ActionRun,
    definition: &ActionDefinition,
    execution: &mut Execution,
    earlier: &[(String, Revision)],
    now: Millis,
    outside: &Outside<'_>,
) {
    let (repository, branch) = definition.source().unwrap_or_default();
    let found = match execution.trigger.overrides.get(&definition.name) {
        Some(given) => outside.revision(definition, given),
        None => execution
            .trigger
            .revision
            .clone()
            .or_else(|| outside.head(definition)),
    };
    let found = found.or_else(|| {
        earlier
            .iter()
            .find(|(action, _)| *action == definition.name)
            .map(|(_, revision)| revision.clone())
    });
    let Some(revision) = found else {
        let message = format!(
            "The action failed because no branch named {branch} was found in the selected repository {repository}. Make sure you are using the correct branch name, and then try again."
        );
        return fail(run, "ConfigurationError", message, now);
    };
    run.summary = Some(summary_of(definition, &revision));
    run.external_id = Some(revision.id.clone());
    run.external_url.clone_from(&revision.url);
    execution
        .revisions
        .retain(|(action, _)| *action != definition.name);
    execution
        .revisions
        .push((definition.name.clone(), revision));
    succeed(run, now);
}

/// A source action's summary: the message, or for connections JSON text around it.
pub fn summary_of(definition: &ActionDefinition, revision: &Revision) -> String {
    if definition.provider == "CodeStarSourceConnection" {
        let (host, _) = revision.host();
        json!({"ProviderType": host, "CommitMessage": revision.summary}).to_string()
    } else {
        revision.summary.clone()
    }
}

/// Ends an action as its build or deployment has ended.
pub(super) fn end_followed(run: &mut ActionRun, result: Result<String, String>, now: Millis) {
    match result {
        Ok(summary) => {
            run.summary = (!summary.is_empty()).then_some(summary);
            succeed(run, now);
        }
        Err(message) => {
            let deployment = run.external_id.as_deref();
            run.summary = deployment
                .filter(|id| id.starts_with("d-"))
                .map(|id| format!("Deployment {id} failed"));
            fail(run, "JobFailed", message, now);
        }
    }
}
