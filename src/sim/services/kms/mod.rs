//! AWS Key Management Service: how a key stands. Nothing is encrypted here.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, Call, Members, Protocol, Service, WireError, seconds};
use crate::sim::world::World;
use crate::sim::world::vault::{EncryptionKey, KeyState, Vault};

/// The service.
#[derive(Debug)]
pub struct Kms;

impl Service for Kms {
    fn signing_name(&self) -> &'static str {
        "kms"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "TrentService",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &["DescribeKey"]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        describe_key(call, &world.place_mut(call.account, call.region).vault)
    }
}

fn not_found(message: String) -> WireError {
    WireError::new("NotFoundException", message)
}

fn describe_key(call: &Call<'_>, vault: &Vault) -> Answer {
    let members = Members::new(call.input, "ValidationException");
    let named = members.bounded_text("KeyId", 1, 2048)?;
    let bare = bare(call, named)?;
    let key = vault.key(bare).ok_or_else(|| {
        let arn = arn(call, bare);
        not_found(if bare.starts_with("alias/") {
            format!("Alias {arn} is not found.")
        } else {
            format!("Key '{arn}' does not exist")
        })
    })?;
    Ok(json!({ "KeyMetadata": shape(call, key) }))
}

/// The id or the alias that a name in any of its four forms means.
fn bare<'a>(call: &Call<'_>, named: &'a str) -> Result<&'a str, WireError> {
    if !named.starts_with("arn:") {
        return Ok(named);
    }
    let mut parts = named.splitn(6, ':');
    let service = parts.nth(2);
    let (region, account, resource) = (parts.next(), parts.next(), parts.next());
    let resource = resource.filter(|_| service == Some("kms"));
    let Some(resource) = resource else {
        return Err(WireError::new(
            "InvalidArnException",
            format!("Invalid arn {named}"),
        ));
    };
    if region != Some(call.region) {
        let region = region.unwrap_or_default();
        return Err(not_found(format!("Invalid arn {region}")));
    }
    if account != Some(call.account) {
        return Err(WireError::new(
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: kms:DescribeKey on resource: {named} because no resource-based policy allows the kms:DescribeKey action",
                call.caller_arn
            ),
        ));
    }
    Ok(resource.strip_prefix("key/").unwrap_or(resource))
}

fn arn(call: &Call<'_>, bare: &str) -> String {
    let kind = if bare.starts_with("alias/") {
        ""
    } else {
        "key/"
    };
    format!("arn:aws:kms:{}:{}:{kind}{bare}", call.region, call.account)
}

fn shape(call: &Call<'_>, key: &EncryptionKey) -> Value {
    let mut shape = json!({
        "AWSAccountId": call.account,
        "KeyId": key.id,
        "Arn": arn(call, &key.id),
        "CreationDate": seconds(key.created),
        "Enabled": key.state == KeyState::Enabled,
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state.word(),
        "Origin": "AWS_KMS",
        "KeyManager": if key.managed { "AWS" } else { "CUSTOMER" },
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    });
    if let Some(deletion) = key.deletion {
        shape["DeletionDate"] = seconds(deletion);
    }
    shape
}

#[cfg(test)]
mod tests;
