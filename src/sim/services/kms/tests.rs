//! How KMS tells of keys by each of their names.

use serde_json::{Value, json};

use super::Kms;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::vault::{EncryptionKey, KeyState};

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "220744100831";
const REGION: &str = "eu-west-1";
const ID: &str = "2f0c91d4-77a1-4c0e-8a5d-3b1f9de6a201";

fn ask(named: &Value) -> Answer {
    let mut world = World::new(1, Pace::default(), START);
    let place = world.place_mut(ACCOUNT, REGION);
    place.vault.add_key(EncryptionKey {
        id: ID.to_owned(),
        description: "artifacts".to_owned(),
        aliases: vec!["alias/artifacts".to_owned()],
        created: START,
        state: KeyState::PendingDeletion,
        deletion: Some(START + 7 * 86_400_000),
        managed: false,
    });
    let input = json!({ "KeyId": named });
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation: "DescribeKey",
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::220744100831:user/aiko.mori",
        now: START,
    };
    Kms.handle(&call, &mut world)
}

#[test]
fn a_key_is_found_by_each_of_its_names() {
    let arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:");
    for named in [
        ID.to_owned(),
        "alias/artifacts".to_owned(),
        format!("{arn}key/{ID}"),
        format!("{arn}alias/artifacts"),
    ] {
        let key = ask(&json!(named)).unwrap()["KeyMetadata"].clone();
        assert_eq!(key["Arn"], format!("{arn}key/{ID}"), "{named}");
        assert_eq!(key["KeyState"], "PendingDeletion");
        assert_eq!(key["Enabled"], false);
        assert_eq!(key["DeletionDate"], 1_795_604_800.0);
    }
    let own = ask(&json!("alias/aws/s3")).unwrap()["KeyMetadata"].clone();
    assert_eq!(
        (&own["KeyManager"], &own["Enabled"]),
        (&json!("AWS"), &json!(true))
    );
}

#[test]
fn what_is_not_there_is_told_as_kms_tells_it() {
    for (named, code) in [
        (json!("alias/none"), "NotFoundException"),
        (
            json!("00000000-0000-4000-8000-000000000000"),
            "NotFoundException",
        ),
        (json!("arn:aws:s3:::bucket"), "InvalidArnException"),
        (
            json!(format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{ID}")),
            "NotFoundException",
        ),
        (
            json!(format!("arn:aws:kms:{REGION}:111122223333:key/{ID}")),
            "AccessDeniedException",
        ),
        (json!(""), "ValidationException"),
        (Value::Null, "ValidationException"),
        (json!(7), "SerializationException"),
    ] {
        assert_eq!(ask(&named).unwrap_err().code, code, "{named}");
    }
}
