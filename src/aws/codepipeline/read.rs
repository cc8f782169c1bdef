//! CodePipeline's read operations, one function each, paged with a cap.

use aws_sdk_codepipeline::types;

use super::{ACTIONS, SERVICE, map};
use crate::aws::calls::Calls;
use crate::aws::page;
use crate::engine::source::PipelineListed;
use crate::model::fault::{Fault, FaultClass};
use crate::model::history::History;
use crate::model::ids::{ExecutionId, PipelineName, StageName};
use crate::model::oneshot::ActionType;
use crate::model::pipeline::{ActionExecution, Definition, Execution, RuleExecution, StageState};

/// Executions kept in view: the strip of the last ten, medians, and the way back to the last that passed a gate.
const EXECUTIONS: i32 = 30;
/// Pages of attempts walked back to find when an action last succeeded.
const MOST_BACK: usize = 5;
const MOST_PIPELINES: usize = 10_000;
/// Attempts of one execution: fifty stages of fifty actions, each tried twice.
const MOST_ATTEMPTS: usize = 5_000;
/// A person's history and a choice of where to roll back to: pages of a hundred.
const HISTORY_PAGES: usize = 5;
const CANDIDATE_PAGES: usize = 2;
const PAGE: i32 = 100;
const MOST_ACTION_TYPES: usize = 1_000;

/// ListPipelines, all pages.
pub(in crate::aws) async fn list(calls: &Calls<'_>) -> Result<Vec<PipelineListed>, Fault> {
    page::collect(MOST_PIPELINES, |token| async move {
        let request = calls
            .clients
            .codepipeline
            .list_pipelines()
            .max_results(1_000)
            .set_next_token(token);
        let answer = calls.call(SERVICE, "ListPipelines", request.send()).await?;
        let listed = answer.pipelines().iter().filter_map(map::listed).collect();
        Ok((listed, answer.next_token().map(str::to_owned)))
    })
    .await
}

/// GetPipeline: the current structure, or that of one version.
pub(in crate::aws) async fn definition(
    calls: &Calls<'_>,
    name: &PipelineName,
    version: Option<u32>,
) -> Result<Definition, Fault> {
    let request = calls
        .clients
        .codepipeline
        .get_pipeline()
        .name(name.as_str())
        .set_version(version.and_then(|version| i32::try_from(version).ok()));
    let answer = calls.call(SERVICE, "GetPipeline", request.send()).await?;
    let pipeline = answer
        .pipeline()
        .ok_or_else(|| incomplete(calls, "GetPipeline"))?;
    let home = &calls.clients.scope.region;
    Ok(map::definition(pipeline, answer.metadata(), home))
}

/// GetPipelineState: the stages as they stand. A PARALLEL pipeline's hold no executions.
pub(in crate::aws) async fn stages(
    calls: &Calls<'_>,
    name: &PipelineName,
) -> Result<Vec<StageState>, Fault> {
    let request = calls
        .clients
        .codepipeline
        .get_pipeline_state()
        .name(name.as_str());
    let answer = calls
        .call(SERVICE, "GetPipelineState", request.send())
        .await?;
    Ok(answer.stage_states().iter().map(map::stage_state).collect())
}

/// ListPipelineExecutions: the newest, newest first.
pub(in crate::aws) async fn executions(
    calls: &Calls<'_>,
    name: &PipelineName,
) -> Result<Vec<Execution>, Fault> {
    let (page, _) = executions_page(calls, name, EXECUTIONS, None, None).await?;
    Ok(page)
}

/// The same of a PARALLEL pipeline, as many as a page holds: an old one may wait at a gate while newer ones come and go.
pub(in crate::aws) async fn parallel_executions(
    calls: &Calls<'_>,
    name: &PipelineName,
) -> Result<Vec<Execution>, Fault> {
    let (page, _) = executions_page(calls, name, PAGE, None, None).await?;
    Ok(page)
}

/// ListPipelineExecutions as far back as five hundred, newest first.
pub(in crate::aws) async fn history(
    calls: &Calls<'_>,
    name: &PipelineName,
) -> Result<History, Fault> {
    let walked = page::walk(HISTORY_PAGES, usize::MAX, |token| {
        executions_page(calls, name, PAGE, None, token)
    })
    .await?;
    Ok(History {
        executions: walked.all,
        cut: walked.cut,
    })
}

/// ListPipelineExecutions that succeeded in a stage, newest first. AWS tells only of those of the current structure.
pub(in crate::aws) async fn succeeded_in(
    calls: &Calls<'_>,
    name: &PipelineName,
    stage: &StageName,
) -> Result<Vec<Execution>, Fault> {
    let walked = page::walk(CANDIDATE_PAGES, usize::MAX, |token| {
        executions_page(calls, name, PAGE, Some(stage), token)
    })
    .await?;
    Ok(walked.all)
}

async fn executions_page(
    calls: &Calls<'_>,
    name: &PipelineName,
    size: i32,
    succeeded_in: Option<&StageName>,
    token: Option<String>,
) -> Result<(Vec<Execution>, Option<String>), Fault> {
    let filter = succeeded_in.map(|stage| {
        let stage = types::SucceededInStageFilter::builder().stage_name(stage.as_str());
        types::PipelineExecutionFilter::builder()
            .succeeded_in_stage(stage.build())
            .build()
    });
    let request = calls
        .clients
        .codepipeline
        .list_pipeline_executions()
        .pipeline_name(name.as_str())
        .max_results(size)
        .set_filter(filter)
        .set_next_token(token);
    let answer = calls
        .call(SERVICE, "ListPipelineExecutions", request.send())
        .await?;
    let summaries = answer.pipeline_execution_summaries().iter();
    Ok((
        summaries.filter_map(map::execution).collect(),
        answer.next_token().map(str::to_owned),
    ))
}

/// GetPipelineExecution.
pub(in crate::aws) async fn execution(
    calls: &Calls<'_>,
    name: &PipelineName,
    execution: &ExecutionId,
) -> Result<Execution, Fault> {
    let request = calls
        .clients
        .codepipeline
        .get_pipeline_execution()
        .pipeline_name(name.as_str())
        .pipeline_execution_id(execution.as_str());
    let answer = calls
        .call(SERVICE, "GetPipelineExecution", request.send())
        .await?;
    answer
        .pipeline_execution()
        .and_then(map::one_execution)
        .ok_or_else(|| incomplete(calls, "GetPipelineExecution"))
}

/// ListActionExecutions: the newest hundred attempts, of the pipeline or of one execution, newest first.
pub(in crate::aws) async fn actions(
    calls: &Calls<'_>,
    name: &PipelineName,
    execution: Option<&ExecutionId>,
) -> Result<Vec<ActionExecution>, Fault> {
    Ok(actions_page(calls, name, execution, None).await?.0)
}

/// ListActionExecutions of one execution, every page: each attempt of each action, newest first.
pub(in crate::aws) async fn actions_of(
    calls: &Calls<'_>,
    name: &PipelineName,
    execution: &ExecutionId,
) -> Result<Vec<ActionExecution>, Fault> {
    let pages = MOST_ATTEMPTS / ACTIONS as usize;
    let walked = page::walk(pages, MOST_ATTEMPTS, |token| {
        actions_page(calls, name, Some(execution), token)
    });
    Ok(walked.await?.all)
}

/// The newest attempts page by page, until one of them is what is looked for or the pages run out.
pub(in crate::aws) async fn actions_until(
    calls: &Calls<'_>,
    name: &PipelineName,
    found: impl Fn(&ActionExecution) -> bool,
) -> Result<Vec<ActionExecution>, Fault> {
    let mut all = Vec::new();
    let mut token = None;
    for _ in 0..MOST_BACK {
        let (page, next) = actions_page(calls, name, None, token.clone()).await?;
        let is_here = page.iter().any(&found);
        all.extend(page);
        if is_here || next.is_none() || next == token {
            break;
        }
        token = next;
    }
    Ok(all)
}

async fn actions_page(
    calls: &Calls<'_>,
    name: &PipelineName,
    execution: Option<&ExecutionId>,
    token: Option<String>,
) -> Result<(Vec<ActionExecution>, Option<String>), Fault> {
    let filter = execution.map(|execution| {
        types::ActionExecutionFilter::builder()
            .pipeline_execution_id(execution.as_str())
            .build()
    });
    let request = calls
        .clients
        .codepipeline
        .list_action_executions()
        .pipeline_name(name.as_str())
        .max_results(ACTIONS)
        .set_next_token(token)
        .set_filter(filter);
    let answer = calls
        .call(SERVICE, "ListActionExecutions", request.send())
        .await?;
    let details = answer.action_execution_details().iter();
    let next = answer.next_token().filter(|next| !next.is_empty());
    let home = &calls.clients.scope.region;
    let attempts = details.filter_map(|detail| map::action_execution(detail, home));
    Ok((attempts.collect(), next.map(str::to_owned)))
}

/// ListRuleExecutions: the newest hundred evaluations of rules, newest first.
pub(in crate::aws) async fn rules(
    calls: &Calls<'_>,
    name: &PipelineName,
) -> Result<Vec<RuleExecution>, Fault> {
    Ok(rules_page(calls, name, None, None).await?.0)
}

/// ListRuleExecutions of one execution, every page.
pub(in crate::aws) async fn rules_of(
    calls: &Calls<'_>,
    name: &PipelineName,
    execution: &ExecutionId,
) -> Result<Vec<RuleExecution>, Fault> {
    page::collect(MOST_ATTEMPTS, |token| {
        rules_page(calls, name, Some(execution), token)
    })
    .await
}

async fn rules_page(
    calls: &Calls<'_>,
    name: &PipelineName,
    execution: Option<&ExecutionId>,
    token: Option<String>,
) -> Result<(Vec<RuleExecution>, Option<String>), Fault> {
    let filter = execution.map(|execution| {
        types::RuleExecutionFilter::builder()
            .pipeline_execution_id(execution.as_str())
            .build()
    });
    let request = calls
        .clients
        .codepipeline
        .list_rule_executions()
        .pipeline_name(name.as_str())
        .max_results(PAGE)
        .set_filter(filter)
        .set_next_token(token);
    let answer = calls
        .call(SERVICE, "ListRuleExecutions", request.send())
        .await?;
    let details = answer.rule_execution_details().iter();
    Ok((
        details.filter_map(map::rule_execution).collect(),
        answer.next_token().map(str::to_owned),
    ))
}

/// ListActionTypes of custom actions and third parties: a call for each owner, for AWS filters by one alone.
pub(in crate::aws) async fn action_types(calls: &Calls<'_>) -> Result<Vec<ActionType>, Fault> {
    let mut all = Vec::new();
    for owner in [types::ActionOwner::Custom, types::ActionOwner::ThirdParty] {
        let of_owner = page::collect(MOST_ACTION_TYPES, |token| {
            let request = calls
                .clients
                .codepipeline
                .list_action_types()
                .action_owner_filter(owner.clone())
                .set_next_token(token);
            async move {
                let answer = calls
                    .call(SERVICE, "ListActionTypes", request.send())
                    .await?;
                let types = answer.action_types().iter();
                let next = answer.next_token().map(str::to_owned);
                Ok((types.filter_map(map::action_type).collect(), next))
            }
        })
        .await?;
        all.extend(of_owner);
    }
    all.sort_by(|a, b| {
        let key = |kind: &ActionType| (kind.provider.clone(), kind.version.clone());
        key(a).cmp(&key(b))
    });
    Ok(all)
}

fn incomplete(calls: &Calls<'_>, operation: &'static str) -> Fault {
    calls.place(SERVICE, operation).fault(
        FaultClass::Unreadable,
        "the answer lacks what was asked for",
    )
}
