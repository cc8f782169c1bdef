//! Stages with their actions and conditions, and what a pipeline was before.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::grammar::{self, Category, Reference};
use super::pipelines::mode;
use super::{Builder, Fault, unknown};
use crate::sim::world::happenings::{Happening, Where};
use crate::sim::world::pipelines::commands::RetryMode;
use crate::sim::world::pipelines::definition::{
    ActionDefinition, Behaviour, Definition, EnvironmentVariable, Outcome, Scripted,
    StageDefinition, UsualAnswer, provider_kind,
};
use crate::sim::world::pipelines::outside::{CustomAction, CustomProperty};
use crate::sim::world::pipelines::rules::{Condition, Consequence, OnFailure, PROVIDERS, Rule};

impl Builder<'_> {
    pub(super) fn stage(
        &self,
        stage: &grammar::Stage,
        place: &Where,
    ) -> Result<StageDefinition, Fault> {
        let actions = stage
            .action
            .iter()
            .map(|action| self.action(action, place))
            .collect::<Result<_, Fault>>()?;
        Ok(StageDefinition {
            name: stage.name.clone(),
            actions,
            before_entry: stage.before_entry.as_ref().map(condition).transpose()?,
            on_success: stage.on_success.as_ref().map(condition).transpose()?,
            on_failure: stage.on_failure.as_ref().map(on_failure).transpose()?,
        })
    }

    fn action(&self, action: &grammar::Action, place: &Where) -> Result<ActionDefinition, Fault> {
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
            output_variables: action.output_variables.clone(),
            environment: environment(&action.environment),
            region: action.region.clone(),
            role_arn: self.role(action, place)?,
            behaviour: Behaviour {
                usual,
                scenarios,
                answer,
                variables: action.variables.clone(),
            },
            ..ActionDefinition::default()
        })
    }

    /// The role that an action runs with, of another account or of the pipeline's.
    fn role(&self, action: &grammar::Action, place: &Where) -> Result<Option<String>, Fault> {
        let account = match &action.account {
            None => &place.account,
            Some(name) => match self.accounts.get(name.get_ref()) {
                Some((id, _)) => id,
                None => return Err(unknown(name, "account", self.accounts.keys())),
            },
        };
        let role = match (&action.role, &action.account) {
            (Some(role), _) => role.as_str(),
            (None, Some(_)) => "codepipeline-cross-account",
            (None, None) => return Ok(None),
        };
        Ok(Some(format!("arn:aws:iam::{account}:role/{role}")))
    }

    /// Plans the updates that a pipeline went through. Returns the structure it began with.
    pub(super) fn editions(
        &mut self,
        pipeline: &grammar::Pipeline,
        place: &Where,
        current: &Definition,
    ) -> Result<Definition, Fault> {
        let mut made = pipeline
            .edition
            .iter()
            .map(|edition| earlier(current, edition))
            .collect::<Result<Vec<_>, Fault>>()?;
        made.push(current.clone());
        let back = made.len() as u32 - 1;
        if current.version <= back {
            return Err(Fault::at(
                &pipeline.name,
                format!(
                    "a pipeline with {back} earlier versions has at least version {}",
                    back + 1
                ),
            ));
        }
        let mut made = made.into_iter();
        let first = made.next().unwrap_or_else(|| current.clone());
        for (definition, edition) in made.zip(&pipeline.edition) {
            let update = Happening::Update {
                pipeline: pipeline.name.get_ref().clone(),
                definition: Box::new(definition),
            };
            let at = self.moment(edition.until.0);
            self.world.plan(at, place.clone(), update);
        }
        Ok(Definition {
            version: current.version - back,
            ..first
        })
    }

    pub(super) fn action_types(&mut self) -> Result<(), Fault> {
        for kind in &self.story.action_type {
            let place = self.place(&kind.account, &kind.region)?;
            let properties = kind.properties.iter().map(|property| CustomProperty {
                name: property.name.clone(),
                required: property.required,
                key: property.key,
                secret: property.secret,
            });
            let made = CustomAction {
                category: category_word(kind.category),
                provider: kind.provider.clone(),
                version: kind.version.clone(),
                entity_url: kind.entity_url.clone(),
                execution_url: kind.execution_url.clone(),
                properties: properties.collect(),
            };
            let at = self.world.place_mut(&place.account, &place.region);
            at.pipelines.cast_mut().custom_actions.push(made);
        }
        Ok(())
    }
}

/// A structure as it was before.
fn earlier(current: &Definition, edition: &grammar::Edition) -> Result<Definition, Fault> {
    let mut stages = (*current.stages).clone();
    let spots: Vec<String> = stages
        .iter()
        .flat_map(|stage| {
            let actions = stage.actions.iter();
            let actions = actions.map(|action| format!("{}/{}", stage.name, action.name));
            actions.chain([stage.name.clone()]).collect::<Vec<_>>()
        })
        .collect();
    let known = |at: &Reference| {
        if spots.contains(at.get_ref()) {
            Ok(())
        } else {
            Err(unknown(at, "stage or action", &spots))
        }
    };
    for gone in &edition.without {
        known(gone)?;
        match gone.get_ref().split_once('/') {
            None => stages.retain(|stage| stage.name != *gone.get_ref()),
            Some((stage, action)) => {
                for stage in stages.iter_mut().filter(|known| known.name == stage) {
                    stage.actions.retain(|known| known.name != action);
                }
            }
        }
    }
    for bare in &edition.unconditional {
        known(bare)?;
        for stage in stages
            .iter_mut()
            .filter(|stage| stage.name == *bare.get_ref())
        {
            (stage.before_entry, stage.on_success, stage.on_failure) = (None, None, None);
        }
    }
    for (at, settings) in &edition.settings {
        known(&toml::Spanned::new(settings.span(), at.clone()))?;
        let actions = stages.iter_mut().flat_map(|stage| {
            let name = &stage.name;
            stage
                .actions
                .iter_mut()
                .filter(move |action| format!("{name}/{}", action.name) == *at)
        });
        for action in actions {
            action.configuration.extend(settings.get_ref().clone());
        }
    }
    Ok(Definition {
        mode: edition.mode.map_or(current.mode, mode),
        stages: Arc::new(stages),
        ..current.clone()
    })
}

fn consequence(word: &Reference) -> Result<Consequence, Fault> {
    Consequence::of_word(word.get_ref()).ok_or_else(|| {
        let words = Consequence::ALL.map(Consequence::word).join(", ");
        Fault::at(
            word,
            format!(
                "{:?} is no result of a condition; expected {words}",
                word.get_ref()
            ),
        )
    })
}

fn condition(condition: &grammar::Condition) -> Result<Condition, Fault> {
    Ok(Condition {
        result: consequence(&condition.result)?,
        rules: condition.rules.iter().map(rule).collect::<Result<_, _>>()?,
    })
}

fn on_failure(handling: &grammar::OnFailure) -> Result<OnFailure, Fault> {
    let result = consequence(&handling.result)?;
    let retry = match &handling.retry {
        None => None,
        Some(word) => Some(match word.get_ref().as_str() {
            "FAILED_ACTIONS" => RetryMode::FailedActions,
            "ALL_ACTIONS" => RetryMode::AllActions,
            other => {
                let message =
                    format!("{other:?} is no way to retry; expected FAILED_ACTIONS, ALL_ACTIONS");
                return Err(Fault::at(word, message));
            }
        }),
    };
    if handling.rules.is_empty() {
        return Ok(OnFailure {
            result: Some(result),
            retry,
            condition: None,
        });
    }
    let rules = handling.rules.iter().map(rule).collect::<Result<_, _>>()?;
    Ok(OnFailure {
        result: None,
        retry,
        condition: Some(Condition { result, rules }),
    })
}

fn rule(rule: &grammar::Rule) -> Result<Rule, Fault> {
    let provider = rule.provider.get_ref();
    if !PROVIDERS.contains(&provider.as_str()) {
        let message = format!("{provider:?} is no rule; expected {}", PROVIDERS.join(", "));
        return Err(Fault::at(&rule.provider, message));
    }
    let usual = Scripted {
        duration: rule.takes.map_or(4_000, |takes| takes.0),
        outcome: Outcome::Succeeds,
        summary: rule.summary.clone(),
        link: None,
    };
    let scenarios = rule.scenarios.iter();
    let scenarios = scenarios.map(|(name, course)| (name.clone(), scripted(course, &usual)));
    Ok(Rule {
        name: rule.name.clone(),
        provider: provider.clone(),
        configuration: rule.configuration.clone(),
        commands: rule.commands.clone(),
        inputs: rule.inputs.clone(),
        role_arn: None,
        region: rule.region.clone(),
        timeout_minutes: rule.timeout_minutes,
        behaviour: Behaviour {
            scenarios: scenarios.collect(),
            usual,
            ..Behaviour::default()
        },
    })
}

/// Values that begin with `secretsmanager:` are names of secrets.
fn environment(variables: &BTreeMap<String, String>) -> Vec<EnvironmentVariable> {
    let made = variables.iter().map(|(name, value)| {
        let secret = value.strip_prefix("secretsmanager:");
        EnvironmentVariable {
            name: name.clone(),
            value: secret.unwrap_or(value).to_owned(),
            kind: if secret.is_some() {
                "SECRETS_MANAGER"
            } else {
                "PLAINTEXT"
            },
        }
    });
    made.collect()
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
