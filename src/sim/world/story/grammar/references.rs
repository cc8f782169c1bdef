//! What variables and settings refer to: parameters, secrets and encryption keys.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Duration, Reference};

/// A parameter of Systems Manager. No story holds a value: nothing answers with one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: Reference,
    pub account: Reference,
    pub region: Reference,
    /// `String`, `StringList` or `SecureString`.
    #[serde(default = "secure")]
    pub kind: Reference,
    pub description: Option<String>,
    /// Of a `SecureString`: an ARN, an id or `alias/…`.
    pub key: Option<String>,
    pub changed: Option<Duration>,
    pub by: Option<Reference>,
    #[serde(default = "first")]
    pub version: i64,
}

fn secure() -> Reference {
    Reference::new(0..0, "SecureString".to_owned())
}

fn first() -> i64 {
    1
}

/// A secret of Secrets Manager.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    pub name: Reference,
    pub account: Reference,
    pub region: Reference,
    pub description: Option<String>,
    /// Absent: the service's own key.
    pub key: Option<String>,
    pub changed: Option<Duration>,
    /// When it was given up.
    pub deleted: Option<Duration>,
    /// Version id to its stages; absent, one version that is current.
    #[serde(default)]
    pub versions: BTreeMap<String, Vec<String>>,
    /// Days between rotations, for one that is rotated.
    pub rotated_days: Option<i64>,
}

/// A key of KMS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its UUID.
    pub id: Reference,
    pub account: Reference,
    pub region: Reference,
    pub description: Option<String>,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// `Enabled`, `Disabled` or `PendingDeletion`.
    #[serde(default = "enabled")]
    pub state: Reference,
    /// When one that waits for its deletion is deleted.
    pub deletion: Option<Duration>,
}

fn enabled() -> Reference {
    Reference::new(0..0, "Enabled".to_owned())
}
