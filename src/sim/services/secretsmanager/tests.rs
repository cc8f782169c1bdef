//! What Secrets Manager tells of a secret.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::SecretsManager;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::vault::Secret;

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "220744100831";
const REGION: &str = "eu-west-1";

fn ask(named: &Value) -> Answer {
    let mut world = World::new(1, Pace::default(), START);
    let stages = |stage: &str| vec![stage.to_owned()];
    world.place_mut(ACCOUNT, REGION).vault.add_secret(Secret {
        name: "web/npm".to_owned(),
        suffix: "a1B2c3".to_owned(),
        description: None,
        key: Some("alias/artifacts".to_owned()),
        created: START - 1_000,
        changed: START,
        deleted: Some(START),
        versions: BTreeMap::from([
            ("v-1".to_owned(), stages("AWSPREVIOUS")),
            ("v-2".to_owned(), stages("AWSCURRENT")),
        ]),
        rotated_days: Some(30),
    });
    let input = json!({ "SecretId": named });
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation: "DescribeSecret",
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::220744100831:user/aiko.mori",
        now: START,
    };
    SecretsManager.handle(&call, &mut world)
}

#[test]
fn a_secret_tells_its_versions_its_key_and_its_end_but_no_value() {
    let secret = ask(&json!("web/npm")).unwrap();
    assert_eq!(
        secret["ARN"],
        "arn:aws:secretsmanager:eu-west-1:220744100831:secret:web/npm-a1B2c3"
    );
    assert_eq!(
        secret["VersionIdsToStages"],
        json!({ "v-1": ["AWSPREVIOUS"], "v-2": ["AWSCURRENT"] })
    );
    assert_eq!(secret["KmsKeyId"], "alias/artifacts");
    assert_eq!(secret["DeletedDate"], 1_795_000_000.0);
    assert_eq!(secret["RotationRules"]["AutomaticallyAfterDays"], 30);
    assert_eq!(secret.get("SecretString"), None);
}

#[test]
fn what_is_not_there_is_told_as_secrets_manager_tells_it() {
    for (named, code) in [
        (json!("web/none"), "ResourceNotFoundException"),
        (json!(""), "ValidationException"),
        (Value::Null, "ValidationException"),
        (json!(7), "SerializationException"),
    ] {
        assert_eq!(ask(&named).unwrap_err().code, code, "{named}");
    }
}
