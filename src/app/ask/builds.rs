//! The one-shots of builds, batches, projects and reports.

use std::sync::Arc;

use crate::aws::Aws;
use crate::model::fault::Fault;
use crate::model::oneshot::{Request, Response};
use crate::model::time::Timestamp;

/// Reads what was asked for. `now` is for the fault of a request that is none of these.
pub(super) async fn answer(aws: &Aws, request: Request, now: Timestamp) -> Result<Response, Fault> {
    Ok(match request {
        Request::BuildProjects { scope } => {
            Response::BuildProjects(Arc::new(aws.build_projects(&scope).await?))
        }
        Request::BuildProject { project } => {
            Response::BuildProject(Arc::new(aws.build_project(&project).await?))
        }
        Request::BuildHistory { project, after } => {
            let history = aws.build_history(&project, after).await?;
            Response::BuildHistory(Arc::new(history))
        }
        Request::BuildReports { build, arns } => {
            let reports = aws.build_reports(&build.scope, &arns).await?;
            Response::BuildReports(Arc::new(reports))
        }
        Request::ReportTrend { scope, group } => {
            Response::ReportTrend(Arc::new(aws.report_trend(&scope, &group).await?))
        }
        Request::Batch { batch } => Response::Batch(Arc::new(aws.batch(&batch).await?)),
        Request::Batches { project } => Response::Batches(Arc::new(aws.batches(&project).await?)),
        Request::References { project } => {
            Response::References(Arc::new(aws.references(&project).await?))
        }
        Request::BuildMetrics { project, from } => {
            Response::BuildMetrics(Arc::new(aws.build_metrics(&project, from).await?))
        }
        Request::BuildAlarms { project } => {
            Response::BuildAlarms(Arc::new(aws.build_alarms(&project).await?))
        }
        other => {
            let message = format!("this is no question about builds: {other:?}");
            return Err(Fault::local("starboard", "ask", message, now));
        }
    })
}
