//! Where an action leads beyond CodePipeline: the log stream of a Commands action, the pages that its provider named.
//!
//! Pure. Addresses come from outside; only http and https ones are given out.

use std::collections::BTreeMap;

use crate::model::account::Account;
use crate::model::graph::ActionNode;
use crate::model::ids::{BuildKey, LogKey, Scope};
use crate::model::oneshot::ActionType;
use crate::model::pipeline::ActionDeclaration;
use crate::model::table::Table;

/// The account an action runs in, if it is another than the pipeline's and is signed in.
pub fn account_of<'a>(action: &ActionNode, accounts: &'a Table<Account>) -> Option<&'a Account> {
    let number = action.account.as_ref()?;
    let mut accounts = accounts.rows().iter().map(AsRef::as_ref);
    accounts.find(|account: &&Account| account.number() == Some(number))
}

/// Where what an action started lives: the account and region the action runs in, as far as that account is signed in,
/// else those of its pipeline.
pub fn scope_of(action: &ActionNode, pipeline: &Scope, accounts: &Table<Account>) -> Scope {
    Scope {
        account: account_of(action, accounts)
            .map_or_else(|| pipeline.account.clone(), |account| account.name.clone()),
        region: action
            .region
            .clone()
            .unwrap_or_else(|| pipeline.region.clone()),
    }
}

/// The build of CodeBuild that an action started.
pub fn build_of(
    action: &ActionNode,
    pipeline: &Scope,
    accounts: &Table<Account>,
) -> Option<BuildKey> {
    let id = action.external_id.as_ref()?;
    let is_build = action.provider == "CodeBuild" && id.contains(':');
    is_build.then(|| BuildKey {
        scope: scope_of(action, pipeline, accounts),
        id: id.as_str().into(),
    })
}

/// The log stream an ARN names (`arn:aws:logs:REGION:ACCOUNT:log-group:GROUP:log-stream:STREAM`), read with the
/// credentials of `scope` in the ARN's own region.
pub fn log_stream(arn: &str, scope: &Scope) -> Option<LogKey> {
    let mut parts = arn.splitn(6, ':');
    let (_, _, service) = (parts.next()?, parts.next()?, parts.next()?);
    let region = parts.next().filter(|region| !region.is_empty())?;
    let (_, resource) = (parts.next()?, parts.next()?);
    let (group, stream) = resource
        .strip_prefix("log-group:")?
        .split_once(":log-stream:")?;
    let is_one = service == "logs" && !group.is_empty() && !stream.is_empty();
    is_one.then(|| LogKey {
        scope: Scope {
            account: scope.account.clone(),
            region: region.into(),
        },
        group: group.into(),
        stream: stream.into(),
    })
}

/// The kind of an action, among those its account declares.
pub fn type_of<'a>(types: &'a [ActionType], action: &ActionDeclaration) -> Option<&'a ActionType> {
    types.iter().find(|kind| {
        kind.category == action.category
            && kind.owner == action.owner
            && kind.provider == action.provider
    })
}

/// The page of what an action works on, filled from its configuration.
pub fn entity_url(kind: &ActionType, configuration: &BTreeMap<String, String>) -> Option<String> {
    fill(kind.entity_url.as_deref()?, configuration, None)
}

/// The page of one run, filled from its configuration and the id its provider gave it.
pub fn execution_url(
    kind: &ActionType,
    configuration: &BTreeMap<String, String>,
    external_id: &str,
) -> Option<String> {
    fill(
        kind.execution_url.as_deref()?,
        configuration,
        Some(external_id),
    )
}

/// None where a part of the template is not known, or what comes out is no web address.
fn fill(
    template: &str,
    configuration: &BTreeMap<String, String>,
    external_id: Option<&str>,
) -> Option<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        filled.push_str(before);
        let value = match name.strip_prefix("Config:") {
            Some(key) => configuration.get(key).map(String::as_str)?,
            None if name == "ExternalExecutionId" => external_id?,
            None => return None,
        };
        filled.push_str(&encoded(value, filled.is_empty()));
        rest = after;
    }
    filled.push_str(rest);
    is_web(&filled).then_some(filled)
}

pub fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// What begins the address is an address itself; what follows is a part of its path.
fn encoded(value: &str, is_first: bool) -> String {
    if is_first {
        return value.trim_end_matches('/').to_owned();
    }
    let mut path = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                path.push(char::from(byte));
            }
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pipeline::ActionCategory;

    fn scope() -> Scope {
        Scope {
            account: "prod".into(),
            region: "eu-west-1".into(),
        }
    }

    #[test]
    fn a_log_stream_is_read_from_its_arn_and_nothing_else() {
        let arn = "arn:aws:logs:eu-central-1:482100937715:log-group:/aws/codepipeline/pier:log-stream:a1/b2";
        let key = log_stream(arn, &scope()).expect("a stream");
        assert_eq!(key.group.as_str(), "/aws/codepipeline/pier");
        assert_eq!(key.stream.as_str(), "a1/b2");
        assert_eq!(key.scope.region.as_str(), "eu-central-1");
        for other in [
            "",
            "arn:aws:s3:::bucket",
            "arn:aws:logs:eu-west-1:1:log-group:/a",
            "arn:aws:logs::1:log-group:/a:log-stream:b",
        ] {
            assert_eq!(log_stream(other, &scope()), None, "{other}");
        }
    }

    #[test]
    fn templates_are_filled_from_the_configuration_or_not_used() {
        let kind = ActionType {
            category: ActionCategory::Test,
            owner: "Custom".into(),
            provider: "Jenkins".into(),
            version: "1".into(),
            entity_url: Some("{Config:Server}/job/{Config:Project}/".into()),
            execution_url: Some(
                "{Config:Server}/job/{Config:Project}/{ExternalExecutionId}".into(),
            ),
            third_party_url: None,
            secret_keys: Vec::new(),
        };
        let configuration: BTreeMap<String, String> = [
            (
                "Server".to_owned(),
                "https://ci.harbour.example/".to_owned(),
            ),
            ("Project".to_owned(), "smoke tests".to_owned()),
        ]
        .into();
        assert_eq!(
            entity_url(&kind, &configuration).as_deref(),
            Some("https://ci.harbour.example/job/smoke%20tests/")
        );
        assert_eq!(
            execution_url(&kind, &configuration, "118").as_deref(),
            Some("https://ci.harbour.example/job/smoke%20tests/118")
        );
        assert_eq!(entity_url(&kind, &BTreeMap::new()), None, "unknown parts");
        let hostile = [
            ("Server".to_owned(), "javascript:alert(1)//".to_owned()),
            ("Project".to_owned(), "x".to_owned()),
        ];
        assert_eq!(entity_url(&kind, &hostile.into()), None);
    }
}
