//! Doctor's questions: does each read operation answer in this scope, and what do the clocks say?
//!
//! Each probe is one call, in the order of a person's first look. Only read operations; nothing of the answers is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

use crate::aws::calls::Calls;
use crate::aws::{
    Aws, cloudtrail, cloudwatch, codebuild, codecommit, codedeploy, codepipeline, logs, references,
    s3, sts,
};
use crate::engine::source::LogAsk;
use crate::model::account::Identity;
use crate::model::artifact::ArtifactKey;
use crate::model::build::{Reference, ReferenceKind, ReferenceOutcome};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{LogKey, Scope};
use crate::model::pipeline::ArtifactLocation;
use crate::model::time::Timestamp;

const DAY: Duration = Duration::from_hours(24);

/// What one operation answered.
#[derive(Clone, Debug)]
pub struct Probe {
    /// `codepipeline:ListPipelines`
    pub name: &'static str,
    /// What was found, in words; or the fault.
    pub result: Result<String, Arc<Fault>>,
}

/// The answers so far, in the order they were asked for.
#[derive(Default)]
struct Probes(Vec<Probe>);

impl Probes {
    fn add(&mut self, name: &'static str, answer: Result<String, Fault>) {
        let result = answer.map_err(Arc::new);
        self.0.push(Probe { name, result });
    }

    fn count<T>(&mut self, name: &'static str, found: &Result<Vec<T>, Fault>, what: &str) {
        let answer = found.as_ref().map(|all| format!("{} {what}", all.len()));
        self.add(name, answer.map_err(Fault::clone));
    }
}

impl Aws {
    /// Asks every read operation once. What needs a name is asked with the first one its listing gave, and left out
    /// when the listing gave none.
    pub async fn probe(&self, scope: &Scope) -> Result<Vec<Probe>, Fault> {
        let calls = self.sessions.calls(scope).await?;
        let mut probes = Probes::default();
        let artifact = Box::pin(pipelines(&calls, &mut probes)).await;
        if let Some(location) = artifact {
            let key = ArtifactKey {
                scope: scope.clone(),
                location,
            };
            let size = s3::size(&self.sessions, &key).await;
            // HeadObject needs the right to read the object. One that is gone was looked for all the same.
            let answer = match size {
                Err(fault) if fault.class == FaultClass::NotFound => {
                    Ok("the newest artifact is gone".to_owned())
                }
                size => size.map(|size| format!("an artifact of {} bytes", size.bytes)),
            };
            probes.add("s3:GetObject", answer);
        }
        Box::pin(builds(&calls, &mut probes)).await;
        Box::pin(projects(&calls, &mut probes)).await;
        Box::pin(deployments(&calls, &mut probes)).await;
        for (name, answer) in codecommit::probe(&calls).await {
            probes.add(name, answer);
        }
        let alarms = cloudwatch::in_alarm(&calls).await;
        probes.add(
            "cloudwatch:DescribeAlarms",
            alarms.map(|alarms| format!("{} in ALARM", alarms.in_alarm.len())),
        );
        let today = Timestamp::from_millis(calls.now().millis() - DAY.as_millis() as i64);
        let trail = cloudtrail::newest(&calls, &self.sessions.limiter, today).await;
        probes.count("cloudtrail:LookupEvents", &trail, "decisions in a day");
        Ok(probes.0)
    }

    /// Who the credentials are, and what the service's clock says: GetCallerIdentity.
    pub async fn whoami(&self, scope: &Scope) -> Result<(Identity, Option<Timestamp>), Fault> {
        let calls = self.sessions.calls(scope).await?;
        let date = DateSpy::default();
        let request = calls.clients.sts.get_caller_identity().customize();
        let request = request.interceptor(date.clone());
        let answer = calls
            .call(sts::SERVICE, "GetCallerIdentity", request.send())
            .await?;
        let identity = sts::identity(&answer).ok_or_else(|| sts::unnamed(&calls))?;
        let millis = date.0.load(Ordering::Acquire);
        Ok((
            identity,
            (millis > 0).then(|| Timestamp::from_millis(millis)),
        ))
    }
}

/// CodePipeline's questions; tells an artifact that one of the newest attempts gave.
async fn pipelines(calls: &Calls<'_>, probes: &mut Probes) -> Option<ArtifactLocation> {
    let types = codepipeline::action_types(calls).await;
    let listed = codepipeline::list(calls).await;
    probes.count("codepipeline:ListPipelines", &listed, "pipelines");
    probes.count("codepipeline:ListActionTypes", &types, "kinds of actions");
    let first = listed.ok()?.into_iter().next()?;
    let name = &first.name;
    let stages = codepipeline::stages(calls, name).await;
    probes.count("codepipeline:GetPipelineState", &stages, "stages");
    let definition = codepipeline::definition(calls, name, None).await;
    let answer = definition.map(|found| format!("version {}", found.version));
    probes.add("codepipeline:GetPipeline", answer);
    let executions = codepipeline::executions(calls, name).await;
    probes.count(
        "codepipeline:ListPipelineExecutions",
        &executions,
        "executions",
    );
    if let Some(newest) = executions.ok().and_then(|all| all.into_iter().next()) {
        let one = codepipeline::execution(calls, name, &newest.id).await;
        let answer = one.map(|found| found.state.to_string());
        probes.add("codepipeline:GetPipelineExecution", answer);
    }
    let actions = codepipeline::actions(calls, name, None).await;
    probes.count("codepipeline:ListActionExecutions", &actions, "attempts");
    let rules = codepipeline::rules(calls, name).await;
    probes.count("codepipeline:ListRuleExecutions", &rules, "checks of rules");
    let mut given = actions
        .ok()?
        .into_iter()
        .flat_map(|one| one.output_artifacts);
    given.next()
}

/// The first project, its builds and batches, and what it refers to. Not its figures: CloudWatch charges for them.
async fn projects(calls: &Calls<'_>, probes: &mut Probes) {
    let names = codebuild::projects::names(calls, None).await;
    let names = names.map(|(names, _)| names);
    probes.count("codebuild:ListProjects", &names, "build projects");
    let Some(name) = names.ok().and_then(|names| names.into_iter().next()) else {
        return;
    };
    let project = codebuild::projects::one(calls, &name).await;
    let answer = project.as_ref().map(|found| found.name.to_string());
    probes.add("codebuild:BatchGetProjects", answer.map_err(Fault::clone));
    let ids = codebuild::projects::build_ids(calls, &name, None).await;
    let ids = ids.map(|(ids, _)| ids);
    probes.count("codebuild:ListBuildsForProject", &ids, "builds of it");
    let batches = codebuild::batches::newest_of(calls, &name).await;
    probes.count(
        "codebuild:ListBuildBatchesForProject",
        &batches,
        "batches of it",
    );
    if let Some(newest) = batches.ok().and_then(|ids| ids.into_iter().next()) {
        let batch = codebuild::batches::one(calls, &newest).await;
        let answer = batch.map(|found| found.state.to_string());
        probes.add("codebuild:BatchGetBuildBatches", answer);
    }
    if let Ok(project) = project {
        let found = references::check(calls, &project, Vec::new()).await;
        looked_for(&found, probes);
    }
}

/// What became of looking for references, for each kind that the project has any of.
fn looked_for(found: &[Reference], probes: &mut Probes) {
    for (kind, name) in [
        (ReferenceKind::Parameter, "ssm:DescribeParameters"),
        (ReferenceKind::Secret, "secretsmanager:DescribeSecret"),
        (ReferenceKind::Key, "kms:DescribeKey"),
    ] {
        let of_kind = || found.iter().filter(|one| one.kind == kind);
        let fault = of_kind().find_map(|one| match &one.outcome {
            ReferenceOutcome::Unknown(fault) => Some(fault.clone()),
            ReferenceOutcome::There { .. } | ReferenceOutcome::Missing => None,
        });
        let count = of_kind().count();
        if count > 0 {
            probes.add(
                name,
                fault.map_or_else(|| Ok(format!("{count} looked for")), Err),
            );
        }
    }
}

async fn builds(calls: &Calls<'_>, probes: &mut Probes) {
    let ids = codebuild::newest_ids(calls).await;
    probes.count("codebuild:ListBuilds", &ids, "builds");
    let Some(newest) = ids.ok().and_then(|ids| ids.into_iter().next()) else {
        return;
    };
    let build = codebuild::one(calls, &newest).await;
    let log = build.as_ref().ok().and_then(|build| build.log.clone());
    let answer = build.map(|found| found.state.to_string());
    probes.add("codebuild:BatchGetBuilds", answer);
    if let Some(report) = codebuild::reports::a_report(calls).await {
        let group = report.as_ref().ok().map(|(group, _)| group.clone());
        let answer = report.map(|(_, tests)| format!("{tests} test cases in a report"));
        probes.add("codebuild:BatchGetReports", answer);
        if let Some(group) = group {
            let trend = codebuild::reports::trend(calls, &group).await;
            let answer = trend.map(|trend| format!("{} reports in its group", trend.points.len()));
            probes.add("codebuild:ListReportsForReportGroup", answer);
        }
    }
    if let Some(log) = log {
        let key = LogKey {
            scope: calls.clients.scope.clone(),
            group: log.group,
            stream: log.stream,
        };
        let page = logs::page(calls, &key, LogAsk::default()).await;
        // A stream that was deleted, or not written yet, has been looked for all the same.
        let answer = match page {
            Err(fault) if fault.class == FaultClass::NotFound => {
                Ok("the newest build has no log".to_owned())
            }
            page => page.map(|page| format!("{} events", page.events.len())),
        };
        probes.add("logs:GetLogEvents", answer);
    }
}

async fn deployments(calls: &Calls<'_>, probes: &mut Probes) {
    let ids = codedeploy::newest_ids(calls).await;
    probes.count("codedeploy:ListDeployments", &ids, "deployments");
    let Some(newest) = ids.ok().and_then(|ids| ids.into_iter().next()) else {
        return;
    };
    let deployment = codedeploy::one(calls, &newest).await;
    let configuration = deployment
        .as_ref()
        .ok()
        .map(|one| one.configuration.clone());
    let answer = deployment.map(|found| found.state.to_string());
    probes.add("codedeploy:BatchGetDeployments", answer);
    let targets = codedeploy::targets(calls, &newest).await;
    probes.count("codedeploy:ListDeploymentTargets", &targets, "targets");
    if let Some(configuration) = configuration.filter(|name| !name.is_empty()) {
        let minimum = codedeploy::minimum_healthy(calls, &configuration).await;
        let answer = minimum.map(|_| configuration);
        probes.add("codedeploy:GetDeploymentConfig", answer);
    }
}

/// Keeps the `Date` header of the answer it sees, in milliseconds since 1970; zero until then.
#[derive(Clone, Debug, Default)]
struct DateSpy(Arc<AtomicI64>);

#[dyn_dispatch_hint]
impl Intercept for DateSpy {
    fn name(&self) -> &'static str {
        "DateSpy"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        if let Some(millis) = date.and_then(|date| date.to_millis().ok()) {
            self.0.store(millis, Ordering::Release);
        }
        Ok(())
    }
}
