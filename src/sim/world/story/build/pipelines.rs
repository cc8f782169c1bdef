//! Pipelines and the executions they had before the story's events.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use toml::Spanned;

use super::super::grammar::{self, Duration, Host, PipelineType, Reference};
use super::{Builder, Fault, source_of, unknown};
use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::happenings::{Happening, Push, Where};
use crate::sim::world::pipelines::definition::{Definition, Mode, StageDefinition, Variable};
use crate::sim::world::pipelines::execution::{Revision, Trigger};
use crate::sim::world::words;

const DAY: Millis = 86_400_000;

impl Builder<'_> {
    pub(super) fn pipelines(&mut self) -> Result<(), Fault> {
        for (index, pipeline) in self.story.pipeline.iter().enumerate() {
            let place = self.place(&pipeline.account, &pipeline.region)?;
            let definition = self.definition(pipeline, &place)?;
            let first = self.editions(pipeline, &place, &definition)?;
            let name = definition.name.clone();
            if self
                .pipelines
                .insert(name.clone(), (place.clone(), index))
                .is_some()
            {
                return Err(Fault::at(
                    &pipeline.name,
                    format!("there are two pipelines named {name:?}"),
                ));
            }
            self.world
                .place_mut(&place.account, &place.region)
                .pipelines
                .add(first);
        }
        Ok(())
    }

    fn definition(&self, pipeline: &grammar::Pipeline, place: &Where) -> Result<Definition, Fault> {
        let name = pipeline.name.get_ref();
        let lawful = |letter: char| letter.is_ascii_alphanumeric() || ".@-_".contains(letter);
        if name.is_empty() || name.len() > 100 || !name.chars().all(lawful) {
            return Err(Fault::at(
                &pipeline.name,
                "expected a pipeline name of 1 to 100 letters, digits and . @ - _",
            ));
        }
        let stages = pipeline
            .stage
            .iter()
            .map(|stage| self.stage(stage, place))
            .collect::<Result<Vec<_>, Fault>>()?;
        if stages.len() < 2 {
            return Err(Fault::at(
                &pipeline.name,
                "a pipeline has at least two stages",
            ));
        }
        let since = |given: Option<Duration>, default: Millis| {
            self.start + given.map_or(default, |duration| duration.0)
        };
        Ok(Definition {
            name: name.clone(),
            version: pipeline.version.max(1),
            pipeline_type: match pipeline.r#type {
                PipelineType::V1 => "V1",
                PipelineType::V2 => "V2",
            },
            mode: mode(pipeline.mode),
            role_arn: format!(
                "arn:aws:iam::{}:role/service-role/AWSCodePipelineServiceRole-{}-{name}",
                place.account, place.region
            ),
            artifact_bucket: bucket(&place.region, place),
            regional_buckets: regional_buckets(&stages, place),
            encryption_key: pipeline.encryption_key.clone(),
            created: since(pipeline.created, -260 * DAY),
            updated: since(pipeline.updated, -31 * DAY),
            variables: pipeline
                .variables
                .iter()
                .map(|(name, value)| Variable {
                    name: name.clone(),
                    default: Some(value.clone()).filter(|value| !value.is_empty()),
                    description: None,
                })
                .collect(),
            triggers: pipeline.triggers.iter().map(trigger).collect(),
            stages: Arc::new(stages),
        })
    }

    /// Plans the executions that pipelines had before the events.
    pub(super) fn histories(&mut self) -> Result<(), Fault> {
        for pipeline in &self.story.pipeline {
            let Some(history) = &pipeline.history else {
                continue;
            };
            let (place, _) = self.pipeline(&pipeline.name)?;
            let mut random = Random::named(
                self.seed,
                &format!("history of {}", pipeline.name.get_ref()),
            );
            for back in 1..=history.executions {
                let slack = history.every.0 / 6;
                let early = if back == 1 {
                    0
                } else {
                    random.between(-slack, slack)
                };
                let at =
                    self.start + history.last.0 - history.every.0 * Millis::from(back - 1) + early;
                let mut trigger = Trigger::new("", "");
                trigger.attended = true;
                for entry in history
                    .scenarios
                    .iter()
                    .filter(|entry| entry.execution == back)
                {
                    let at = self.spot(&pipeline.name, &entry.at)?;
                    self.check_scenario(&pipeline.name, &at, &entry.scenario)?;
                    trigger
                        .scenarios
                        .insert(at, entry.scenario.get_ref().clone());
                }
                let happening =
                    self.past_start(pipeline, history.trigger, trigger, at, &mut random);
                self.world.plan(at, place.clone(), happening);
            }
        }
        Ok(())
    }

    /// What began an execution of the past: a push where a repository of the story is read, else a rule.
    fn past_start(
        &self,
        pipeline: &grammar::Pipeline,
        kind: grammar::HistoryTrigger,
        mut trigger: Trigger,
        at: Millis,
        random: &mut Random,
    ) -> Happening {
        let message = words::commit_message(random);
        let source = self
            .source_repository(pipeline)
            .filter(|_| kind == grammar::HistoryTrigger::Push);
        let author =
            random
                .pick(&self.story.person)
                .map(|person| crate::sim::world::repositories::Person {
                    name: person.name.clone(),
                    email: person.email.clone(),
                });
        if let (Some((repository, host, branch)), Some(author)) = (source, author) {
            return Happening::Push(Push {
                repository,
                branch,
                host: source_of(host),
                id: None,
                message,
                author,
                authored: at - random.between(120_000, 5_400_000),
                trigger: Some(trigger),
            });
        }
        trigger.kind = "CloudWatchEvent";
        if self.source_repository(pipeline).is_none() {
            trigger.revision = Some(Revision {
                id: random.hex(32),
                summary: message,
                url: None,
            });
        }
        Happening::Start {
            pipeline: pipeline.name.get_ref().clone(),
            trigger,
        }
    }

    /// The repository of the story that a pipeline's first source reads, and the branch.
    fn source_repository(&self, pipeline: &grammar::Pipeline) -> Option<(String, Host, String)> {
        let source = pipeline.stage.first()?.action.first()?;
        let setting = |keys: [&str; 3]| {
            keys.into_iter()
                .find_map(|key| source.configuration.get(key))
                .cloned()
        };
        let repository = setting(["RepositoryName", "FullRepositoryId", "S3Bucket"])?;
        let (_, host, main) = self.repositories.get(&repository)?;
        Some((
            repository,
            *host,
            setting(["BranchName", "S3ObjectKey", "ImageTag"]).unwrap_or_else(|| main.clone()),
        ))
    }

    /// Where a pipeline is, by its name.
    pub(super) fn pipeline(&self, name: &Reference) -> Result<(Where, &grammar::Pipeline), Fault> {
        let found = self
            .pipelines
            .get(name.get_ref())
            .and_then(|(place, index)| Some((place.clone(), self.story.pipeline.get(*index)?)));
        found.ok_or_else(|| unknown(name, "pipeline", self.pipelines.keys()))
    }

    /// `Stage/action`, checked to be there.
    pub(super) fn spot(&self, pipeline: &Reference, at: &Reference) -> Result<String, Fault> {
        let (_, pipeline) = self.pipeline(pipeline)?;
        let spots = spots(pipeline);
        if spots.contains(at.get_ref()) {
            Ok(at.get_ref().clone())
        } else {
            Err(unknown(at, "action", &spots))
        }
    }

    /// A scenario must be known to the action, or to its build project or deployment group.
    pub(super) fn check_scenario(
        &self,
        pipeline: &Reference,
        at: &str,
        scenario: &Reference,
    ) -> Result<(), Fault> {
        let (_, pipeline) = self.pipeline(pipeline)?;
        let known = self.scenarios(pipeline, at);
        if known.contains(scenario.get_ref()) {
            Ok(())
        } else {
            Err(unknown(scenario, "scenario of this action", &known))
        }
    }

    fn scenarios(&self, pipeline: &grammar::Pipeline, at: &str) -> Vec<String> {
        let (stage, action) = at.split_once('/').unwrap_or_default();
        let rule = pipeline
            .stage
            .iter()
            .filter(|found| found.name == stage)
            .flat_map(rules)
            .find(|rule| rule.name == action);
        if let Some(rule) = rule {
            return rule.scenarios.keys().cloned().collect();
        }
        let actions = pipeline
            .stage
            .iter()
            .filter(|found| found.name == stage)
            .flat_map(|stage| &stage.action);
        let Some(action) = actions.into_iter().find(|found| found.name == action) else {
            return Vec::new();
        };
        let is = |key: &str, value: &str| {
            action
                .configuration
                .get(key)
                .is_some_and(|found| found == value)
        };
        let mut known: Vec<String> = match action.provider.get_ref().as_str() {
            "CodeBuild" => {
                let projects = self
                    .story
                    .project
                    .iter()
                    .filter(|project| is("ProjectName", project.name.get_ref()));
                projects
                    .flat_map(|project| project.scenarios.keys().cloned())
                    .collect()
            }
            "CodeDeploy" => {
                let ours = |fleet: &&grammar::Fleet| {
                    is("ApplicationName", &fleet.application)
                        && is("DeploymentGroupName", &fleet.group)
                };
                self.story
                    .fleet
                    .iter()
                    .filter(ours)
                    .flat_map(|fleet| fleet.scenario.iter().map(|scenario| scenario.name.clone()))
                    .collect()
            }
            _ => Vec::new(),
        };
        known.extend(action.scenarios.keys().cloned());
        known
    }

    /// The scenarios of an event's table, checked against the pipeline that they are for.
    pub(super) fn scenarios_for(
        &self,
        pipeline: &Reference,
        given: &BTreeMap<String, Reference>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut checked = BTreeMap::new();
        for (at, scenario) in given {
            let place = Spanned::new(scenario.span(), at.clone());
            let at = self.spot(pipeline, &place)?;
            self.check_scenario(pipeline, &at, scenario)?;
            checked.insert(at, scenario.get_ref().clone());
        }
        Ok(checked)
    }

    /// The first pipeline that reads a repository.
    pub(super) fn reader_of(&self, repository: &str) -> Option<&grammar::Pipeline> {
        self.story.pipeline.iter().find(|pipeline| {
            self.source_repository(pipeline)
                .is_some_and(|(name, _, _)| name == repository)
        })
    }
}

/// The places of a pipeline that can have a scenario: its actions and its rules.
fn spots(pipeline: &grammar::Pipeline) -> Vec<String> {
    let of = |stage: &grammar::Stage| {
        let actions = stage.action.iter().map(|action| &action.name);
        let rules = rules(stage).map(|rule| &rule.name);
        actions
            .chain(rules)
            .map(|name| format!("{}/{name}", stage.name))
            .collect::<Vec<_>>()
    };
    pipeline.stage.iter().flat_map(of).collect()
}

fn rules(stage: &grammar::Stage) -> impl Iterator<Item = &grammar::Rule> {
    let conditions = [&stage.before_entry, &stage.on_success];
    let rules = conditions.into_iter().flatten();
    let rules = rules.flat_map(|condition| &condition.rules);
    rules.chain(stage.on_failure.iter().flat_map(|handling| &handling.rules))
}

pub(super) fn mode(mode: grammar::Mode) -> Mode {
    match mode {
        grammar::Mode::Superseded => Mode::Superseded,
        grammar::Mode::Queued => Mode::Queued,
        grammar::Mode::Parallel => Mode::Parallel,
    }
}

fn bucket(region: &str, place: &Where) -> String {
    format!("codepipeline-{region}-{}", place.account)
}

/// A bucket for each region, when actions run in more than the pipeline's own.
fn regional_buckets(stages: &[StageDefinition], place: &Where) -> BTreeMap<String, String> {
    let regions = stages.iter().flat_map(|stage| &stage.actions);
    let mut regions: Vec<&String> = regions
        .filter_map(|action| action.region.as_ref())
        .collect();
    if regions.is_empty() {
        return BTreeMap::new();
    }
    regions.push(&place.region);
    regions
        .into_iter()
        .map(|region| (region.clone(), bucket(region, place)))
        .collect()
}

/// A PipelineTriggerDeclaration.
fn trigger(trigger: &grammar::GitTrigger) -> Value {
    let mut git = json!({"sourceActionName": trigger.source});
    let includes = |names: &[String]| json!({"includes": names});
    let mut push = Vec::new();
    if !trigger.branches.is_empty() {
        push.push(json!({"branches": includes(&trigger.branches)}));
    }
    if !trigger.tags.is_empty() {
        push.push(json!({"tags": includes(&trigger.tags)}));
    }
    if !push.is_empty() {
        git["push"] = json!(push);
    }
    if !trigger.pull_requests.is_empty() {
        git["pullRequest"] =
            json!([{"branches": includes(&trigger.pull_requests), "events": ["OPEN", "UPDATED"]}]);
    }
    json!({"providerType": "CodeStarSourceConnection", "gitConfiguration": git})
}
