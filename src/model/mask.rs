//! Values that look like secrets, kept off the screen, as AWS itself masks those it knows of.

mod line;

use std::borrow::Cow;

pub use line::{is_in_private_key, masked, masked_below, masked_text, prepare, secrets};

/// What stands in the place of a secret; AWS's own mask.
pub const MASK: &str = "****";

/// A configuration value as it may be shown. `secret_keys` are those its provider declared secret.
pub fn shown<'a>(name: &str, value: &'a str, secret_keys: &[String]) -> Cow<'a, str> {
    if value.is_empty() || value == MASK || is_reference(value) {
        return Cow::Borrowed(value);
    }
    if secret_keys.iter().any(|key| key == name) || looks_secret(name) || is_access_key(value) {
        return Cow::Borrowed(MASK);
    }
    variables(value).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// Whether a name is one that people give to secrets.
pub fn looks_secret(name: &str) -> bool {
    let name: String = name
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    // Where a secret is kept is no secret.
    let is_place = ["arn", "name", "id", "path"]
        .iter()
        .any(|end| name.ends_with(end));
    let is_one = [
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "privatekey",
        "accesskey",
        "credential",
    ]
    .iter()
    .any(|part| name.contains(part));
    (is_one && !is_place) || name.ends_with("secretaccesskey")
}

/// An access key id, whatever it is called.
fn is_access_key(value: &str) -> bool {
    value.len() == 20
        && (value.starts_with("AKIA") || value.starts_with("ASIA"))
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `#{Namespace.Variable}` and a dynamic reference name a secret without telling it.
fn is_reference(value: &str) -> bool {
    let braced = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .is_some_and(|rest| rest.ends_with(close) && !rest.contains(open))
    };
    braced("#{", "}") || braced("{{resolve:", "}}")
}

/// `EnvironmentVariables` of a CodeBuild action: JSON of names, values and types.
fn variables(value: &str) -> Option<String> {
    if !value.trim_start().starts_with('[') {
        return None;
    }
    let mut all: Vec<serde_json::Value> = serde_json::from_str(value).ok()?;
    let mut masked = false;
    for variable in &mut all {
        let text = |key: &str| variable.get(key).and_then(|it| it.as_str()).unwrap_or("");
        let plain = matches!(text("type"), "" | "PLAINTEXT");
        let said = text("value");
        if plain
            && !said.is_empty()
            && !is_reference(said)
            && (looks_secret(text("name")) || is_access_key(said))
            && let Some(value) = variable.get_mut("value")
        {
            *value = MASK.into();
            masked = true;
        }
    }
    masked.then(|| serde_json::to_string(&all).unwrap_or_else(|_| MASK.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_where_they_are_kept_is_not() {
        let rows = [
            ("OAuthToken", "gho_16C7e42F292c6912E7", MASK),
            ("ApiKey", "abc", MASK),
            ("DB_PASSWORD", "hunter2", MASK),
            ("aws_secret_access_key", "abc", MASK),
            ("Anything", "AKIAIOSFODNN7EXAMPLE", MASK),
            (
                "SecretArn",
                "arn:aws:secretsmanager:x",
                "arn:aws:secretsmanager:x",
            ),
            ("TokenName", "deploy", "deploy"),
            ("Password", "#{Build.Password}", "#{Build.Password}"),
            ("BranchName", "main", "main"),
            ("OAuthToken", "", ""),
        ];
        for (name, value, expected) in rows {
            assert_eq!(shown(name, value, &[]), expected, "{name}");
        }
        assert_eq!(shown("Colour", "red", &["Colour".to_owned()]), MASK);
    }

    #[test]
    fn plain_variables_of_a_build_are_masked_by_their_own_names() {
        let json = r#"[{"name":"STAGE","value":"prod","type":"PLAINTEXT"},{"name":"NPM_TOKEN","value":"npm_abc","type":"PLAINTEXT"},{"name":"DB_PASSWORD","value":"db/password","type":"SECRETS_MANAGER"}]"#;
        let shown = shown("EnvironmentVariables", json, &[]);
        assert!(!shown.contains("npm_abc"), "{shown}");
        assert!(shown.contains("prod") && shown.contains("db/password"));
    }
}
