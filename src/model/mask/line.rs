//! Secrets in a line of a log, by their looks.
//!
//! Services give their tokens a prefix so that they can be found; those are masked wherever they stand. What has no
//! looks of its own (a password, a secret access key) is known by the name before it. Pure; linear in the text, as the
//! patterns are automata without going back. What is shown is masked, never what is kept.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::{RegexSet, RegexSetBuilder};
use regex::{Captures, Regex};

use super::{MASK, looks_secret};
use crate::model::ansi;

/// How a found value is weighed before it is taken for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weigh {
    /// The pattern alone decides.
    Sure,
    /// Letters and digits: a word of prose is none.
    Random,
    /// By the name in the group `name`, and unless it is a reference or a placeholder.
    Named,
}

struct Pattern {
    /// The group `secret` is masked, or all of it where there is none.
    text: &'static str,
    weigh: Weigh,
    /// What every line has in which the pattern matches, where the pattern itself makes a large automaton: one that may
    /// begin at any letter and counts from there has to remember which of the last eighty bytes were letters.
    hint: Option<&'static str>,
}

const fn sure(text: &'static str) -> Pattern {
    weighed(Weigh::Sure, text)
}

const fn weighed(weigh: Weigh, text: &'static str) -> Pattern {
    Pattern {
        text,
        weigh,
        hint: None,
    }
}

impl Pattern {
    const fn hinted(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }
}

/// What secrets look like. Each line says of whom.
const PATTERNS: &[Pattern] = &[
    // AWS: access key ids (long-lived, temporary, service bearer, context), what stands beside one, session tokens,
    // the signatures of signed requests and addresses, the password that ECR hands out.
    sure(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    sure(
        r#"\b(?:AKIA|ASIA)[A-Z0-9]{16}["']?[\s,;:|]{1,8}["']?(?P<secret>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)"#,
    ),
    sure(r"\b(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz|AQoDYXdz)[A-Za-z0-9/+=%]{20,}"),
    sure(
        r"(?i)\bx-amz-(?:signature|security-token|credential)(?:=|%3D|:\s*)(?P<secret>[A-Za-z0-9%/+=._-]{16,})",
    ),
    sure(r"(?i)\bsignature=(?P<secret>[0-9a-f]{64})\b"),
    sure(r"\beyJwYXlsb2FkIjoi[A-Za-z0-9+/=]{40,}"),
    // Private keys in one line, their line feeds escaped or not. Those of many lines: `is_in_private_key`.
    sure(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<secret>[A-Za-z0-9+/=\\\s]+)"),
    // GitHub, GitLab, Bitbucket.
    sure(r"\bgh[pousr]_[A-Za-z0-9]{20,}"),
    sure(r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
    sure(
        r"\bgl(?:pat|dt|ptt|rt|rtr|cbt|agent|soat|ft|imt|oas|ffct)-[A-Za-z0-9_-]{20,}(?:\.[a-z0-9]{2}\.[a-z0-9]{7,9})?",
    ),
    sure(r"\bATBB[A-Za-z0-9]{32}\b|\bATATT3[A-Za-z0-9_=-]{50,}"),
    // Slack's tokens and the addresses of its hooks.
    sure(r"\bxox[abeoprs](?:\.xox[abp])?-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{20,}"),
    sure(r"\bhooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/_-]{20,})"),
    // Package registries: npm, PyPI, RubyGems, crates.io, Docker Hub, NuGet.
    sure(r"\bnpm_[A-Za-z0-9]{36}\b"),
    sure(r"\bpypi-[A-Za-z0-9_-]{40,}"),
    sure(r"\brubygems_[0-9a-f]{48}\b|\bcio[A-Za-z0-9]{32}\b|\boy2[a-z0-9]{43}\b"),
    sure(r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    // HashiCorp, Google, Stripe, SendGrid, Sonar, and the makers of language models.
    sure(r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}|\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}"),
    sure(r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}"),
    sure(r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}"),
    sure(r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    sure(
        r"\bsq[apu]_[0-9a-f]{40}\b|\bsk-(?:proj-|ant-|svcacct-)[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9]{40,}\b",
    ),
    // JSON web tokens, whole.
    sure(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?"),
    // Headers. AWS's own scheme tells the key id and the signature, which are found above.
    sure(
        r#"(?i)\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:bearer|basic|token|digest|negotiate|apikey)\s+(?P<secret>[^\s"'\\,;]{4,})"#,
    ),
    sure(
        r#"(?i)\b(?:x-api-key|x-auth-token|private-token|job-token|x-vault-token|x-aws-ec2-metadata-token)\\?["']?\s*:\s*\\?["']?(?P<secret>[^\s"'\\,;]{8,})"#,
    ),
    sure(r"(?i)\b(?:set-)?cookie:\s*(?P<secret>[^\s=;]+=.+)"),
    weighed(
        Weigh::Random,
        r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/=-]{16,})",
    ),
    // Addresses with a password, and with a token in the place of a user.
    weighed(
        Weigh::Named,
        r#"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@"'<>]{0,100}:(?P<secret>[^\s/@"'<>]{1,200})@"#,
    )
    .hinted(r#"://[^\s/:@"'<>]{0,100}:[^\s/@"'<>]{1,200}@"#),
    weighed(
        Weigh::Random,
        r"(?i)\bhttps?://(?P<secret>[A-Z0-9_.-]{20,200})@",
    ),
    // `docker login -p`, `curl -u user:password`, `mysql -pPASSWORD`.
    weighed(
        Weigh::Named,
        r#"\blogin\b.{0,200}\s-p[ =]?["']?(?P<secret>[^\s"'-][^\s"']*)"#,
    ),
    weighed(
        Weigh::Named,
        r#"\bcurl\b.{0,400}\s(?:-u|--user)[ =]?["']?[^\s:"']{1,100}:(?P<secret>[^\s"']+)"#,
    ),
    // `--password VALUE`, `NAME=VALUE`, `"name": "value"`, `name: value` at the start of a line.
    weighed(
        Weigh::Named,
        r#"(?i)--(?P<name>[a-z][a-z0-9-]{1,60})[ =]["']?(?P<secret>[^\s"']+)"#,
    ),
    weighed(
        Weigh::Named,
        r#"(?i)(?P<name>[a-z_][a-z0-9_.-]{1,80})\\?["']?\s?(?:=|:=|=>)\s?\\?["']?(?P<secret>[^\s"'\\,;&|)}\]]+)"#,
    )
    .hinted(r#"(?i)[a-z0-9_.-]\\?["']?\s?(?:=|:=|=>)\s?\\?["']?[^\s"'\\,;&|)}\]]"#),
    weighed(
        Weigh::Named,
        r#"(?i)["'](?P<name>[a-z_][a-z0-9_.-]{1,80})\\?["']\s?:\s?\\?["'](?P<secret>[^"'\\]+)"#,
    ),
    weighed(
        Weigh::Named,
        r#"(?i)^\s*(?:- )?(?P<name>[a-z_][a-z0-9_.-]{1,80}):\s+["']?(?P<secret>[^\s"']{4,})["']?\s*$"#,
    ),
];

struct Compiled {
    any: RegexSet,
    each: Vec<(Regex, Weigh)>,
}

/// A test compiles every pattern, so none is missing here.
static COMPILED: LazyLock<Option<Compiled>> = LazyLock::new(|| {
    let each: Result<_, regex::Error> = PATTERNS
        .iter()
        .map(|pattern| Ok((Regex::new(pattern.text)?, pattern.weigh)))
        .collect();
    // Which patterns are looked at more closely is asked of bytes: word boundaries of Unicode would take the automaton
    // off its fast path in every line with a check mark.
    let hints = PATTERNS
        .iter()
        .map(|pattern| pattern.hint.unwrap_or(pattern.text));
    let any = RegexSetBuilder::new(hints)
        .unicode(false)
        .dfa_size_limit(8 * 1024 * 1024)
        .build();
    Some(Compiled {
        any: any.ok()?,
        each: each.ok()?,
    })
});

/// Where secrets stand in a line as it is drawn, in bytes: in order, apart from one another.
pub fn secrets(line: &str) -> impl Iterator<Item = Range<usize>> + use<> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if let Some(compiled) = COMPILED.as_ref() {
        for index in compiled.any.matches(line.as_bytes()) {
            let Some((pattern, weigh)) = compiled.each.get(index) else {
                continue;
            };
            for captures in pattern.captures_iter(line) {
                if let Some(secret) = captures.name("secret").or_else(|| captures.get(0))
                    && is_secret(&captures, secret.as_str(), *weigh)
                {
                    found.push(secret.range());
                }
            }
        }
    }
    found.sort_by_key(|range| range.start);
    found.dedup_by(|next, kept| {
        let touches = next.start <= kept.end;
        if touches {
            kept.end = kept.end.max(next.end);
        }
        touches
    });
    found.into_iter()
}

fn is_secret(captures: &Captures<'_>, value: &str, weigh: Weigh) -> bool {
    match weigh {
        Weigh::Sure => true,
        Weigh::Random => {
            value.bytes().any(|byte| byte.is_ascii_digit())
                && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        }
        Weigh::Named => {
            captures
                .name("name")
                .is_none_or(|name| names_a_secret(name.as_str(), value))
                && !stands_for_another(value)
        }
    }
}

/// [`looks_secret`], without the names that only speak of secrets: what they are called, how many, how long they last.
fn names_a_secret(name: &str, value: &str) -> bool {
    const ABOUT: &[&str] = &[
        "type",
        "kind",
        "endpoint",
        "url",
        "uri",
        "count",
        "length",
        "limit",
        "expiry",
        "expires",
        "expiration",
        "ttl",
        "version",
        "file",
        "dir",
        "provider",
        "policy",
        "age",
        "size",
        "enabled",
        "required",
        "stdin",
        "manager",
        "store",
        "reference",
        "ref",
        "hash",
        "usage",
    ];
    let lower = name.to_ascii_lowercase();
    let is_auth = lower == "_auth" || lower.ends_with(":_auth");
    if !is_auth && !looks_secret(name) {
        return false;
    }
    let last = lower.rsplit(['_', '-', '.']).next().unwrap_or("");
    let is_about = ABOUT.contains(&last)
        || ABOUT
            .iter()
            .any(|word| word.len() > 3 && last.len() > word.len() && last.ends_with(word));
    let counts = lower.ends_with("tokens") && value.bytes().all(|byte| byte.is_ascii_digit());
    !is_about && !counts && !lower.contains("tokeniz")
}

/// A value that names where the secret comes from, or says that there is none.
fn stands_for_another(value: &str) -> bool {
    let is_reference = value.starts_with(['$', '<', '%', '{', '('])
        || value.contains(['(', '[', '{', '<', '>', '$'])
        || value.starts_with("arn:")
        || value.starts_with("--");
    let bare = value.trim_matches(|character: char| !character.is_alphanumeric());
    let is_placeholder = bare.is_empty()
        || value.starts_with("***")
        || bare.bytes().all(|byte| matches!(byte, b'x' | b'X'))
        || [
            "null",
            "none",
            "nil",
            "true",
            "false",
            "yes",
            "no",
            "undefined",
            "redacted",
            "hidden",
            "masked",
            "empty",
            "string",
            "required",
            "invalid",
            "missing",
            "filtered",
            "secret",
            "password",
            "token",
        ]
        .contains(&bare.to_ascii_lowercase().as_str());
    is_reference || is_placeholder
}

/// A line with each secret replaced by [`MASK`]. Borrows when there is none.
///
/// A mask can bring what stands beside it to light (`a:b=c` may be a password or an address), so what is masked is looked
/// at again; a few times at most, so that a hostile line costs no more than a few passes.
pub fn masked(line: &str) -> Cow<'_, str> {
    const PASSES: usize = 8;
    let mut out = Cow::Borrowed(line);
    for _ in 0..PASSES {
        match replaced(&out) {
            Some(next) => out = Cow::Owned(next),
            None => break,
        }
    }
    out
}

/// The line with its secrets replaced; none where there is nothing to replace.
fn replaced(line: &str) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    let mut changed = false;
    for range in secrets(line) {
        changed |= line.get(range.clone()) != Some(MASK);
        out.push_str(line.get(copied..range.start).unwrap_or(""));
        out.push_str(MASK);
        copied = range.end;
    }
    out.push_str(line.get(copied..).unwrap_or(""));
    changed.then_some(out)
}

/// A line as it may be shown, with the lines above it, the nearest first: within a private key it is [`MASK`] alone.
/// Both without colours. What a row on screen and a copy have in common.
pub fn masked_below<T: AsRef<str>>(
    line: &str,
    before: impl IntoIterator<Item = T>,
) -> Cow<'_, str> {
    if is_in_private_key(line, before) {
        Cow::Borrowed(MASK)
    } else {
        masked(line)
    }
}

/// A text of several lines as it may be shown: without colours, its secrets and private keys masked.
pub fn masked_text(text: &str) -> String {
    let plain: Vec<String> = text.lines().map(ansi::plain).collect();
    let shown: Vec<Cow<'_, str>> = plain
        .iter()
        .enumerate()
        .map(|(at, line)| masked_below(line, plain.iter().take(at).rev()))
        .collect();
    shown.join("\n")
}

/// Compiles the patterns, which takes longer than a frame has. Any thread but the main one.
pub fn prepare() {
    LazyLock::force(&COMPILED);
}

const KEY_END: &str = "-----END ";

fn begins_key(line: &str) -> bool {
    line.contains("-----BEGIN ") && line.contains("PRIVATE KEY")
}

/// What stands between the first and the last line of a private key: base64 alone, a header of its cipher, or nothing;
/// in colours or not, and behind what a builder or a logger puts before a line.
fn is_key_body(line: &str) -> bool {
    if ansi::is_plain(line) {
        is_bare_key_body(without_frame(line))
    } else {
        // A line of megabytes is none; it is not read for that.
        line.len() <= 1_024 && is_bare_key_body(without_frame(&ansi::plain(line)))
    }
}

fn is_bare_key_body(line: &str) -> bool {
    line.len() <= 128
        && (line
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
            || ["Proc-Type:", "DEK-Info:", "Comment:", "Version:"]
                .iter()
                .any(|header| line.starts_with(header)))
}

/// Without what stands before a line: the step of a builder of images (`#12 3.456 `), a time, `[Container] `, the name
/// of a service (`web-1  | `). Of a line that is nothing else, nothing is left.
fn without_frame(line: &str) -> &str {
    let mut line = line.trim();
    loop {
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let rest = rest.trim_start();
        let is_named = rest.starts_with("| ") || rest == "|";
        if is_named {
            line = rest.get(1..).unwrap_or("").trim_start();
        } else if is_frame(word) && !(rest.is_empty() && word.bytes().all(|it| it.is_ascii_digit()))
        {
            line = rest;
        } else {
            return line;
        }
    }
}

/// A number or a time, or the container's mark.
fn is_frame(word: &str) -> bool {
    word == "[Container]"
        || (word.bytes().any(|byte| byte.is_ascii_digit())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"#[]():.,/+-TZ".contains(&byte)))
}

/// Lines of one private key at most: an RSA key of 16 384 bits has some two hundred.
const KEY_LINES: usize = 256;

/// Whether a line lies within a private key that began above it. `before` are the lines above, the nearest first; only
/// as many are asked for as look like a key themselves, so that an ordinary line costs nothing. In colours or not.
pub fn is_in_private_key<T: AsRef<str>>(line: &str, before: impl IntoIterator<Item = T>) -> bool {
    if !is_key_body(line) {
        return false;
    }
    for above in before.into_iter().take(KEY_LINES) {
        let above = above.as_ref();
        if begins_key(above) {
            return !above.contains(KEY_END);
        }
        if !is_key_body(above) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests;
