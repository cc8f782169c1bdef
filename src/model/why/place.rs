//! Where in the source code something failed, as tools write it.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use super::rule::Place;

/// A file and a line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePlace {
    pub file: String,
    pub line: Option<u32>,
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.file),
            None => formatter.write_str(&self.file),
        }
    }
}

/// How many lines below and above are looked at.
const BELOW: u32 = 25;
const ABOVE: u32 = 40;

/// From the surest form to the loosest.
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"--> (?P<file>[^\s:]+):(?P<line>\d+)",
        r#"File "(?P<file>[^"]+)", line (?P<line>\d+)"#,
        r"\bon (?P<file>\S+\.tf(?:\.json)?) line (?P<line>\d+)",
        r"\((?P<file>[\w$.-]+\.(?:java|kt|scala|groovy)):(?P<line>\d+)\)",
        r"(?P<file>[\w@.~/\\-]*[\w-]\.[A-Za-z]\w{0,4}):(?P<line>\d+)",
    ]
    .iter()
    .filter_map(|form| Regex::new(form).ok())
    .collect()
});

/// A line that is a path and nothing else.
static PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:\./)?(?P<file>[\w@.~/\\-]+\.[A-Za-z]\w{0,4})$").ok());

/// The code of others, which is seldom where the defect is.
const OTHERS: &[&str] = &[
    "node_modules",
    "site-packages",
    "dist-packages",
    "/usr/lib",
    "/rustc/",
    "node:internal",
    "<frozen",
    "<string>",
    "/.cargo/registry",
    "/vendor/bundle",
    "/gems/",
];

/// The place that the line `at` tells of: what the rule's own groups hold, else what stands near it. `text` gives the
/// lines by their number.
pub fn of(
    place: Place,
    file: Option<&str>,
    line: Option<u32>,
    text: impl Fn(u32) -> Option<String>,
    at: u32,
) -> Option<SourcePlace> {
    if let Some(file) = file {
        return Some(SourcePlace {
            file: file.to_owned(),
            line,
        });
    }
    match place {
        Place::Here => None,
        Place::Below => (at..at.saturating_add(BELOW)).find_map(|below| read(&text(below)?)),
        Place::Above => (at.saturating_sub(ABOVE)..at)
            .rev()
            .find_map(|above| match line {
                // A linter names the file once, above all it has to say of it.
                Some(_) => path(&text(above)?),
                None => read(&text(above)?),
            })
            .map(|found| SourcePlace {
                line: line.or(found.line),
                ..found
            }),
    }
}

fn read(text: &str) -> Option<SourcePlace> {
    if OTHERS.iter().any(|other| text.contains(other)) {
        return None;
    }
    FORMS.iter().find_map(|form| {
        let captures = form.captures(text)?;
        Some(SourcePlace {
            file: captures.name("file")?.as_str().to_owned(),
            line: captures.name("line")?.as_str().parse().ok(),
        })
    })
}

fn path(text: &str) -> Option<SourcePlace> {
    let captures = PATH.as_ref()?.captures(text.trim())?;
    Some(SourcePlace {
        file: captures.name("file")?.as_str().to_owned(),
        line: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_the_code_of_others_is_passed_over() {
        for (text, place) in [
            ("  --> src/main.rs:4:5", "src/main.rs:4"),
            (
                "  File \"/src/app/x.py\", line 12, in f",
                "/src/app/x.py:12",
            ),
            ("  on main.tf line 7, in resource \"x\" \"y\":", "main.tf:7"),
            ("\tat com.acme.Sum.add(Sum.java:31)", "Sum.java:31"),
            (
                "      at Object.<anonymous> (src/sum.test.js:5:10)",
                "src/sum.test.js:5",
            ),
            ("tests/test_x.py:31: AssertionError", "tests/test_x.py:31"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), place);
        }
        assert_eq!(read("  at f (node_modules/x/y.js:1:2)"), None);
        assert_eq!(read("no place: 12"), None);
        assert_eq!(FORMS.len(), 5);
    }

    #[test]
    fn a_linter_names_its_file_above() {
        let lines = ["/src/a.js", "  1:1  warning  x", "  3:7  error  y"];
        let text = |line: u32| lines.get(line as usize).map(|&line| line.to_owned());
        assert_eq!(
            of(Place::Above, None, Some(3), text, 2)
                .unwrap()
                .to_string(),
            "/src/a.js:3"
        );
    }
}
