//! Where in the window a person is. Back, forward and the palette move between routes; a route is all a view needs
//! to come back as it was.

use crate::model::ids::{
    ActionKey, BatchKey, BuildKey, BuildProjectKey, ExecutionId, PipelineKey, RepositoryKey,
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    #[default]
    Board,
    /// Every gate that waits, and every decision that is known.
    Approvals(ApprovalsTab),
    /// One pipeline with all that hangs on it.
    Project(ProjectRoute),
    /// Builds over all projects, or one project, build or batch of them.
    Builds(BuildsRoute),
    /// All repositories, or one of them opened.
    Repositories(Option<RepositoryKey>),
    Accounts,
    Settings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRoute {
    pub pipeline: PipelineKey,
    /// None: the pipeline as it stands now.
    pub execution: Option<ExecutionId>,
    /// None: the view picks the first failed action, else the running, else the waiting one.
    pub action: Option<ActionKey>,
    pub tab: SideTab,
}

impl ProjectRoute {
    pub fn new(pipeline: PipelineKey) -> Self {
        Self {
            pipeline,
            execution: None,
            action: None,
            tab: SideTab::Commits,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SideTab {
    #[default]
    Commits,
    Issues,
    History,
    Artifacts,
    Numbers,
    Details,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApprovalsTab {
    #[default]
    Waiting,
    Decided,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BuildsRoute {
    /// Every build that is known.
    #[default]
    All,
    /// Every project, also those without a recent build.
    Projects,
    Project {
        project: BuildProjectKey,
        tab: ProjectTab,
    },
    Build {
        build: BuildKey,
        tab: BuildTab,
    },
    Batch(BatchKey),
}

/// Beside a build's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuildTab {
    #[default]
    About,
    Variables,
    Reports,
    Batch,
    Local,
}

/// Beside a project's history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProjectTab {
    #[default]
    Trend,
    Alarms,
    Definition,
    Variables,
    Batches,
    Local,
}
