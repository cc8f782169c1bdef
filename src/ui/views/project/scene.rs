//! What the parts of the Project view share: the pipeline, its graph, and what is selected in it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::model::account::Account;
use crate::model::graph::{ActionNode, StageGraph, Step};
use crate::model::ids::{ActionKey, BuildKey, DeploymentKey, ExecutionId};
use crate::model::oneshot::{Changes, Oneshot, Request, Response};
use crate::model::pipeline::{ActionCategory, ActionExecution, Execution, ExecutionMode, Pipeline};
use crate::model::status::Status;
use crate::model::table::Table;
use crate::model::there;
use crate::model::time::Timestamp;
use crate::ui::action::UiAction;
use crate::ui::route::{ProjectRoute, Route};
use crate::ui::view::ViewContext;
use crate::ui::widgets::stage_graph::Named;

#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub pipeline: &'a Pipeline,
    pub graph: &'a StageGraph,
    pub selected: Option<&'a ActionNode>,
    pub route: &'a ProjectRoute,
    pub accounts: &'a Table<Account>,
    /// Actions behind counters of the graph, which a step of the keyboard passes over.
    pub hidden: &'a BTreeSet<ActionKey>,
}

/// What the selected action is about, and so which pane stands below the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Build(BuildKey),
    Deployment(DeploymentKey),
    Gate,
    Source,
    Other,
}

impl<'a> Scene<'a> {
    /// The execution the graph tells of.
    pub fn execution(&self) -> Option<&'a Execution> {
        self.pipeline.execution(self.graph.execution.as_ref()?)
    }

    /// The execution that is in the selected action's stage, else the one drawn.
    pub fn execution_at(&self, action: &ActionNode) -> Option<&'a ExecutionId> {
        let stage = self.graph.stage(&action.key.stage)?;
        if action.state.status == Status::NotRun {
            return self.graph.execution.as_ref();
        }
        let occupant = stage.occupant.as_ref().map(|occupant| &occupant.execution);
        occupant.or(self.graph.execution.as_ref())
    }

    /// Where a step of the keyboard leads.
    pub fn step(&self, from: &ActionKey, step: Step) -> Option<&'a ActionKey> {
        let is_shown = |key: &ActionKey| !self.hidden.contains(key);
        self.graph.step_among(from, step, is_shown)
    }

    /// The account an action runs in, if it is another than the pipeline's and is signed in.
    pub fn account_of(&self, action: &ActionNode) -> Option<&'a Account> {
        there::account_of(action, self.accounts)
    }

    /// The build of CodeBuild that an action started.
    pub fn build_of(&self, action: &ActionNode) -> Option<BuildKey> {
        there::build_of(action, &self.pipeline.key.scope, self.accounts)
    }

    /// What the action is about, where it lives: in the account and region the action runs in, as far as that account
    /// is signed in.
    pub fn subject(&self, action: &ActionNode) -> Subject {
        if action.category != ActionCategory::Approval
            && action.category != ActionCategory::Source
            && let Some(build) = self.build_of(action)
        {
            return Subject::Build(build);
        }
        let scope = there::scope_of(action, &self.pipeline.key.scope, self.accounts);
        match (
            &action.category,
            action.provider.as_str(),
            &action.external_id,
        ) {
            (ActionCategory::Approval, _, _) => Subject::Gate,
            (ActionCategory::Source, _, _) => Subject::Source,
            (_, "CodeDeploy" | "CodeDeployToECS", Some(id)) if id.starts_with("d-") => {
                Subject::Deployment(DeploymentKey {
                    scope,
                    id: id.as_str().into(),
                })
            }
            _ => Subject::Other,
        }
    }

    /// The gate a person can decide now: the selected one, else the first that waits.
    pub fn open_gate(&self) -> Option<&'a ActionKey> {
        let waits = |action: &&ActionNode| {
            action.category == ActionCategory::Approval && action.state.status == Status::Waiting
        };
        self.selected
            .filter(waits)
            .or_else(|| self.graph.actions().find(waits))
            .map(|action| &action.key)
    }

    /// Whose gate that is, where several executions may wait at it.
    pub fn gate_execution(&self) -> Option<ExecutionId> {
        let parallel = self.graph.mode == ExecutionMode::Parallel;
        self.graph.execution.clone().filter(|_| parallel)
    }

    /// Every attempt of an action in the execution it tells of, latest first.
    pub fn attempts_of(&self, action: &'a ActionNode) -> Vec<&'a ActionExecution> {
        let Some(execution) = self.execution_at(action) else {
            return Vec::new();
        };
        self.pipeline
            .attempts(&action.key)
            .filter(|attempt| attempt.execution == *execution)
            .collect()
    }

    /// A place in this project with another selection.
    pub fn with_action(&self, action: ActionKey) -> Route {
        Route::Project(ProjectRoute {
            action: Some(action),
            ..self.route.clone()
        })
    }

    /// Another execution of this project, the same action selected.
    pub fn with_execution(&self, execution: Option<ExecutionId>) -> Route {
        Route::Project(ProjectRoute {
            execution,
            action: self.selected.map(|action| action.key.clone()),
            ..self.route.clone()
        })
    }
}

/// The accounts that are signed in, by what a person calls them; empty where the graph runs in one account.
pub fn signed_in(scene: Scene<'_>, cx: &ViewContext<'_>) -> Vec<Named> {
    if !scene.graph.actions().any(|action| action.account.is_some()) {
        return Vec::new();
    }
    let named = |account: &Account| {
        let mut settings = cx.settings.accounts.iter();
        settings
            .find(|it| it.name == account.name)
            .and_then(|it| it.display_name.clone())
            .unwrap_or_else(|| account.name.to_string())
    };
    let accounts = scene.accounts.rows().iter();
    accounts
        .filter_map(|account| Some((account.number()?.clone(), named(account))))
        .collect()
}

/// Commits are not counted anew sooner than this, whatever has succeeded meanwhile.
const SETTLES: Duration = Duration::from_secs(30);

/// When the action last succeeded in another execution: what its commits are counted from.
fn passed(scene: Scene<'_>, action: &ActionNode, execution: &ExecutionId) -> Option<Timestamp> {
    let attempts = scene.pipeline.attempts(&action.key);
    let passed = attempts.filter(|attempt| {
        attempt.execution != *execution && attempt.state.status == Status::Succeeded
    });
    passed.filter_map(|attempt| attempt.updated).max()
}

/// The commits the selected action gets, asked for when they are first looked at.
pub enum Commits {
    /// There is no execution to ask about.
    None,
    Reading,
    Ready(Arc<Changes>),
    Failed(Arc<crate::model::fault::Fault>, Box<Request>),
}

pub fn commits(scene: Scene<'_>, cx: &mut ViewContext<'_>) -> Commits {
    let Some(action) = scene.selected else {
        return Commits::None;
    };
    let Some(execution) = scene.execution_at(action) else {
        return Commits::None;
    };
    let request = Request::Changes {
        pipeline: scene.pipeline.key.clone(),
        action: action.key.clone(),
        execution: execution.clone(),
    };
    match cx.oneshots.get(&request) {
        None => {
            cx.actions.push(UiAction::Ask(request));
            Commits::Reading
        }
        Some(Oneshot::Ready {
            at,
            response: Response::Changes(changes),
        }) if at.age(cx.now) > SETTLES && changes.since_at < passed(scene, action, execution) => {
            cx.actions.push(UiAction::Renew(request));
            Commits::Ready(Arc::clone(changes))
        }
        Some(
            Oneshot::Ready {
                response: Response::Changes(changes),
                ..
            }
            | Oneshot::Pending {
                before: Some(Response::Changes(changes)),
                ..
            },
        ) => Commits::Ready(Arc::clone(changes)),
        Some(Oneshot::Pending { .. }) => Commits::Reading,
        Some(Oneshot::Ready { .. }) => Commits::None,
        Some(Oneshot::Failed { fault, .. }) => {
            Commits::Failed(Arc::clone(fault), Box::new(request))
        }
    }
}
