//! Each AWS operation stands in three places that must agree: the client in `src/aws` calls it, the simulated account
//! answers it, and a policy under `packaging/iam` allows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::expect_none;
use super::source::{root, sources};

/// Allowed to everybody: no policy needs to name it.
const NEEDS_NO_PERMISSION: &[&str] = &["sts:GetCallerIdentity"];

/// The permission that an operation needs. CloudWatch signs under another name than its permissions have, and S3's
/// permissions are about what is read and not how.
fn permission(service: &str, operation: &str) -> String {
    let (service, operation) = match (service, operation) {
        ("monitoring", operation) => ("cloudwatch", operation),
        ("s3", "HeadObject") => ("s3", "GetObject"),
        ("s3", "HeadBucket" | "ListObjectsV2") => ("s3", "ListBucket"),
        same => same,
    };
    format!("{service}:{operation}")
}

/// What AWS asks for on the way: an object that KMS encrypts is read with the right to decrypt it.
const ON_THE_WAY: &[&str] = &["kms:Decrypt"];

/// Service names by SDK crate, where they differ.
fn service_of(sdk: &str) -> &str {
    match sdk {
        "cloudwatchlogs" => "logs",
        same => same,
    }
}

fn services() -> Vec<String> {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    dependencies
        .keys()
        .filter_map(|name| name.strip_prefix("aws-sdk-"))
        .map(|sdk| service_of(sdk).to_owned())
        .collect()
}

fn has_module(folder: &str, name: &str) -> bool {
    root().join(format!("{folder}/{name}.rs")).is_file()
        || root().join(format!("{folder}/{name}/mod.rs")).is_file()
}

#[test]
fn every_service_has_its_twin() {
    let mut breaches = Vec::new();
    for service in services() {
        for folder in ["src/aws", "src/sim/services"] {
            if !has_module(folder, &service) {
                breaches.push(format!("{folder} has no `{service}`"));
            }
        }
    }
    expect_none(
        "a client and its simulated service come together",
        &breaches,
    );
}

/// `service:Operation` of one policy file.
fn allowed(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("packaging/iam").join(file)).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
    policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

/// Every operation that the simulated account answers, by service.
fn simulated() -> BTreeMap<String, BTreeSet<String>> {
    let mut operations = BTreeMap::<String, BTreeSet<String>>::new();
    for service in starboard::sim::services::all() {
        let own = operations
            .entry(service.signing_name().to_owned())
            .or_default();
        own.extend(
            service
                .operations()
                .iter()
                .map(|operation| (*operation).to_owned()),
        );
    }
    operations
}

/// `ListPipelines` is `list_pipelines` in the SDK.
fn method(operation: &str) -> String {
    let mut name = String::new();
    for (index, character) in operation.char_indices() {
        if character.is_uppercase() && index > 0 {
            name.push('_');
        }
        name.extend(character.to_lowercase());
    }
    name
}

fn called() -> BTreeSet<String> {
    let client: String = sources("src/aws")
        .into_iter()
        .map(|source| source.code)
        .collect();
    let flat: String = client.split_whitespace().collect();
    let mut called = BTreeSet::new();
    for (service, operations) in simulated() {
        for operation in operations {
            if flat.contains(&format!(".{}()", method(&operation))) {
                called.insert(permission(&service, &operation));
            }
        }
    }
    called
}

#[test]
fn the_policies_allow_what_is_called_and_no_more() {
    let allowed: BTreeSet<String> = allowed("read-only.json")
        .union(&allowed("operator.json"))
        .cloned()
        .collect();
    let mut needed = called();
    for free in NEEDS_NO_PERMISSION {
        assert!(needed.remove(*free), "{free} is not called");
    }
    needed.extend(ON_THE_WAY.iter().map(|right| (*right).to_owned()));
    let mut breaches: Vec<String> = needed
        .difference(&allowed)
        .map(|operation| format!("{operation}: called, not allowed"))
        .collect();
    breaches.extend(
        allowed
            .difference(&needed)
            .map(|operation| format!("{operation}: allowed, not called")),
    );
    expect_none("packaging/iam and src/aws differ", &breaches);
}

#[test]
fn the_read_only_policy_only_reads() {
    let breaches: Vec<String> = allowed("read-only.json")
        .into_iter()
        .filter(|action| !ON_THE_WAY.contains(&action.as_str()))
        .filter(|action| {
            let operation = action.split(':').nth(1).unwrap();
            !["BatchGet", "Describe", "Filter", "Get", "List", "Lookup"]
                .iter()
                .any(|verb| operation.starts_with(verb))
        })
        .collect();
    expect_none("this changes something", &breaches);
}
