//! AWS STS: who am I, and keys for a role in one of the simulated accounts.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::wire::{Answer, Call, Members, Millis, Protocol, Service, WireError};
use crate::sim::world::World;

/// The service.
#[derive(Debug)]
pub struct Sts;

impl Service for Sts {
    fn signing_name(&self) -> &'static str {
        "sts"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::Query {
            version: "2011-06-15",
            xmlns: "https://sts.amazonaws.com/doc/2011-06-15/",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &["GetCallerIdentity", "AssumeRole"]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        match call.operation {
            "AssumeRole" => assume_role(call, world),
            _ => Ok(identity(call, world)),
        }
    }
}

fn identity(call: &Call<'_>, world: &World) -> Value {
    let user = world.keys.user_id(call.caller_arn).unwrap_or_default();
    json!({"UserId": user, "Account": call.account, "Arn": call.caller_arn})
}

fn assume_role(call: &Call<'_>, world: &mut World) -> Answer {
    let members = Members::new(call.input, "ValidationError");
    let arn = members.bounded_text("RoleArn", 20, 2048)?;
    let session = session_name(&members)?;
    let seconds = duration(&members)?;
    let denied = || {
        let message = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            call.caller_arn
        );
        WireError::with_status(403, "AccessDenied", message)
    };
    let malformed = || WireError::new("ValidationError", format!("{arn} is invalid"));
    let rest = arn.strip_prefix("arn:aws:iam::").ok_or_else(malformed)?;
    let (account, resource) = rest.split_once(':').ok_or_else(malformed)?;
    let path = resource.strip_prefix("role/").ok_or_else(malformed)?;
    let role = path.rsplit('/').next().unwrap_or(path);
    if !world.keys.knows_account(account) {
        return Err(denied());
    }
    let expires = call.now + seconds * 1000;
    let key = world.keys.assume(account, role, session, expires);
    let token = key.session.map(|session| session.token).unwrap_or_default();
    Ok(json!({
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret_access_key,
            "SessionToken": token,
            "Expiration": iso8601(expires),
        },
        "AssumedRoleUser": {"AssumedRoleId": key.user_id, "Arn": key.arn},
    }))
}

fn session_name<'a>(members: &Members<'a>) -> Result<&'a str, WireError> {
    let session = members.bounded_text("RoleSessionName", 2, 64)?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if session.chars().all(fits) {
        return Ok(session);
    }
    Err(members.breach(
        "roleSessionName",
        &format!("'{session}'"),
        "satisfy regular expression pattern: [\\w+=,.@-]*",
    ))
}

/// A form knows texts only, so the number is read here.
fn duration(members: &Members<'_>) -> Result<Millis, WireError> {
    let Some(text) = members.optional_text("DurationSeconds")? else {
        return Ok(3600);
    };
    let breach = |constraint| members.breach("durationSeconds", &format!("'{text}'"), constraint);
    match text.parse::<Millis>() {
        Err(_) => Err(WireError::new(
            "MalformedInput",
            format!("{text} is not a number"),
        )),
        Ok(seconds) if seconds < 900 => Err(breach("have value greater than or equal to 900")),
        Ok(seconds) if seconds > 43_200 => Err(breach("have value less than or equal to 43200")),
        Ok(seconds) => Ok(seconds),
    }
}

fn iso8601(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}
