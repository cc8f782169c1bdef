//! Which room answers what a view asks: every one-shot, one arm each.

mod builds;

use std::sync::Arc;

use crate::app::window::App;
use crate::aws::Aws;
use crate::model::fault::Fault;
use crate::model::ids::{AccountName, ActionKey, PipelineKey, Scope};
use crate::model::oneshot::{Request, Response};
use crate::model::pipeline::ActionCategory;
use crate::model::snapshot::Snapshot;
use crate::model::time::Timestamp;

impl App {
    pub(super) fn ask(&mut self, request: Request) {
        let aws = self.boot.aws.clone();
        let asked = request.clone();
        let scope = self.scope_of(&request);
        let now = self.boot.clock.now();
        self.asked.ask(request, now, async move {
            let scope = scope?;
            answer(&aws, asked, &scope, now).await
        });
    }

    /// Where a request is asked: for a review, where its execution goes next; for an account, its first region.
    fn scope_of(&self, request: &Request) -> Result<Scope, Fault> {
        match request {
            Request::Review {
                pipeline, action, ..
            } => Ok(next_scope(&self.snapshot, pipeline, action)),
            Request::Changes { pipeline, .. }
            | Request::Execution { pipeline, .. }
            | Request::History { pipeline }
            | Request::RollbackCandidates { pipeline, .. }
            | Request::Definition { pipeline, .. } => Ok(pipeline.scope.clone()),
            Request::ArtifactSize { artifact }
            | Request::Artifact { artifact }
            | Request::ArtifactFile { artifact, .. } => Ok(artifact.scope.clone()),
            Request::ArtifactDifference { newer, .. } | Request::FileDifference { newer, .. } => {
                Ok(newer.scope.clone())
            }
            Request::SaveLog { .. } | Request::EditLog { .. } | Request::OpenFile { .. } => {
                Err(unasked(self.boot.clock.now()))
            }
            Request::ActionTypes { scope }
            | Request::Trail { scope, .. }
            | Request::BuildProjects { scope }
            | Request::ReportTrend { scope, .. } => Ok(scope.clone()),
            Request::BuildProject { project }
            | Request::BuildHistory { project, .. }
            | Request::Batches { project }
            | Request::References { project }
            | Request::BuildMetrics { project, .. }
            | Request::BuildAlarms { project } => Ok(project.scope.clone()),
            Request::BuildReports { build, .. } => Ok(build.scope.clone()),
            Request::Batch { batch } => Ok(batch.scope.clone()),
            Request::TestAccount { account }
            | Request::StoreKey { account }
            | Request::ForgetKey { account } => self.first_scope(account),
        }
    }

    /// The scope that an account's test asks in.
    fn first_scope(&self, account: &AccountName) -> Result<Scope, Fault> {
        let entry = self.entries.get(account);
        let scope = entry.and_then(|entry| entry.account.scopes().next());
        scope.ok_or_else(|| {
            let message = format!("{account} has no region");
            Fault::local("account", "test", message, self.boot.clock.now())
        })
    }
}

/// Reads what was asked for. `scope` is the one that [`App::scope_of`] tells.
async fn answer(
    aws: &Aws,
    request: Request,
    scope: &Scope,
    now: Timestamp,
) -> Result<Response, Fault> {
    Ok(match request {
        Request::Review {
            pipeline,
            action,
            execution,
        } => {
            let review = aws.review(&pipeline, &action, execution.as_ref(), scope);
            Response::Review(Arc::new(review.await?))
        }
        Request::Changes {
            pipeline,
            action,
            execution,
        } => {
            let changes = aws.changes(&pipeline, &action, &execution);
            Response::Changes(Arc::new(changes.await?))
        }
        Request::Execution {
            pipeline,
            execution,
        } => Response::Execution(Arc::new(aws.execution(&pipeline, &execution).await?)),
        Request::History { pipeline } => Response::History(Arc::new(aws.history(&pipeline).await?)),
        Request::RollbackCandidates { pipeline, stage } => {
            let candidates = aws.rollback_candidates(&pipeline, &stage);
            Response::RollbackCandidates(Arc::new(candidates.await?))
        }
        Request::Definition { pipeline, version } => {
            Response::Definition(Arc::new(aws.definition(&pipeline, version).await?))
        }
        Request::ArtifactSize { artifact } => {
            Response::ArtifactSize(aws.artifact_size(&artifact).await?)
        }
        Request::Artifact { artifact } => {
            Response::Artifact(Arc::new(aws.artifact(&artifact).await?))
        }
        Request::ArtifactFile { artifact, path } => {
            let file = aws.artifact_file(&artifact, &path);
            Response::ArtifactFile(Arc::new(file.await?))
        }
        Request::ArtifactDifference { older, newer } => {
            let difference = aws.artifact_difference(&older, &newer);
            Response::ArtifactDifference(Arc::new(difference.await?))
        }
        Request::FileDifference { older, newer, path } => {
            let difference = aws.file_difference(&older, &newer, &path);
            Response::FileDifference(Arc::new(difference.await?))
        }
        Request::ActionTypes { scope } => {
            Response::ActionTypes(Arc::new(aws.action_types(&scope).await?))
        }
        Request::Trail { scope, from } => Response::Trail(Arc::new(aws.trail(&scope, from).await?)),
        Request::SaveLog { .. } | Request::EditLog { .. } | Request::OpenFile { .. } => {
            return Err(unasked(now));
        }
        Request::BuildProjects { .. }
        | Request::BuildProject { .. }
        | Request::BuildHistory { .. }
        | Request::BuildReports { .. }
        | Request::ReportTrend { .. }
        | Request::Batch { .. }
        | Request::Batches { .. }
        | Request::References { .. }
        | Request::BuildMetrics { .. }
        | Request::BuildAlarms { .. } => builds::answer(aws, request, now).await?,
        Request::TestAccount { .. } | Request::StoreKey { .. } | Request::ForgetKey { .. } => {
            Response::Identity(aws.identity(scope).await?)
        }
    })
}

/// What works on this machine's files is started by an action of its own, which brings what the request does not hold.
fn unasked(now: Timestamp) -> Fault {
    Fault::local("log", "ask", "a file is no reading of an account", now)
}

/// The account and region that an execution goes to once it has passed a gate: those of the first deploy action at or
/// after it. A role of an account that nobody is signed in to leads nowhere that could be read: then the pipeline's own.
fn next_scope(snapshot: &Snapshot, pipeline: &PipelineKey, gate: &ActionKey) -> Scope {
    let own = pipeline.scope.clone();
    let row = snapshot.pipelines.get(pipeline);
    let Some(definition) = row.and_then(|row| row.definition.value()) else {
        return own;
    };
    let stages = definition
        .stages
        .iter()
        .skip_while(|stage| stage.name != gate.stage);
    let mut deploys = stages.filter_map(|stage| {
        let mut actions = stage.actions.iter();
        let order = actions
            .find(|action| stage.name == gate.stage && action.name == gate.action)
            .map_or(0, |action| action.run_order);
        let after = stage.actions.iter();
        after
            .filter(|action| action.category == ActionCategory::Deploy && action.run_order >= order)
            .min_by_key(|action| action.run_order)
    });
    let Some(deploy) = deploys.next() else {
        return own;
    };
    let region = deploy.region.clone().unwrap_or_else(|| own.region.clone());
    let account = match deploy.foreign_account(&definition.arn) {
        None => own.account,
        Some(number) => {
            let mut accounts = snapshot.accounts.rows().iter();
            match accounts.find(|account| account.number() == Some(&number)) {
                Some(account) => account.name.clone(),
                None => return own,
            }
        }
    };
    Scope { account, region }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::{Account, Identity};
    use crate::model::pipeline::{
        ActionDeclaration, Definition, ExecutionMode, Pipeline, StageDeclaration,
    };
    use crate::model::remote::Remote;
    use crate::model::table::Table;

    fn received<T: PartialEq>(value: T) -> Remote<T> {
        let mut remote = Remote::default();
        remote.receive(value, Timestamp::from_millis(1));
        remote
    }

    fn snapshot(deploy: ActionDeclaration) -> (Snapshot, PipelineKey) {
        let key = PipelineKey {
            scope: Scope {
                account: "tools".into(),
                region: "eu-west-1".into(),
            },
            name: "pier".into(),
        };
        let early = ActionDeclaration::new("early".into(), ActionCategory::Deploy, "S3");
        let gate = ActionDeclaration::new("Approve".into(), ActionCategory::Approval, "Manual");
        let stages = vec![
            StageDeclaration::new("Staging".into(), vec![early]),
            StageDeclaration::new("Gate".into(), vec![gate]),
            StageDeclaration::new("Prod".into(), vec![deploy]),
        ];
        let definition = Definition {
            arn: "arn:aws:codepipeline:eu-west-1:111122223333:pier".to_owned(),
            ..Definition::new(1, ExecutionMode::Superseded, stages)
        };
        let mut pipelines = Table::default();
        pipelines.insert(Pipeline {
            definition: received(Arc::new(definition)),
            ..Pipeline::new(key.clone())
        });
        let mut accounts = Table::default();
        accounts.insert(Account {
            name: "production".into(),
            regions: vec!["us-east-1".into()],
            source: String::new(),
            secret_place: String::new(),
            read_only: true,
            production: true,
            simulated: false,
            endpoint: None,
            identity: received(Identity {
                account: "444455556666".into(),
                arn: String::new(),
                expires: None,
            }),
        });
        let snapshot = Snapshot {
            pipelines: Arc::new(pipelines),
            accounts: Arc::new(accounts),
            ..Snapshot::default()
        };
        (snapshot, key)
    }

    #[test]
    fn alarms_are_asked_where_the_execution_goes_next() {
        let next = |role: Option<&str>, region: Option<&str>| {
            let deploy = ActionDeclaration {
                role_arn: role.map(str::to_owned),
                region: region.map(Into::into),
                ..ActionDeclaration::new("deploy".into(), ActionCategory::Deploy, "CodeDeploy")
            };
            let (snapshot, key) = snapshot(deploy);
            let gate = ActionKey {
                stage: "Gate".into(),
                action: "Approve".into(),
            };
            next_scope(&snapshot, &key, &gate).to_string()
        };
        assert_eq!(next(None, None), "tools · eu-west-1");
        assert_eq!(next(None, Some("us-east-1")), "tools · us-east-1");
        let known = Some("arn:aws:iam::444455556666:role/deploy");
        assert_eq!(next(known, Some("us-east-1")), "production · us-east-1");
        let unknown = Some("arn:aws:iam::777788889999:role/deploy");
        assert_eq!(next(unknown, Some("us-east-1")), "tools · eu-west-1");
    }
}
