//! A CodeBuild project: what its builds start from.

use crate::model::build::BuildAbout;
use crate::model::ids::ProjectName;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildProject {
    pub name: ProjectName,
    pub arn: String,
    pub description: Option<String>,
    pub about: BuildAbout,
    /// Builds that may run at once; none without a limit of its own.
    pub concurrent_limit: Option<i32>,
    /// Whether builds can be batches (a `buildBatchConfig`).
    pub batches: bool,
    /// The webhook's URL, where pushes start builds.
    pub webhook: Option<String>,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub tags: Vec<(String, String)>,
}
