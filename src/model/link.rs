//! A link to a build or to one line of its log, as a text that people send each other.
//!
//! `starboard://build/prod/eu-west-1/search-indexer:3f9c0e12#L265`: whoever pastes it into the palette of a window that
//! is signed in to an account of that name stands at that line.

use std::fmt;

use crate::model::ids::{BuildKey, Scope};
use crate::model::log::LineNo;

const START: &str = "starboard://build/";

/// A build, and a line of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildLink {
    pub build: BuildKey,
    pub line: Option<LineNo>,
}

impl fmt::Display for BuildLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = &self.build.scope;
        write!(
            f,
            "{START}{}/{}/{}",
            encode(scope.account.as_str()),
            encode(scope.region.as_str()),
            encode(self.build.id.as_str())
        )?;
        match self.line {
            Some(line) => write!(f, "#L{}", u64::from(line.0) + 1),
            None => Ok(()),
        }
    }
}

impl BuildLink {
    /// Reads a link; blanks around it do no harm. None for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix(START)?;
        let (path, line) = match rest.split_once('#') {
            Some((path, fragment)) => {
                let number: u32 = fragment.strip_prefix('L')?.parse().ok()?;
                (path, Some(LineNo(number.checked_sub(1)?)))
            }
            None => (rest, None),
        };
        let mut parts = path.split('/').map(decode);
        let mut part = || parts.next().flatten().filter(|part| !part.is_empty());
        let (account, region, id) = (part()?, part()?, part()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            build: BuildKey {
                scope: Scope {
                    account: account.as_str().into(),
                    region: region.as_str().into(),
                },
                id: id.as_str().into(),
            },
            line,
        })
    }
}

/// Percent-encodes what would not stand in one part of an address.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_written() {
        let text = "starboard://build/prod/eu-west-1/search-indexer:3f9c0e12#L265";
        let link = BuildLink::parse(&format!("  {text}\n")).unwrap();
        assert_eq!(link.line, Some(LineNo(264)));
        assert_eq!(link.build.id.as_str(), "search-indexer:3f9c0e12");
        assert_eq!(link.to_string(), text);
    }

    #[test]
    fn what_is_no_link_is_none() {
        for text in [
            "",
            "search-indexer",
            "https://build/prod/eu-west-1/a:b",
            "starboard://build/prod/eu-west-1",
            "starboard://build/prod//a:b",
            "starboard://build/prod/eu-west-1/a:b/c",
            "starboard://build/prod/eu-west-1/a:b#265",
            "starboard://build/prod/eu-west-1/a:b#L0",
            "starboard://build/prod/eu-west-1/a%zz",
        ] {
            assert_eq!(BuildLink::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_names_survive(account in "\\PC{1,12}", id in "\\PC{1,20}", line in proptest::option::of(0..u32::MAX)) {
            let link = BuildLink {
                build: BuildKey {
                    scope: Scope { account: account.as_str().into(), region: "eu-west-1".into() },
                    id: id.as_str().into(),
                },
                line: line.map(LineNo),
            };
            proptest::prop_assert_eq!(BuildLink::parse(&link.to_string()), Some(link));
        }
    }
}
