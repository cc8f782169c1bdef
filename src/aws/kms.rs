//! KMS: whether a key is there and can be used. Nothing is encrypted or decrypted.

use aws_sdk_kms::types;

use crate::aws::calls::Calls;
use crate::aws::map::{time, word};
use crate::model::fault::{Fault, FaultClass};
use crate::model::time::Timestamp;

pub(super) const SERVICE: &str = "kms";

pub(super) struct Key {
    pub arn: String,
    /// AWS's word: `Enabled`, `Disabled`, `PendingDeletion`, ...
    pub state: String,
    pub created: Option<Timestamp>,
    /// When it will be deleted.
    pub deletion: Option<Timestamp>,
}

/// DescribeKey, by id, ARN or alias.
pub(super) async fn described(calls: &Calls<'_>, id: &str) -> Result<Key, Fault> {
    let request = calls.clients.kms.describe_key().key_id(id);
    let answer = calls.call(SERVICE, "DescribeKey", request.send()).await?;
    let told = answer.key_metadata().ok_or_else(|| {
        calls
            .place(SERVICE, "DescribeKey")
            .fault(FaultClass::Unreadable, "the answer tells of no key")
    })?;
    Ok(Key {
        arn: word(told.arn()),
        state: word(told.key_state().map(types::KeyState::as_str)),
        created: time(told.creation_date()),
        deletion: time(told.deletion_date()),
    })
}
