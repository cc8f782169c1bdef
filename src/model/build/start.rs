//! What one start differs in from its project.

use crate::model::build::Variable;

/// Everything that is not named here is as the project has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildOverrides {
    /// A branch, tag, commit or object version; none: what the project says.
    pub source_version: Option<String>,
    /// In place of the project's variables of the same names, or beside them.
    pub variables: Vec<Variable>,
}
