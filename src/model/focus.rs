//! What is on screen, told to the engine by the shell.

use crate::model::ids::{BatchKey, BuildKey, DeploymentKey, LogKey, PipelineKey, RepositoryKey};
use crate::model::live::LiveAsk;

/// What a person looks at. The engine polls this first; see the polling table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// Selected: polled fastest.
    pub pipeline: Option<PipelineKey>,
    pub build: Option<BuildKey>,
    pub batch: Option<BatchKey>,
    pub deployment: Option<DeploymentKey>,
    pub repository: Option<RepositoryKey>,
    /// Logs to tail.
    pub logs: Vec<LogKey>,
    /// The Live Tail session on screen.
    pub live: Option<LiveAsk>,
    /// Rows on screen.
    pub visible: Vec<PipelineKey>,
    /// The window is hidden or minimised.
    pub hidden: bool,
}
