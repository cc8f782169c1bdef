//! Secrets Manager: whether a secret is there, and its versions. Never what it holds.

use std::collections::BTreeMap;

use crate::aws::calls::Calls;
use crate::aws::map::{text, time};
use crate::model::fault::Fault;
use crate::model::time::Timestamp;

pub(super) const SERVICE: &str = "secretsmanager";

pub(super) struct Secret {
    pub changed: Option<Timestamp>,
    /// When it was or will be deleted: it cannot be read from the moment that this is set.
    pub deleted: Option<Timestamp>,
    /// The key that encrypts it; none: the account's own `aws/secretsmanager`.
    pub key: Option<String>,
    /// Stages by version id.
    pub versions: BTreeMap<String, Vec<String>>,
}

/// DescribeSecret, by name or ARN.
pub(super) async fn described(calls: &Calls<'_>, id: &str) -> Result<Secret, Fault> {
    let request = calls.clients.secretsmanager.describe_secret().secret_id(id);
    let answer = calls
        .call(SERVICE, "DescribeSecret", request.send())
        .await?;
    let versions = answer.version_ids_to_stages().into_iter().flatten();
    Ok(Secret {
        changed: time(answer.last_changed_date()),
        deleted: time(answer.deleted_date()),
        key: text(answer.kms_key_id()),
        versions: versions
            .map(|(id, stages)| (id.clone(), stages.clone()))
            .collect(),
    })
}
