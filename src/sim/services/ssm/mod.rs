//! AWS Systems Manager: which parameters there are. Their values are never told.

use serde_json::{Value, json};

use crate::sim::wire::{
    Answer, BadToken, Call, Members, Protocol, Service, WireError, page, seconds,
};
use crate::sim::world::World;
use crate::sim::world::vault::{Parameter, Vault};

/// Parameters a page where nobody says how many.
const USUAL: i64 = 10;
const MOST: i64 = 50;
const MOST_VALUES: usize = 50;

/// The service.
#[derive(Debug)]
pub struct Ssm;

impl Service for Ssm {
    fn signing_name(&self) -> &'static str {
        "ssm"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "AmazonSSM",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &["DescribeParameters"]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        describe_parameters(call, &world.place_mut(call.account, call.region).vault)
    }
}

/// One filter: what it looks at, how it compares, and with what.
#[derive(Debug)]
struct Filter<'a> {
    key: &'a str,
    option: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Filter<'a> {
    fn of(given: &Members<'a>) -> Result<Self, WireError> {
        let key = given.bounded_text("Key", 1, 132)?;
        let values = given.optional_texts("Values")?.unwrap_or_default();
        let usual = if key == "Path" { "OneLevel" } else { "Equals" };
        let option = given
            .optional_bounded_text("Option", 1, 10)?
            .unwrap_or(usual);
        let options: &[&str] = match key {
            "Name" => &["Equals", "BeginsWith", "Contains"],
            "Path" => &["Recursive", "OneLevel"],
            "Type" | "KeyId" | "Tier" | "DataType" => &["Equals", "BeginsWith"],
            _ => {
                return Err(WireError::new(
                    "InvalidFilterKey",
                    format!(
                        "The following filter key is not valid: {key}. Valid filter keys include: [Path, Name, Type, KeyId, Tier, DataType]."
                    ),
                ));
            }
        };
        if !options.contains(&option) {
            return Err(WireError::new(
                "InvalidFilterOption",
                format!(
                    "The following filter option is not valid: {option}. Valid options include: [{}].",
                    options.join(", ")
                ),
            ));
        }
        if values.is_empty() || values.len() > MOST_VALUES {
            return Err(WireError::new(
                "InvalidFilterValue",
                format!("The filter {key} takes 1 to {MOST_VALUES} values."),
            ));
        }
        Ok(Self {
            key,
            option,
            values,
        })
    }

    fn takes(&self, parameter: &Parameter) -> bool {
        let name = parameter.name.as_str();
        let looked_at = match self.key {
            "Name" => name,
            "Type" => parameter.kind,
            "KeyId" => parameter.key.as_deref().unwrap_or_default(),
            "Tier" => "Standard",
            "DataType" => "text",
            _ => {
                return self
                    .values
                    .iter()
                    .any(|path| under(name, path, self.option));
            }
        };
        self.values.iter().any(|value| match self.option {
            "BeginsWith" => looked_at.starts_with(value),
            "Contains" => looked_at.contains(value),
            _ => looked_at == *value,
        })
    }
}

/// Whether a name lies in a folder, or deeper.
fn under(name: &str, path: &str, option: &str) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    let rest = name.strip_prefix(&folder);
    rest.is_some_and(|rest| option == "Recursive" || !rest.contains('/'))
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new("InvalidNextToken", "The specified token isn't valid.")
}

fn describe_parameters(call: &Call<'_>, vault: &Vault) -> Answer {
    let members = Members::new(call.input, "ValidationException");
    let limit = members
        .optional_bounded_integer("MaxResults", 1, MOST)?
        .unwrap_or(USUAL);
    let token = members.optional_text("NextToken")?;
    let given = members.optional_structures("ParameterFilters")?;
    let filters: Vec<Filter<'_>> = given
        .unwrap_or_default()
        .iter()
        .map(Filter::of)
        .collect::<Result<_, _>>()?;
    let takes = |parameter: &&Parameter| filters.iter().all(|filter| filter.takes(parameter));
    let found: Vec<&Parameter> = vault.parameters().filter(takes).collect();
    let scope = format!(
        "DescribeParameters {} {} {filters:?}",
        call.account, call.region
    );
    let (range, next) = page(&found, token, limit as usize, &scope).map_err(bad_token)?;
    let shown = found.get(range).unwrap_or_default().iter();
    let shapes: Vec<Value> = shown.map(|parameter| shape(call, parameter)).collect();
    let mut answer = json!({ "Parameters": shapes });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn shape(call: &Call<'_>, parameter: &Parameter) -> Value {
    let mut shape = json!({
        "Name": parameter.name,
        "ARN": format!(
            "arn:aws:ssm:{}:{}:parameter/{}",
            call.region,
            call.account,
            parameter.name.trim_start_matches('/')
        ),
        "Type": parameter.kind,
        "LastModifiedDate": seconds(parameter.changed),
        "LastModifiedUser": parameter.changed_by,
        "Version": parameter.version,
        "Tier": "Standard",
        "Policies": [],
        "DataType": "text",
    });
    if parameter.kind == "SecureString" {
        let key = parameter.key.as_deref().unwrap_or("alias/aws/ssm");
        shape["KeyId"] = key.into();
    }
    if let Some(description) = &parameter.description {
        shape["Description"] = description.as_str().into();
    }
    shape
}

#[cfg(test)]
mod tests;
