//! GetPipeline: the structure of one version, its conditions and its triggers.

use aws_sdk_codepipeline::types;

use super::{count, mode};
use crate::aws::map::{id, sorted, text, word};
use crate::model::ids::Region;
use crate::model::pipeline::{
    ActionCategory, ActionDeclaration, ArtifactStore, ConditionDeclaration, ConditionKind,
    Definition, FailureHandling, RuleDeclaration, StageDeclaration, TriggerDeclaration,
    VariableDeclaration,
};

/// The structure of a pipeline that lives in the region `home`: what runs there is of no region of its own.
pub(in crate::aws::codepipeline) fn definition(
    pipeline: &types::PipelineDeclaration,
    metadata: Option<&types::PipelineMetadata>,
    home: &Region,
) -> Definition {
    let stages = pipeline.stages().iter();
    let variables = pipeline.variables().iter();
    Definition {
        arn: word(metadata.and_then(types::PipelineMetadata::pipeline_arn)),
        pipeline_type: word(pipeline.pipeline_type().map(types::PipelineType::as_str)),
        role_arn: pipeline.role_arn().to_owned(),
        artifact_stores: artifact_stores(pipeline),
        variables: variables
            .map(|variable| VariableDeclaration {
                name: variable.name().to_owned(),
                default: text(variable.default_value()),
                description: text(variable.description()),
            })
            .collect(),
        triggers: pipeline.triggers().iter().filter_map(trigger).collect(),
        ..Definition::new(
            count(pipeline.version()),
            mode(pipeline.execution_mode()),
            stages.map(|stage| stage_declaration(stage, home)).collect(),
        )
    }
}

/// One store, or one a region for a pipeline whose actions run in several; by region.
fn artifact_stores(pipeline: &types::PipelineDeclaration) -> Vec<ArtifactStore> {
    let one = pipeline.artifact_store().map(|store| (None, store));
    let regional = pipeline.artifact_stores().into_iter().flatten();
    let regional = regional.map(|(region, store)| (Some(Region::from(region)), store));
    let mut stores: Vec<ArtifactStore> = one
        .into_iter()
        .chain(regional)
        .map(|(region, store)| ArtifactStore {
            region,
            kind: store.r#type().as_str().to_owned(),
            bucket: store.location().to_owned(),
            encryption_key: store.encryption_key().and_then(|key| text(Some(key.id()))),
        })
        .collect();
    stores.sort_by(|a, b| a.region.cmp(&b.region));
    stores
}

fn trigger(trigger: &types::PipelineTriggerDeclaration) -> Option<TriggerDeclaration> {
    let git = trigger.git_configuration()?;
    let pushes = git.push().iter().map(push);
    let requests = git.pull_request().iter().map(pull_request);
    let mut filters: Vec<String> = pushes.chain(requests).collect();
    if filters.is_empty() {
        // Without filters every push to the source's own branch starts it.
        filters.push("every push".to_owned());
    }
    Some(TriggerDeclaration {
        source_action: git.source_action_name().into(),
        filters,
    })
}

/// `push to branches main, release/* but not release/old, in files src/**`.
fn push(filter: &types::GitPushFilter) -> String {
    let mut parts = Vec::new();
    if let Some(branches) = filter.branches() {
        parts.extend(patterns(
            "to branches",
            branches.includes(),
            branches.excludes(),
        ));
    }
    if let Some(tags) = filter.tags() {
        parts.extend(patterns("of tags", tags.includes(), tags.excludes()));
    }
    if let Some(files) = filter.file_paths() {
        parts.extend(patterns("in files", files.includes(), files.excludes()));
    }
    format!("push {}", parts.join(", ")).trim_end().to_owned()
}

/// `pull requests opened, updated on branches main`.
fn pull_request(filter: &types::GitPullRequestFilter) -> String {
    let events: Vec<String> = filter.events().iter().map(event).collect();
    let mut said = "pull requests".to_owned();
    if !events.is_empty() {
        said = format!("{said} {}", events.join(", "));
    }
    let mut parts = Vec::new();
    if let Some(branches) = filter.branches() {
        parts.extend(patterns(
            "on branches",
            branches.includes(),
            branches.excludes(),
        ));
    }
    if let Some(files) = filter.file_paths() {
        parts.extend(patterns("in files", files.includes(), files.excludes()));
    }
    format!("{said} {}", parts.join(", ")).trim_end().to_owned()
}

fn event(event: &types::GitPullRequestEventType) -> String {
    match event.as_str() {
        "OPEN" => "opened".to_owned(),
        word => word.to_lowercase(),
    }
}

fn patterns(what: &str, includes: &[String], excludes: &[String]) -> Option<String> {
    match (includes.is_empty(), excludes.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("{what} {}", includes.join(", "))),
        (true, false) => Some(format!("{what} other than {}", excludes.join(", "))),
        (false, false) => Some(format!(
            "{what} {} but not {}",
            includes.join(", "),
            excludes.join(", ")
        )),
    }
}

fn stage_declaration(stage: &types::StageDeclaration, home: &Region) -> StageDeclaration {
    let actions = stage.actions().iter();
    let actions = actions.map(|action| action_declaration(action, home));
    let before = stage
        .before_entry()
        .map(types::BeforeEntryConditions::conditions);
    let success = stage.on_success().map(types::SuccessConditions::conditions);
    let failure = stage.on_failure().map(types::FailureConditions::conditions);
    let declared = [
        (ConditionKind::BeforeEntry, before),
        (ConditionKind::OnSuccess, success),
        (ConditionKind::OnFailure, failure),
    ];
    let conditions = declared
        .into_iter()
        .flat_map(|(kind, all)| all.unwrap_or_default().iter().map(move |one| (kind, one)));
    StageDeclaration {
        conditions: conditions
            .map(|(kind, condition)| ConditionDeclaration {
                kind,
                result: word(condition.result().map(types::Result::as_str)),
                rules: condition
                    .rules()
                    .iter()
                    .map(|rule| declared_rule(rule, home))
                    .collect(),
            })
            .collect(),
        on_failure: stage.on_failure().and_then(failure_handling),
        ..StageDeclaration::new(stage.name().into(), actions.collect())
    }
}

fn failure_handling(failure: &types::FailureConditions) -> Option<FailureHandling> {
    let retry = failure.retry_configuration();
    Some(FailureHandling {
        result: failure.result()?.as_str().to_owned(),
        retry_mode: retry
            .and_then(types::RetryConfiguration::retry_mode)
            .map(|mode| mode.as_str().to_owned()),
    })
}

fn declared_rule(rule: &types::RuleDeclaration, home: &Region) -> RuleDeclaration {
    let inputs = rule.input_artifacts().iter();
    RuleDeclaration {
        name: rule.name().into(),
        provider: word(rule.rule_type_id().map(types::RuleTypeId::provider)),
        configuration: sorted(rule.configuration()),
        commands: rule.commands().to_vec(),
        input_artifacts: inputs.map(|artifact| artifact.name().to_owned()).collect(),
        role_arn: text(rule.role_arn()),
        region: elsewhere(rule.region(), home),
        timeout_minutes: rule
            .timeout_in_minutes()
            .and_then(|minutes| u32::try_from(minutes).ok()),
    }
}

fn action_declaration(action: &types::ActionDeclaration, home: &Region) -> ActionDeclaration {
    let kind = action.action_type_id();
    let mut configuration = sorted(action.configuration());
    // Since 2024 a member of the action beside its configuration; the Board reads it as the configuration's.
    if let Some(minutes) = action.timeout_in_minutes() {
        configuration.insert("timeoutInMinutes".to_owned(), minutes.to_string());
    }
    let inputs = action.input_artifacts().iter();
    let outputs = action.output_artifacts().iter();
    ActionDeclaration {
        name: action.name().into(),
        category: ActionCategory::of(kind.map_or("", |kind| kind.category().as_str())),
        owner: word(kind.map(|kind| kind.owner().as_str())),
        provider: word(kind.map(types::ActionTypeId::provider)),
        run_order: u32::try_from(action.run_order().unwrap_or(1)).unwrap_or(1),
        configuration,
        input_artifacts: inputs.map(|artifact| artifact.name().to_owned()).collect(),
        output_artifacts: outputs.map(|artifact| artifact.name().to_owned()).collect(),
        commands: action.commands().to_vec(),
        namespace: text(action.namespace()),
        output_variables: action.output_variables().to_vec(),
        region: elsewhere(action.region(), home),
        role_arn: text(action.role_arn()),
    }
}

/// GetPipeline names the region of every action, the pipeline's own too.
pub(super) fn elsewhere(region: Option<&str>, home: &Region) -> Option<Region> {
    id::<Region>(region).filter(|region| region != home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triggers_filters_are_told_in_words() {
        let branches = |includes: &[&str], excludes: &[&str]| {
            let list = |names: &[&str]| {
                let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
                (!names.is_empty()).then_some(names)
            };
            types::GitBranchFilterCriteria::builder()
                .set_includes(list(includes))
                .set_excludes(list(excludes))
                .build()
        };
        let files = types::GitFilePathFilterCriteria::builder()
            .includes("src/**")
            .build();
        let filter = types::GitPushFilter::builder()
            .branches(branches(&["main", "release/*"], &["release/old"]))
            .file_paths(files)
            .build();
        assert_eq!(
            push(&filter),
            "push to branches main, release/* but not release/old, in files src/**"
        );
        let filter = types::GitPullRequestFilter::builder()
            .events(types::GitPullRequestEventType::Open)
            .events(types::GitPullRequestEventType::Updated)
            .branches(branches(&["main"], &[]))
            .build();
        assert_eq!(
            pull_request(&filter),
            "pull requests opened, updated on branches main"
        );
        let bare = types::GitPullRequestFilter::builder().build();
        assert_eq!(pull_request(&bare), "pull requests");
    }

    #[test]
    fn an_action_at_home_has_no_region_of_its_own() {
        let home = Region::from("eu-west-1");
        assert_eq!(elsewhere(Some("eu-west-1"), &home), None);
        assert_eq!(elsewhere(None, &home), None);
        assert_eq!(
            elsewhere(Some("us-east-1"), &home),
            Some("us-east-1".into())
        );
    }

    #[test]
    fn a_stages_conditions_keep_their_kind_and_what_a_failure_does() {
        let rule = types::RuleDeclaration::builder()
            .name("alarms-quiet")
            .rule_type_id(
                types::RuleTypeId::builder()
                    .category(types::RuleCategory::Rule)
                    .provider("CloudWatchAlarm")
                    .build()
                    .unwrap(),
            )
            .configuration("AlarmName", "pier-5xx")
            .timeout_in_minutes(5)
            .build()
            .unwrap();
        let condition = types::Condition::builder()
            .result(types::Result::Rollback)
            .rules(rule)
            .build();
        let stage = types::StageDeclaration::builder()
            .name("Production")
            .set_actions(Some(Vec::new()))
            .on_success(
                types::SuccessConditions::builder()
                    .conditions(condition)
                    .build()
                    .unwrap(),
            )
            .on_failure(
                types::FailureConditions::builder()
                    .result(types::Result::Retry)
                    .retry_configuration(
                        types::RetryConfiguration::builder()
                            .retry_mode(types::StageRetryMode::AllActions)
                            .build(),
                    )
                    .build(),
            )
            .build()
            .unwrap();
        let stage = stage_declaration(&stage, &Region::from("eu-west-1"));
        let [condition] = stage.conditions.as_slice() else {
            panic!("{:?}", stage.conditions);
        };
        assert_eq!(condition.kind, ConditionKind::OnSuccess);
        assert_eq!(condition.result, "ROLLBACK");
        assert_eq!(condition.rules[0].provider, "CloudWatchAlarm");
        assert_eq!(condition.rules[0].timeout_minutes, Some(5));
        let handling = stage.on_failure.unwrap();
        assert_eq!(handling.result, "RETRY");
        assert_eq!(handling.retry_mode.as_deref(), Some("ALL_ACTIONS"));
    }
}
