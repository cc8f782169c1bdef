//! Issue keys found in commit messages and branch names, and where they lead.
//!
//! JIRA (`HARB-2231`) and GitHub (`#318`, `owner/repository#318`) forms are built in; own patterns come from the settings.

use std::sync::Arc;

use regex::Regex;

/// An issue a text names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssueLink {
    /// As written: `HARB-2231`, `#318`.
    pub key: String,
    /// Where it leads, if a pattern says so; always http or https.
    pub url: Option<String>,
}

/// A rule of the settings: where keys that look like this lead.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuePattern {
    /// A regular expression; its first group, or the whole match, is the key.
    pub pattern: String,
    /// The address, with `{key}` for the key (and `{number}` for its digits).
    pub url: String,
}

/// The compiled patterns. Cheap to clone.
#[derive(Clone, Debug)]
pub struct IssueFinder {
    rules: Arc<Vec<(Regex, Option<String>)>>,
}

/// A JIRA key is two or more capitals, a dash and a number; `UTF-8` and its like are not issues.
const JIRA: &str = r"\b(?P<key>[A-Z][A-Z0-9]{1,9}-[1-9][0-9]{0,6})\b";
const GITHUB: &str =
    r"(?:^|[\s(\[,;:])(?P<key>(?:[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+)?#[1-9][0-9]{0,6})\b";
const NOT_ISSUES: [&str; 12] = [
    "UTF-8", "UTF-16", "UTF-32", "SHA-1", "SHA-256", "SHA-512", "MD-5", "HTTP-2", "HTTP-3",
    "ISO-8601", "X-509", "ES-6",
];

impl IssueFinder {
    /// Compiles the settings' patterns before the built-in forms. An error names the pattern that does not compile.
    pub fn new(patterns: &[IssuePattern]) -> Result<Self, String> {
        let mut rules = Vec::new();
        for rule in patterns {
            let compiled = regex::RegexBuilder::new(&rule.pattern)
                .size_limit(1 << 20)
                .build();
            let regex =
                compiled.map_err(|error| format!("issue pattern {:?}: {error}", rule.pattern))?;
            rules.push((regex, Some(rule.url.clone())));
        }
        for built_in in [JIRA, GITHUB] {
            rules.push((
                Regex::new(built_in).map_err(|error| error.to_string())?,
                None,
            ));
        }
        Ok(Self {
            rules: Arc::new(rules),
        })
    }

    /// The built-in forms alone.
    pub fn built_in() -> Self {
        Self::new(&[]).unwrap_or_else(|_| Self {
            rules: Arc::default(),
        })
    }

    /// The issues a text names, in the order of the text, each once.
    pub fn find(&self, text: &str) -> Vec<IssueLink> {
        let mut found: Vec<(usize, IssueLink)> = Vec::new();
        for (regex, url) in self.rules.iter() {
            for captures in regex.captures_iter(text) {
                let named = captures
                    .name("key")
                    .or_else(|| captures.get(1))
                    .or_else(|| captures.get(0));
                let Some(key) = named else { continue };
                if NOT_ISSUES.contains(&key.as_str())
                    || found.iter().any(|(_, link)| link.key == key.as_str())
                {
                    continue;
                }
                found.push((
                    key.start(),
                    IssueLink {
                        key: key.as_str().to_owned(),
                        url: url.as_deref().and_then(|url| address(url, key.as_str())),
                    },
                ));
            }
        }
        found.sort_by_key(|(start, _)| *start);
        found.into_iter().map(|(_, link)| link).collect()
    }
}

fn address(template: &str, key: &str) -> Option<String> {
    let digits: String = key
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or("")
        .to_owned();
    let url = template.replace("{key}", key).replace("{number}", &digits);
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        IssueFinder::new(&[])
            .unwrap()
            .find(text)
            .into_iter()
            .map(|link| link.key)
            .collect()
    }

    #[test]
    fn jira_and_github_keys_are_found_where_people_write_them() {
        assert_eq!(
            keys("HARB-2231: retry captures (#318), see acme/shop#7"),
            ["HARB-2231", "#318", "acme/shop#7"]
        );
        assert_eq!(keys("feature/HARB-12-retry"), ["HARB-12"]);
    }

    #[test]
    fn what_only_looks_like_a_key_is_none() {
        assert!(keys("decode UTF-8 with SHA-256, colour #fff, issue#, a-1").is_empty());
    }

    #[test]
    fn an_own_pattern_leads_somewhere_and_a_bad_scheme_does_not() {
        let rule = |url: &str| IssuePattern {
            pattern: r"\bHARB-\d+".into(),
            url: url.into(),
        };
        let finder = IssueFinder::new(&[rule("https://jira.example/browse/{key}")]).unwrap();
        assert_eq!(
            finder
                .find("HARB-7")
                .first()
                .and_then(|link| link.url.clone()),
            Some("https://jira.example/browse/HARB-7".into())
        );
        let finder = IssueFinder::new(&[rule("file:///{key}")]).unwrap();
        assert_eq!(
            finder
                .find("HARB-7")
                .first()
                .and_then(|link| link.url.clone()),
            None
        );
        assert!(
            IssueFinder::new(&[IssuePattern {
                pattern: "(".into(),
                url: String::new()
            }])
            .is_err()
        );
    }
}
