//! What a build refers to and does not hold: parameters, secrets and keys, and whether they are there.
//!
//! Values are never read. Parameter Store is asked by DescribeParameters, Secrets Manager by DescribeSecret, KMS by
//! DescribeKey: none of them answers with a value.

use crate::model::fault::Fault;
use crate::model::time::Timestamp;

/// One thing a project refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The variable that needs it, or what else: `encryption key`.
    pub needed_by: String,
    pub kind: ReferenceKind,
    /// As the project says it.
    pub name: String,
    pub outcome: ReferenceOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    Parameter,
    Secret,
    Key,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceOutcome {
    /// It is there. `kind`: `String`, `SecureString`; a key's state: `Enabled`, `Disabled`, `PendingDeletion`.
    There {
        kind: String,
        changed: Option<Timestamp>,
        /// The key that encrypts it, as AWS names it.
        key: Option<String>,
        /// Why it will not work though it is there: a disabled key, a secret that is to be deleted, a JSON key or a
        /// version stage that the secret does not list.
        trouble: Option<String>,
    },
    Missing,
    /// It could not be told; denied says which permission lacks.
    Unknown(Fault),
}
