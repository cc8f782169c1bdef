//! AWS Secrets Manager: that a secret is there, and which versions it has. Its value is never told.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, Call, Members, Millis, Protocol, Service, WireError, seconds};
use crate::sim::world::World;
use crate::sim::world::vault::{Secret, Vault};

const DAY: Millis = 86_400_000;

/// The service.
#[derive(Debug)]
pub struct SecretsManager;

impl Service for SecretsManager {
    fn signing_name(&self) -> &'static str {
        "secretsmanager"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "secretsmanager",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &["DescribeSecret"]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        describe_secret(call, &world.place_mut(call.account, call.region).vault)
    }
}

fn describe_secret(call: &Call<'_>, vault: &Vault) -> Answer {
    let members = Members::new(call.input, "ValidationException");
    let named = members.bounded_text("SecretId", 1, 2048)?;
    let secret = vault.secret(named).ok_or_else(|| {
        WireError::new(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        )
    })?;
    Ok(shape(call, vault, secret))
}

fn shape(call: &Call<'_>, vault: &Vault, secret: &Secret) -> Value {
    let mut shape = json!({
        "ARN": secret.arn(vault.owner()),
        "Name": secret.name,
        "LastChangedDate": seconds(secret.changed),
        // The day alone is told of a reading.
        "LastAccessedDate": seconds(call.now.div_euclid(DAY) * DAY),
        "Tags": [],
        "VersionIdsToStages": secret.versions,
        "CreatedDate": seconds(secret.created),
    });
    for (name, value) in [
        ("Description", &secret.description),
        ("KmsKeyId", &secret.key),
    ] {
        if let Some(value) = value {
            shape[name] = value.as_str().into();
        }
    }
    if let Some(deleted) = secret.deleted {
        shape["DeletedDate"] = seconds(deleted);
    }
    if let Some(days) = secret.rotated_days {
        let (region, account) = (call.region, call.account);
        shape["RotationEnabled"] = true.into();
        shape["RotationLambdaARN"] =
            format!("arn:aws:lambda:{region}:{account}:function:rotate-secrets").into();
        shape["RotationRules"] = json!({ "AutomaticallyAfterDays": days });
        shape["LastRotatedDate"] = seconds(secret.changed);
        shape["NextRotationDate"] = seconds(secret.changed + days * DAY);
    }
    shape
}

#[cfg(test)]
mod tests;
