//! What a person asks of builds, batches, projects and reports.

use std::collections::BTreeMap;

use crate::aws::{Aws, cloudwatch, codebuild, references};
use crate::model::alarm::Alarm;
use crate::model::build::{
    Batch, BuildHistory, BuildMetrics, BuildProject, References, Report, ReportTrend,
};
use crate::model::fault::Fault;
use crate::model::ids::{BatchKey, BuildProjectKey, Scope};
use crate::model::time::Timestamp;

impl Aws {
    /// Every project of an account and region, by name: a call for each hundred names, and one for what they are.
    pub async fn build_projects(&self, scope: &Scope) -> Result<Vec<BuildProject>, Fault> {
        let calls = self.sessions.calls(scope).await?;
        let projects = codebuild::projects::all(&calls).await;
        self.noted(scope, projects)
    }

    /// One project: one call.
    pub async fn build_project(&self, project: &BuildProjectKey) -> Result<BuildProject, Fault> {
        let calls = self.sessions.calls(&project.scope).await?;
        let found = codebuild::projects::one(&calls, &project.name).await;
        self.noted(&project.scope, found)
    }

    /// A page of a project's builds, newest first: two calls. `after` is the `next` of the page before.
    pub async fn build_history(
        &self,
        project: &BuildProjectKey,
        after: Option<String>,
    ) -> Result<BuildHistory, Fault> {
        let calls = self.sessions.calls(&project.scope).await?;
        let history = codebuild::projects::history(&calls, &project.name, after).await;
        self.noted(&project.scope, history)
    }

    /// Reports with their cases or files: a call for all, and up to ten for each.
    pub async fn build_reports(
        &self,
        scope: &Scope,
        arns: &[String],
    ) -> Result<Vec<Report>, Fault> {
        let calls = self.sessions.calls(scope).await?;
        let reports = codebuild::reports::whole(&calls, arns).await;
        self.noted(scope, reports)
    }

    /// The newest hundred reports of a group, oldest first: two calls.
    pub async fn report_trend(&self, scope: &Scope, group: &str) -> Result<ReportTrend, Fault> {
        let calls = self.sessions.calls(scope).await?;
        let trend = codebuild::reports::trend(&calls, group).await;
        self.noted(scope, trend)
    }

    /// One batch with the times of its builds: two calls.
    pub async fn batch(&self, batch: &BatchKey) -> Result<Batch, Fault> {
        let calls = self.sessions.calls(&batch.scope).await?;
        let found = codebuild::batches::with_times(&calls, &batch.id, &BTreeMap::new()).await;
        self.noted(&batch.scope, found)
    }

    /// The newest hundred batches of a project, newest first: two calls.
    pub async fn batches(&self, project: &BuildProjectKey) -> Result<Vec<Batch>, Fault> {
        let calls = self.sessions.calls(&project.scope).await?;
        let batches = codebuild::batches::of_project(&calls, &project.name).await;
        self.noted(&project.scope, batches)
    }

    /// What a project and its buildspec refer to, and whether it is there: the project's call, one for fifty parameters,
    /// one for each secret and each key, and two for a buildspec in S3. No value is read.
    pub async fn references(&self, project: &BuildProjectKey) -> Result<References, Fault> {
        let calls = self.sessions.calls(&project.scope).await?;
        let read = async {
            let found = codebuild::projects::one(&calls, &project.name).await?;
            let spec = references::buildspec(&self.sessions, &project.scope, &found);
            let (wanted, buildspec) = spec.await;
            let found = references::check(&calls, &found, wanted).await;
            Ok(References { found, buildspec })
        };
        let references = read.await;
        self.noted(&project.scope, references)
    }

    /// A project's figures since a moment: one call, which CloudWatch charges for.
    pub async fn build_metrics(
        &self,
        project: &BuildProjectKey,
        from: Timestamp,
    ) -> Result<BuildMetrics, Fault> {
        let calls = self.sessions.calls(&project.scope).await?;
        let metrics = cloudwatch::metrics::of_project(&calls, &project.name, from).await;
        self.noted(&project.scope, metrics)
    }

    /// The alarms that watch a project: a call for each hundred alarms there are.
    pub async fn build_alarms(&self, project: &BuildProjectKey) -> Result<Vec<Alarm>, Fault> {
        let calls = self.sessions.calls(&project.scope).await?;
        let alarms = cloudwatch::of_project(&calls, &project.name).await;
        self.noted(&project.scope, alarms)
    }
}
