//! How Systems Manager lists parameters.

use serde_json::{Value, json};

use super::Ssm;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::vault::Parameter;

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "220744100831";
const REGION: &str = "eu-west-1";

fn ask(input: &Value) -> Answer {
    let mut world = World::new(1, Pace::default(), START);
    let vault = &mut world.place_mut(ACCOUNT, REGION).vault;
    for (name, kind) in [
        ("/web/api/url", "String"),
        ("/web/token", "SecureString"),
        ("/web/hosts", "StringList"),
        ("plain", "String"),
    ] {
        vault.add_parameter(Parameter {
            name: name.to_owned(),
            kind,
            description: None,
            key: None,
            changed: START,
            changed_by: format!("arn:aws:iam::{ACCOUNT}:user/aiko.mori"),
            version: 3,
        });
    }
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation: "DescribeParameters",
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::220744100831:user/aiko.mori",
        now: START,
    };
    Ssm.handle(&call, &mut world)
}

fn names(answer: &Value) -> Vec<&str> {
    let parameters = answer["Parameters"].as_array().unwrap().iter();
    parameters
        .map(|parameter| parameter["Name"].as_str().unwrap())
        .collect()
}

fn filtered(key: &str, option: &str, values: &[&str]) -> Value {
    json!({ "ParameterFilters": [{ "Key": key, "Option": option, "Values": values }] })
}

#[test]
fn filters_select_by_name_path_and_type() {
    for (filter, wanted) in [
        (
            filtered("Name", "Equals", &["/web/token", "plain", "none"]),
            vec!["/web/token", "plain"],
        ),
        (filtered("Name", "Contains", &["api"]), vec!["/web/api/url"]),
        (
            filtered("Path", "OneLevel", &["/web"]),
            vec!["/web/hosts", "/web/token"],
        ),
        (
            filtered("Path", "Recursive", &["/web/"]),
            vec!["/web/api/url", "/web/hosts", "/web/token"],
        ),
        (
            filtered("Type", "Equals", &["SecureString"]),
            vec!["/web/token"],
        ),
    ] {
        assert_eq!(names(&ask(&filter).unwrap()), wanted, "{filter}");
    }
}

#[test]
fn a_parameter_tells_its_kind_and_its_key_but_no_value() {
    let answer = ask(&filtered("Name", "Equals", &["/web/token"])).unwrap();
    let parameter = &answer["Parameters"][0];
    assert_eq!(
        parameter["ARN"],
        "arn:aws:ssm:eu-west-1:220744100831:parameter/web/token"
    );
    assert_eq!(parameter["KeyId"], "alias/aws/ssm");
    assert_eq!(parameter.get("Value"), None);
}

#[test]
fn pages_go_on_and_what_is_unlawful_is_refused() {
    let first = ask(&json!({ "MaxResults": 3 })).unwrap();
    let token = &first["NextToken"];
    let rest = ask(&json!({ "MaxResults": 3, "NextToken": token })).unwrap();
    assert_eq!((names(&first).len(), names(&rest)), (3, vec!["plain"]));
    for (input, code) in [
        (json!({ "MaxResults": 51 }), "ValidationException"),
        (json!({ "NextToken": "AAAA" }), "InvalidNextToken"),
        (filtered("Size", "Equals", &["1"]), "InvalidFilterKey"),
        (filtered("Name", "Like", &["1"]), "InvalidFilterOption"),
        (filtered("Name", "Equals", &[]), "InvalidFilterValue"),
    ] {
        assert_eq!(ask(&input).unwrap_err().code, code, "{input}");
    }
}
