//! Pipelines and the executions they had before the story's events.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::super::grammar::{self, Category, Duration, Host, PipelineType, Reference};
use super::{Builder, Fault, unknown};
use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::happenings::{Happening, Push, Where};
use crate::sim::world::pipelines::definition::{
    ActionDefinition, Behaviour, Definition, Mode, Outcome, Scripted, StageDefinition, UsualAnswer,
    provider_kind,
};
use crate::sim::world::pipelines::execution::{Revision, Trigger};
use crate::sim::world::words;

const DAY: Millis = 86_400_000;

impl Builder<'_> {
    pub(super) fn pipelines(&mut self) -> Result<(), Fault> {
        for (index, pipeline) in self.story.pipeline.iter().enumerate() {
            let place = self.place(&pipeline.account, &pipeline.region)?;
            let definition = self.definition(pipeline, &place)?;
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
                .add(definition);
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
            .map(|stage| self.stage(stage))
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
            mode: match pipeline.mode {
                grammar::Mode::Superseded => Mode::Superseded,
                grammar::Mode::Queued => Mode::Queued,
                grammar::Mode::Parallel => Mode::Parallel,
            },
            role_arn: format!(
                "arn:aws:iam::{}:role/service-role/AWSCodePipelineServiceRole-{}-{name}",
                place.account, place.region
            ),
            artifact_bucket: format!("codepipeline-{}-{}", place.region, &place.account),
            created: since(pipeline.created, -260 * DAY),
            updated: since(pipeline.updated, -31 * DAY),
            variables: pipeline
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            stages: Arc::new(stages),
        })
    }

    fn stage(&self, stage: &grammar::Stage) -> Result<StageDefinition, Fault> {
        let actions = stage
            .action
            .iter()
            .map(|action| self.action(action))
            .collect::<Result<_, Fault>>()?;
        Ok(StageDefinition {
            name: stage.name.clone(),
            actions,
        })
    }

    fn action(&self, action: &grammar::Action) -> Result<ActionDefinition, Fault> {
        let provider = action.provider.get_ref();
        let known = provider_kind(provider);
        let (category, owner) = match (action.category, known) {
            (Some(category), known) => (
                category_word(category),
                known.map_or("Custom", |(_, owner)| owner),
            ),
            (None, Some(kind)) => kind,
            (None, None) => {
                let message = format!(
                    "{provider:?} is no provider of CodePipeline; a custom one needs its category"
                );
                return Err(Fault::at(&action.provider, message));
            }
        };
        let usual = Scripted {
            duration: action
                .takes
                .map_or(if category == "Source" { 3_000 } else { 60_000 }, |takes| {
                    takes.0
                }),
            outcome: Outcome::Succeeds,
            summary: action.summary.clone(),
            link: action.link.clone(),
        };
        let scenarios = action
            .scenarios
            .iter()
            .map(|(name, scenario)| (name.clone(), scripted(scenario, &usual)))
            .collect();
        let answer = match &action.answer {
            None => None,
            Some(answer) => Some(UsualAnswer {
                after: answer.after.0,
                by: self.person(&answer.by)?.user.clone(),
                comment: answer.comment.clone(),
            }),
        };
        Ok(ActionDefinition {
            name: action.name.clone(),
            category,
            owner,
            provider: provider.clone(),
            run_order: action.order.max(1),
            configuration: action.configuration.clone(),
            inputs: action.inputs.clone(),
            outputs: action.outputs.clone(),
            namespace: action.namespace.clone(),
            timeout_minutes: action.timeout_minutes,
            commands: action.commands.clone(),
            behaviour: Behaviour {
                usual,
                scenarios,
                answer,
            },
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
                codecommit: host == Host::CodeCommit,
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
        let setting = |keys: [&str; 2]| {
            keys.into_iter()
                .find_map(|key| source.configuration.get(key))
                .cloned()
        };
        let repository = setting(["RepositoryName", "FullRepositoryId"])?;
        let (_, host, main) = self.repositories.get(&repository)?;
        Some((
            repository,
            *host,
            setting(["BranchName", "Branch"]).unwrap_or_else(|| main.clone()),
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
        match action.provider.get_ref().as_str() {
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
            _ => action.scenarios.keys().cloned().collect(),
        }
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

fn spots(pipeline: &grammar::Pipeline) -> Vec<String> {
    let of = |stage: &grammar::Stage| {
        stage
            .action
            .iter()
            .map(|action| format!("{}/{}", stage.name, action.name))
            .collect::<Vec<_>>()
    };
    pipeline.stage.iter().flat_map(of).collect()
}

fn category_word(category: Category) -> &'static str {
    match category {
        Category::Source => "Source",
        Category::Build => "Build",
        Category::Test => "Test",
        Category::Deploy => "Deploy",
        Category::Invoke => "Invoke",
        Category::Approval => "Approval",
        Category::Compute => "Compute",
    }
}

/// A scenario takes over from the usual course what it does not say.
fn scripted(scenario: &grammar::ActionScenario, usual: &Scripted) -> Scripted {
    Scripted {
        duration: scenario.takes.map_or(usual.duration, |takes| takes.0),
        outcome: match &scenario.fails {
            None => Outcome::Succeeds,
            Some(message) => Outcome::Fails {
                code: scenario
                    .code
                    .clone()
                    .unwrap_or_else(|| "JobFailed".to_owned()),
                message: message.clone(),
            },
        },
        summary: scenario
            .summary
            .clone()
            .or_else(|| usual.summary.clone().filter(|_| scenario.fails.is_none())),
        link: scenario.link.clone().or_else(|| usual.link.clone()),
    }
}
