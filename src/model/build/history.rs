//! The builds of one project, a page at a time.

use std::sync::Arc;

use crate::model::build::Build;

/// One page of a project's builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildHistory {
    /// Newest first. At most a hundred; fewer where AWS no longer knows some.
    pub builds: Vec<Arc<Build>>,
    /// To ask for the next page with; none at the end.
    pub next: Option<String>,
}
