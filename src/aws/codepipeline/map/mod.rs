//! CodePipeline's answers as the model's records. Pure; the SDK's types end here.

mod definition;
mod execution;
mod state;

use aws_sdk_codepipeline::types;

use crate::aws::map::{id, text, time, word};
use crate::engine::source::PipelineListed;
use crate::model::oneshot::ActionType;
use crate::model::pipeline::{ActionCategory, ActionError, ExecutionMode};

pub(super) use definition::definition;
pub(super) use execution::{action_execution, execution, one_execution, rule_execution};
pub(super) use state::stage_state;

pub(super) fn listed(summary: &types::PipelineSummary) -> Option<PipelineListed> {
    Some(PipelineListed {
        name: id(summary.name())?,
        version: count(summary.version()),
        updated: time(summary.updated()).or_else(|| time(summary.created())),
    })
}

pub(super) fn action_type(kind: &types::ActionType) -> Option<ActionType> {
    let named = kind.id()?;
    let settings = kind.settings();
    let url =
        |member: fn(&types::ActionTypeSettings) -> Option<&str>| text(settings.and_then(member));
    let secret = kind.action_configuration_properties().iter();
    Some(ActionType {
        category: ActionCategory::of(named.category().as_str()),
        owner: named.owner().as_str().to_owned(),
        provider: named.provider().to_owned(),
        version: named.version().to_owned(),
        entity_url: url(types::ActionTypeSettings::entity_url_template),
        execution_url: url(types::ActionTypeSettings::execution_url_template),
        third_party_url: url(types::ActionTypeSettings::third_party_configuration_url),
        secret_keys: secret
            .filter(|property| property.secret())
            .map(|property| property.name().to_owned())
            .collect(),
    })
}

fn mode(mode: Option<&types::ExecutionMode>) -> ExecutionMode {
    ExecutionMode::of(mode.map_or("", types::ExecutionMode::as_str))
}

fn error(details: Option<&types::ErrorDetails>) -> Option<ActionError> {
    let details = details?;
    let error = ActionError {
        code: word(details.code()),
        message: word(details.message()),
    };
    (!error.code.is_empty() || !error.message.is_empty()).then_some(error)
}

fn count(number: Option<i32>) -> u32 {
    number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(0)
}
