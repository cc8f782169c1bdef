//! The group markers that logs of other systems carry: GitHub's and Azure's commands, GitLab's sections, Buildkite's
//! headings.
//!
//! Scripts bring them along when they run under CodeBuild. GitHub's and GitLab's markers cannot be mistaken;
//! Buildkite's are three signs and a blank, and so are a diff, a YAML document, a Go test's result and a shell's trace.
//! What decides there is written at [`Reader::heading`]. Pure; a line that cannot be a marker costs a look at one byte.

/// Whose marker it is. Markers of one dialect do not end groups of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `::group::`, and `##[group]` as its raw logs and Azure Pipelines write it.
    GitHub,
    GitLab,
    Buildkite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker<'a> {
    pub dialect: Dialect,
    pub what: What<'a>,
    /// Milliseconds since 1970, where the marker itself tells.
    pub time: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    Open {
        /// What GitLab closes it by; empty elsewhere.
        key: &'a str,
        /// As written, colours and all.
        title: &'a str,
        /// It asks to be shown open.
        expanded: bool,
        /// It holds only if the next line does not make a diff's heading of it.
        tentative: bool,
    },
    Close {
        key: &'a str,
        /// Nothing else stands in the line, so the line belongs to what ends.
        alone: bool,
    },
    /// Opens the heading before (`^^^ +++`).
    Expand,
    /// An error was told inside of what is open.
    Error,
}

/// What has to be remembered from line to line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// Buildkite's own agent wrote some line, so that its headings need no proof.
    is_buildkite: bool,
    before: Before,
}

/// What the line before was, where that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    #[default]
    Other,
    /// `--- …`, whatever it meant.
    Minus,
    /// `+ command`: a shell that shows what it runs.
    Trace,
}

/// False only of a line that means nothing to a [`Reader`], whatever came before. Costs a look at its first bytes.
pub fn may_mark(text: &str) -> bool {
    let is_command = |text: &str| text.starts_with("::") || text.starts_with("##[");
    let is_section = |text: &str| without_erasing(text).starts_with("section_");
    match text.as_bytes().first() {
        Some(b':' | b'#') => is_command(text),
        Some(b's') => is_section(text),
        Some(b'-' | b'+' | b'~' | b'^') => {
            let sign = text.split_once(' ').map(|(sign, _)| sign);
            sign.is_some_and(|sign| matches!(sign, "---" | "+" | "++" | "+++" | "~~~" | "^^^"))
        }
        Some(0x1b) => text.starts_with(AGENT) || is_section(text),
        Some(b'0'..=b'9') => {
            stamped(text).is_some_and(|(_, rest)| is_command(rest) || is_section(rest))
        }
        _ => false,
    }
}

impl Reader {
    /// Nothing is remembered of the line before.
    pub fn is_at_rest(&self) -> bool {
        self.before == Before::Other
    }

    /// Reads one line, without its line feed, and hands on each marker in it.
    pub fn read<'a>(&mut self, text: &'a str, mut found: impl FnMut(Marker<'a>)) {
        let before = std::mem::take(&mut self.before);
        let Some(first) = text.as_bytes().first() else {
            return;
        };
        match first {
            b':' | b'#' => github(text, None, &mut found),
            b's' => gitlab(text, &mut found),
            b'-' | b'+' | b'~' | b'^' => self.heading(text, before, None, &mut found),
            0x1b => {
                if let Some((time, rest)) = agent_stamp(text) {
                    self.is_buildkite = true;
                    self.heading(rest, before, Some(time), &mut found);
                } else {
                    gitlab(text, &mut found);
                }
            }
            b'0'..=b'9' => {
                if let Some((stamp, rest)) = stamped(text) {
                    match rest.as_bytes().first() {
                        Some(b':' | b'#') => github(rest, millis(stamp), &mut found),
                        Some(b's' | 0x1b) => gitlab(rest, &mut found),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Buildkite's headings: `--- title` and `~~~ title` closed, `+++ title` open, `^^^ +++` opens the one before.
    ///
    /// In a log that Buildkite's agent wrote they need no proof. Elsewhere a heading starts with a capital, an emoji or
    /// an emoji's `:name:`, which keeps out YAML (`--- !tag`), file names of a diff and commands of a shell's trace; Go's
    /// results (`--- FAIL: TestX`), rules (`--- Summary ---`) and what a tab follows are none; `+++` is none after
    /// `---` (a diff) or within a trace; `---` is none if `+++` comes next.
    fn heading<'a>(
        &mut self,
        text: &'a str,
        before: Before,
        time: Option<i64>,
        found: &mut impl FnMut(Marker<'a>),
    ) {
        let Some((sign, title)) = text.split_once(' ') else {
            return;
        };
        let title = title.trim();
        self.before = match sign {
            "---" => Before::Minus,
            "+" | "++" | "+++" => Before::Trace,
            _ => Before::Other,
        };
        let open = |expanded, tentative| What::Open {
            key: "",
            title,
            expanded,
            tentative,
        };
        let what = match sign {
            "^^^" if title == "+++" => What::Expand,
            "---" if self.is_title(title, sign) => open(false, true),
            "~~~" if self.is_title(title, sign) => open(false, false),
            "+++" if before == Before::Other && self.is_title(title, sign) => {
                // A heading, so no trace.
                self.before = Before::Other;
                open(true, false)
            }
            _ => return,
        };
        found(Marker {
            dialect: Dialect::Buildkite,
            what,
            time,
        });
    }

    fn is_title(&self, title: &str, sign: &str) -> bool {
        let is_result = ["PASS:", "FAIL:", "SKIP:", "BENCH:"]
            .iter()
            .any(|word| title.starts_with(word));
        if title.is_empty() || is_result || title.ends_with(sign) || title.contains('\t') {
            return false;
        }
        if self.is_buildkite {
            return true;
        }
        let shown = without_colours(title);
        let is_emoji_name = shown.strip_prefix(':').is_some_and(|rest| {
            rest.split_once(':').is_some_and(|(name, _)| {
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
            })
        });
        let word = shown.split(' ').next().unwrap_or("");
        let begins = shown.chars().next().is_some_and(|first| {
            first.is_uppercase() || !(first.is_ascii() || first.is_alphanumeric())
        });
        is_emoji_name || (begins && !word.contains(['=', '/']))
    }
}

/// `::group::title`, `::endgroup::`, `::error file=…::`, and the same as `##[group]title`.
fn github<'a>(text: &'a str, time: Option<i64>, found: &mut impl FnMut(Marker<'a>)) {
    let Some(command) = text.strip_prefix("::").or_else(|| text.strip_prefix("##[")) else {
        return;
    };
    let end = if text.starts_with("::") { "::" } else { "]" };
    let Some((name, rest)) = command.split_once(end) else {
        return;
    };
    let what = match name.split(' ').next().unwrap_or("") {
        "group" => What::Open {
            key: "",
            title: rest.trim(),
            expanded: false,
            tentative: false,
        },
        "endgroup" => What::Close {
            key: "",
            alone: true,
        },
        "error" => What::Error,
        _ => return,
    };
    found(Marker {
        dialect: Dialect::GitHub,
        what,
        time,
    });
}

/// `section_start:1560896352:name[collapsed=true]`, a carriage return, `ESC [ 0 K`, the title; `section_end` likewise.
/// The runner writes the end of one and the start of the next in one line.
fn gitlab<'a>(text: &'a str, found: &mut impl FnMut(Marker<'a>)) {
    let mut rest = without_erasing(text);
    if !rest.starts_with("section_") {
        return;
    }
    loop {
        let (command, after) = rest.split_once('\r').unwrap_or((rest, ""));
        let (starts, command) = if let Some(command) = command.strip_prefix("section_start:") {
            (true, command)
        } else if let Some(command) = command.strip_prefix("section_end:") {
            (false, command)
        } else {
            return;
        };
        let Some((seconds, name)) = command.split_once(':') else {
            return;
        };
        let Ok(seconds) = seconds.parse::<i64>() else {
            return;
        };
        let (key, options) = name.split_once('[').unwrap_or((name, ""));
        let after = without_erasing(after);
        let title = after.rsplit('\r').next().map_or("", without_erasing).trim();
        let what = if starts {
            What::Open {
                key,
                title: if title.is_empty() { key } else { title },
                expanded: !options.contains("collapsed=true"),
                tentative: false,
            }
        } else {
            What::Close {
                key,
                alone: after.is_empty(),
            }
        };
        found(Marker {
            dialect: Dialect::GitLab,
            what,
            time: seconds.checked_mul(1_000),
        });
        rest = after;
    }
}

/// What Buildkite's agent writes before a line's time.
const AGENT: &str = "\u{1b}_bk;t=";

/// `ESC _ bk;t=1690000000000 BEL`: the time that Buildkite's agent puts before a line.
fn agent_stamp(text: &str) -> Option<(i64, &str)> {
    let (time, rest) = text.strip_prefix(AGENT)?.split_once('\u{7}')?;
    Some((time.parse().ok()?, rest))
}

/// `2024-05-22T12:43:46.962646Z `, which raw logs of GitHub have before each line, and GitLab with the number of the
/// stream behind it (`00O `).
fn stamped(text: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 40;
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let end = bytes.iter().take(LONGEST).position(|&byte| byte == b' ')?;
    let (stamp, rest) = (text.get(..end)?, text.get(end + 1..)?);
    let of_stream = rest.as_bytes().get(2..4);
    let rest = match of_stream {
        Some([b'O' | b'E', b' ' | b'+']) => rest.get(4..)?,
        _ => rest,
    };
    Some((stamp, rest))
}

fn millis(stamp: &str) -> Option<i64> {
    Some(stamp.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

/// The text after any number of `ESC [ 0 K`.
fn without_erasing(mut text: &str) -> &str {
    while let Some(rest) = text
        .strip_prefix("\u{1b}[0K")
        .or_else(|| text.strip_prefix("\u{1b}[K"))
    {
        text = rest;
    }
    text
}

/// The text after the colours it begins with.
fn without_colours(mut text: &str) -> &str {
    while let Some((parameters, rest)) = text
        .strip_prefix("\u{1b}[")
        .and_then(|rest| rest.split_once('m'))
        && parameters
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The markers of a text, in short: the sign, then the title, the key or nothing.
    fn read(lines: &str) -> Vec<String> {
        let mut reader = Reader::default();
        let mut all = Vec::new();
        for line in lines.split('\n') {
            reader.read(line, |marker| {
                all.push(match marker.what {
                    What::Open {
                        title,
                        expanded,
                        tentative,
                        ..
                    } => {
                        let open = if expanded { "+" } else { "-" };
                        let tentative = if tentative { "?" } else { "" };
                        format!("{open}{tentative}{title}")
                    }
                    What::Close { key, .. } => format!("/{key}"),
                    What::Expand => "^".to_owned(),
                    What::Error => "!".to_owned(),
                });
            });
        }
        all
    }

    #[test]
    fn github_groups_are_read_with_and_without_its_times() {
        assert_eq!(
            read("::group::Install\n::error file=a.js,line=1::Missing semicolon\n::endgroup::"),
            ["-Install", "!", "/"]
        );
        assert_eq!(
            read(
                "2023-03-01T12:00:00.1234567Z ##[group]Run actions/checkout@v3\n\
                 2023-03-01T12:00:01.0000000Z ##[endgroup]\n##[error]Process completed with exit code 1."
            ),
            ["-Run actions/checkout@v3", "/", "!"]
        );
        let mut time = None;
        Reader::default().read("2023-03-01T12:00:00.1234567Z ##[group]x", |marker| {
            time = marker.time;
        });
        assert_eq!(time, Some(1_677_672_000_123));
    }

    #[test]
    fn gitlab_sections_are_read_in_every_form_that_runners_write() {
        assert_eq!(
            read(
                "\u{1b}[0Ksection_start:1560896352:first[collapsed=true]\r\u{1b}[0KHeader of the first\n\
                 \u{1b}[0Ksection_end:1560896353:first\r\u{1b}[0K"
            ),
            ["-Header of the first", "/first"]
        );
        assert_eq!(
            read(
                "section_start:1600000000:prepare_executor\r\u{1b}[0K\u{1b}[0K\u{1b}[36;1mPreparing\u{1b}[0;m\n\
                 section_end:1600000003:prepare_executor\r\u{1b}[0Ksection_start:1600000003:prepare_script\r\u{1b}[0K\u{1b}[0K\u{1b}[36;1mEnvironment\u{1b}[0;m\n\
                 2024-05-22T12:43:46.962646Z 00O section_end:1600000009:prepare_script\r\u{1b}[0K"
            ),
            [
                "+\u{1b}[36;1mPreparing\u{1b}[0;m",
                "/prepare_executor",
                "+\u{1b}[36;1mEnvironment\u{1b}[0;m",
                "/prepare_script"
            ]
        );
        assert_eq!(
            read("section_start:soon:x\nsection_of_code: 3\nsections"),
            [""; 0]
        );
    }

    #[test]
    fn buildkite_headings_are_read_and_open_as_they_ask() {
        assert_eq!(
            read(
                "~~~ Preparing working directory\n--- :docker: Building\nstep 1\n+++ :rspec: Tests\n\
                 --- \u{1f528} Compiling\n^^^ +++\n+++ \u{1b}[31mFailures\u{1b}[0m"
            ),
            [
                "-Preparing working directory",
                "-?:docker: Building",
                "+:rspec: Tests",
                "-?\u{1f528} Compiling",
                "^",
                "+\u{1b}[31mFailures\u{1b}[0m"
            ]
        );
        assert_eq!(
            read("\u{1b}_bk;t=1690000000000\u{7}~~~ running agent hook\n--- installing gems"),
            ["-running agent hook", "-?installing gems"]
        );
    }

    #[test]
    fn ordinary_text_is_no_heading() {
        for text in [
            "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1,3 +1,4 @@",
            "--- /dev/null\n+++ b/new.txt",
            "--- Makefile.orig\t2020-01-01 00:00:00\n+++ Makefile\t2020-01-01 00:00:01",
            "---\napiVersion: v1\n---\n--- !reference\n--- # Source: chart/templates/x.yaml\n--- |",
            "--- FAIL: TestParse (0.00s)\n--- PASS: TestAdd (0.01s)\n--- SKIP: TestSlow (0.00s)",
            "--- Logging error ---\n--- 10.0.0.1 ping statistics ---\n-------------------- >> begin captured",
            "+ set -e\n++ dirname deploy.sh\n+++ Realpath x\n++ FOO=1\n+++ FOO=bar",
            "+++ dirname x\n+++ /usr/bin/env",
            "---- test stdout ----\n--- stderr",
            "~~~ rust\n~~~~\n^^^ here\n^^^^ +++",
            ":: not a command\n::set-output name=x::y\n##[debug]x\n## Heading\n: noop",
            "2024 files\n2024-05-22 12:43:46 group\n0: x",
            "-",
            "+++",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
        // What a test runner puts over its diff holds only until the next line.
        assert_eq!(read("--- Expected\n+++ Actual\n@@ @@"), ["-?Expected"]);
    }
}
