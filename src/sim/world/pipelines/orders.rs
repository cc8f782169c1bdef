//! What an action asks of other services: a build, a deployment, here or in another place, and the log of commands.

use crate::sim::clock::Pace;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::logs::{ScriptLine, Source};
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::actions::{fail, script_of};
use crate::sim::world::pipelines::definition::{ActionDefinition, Outcome, Scripted};
use crate::sim::world::pipelines::errands::{Errand, Order, page_of};
use crate::sim::world::pipelines::execution::{ActionRun, Following};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::names::artifact_key;
use crate::sim::world::pipelines::outside::{BuildOrder, DeploymentOrder};

impl Pipeline {
    pub(super) fn order_build(
        &mut self,
        run: &mut ActionRun,
        definition: &ActionDefinition,
        index: usize,
        now: Millis,
        outside: &mut Outside<'_>,
    ) {
        let Some(execution) = self.executions.get(index) else {
            return;
        };
        let arn = |artifact: &str| {
            let key = artifact_key(
                &self.definition.name,
                artifact,
                execution.artifact_execution(),
            );
            format!("arn:aws:s3:::{}/{key}", self.definition.artifact_bucket)
        };
        let order = BuildOrder {
            project: definition.setting("ProjectName").to_owned(),
            artifact_arn: arn(definition.inputs.first().map_or("Source", String::as_str)),
            output_arn: definition.outputs.first().map(|output| arn(output)),
            revision: execution
                .revisions
                .first()
                .map(|(_, revision)| revision.id.clone()),
            initiator: format!("codepipeline/{}", self.definition.name),
            scenario: run.scenario.clone(),
            id: self.fixed_id(index, run, definition),
        };
        self.send(run, definition, Order::Build(order), now, outside);
    }

    pub(super) fn order_deployment(
        &mut self,
        run: &mut ActionRun,
        definition: &ActionDefinition,
        index: usize,
        now: Millis,
        outside: &mut Outside<'_>,
    ) {
        let Some(execution) = self.executions.get(index) else {
            return;
        };
        let order = DeploymentOrder {
            application: definition.setting("ApplicationName").to_owned(),
            group: definition.setting("DeploymentGroupName").to_owned(),
            bucket: self.definition.artifact_bucket.clone(),
            key: artifact_key(
                &self.definition.name,
                definition.inputs.first().map_or("Build", String::as_str),
                execution.artifact_execution(),
            ),
            description: format!("Deployment created by pipeline {}", self.definition.name),
            scenario: run.scenario.clone(),
            id: self.fixed_id(index, run, definition),
        };
        self.send(run, definition, Order::Deployment(order), now, outside);
    }

    /// Starts a build or a deployment here, or sends it to the place where the action runs.
    fn send(
        &mut self,
        run: &mut ActionRun,
        definition: &ActionDefinition,
        order: Order,
        now: Millis,
        outside: &mut Outside<'_>,
    ) {
        let there = self.place_of(definition);
        if (&there.account, &there.region) != (&self.owner.account, &self.owner.region) {
            run.following = Following::Away;
            self.errands.push(Errand {
                pipeline: self.definition.name.clone(),
                run: run.id.clone(),
                account: there.account,
                region: there.region,
                order,
            });
            return;
        }
        match order.start(outside, now) {
            Ok(what) => {
                let page = page_of(&what, &there.region);
                (run.external_id, run.external_url) = page.unzip();
                run.following = what;
            }
            Err(message) => fail(run, "JobFailed", message, now),
        }
    }

    /// The account and region that an action runs in.
    pub fn place_of(&self, definition: &ActionDefinition) -> Owner {
        let mut there = self.owner.clone();
        if let Some(account) = definition.role_account() {
            account.clone_into(&mut there.account);
        }
        if let Some(region) = &definition.region {
            there.region.clone_from(region);
        }
        there
    }

    /// The log of a Commands action, which has no build in the account.
    pub(super) fn write_log(
        &self,
        run: &mut ActionRun,
        definition: &ActionDefinition,
        index: usize,
        now: Millis,
        outside: &mut Outside<'_>,
    ) {
        let Some(execution) = self.executions.get(index) else {
            return;
        };
        let script = script_of(definition, run.scenario.as_deref());
        let ends = match run.following {
            Following::Time(end) => end - now,
            _ => script.duration,
        };
        let group = format!("/aws/codepipeline/{}", self.definition.name);
        let stream = format!("{}/{}", execution.id, run.id);
        run.log_stream_arn = Some(format!(
            "arn:aws:logs:{}:{}:log-group:{group}:log-stream:{stream}",
            self.owner.region, self.owner.account
        ));
        let source = Source::Script {
            lines: command_lines(definition, script, ends).into(),
            start: now,
            stretch: 1.0,
            // The times above are those of the clock already.
            pace: Pace::default(),
            values: Vec::new(),
        };
        outside.logs.create_stream(&group, &stream, now, source);
    }

    /// The outside id that the trigger names for this action's first attempt.
    fn fixed_id(
        &self,
        index: usize,
        run: &ActionRun,
        definition: &ActionDefinition,
    ) -> Option<String> {
        let execution = self.executions.get(index)?;
        let stage = self.definition.stages.get(run.stage)?;
        let first = !execution
            .runs
            .iter()
            .any(|earlier| earlier.stage == run.stage && earlier.action == run.action);
        execution
            .trigger
            .ids
            .get(&format!("{}/{}", stage.name, definition.name))
            .filter(|_| first)
            .cloned()
    }
}

/// The lines that commands write, spread over the time they take.
fn command_lines(
    definition: &ActionDefinition,
    script: &Scripted,
    takes: Millis,
) -> Vec<ScriptLine> {
    let line = |offset: Millis, text: String| ScriptLine {
        offset,
        stamped: true,
        text,
    };
    let mut lines = vec![line(0, "Running on CodeBuild On-demand".to_owned())];
    let steps = definition.commands.len() as Millis + 1;
    for (step, command) in (1..).zip(&definition.commands) {
        lines.push(line(
            takes * step / steps,
            format!("Running command {command}"),
        ));
    }
    let said = match &script.outcome {
        Outcome::Succeeds => script.summary.clone(),
        Outcome::Fails { message, .. } => Some(message.clone()),
    };
    lines.extend(said.map(|said| line(takes - takes / (steps * 2), said)));
    let word = match script.outcome {
        Outcome::Succeeds => "SUCCEEDED",
        Outcome::Fails { .. } => "FAILED",
    };
    lines.push(line(takes, format!("Phase complete: BUILD State: {word}")));
    lines
}
