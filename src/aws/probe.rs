//! Doctor's questions: does each read operation answer in this scope, and what do the clocks say?
//!
//! Each probe is one call, in the order of a person's first look. Only read operations; nothing of the answers is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

use crate::aws::{Aws, codebuild, codecommit, codedeploy, codepipeline, logs, sts};
use crate::model::account::Identity;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{LogKey, Scope};
use crate::model::time::Timestamp;

/// What one operation answered.
#[derive(Clone, Debug)]
pub struct Probe {
    /// `codepipeline:ListPipelines`
    pub name: &'static str,
    /// What was found, in words; or the fault.
    pub result: Result<String, Arc<Fault>>,
}

impl Aws {
    /// Asks every read operation once. What needs a name is asked with the first one its listing gave, and left out
    /// when the listing gave none.
    pub async fn probe(&self, scope: &Scope) -> Result<Vec<Probe>, Fault> {
        let calls = self.sessions.calls(scope).await?;
        let mut probes = Vec::new();
        let mut add = |name, result| probes.push(Probe { name, result });

        let listed = codepipeline::list(&calls).await;
        let first = listed.as_ref().ok().and_then(|all| all.first()).cloned();
        add("codepipeline:ListPipelines", count(&listed, "pipelines"));
        if let Some(first) = first {
            let name = &first.name;
            let stages = codepipeline::stages(&calls, name).await;
            add("codepipeline:GetPipelineState", count(&stages, "stages"));
            let definition = codepipeline::definition(&calls, name, None).await;
            let answer = definition.map(|found| format!("version {}", found.version));
            add("codepipeline:GetPipeline", answer.map_err(Arc::new));
            let executions = codepipeline::executions(&calls, name).await;
            let newest = executions
                .as_ref()
                .ok()
                .and_then(|all| all.first())
                .cloned();
            add(
                "codepipeline:ListPipelineExecutions",
                count(&executions, "executions"),
            );
            if let Some(newest) = newest {
                let one = codepipeline::execution(&calls, name, &newest.id).await;
                let answer = one.map(|found| found.state.to_string());
                add(
                    "codepipeline:GetPipelineExecution",
                    answer.map_err(Arc::new),
                );
            }
            let actions = codepipeline::actions(&calls, name, None).await;
            add(
                "codepipeline:ListActionExecutions",
                count(&actions, "attempts"),
            );
        }

        let builds = codebuild::newest_ids(&calls).await;
        let newest = builds.as_ref().ok().and_then(|all| all.first()).cloned();
        add("codebuild:ListBuilds", count(&builds, "builds"));
        if let Some(newest) = newest {
            let build = codebuild::one(&calls, &newest).await;
            let log = build.as_ref().ok().and_then(|build| build.log.clone());
            let answer = build.map(|found| found.state.to_string());
            add("codebuild:BatchGetBuilds", answer.map_err(Arc::new));
            if let Some(log) = log {
                let key = LogKey {
                    scope: scope.clone(),
                    group: log.group,
                    stream: log.stream,
                };
                let page = logs::page(&calls, &key, None).await;
                // A stream that was deleted, or not written yet, has been looked for all the same.
                let answer = match page {
                    Err(fault) if fault.class == FaultClass::NotFound => {
                        Ok("the newest build has no log".to_owned())
                    }
                    page => page.map(|page| format!("{} events", page.events.len())),
                };
                add("logs:GetLogEvents", answer.map_err(Arc::new));
            }
        }

        let deployments = codedeploy::newest_ids(&calls).await;
        let newest = deployments
            .as_ref()
            .ok()
            .and_then(|all| all.first())
            .cloned();
        add(
            "codedeploy:ListDeployments",
            count(&deployments, "deployments"),
        );
        if let Some(newest) = newest {
            let deployment = codedeploy::one(&calls, &newest).await;
            let configuration = deployment
                .as_ref()
                .ok()
                .map(|one| one.configuration.clone());
            let answer = deployment.map(|found| found.state.to_string());
            add("codedeploy:BatchGetDeployments", answer.map_err(Arc::new));
            let targets = codedeploy::targets(&calls, &newest).await;
            add(
                "codedeploy:ListDeploymentTargets",
                count(&targets, "targets"),
            );
            if let Some(configuration) = configuration.filter(|name| !name.is_empty()) {
                let minimum = codedeploy::minimum_healthy(&calls, &configuration).await;
                add(
                    "codedeploy:GetDeploymentConfig",
                    minimum.map(|_| configuration).map_err(Arc::new),
                );
            }
        }

        for (name, result) in codecommit::probe(&calls).await {
            add(name, result.map_err(Arc::new));
        }
        Ok(probes)
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

fn count<T>(result: &Result<Vec<T>, Fault>, what: &str) -> Result<String, Arc<Fault>> {
    match result {
        Ok(all) => Ok(format!("{} {what}", all.len())),
        Err(fault) => Err(Arc::new(fault.clone())),
    }
}
