//! What a build refers to and does not hold: parameters, secrets and keys, and whether they are there.
//!
//! Values are never read. Parameter Store is asked by DescribeParameters, Secrets Manager by DescribeSecret, KMS by
//! DescribeKey: none of them answers with a value.

use crate::model::fault::Fault;
use crate::model::time::Timestamp;

/// One thing a project refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The variable that needs it, or what else: `encryption key`.
    pub needed_by: String,
    pub kind: ReferenceKind,
    /// As the project says it.
    pub name: String,
    pub outcome: ReferenceOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    Parameter,
    Secret,
    Key,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceOutcome {
    /// It is there. `kind`: `String`, `SecureString`; a key's state: `Enabled`, `Disabled`, `PendingDeletion`.
    There {
        kind: String,
        changed: Option<Timestamp>,
        /// The key that encrypts it, as AWS names it.
        key: Option<String>,
        /// Why it will not work though it is there: a disabled key, a secret that is to be deleted, a JSON key or a
        /// version stage that the secret does not list.
        trouble: Option<String>,
    },
    Missing,
    /// It could not be told; denied says which permission lacks.
    Unknown(Fault),
}

/// A value that Secrets Manager stands behind, taken apart: `secret-id[:json-key[:version-stage[:version-id]]]`
/// (environmentVariable, CodeBuild user guide).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretName {
    /// A name or an ARN.
    pub id: String,
    /// The member of the secret's JSON that is taken; none: the whole text.
    pub json_key: Option<String>,
    pub stage: Option<String>,
    pub version: Option<String>,
}

impl SecretName {
    pub fn parse(text: &str) -> Self {
        // An ARN has six colons of its own: `arn:aws:secretsmanager:region:account:secret:name-AbCdEf`.
        let own = if text.starts_with("arn:") { 7 } else { 1 };
        let end = text.match_indices(':').nth(own - 1);
        let (id, parts) = end.map_or((text, ""), |(at, _)| {
            let (id, rest) = text.split_at(at);
            (id, rest.strip_prefix(':').unwrap_or(rest))
        });
        // A part may be left out on purpose: `name::AWSPREVIOUS`.
        let mut parts = parts
            .split(':')
            .map(|part| Some(part).filter(|part| !part.is_empty()));
        let mut next = || parts.next().flatten().map(str::to_owned);
        Self {
            id: id.to_owned(),
            json_key: next(),
            stage: next(),
            version: next(),
        }
    }
}

/// The name by which Parameter Store lists what a value refers to: without a version or label (`name:3`), and taken out
/// of an ARN. None for an ARN of another kind.
pub fn parameter_name(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix("arn:") else {
        let (name, _) = text.split_once(':').unwrap_or((text, ""));
        return Some(name.to_owned());
    };
    let (_, path) = rest.split_once(":parameter/")?;
    let (path, _) = path.split_once(':').unwrap_or((path, ""));
    // `/a/b` and `b` are written `parameter/a/b` and `parameter/b`.
    Some(if path.contains('/') {
        format!("/{path}")
    } else {
        path.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_apart_by_name_and_by_arn() {
        let parse = |text: &str| {
            let name = SecretName::parse(text);
            let part = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
            [
                name.id,
                part(name.json_key),
                part(name.stage),
                part(name.version),
            ]
            .join(" ")
        };
        assert_eq!(parse("db"), "db - - -");
        assert_eq!(parse("db/prod:password"), "db/prod password - -");
        assert_eq!(parse("db::AWSPREVIOUS"), "db - AWSPREVIOUS -");
        assert_eq!(parse("db:k:AWSCURRENT:v-1"), "db k AWSCURRENT v-1");
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf";
        assert_eq!(parse(arn), format!("{arn} - - -"));
        assert_eq!(parse(&format!("{arn}:k:::")), format!("{arn} k - -"));
        assert_eq!(parse(&format!("{arn}:::v-1")), format!("{arn} - - v-1"));
    }

    #[test]
    fn a_parameter_is_listed_without_its_version_and_by_its_own_name() {
        let name = |text: &str| parameter_name(text).unwrap_or_else(|| "none".to_owned());
        assert_eq!(name("/pier/token"), "/pier/token");
        assert_eq!(name("token:3"), "token");
        let arn = "arn:aws:ssm:eu-west-1:111122223333:parameter";
        assert_eq!(name(&format!("{arn}/pier/token")), "/pier/token");
        assert_eq!(name(&format!("{arn}/token:prod")), "token");
        assert_eq!(name("arn:aws:s3:::bucket"), "none");
    }
}
