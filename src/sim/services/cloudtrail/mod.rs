//! AWS CloudTrail: what was changed in a place in the last ninety days, and by whom.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sim::wire::{
    Answer, BadToken, Call, Members, Millis, Protocol, Service, WireError, page, seconds,
};
use crate::sim::world::World;
use crate::sim::world::trail::{Event, Who};

const MOST_EVENTS: i64 = 50;
const KEYS: [&str; 8] = [
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
];

/// The service.
#[derive(Debug)]
pub struct CloudTrail;

impl Service for CloudTrail {
    fn signing_name(&self) -> &'static str {
        "cloudtrail"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &["LookupEvents"]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        lookup_events(call, world)
    }
}

/// The one thing that events are looked up by.
type Attribute<'a> = Option<(&'a str, &'a str)>;

fn invalid_attributes(message: &str) -> WireError {
    WireError::new("InvalidLookupAttributesException", message)
}

fn attribute<'a>(members: &Members<'a>) -> Result<Attribute<'a>, WireError> {
    let given = members.optional_list("LookupAttributes")?.unwrap_or(&[]);
    let one = match given {
        [] => return Ok(None),
        [one] => one,
        _ => {
            return Err(invalid_attributes(
                "You can only specify one lookup attribute.",
            ));
        }
    };
    let text = |name: &str| one.get(name).and_then(Value::as_str);
    match (text("AttributeKey"), text("AttributeValue")) {
        (Some(key), Some(value)) if KEYS.contains(&key) => {
            if (1..=2000).contains(&value.chars().count()) {
                Ok(Some((key, value)))
            } else {
                Err(invalid_attributes(
                    "The value of a lookup attribute has 1 to 2000 characters.",
                ))
            }
        }
        (Some(_), Some(_)) => Err(invalid_attributes(&format!(
            "The key of a lookup attribute is one of {}.",
            KEYS.join(", ")
        ))),
        _ => Err(invalid_attributes(
            "A lookup attribute has a key and a value.",
        )),
    }
}

/// The page size; what is out of range has an exception of its own.
fn most(members: &Members<'_>) -> Result<usize, WireError> {
    match members.optional_integer("MaxResults")? {
        None => Ok(MOST_EVENTS as usize),
        Some(most) if (1..=MOST_EVENTS).contains(&most) => Ok(most as usize),
        Some(most) => Err(WireError::new(
            "InvalidMaxResultsException",
            format!("The value {most} for MaxResults is not from 1 to {MOST_EVENTS}."),
        )),
    }
}

/// A token keeps the moment of the first page, so that events which come later shift no page.
fn token_of(moment: Millis, inner: &str) -> String {
    format!("{moment:x}.{inner}")
}

fn token_parts(token: &str) -> Result<(Millis, &str), BadToken> {
    let (moment, inner) = token.split_once('.').ok_or(BadToken)?;
    let moment = Millis::from_str_radix(moment, 16).ok().ok_or(BadToken)?;
    Ok((moment, inner))
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new(
        "InvalidNextTokenException",
        "The token is invalid or was made for other parameters.",
    )
}

fn lookup_events(call: &Call<'_>, world: &mut World) -> Answer {
    let place = world.place_mut(call.account, call.region);
    if !place.trail.may_look_up(call.now) {
        return Err(WireError::new("ThrottlingException", "Rate exceeded"));
    }
    let members = Members::new(call.input, "InvalidParameterException");
    let attribute = attribute(&members)?;
    let most = most(&members)?;
    let from = members.optional_seconds("StartTime")?;
    let to = members.optional_seconds("EndTime")?;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(WireError::new(
            "InvalidTimeRangeException",
            "The start time lies after the end time.",
        ));
    }
    let insight = match members.optional_text("EventCategory")? {
        None => false,
        Some("insight") => true,
        Some(other) => {
            return Err(WireError::new(
                "InvalidEventCategoryException",
                format!("{other} is no event category."),
            ));
        }
    };
    let (moment, inner) = match members.optional_text("NextToken")? {
        None => (call.now, None),
        Some(token) => {
            let (moment, inner) = token_parts(token).map_err(bad_token)?;
            (moment, Some(inner))
        }
    };
    let mut events = place.trail_events(moment.min(call.now));
    events.retain(|event| {
        !insight
            && from.is_none_or(|from| event.at >= from)
            && to.is_none_or(|to| event.at <= to)
            && attribute.is_none_or(|(key, value)| has(event, key, value))
    });
    let scope = format!(
        "LookupEvents {} {} {attribute:?} {from:?} {to:?} {moment}",
        call.account, call.region
    );
    let (range, next) = page(&events, inner, most, &scope).map_err(bad_token)?;
    let shown: Vec<Value> = events
        .get(range)
        .unwrap_or_default()
        .iter()
        .map(|event| shape(call, event))
        .collect();
    let mut answer = json!({"Events": shown});
    if let Some(next) = next {
        answer["NextToken"] = token_of(moment, &next).into();
    }
    Ok(answer)
}

fn has(event: &Event, key: &str, value: &str) -> bool {
    let resources = resources(event);
    match key {
        "EventId" => event.id == value,
        "EventName" => event.name == value,
        "ReadOnly" => value == "false",
        "Username" => event.who.name() == value,
        "EventSource" => source(event) == value,
        "AccessKeyId" => event.who.access_key.as_deref() == Some(value),
        "ResourceType" => resources.iter().any(|(kind, _)| *kind == value),
        _ => resources.iter().any(|(_, name)| name == value),
    }
}

fn source(event: &Event) -> String {
    format!("{}.amazonaws.com", event.service)
}

/// What a call was about, by the names in its request.
fn resources(event: &Event) -> Vec<(&'static str, String)> {
    let pipeline = "AWS::CodePipeline::Pipeline";
    let named = [
        ("codepipeline", "pipelineName", pipeline),
        ("codepipeline", "name", pipeline),
        ("codebuild", "projectName", "AWS::CodeBuild::Project"),
        ("codebuild", "id", "AWS::CodeBuild::Build"),
        (
            "codedeploy",
            "applicationName",
            "AWS::CodeDeploy::Application",
        ),
        ("codedeploy", "deploymentId", "AWS::CodeDeploy::Deployment"),
    ];
    let about = |(service, member, kind): (&str, &str, &'static str)| {
        let name = event.request.get(member)?.as_str()?;
        (event.service == service).then(|| (kind, name.to_owned()))
    };
    named.into_iter().filter_map(about).collect()
}

fn shape(call: &Call<'_>, event: &Event) -> Value {
    let resources: Vec<Value> = resources(event)
        .into_iter()
        .map(|(kind, name)| json!({"ResourceType": kind, "ResourceName": name}))
        .collect();
    let mut shape = json!({
        "EventId": event.id,
        "EventName": event.name,
        "ReadOnly": "false",
        "EventTime": seconds(event.at.div_euclid(1000) * 1000),
        "EventSource": source(event),
        "Username": event.who.name(),
        "Resources": resources,
        "CloudTrailEvent": record(call, event).to_string(),
    });
    if let Some(key) = &event.who.access_key {
        shape["AccessKeyId"] = key.as_str().into();
    }
    shape
}

fn iso8601(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// The record itself, which `CloudTrailEvent` holds as text.
fn record(call: &Call<'_>, event: &Event) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": identity(event),
        "eventTime": iso8601(event.at),
        "eventSource": source(event),
        "eventName": event.name,
        "awsRegion": call.region,
        "sourceIPAddress": event.address,
        "userAgent": event.agent,
        "requestParameters": event.request,
        "responseElements": event.response,
        "requestID": event.request_id,
        "eventID": event.id,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{}.{}.amazonaws.com", event.service, call.region),
        },
    });
    if let Some((code, message)) = &event.error {
        record["errorCode"] = code.as_str().into();
        record["errorMessage"] = message.as_str().into();
    }
    if event.console {
        record["sessionCredentialFromConsole"] = "true".into();
    }
    record
}

fn identity(event: &Event) -> Value {
    let Who {
        account,
        arn,
        principal,
        access_key,
    } = &event.who;
    let mut identity = Map::new();
    let mut put = |name: &str, value: Value| identity.insert(name.to_owned(), value);
    put("principalId", json!(principal));
    put("arn", json!(arn));
    put("accountId", json!(account));
    if let Some(key) = access_key {
        put("accessKeyId", json!(key));
    }
    let session = json!({
        "creationDate": iso8601(event.at - 1_500_000),
        "mfaAuthenticated": if event.console { "true" } else { "false" },
    });
    if let Some(role) = event.who.role() {
        let issuer = json!({
            "type": "Role",
            "principalId": principal.split(':').next().unwrap_or_default(),
            "arn": format!("arn:aws:iam::{account}:role/{role}"),
            "accountId": account,
            "userName": role,
        });
        put("type", json!("AssumedRole"));
        put(
            "sessionContext",
            json!({"sessionIssuer": issuer, "attributes": session}),
        );
    } else {
        put("type", json!("IAMUser"));
        put("userName", json!(event.who.name()));
        if event.console {
            put("sessionContext", json!({"attributes": session}));
        }
    }
    Value::Object(identity)
}

#[cfg(test)]
mod tests;
