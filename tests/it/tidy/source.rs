//! Reads the package's Rust files, and finds in them the paths that the code names. Comments and literals are blanked
//! first, so that prose and test data never count as code. This is not a parser: it knows just enough of Rust's
//! tokens to follow `use` groups, `super` and inline modules.

use std::fs;
use std::path::{Path, PathBuf};

/// The package's own folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One Rust file.
pub struct Source {
    /// Relative to the package, with `/`.
    pub path: String,
    pub text: String,
    /// The text with comments, strings and character literals blanked; lines stay where they are.
    pub code: String,
}

/// A path that the code names: `crate::model::ids` is `["crate", "model", "ids"]`. `super` is resolved.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub segments: Vec<String>,
}

/// Every Rust file below a folder of the package, sorted by path.
pub fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let path = file.strip_prefix(root()).unwrap();
            Source {
                path: path.to_str().unwrap().replace('\\', "/"),
                code: blank(&text),
                text,
            }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    /// `src/ui/views/board.rs` is `["ui", "views", "board"]`; `src/ui/mod.rs` is `["ui"]`.
    pub fn module(&self) -> Vec<String> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if module
            .last()
            .is_some_and(|last| last == "mod" || last == "lib")
        {
            module.pop();
        }
        module
    }

    /// The paths of two and more segments that the code names, groups spelled out.
    pub fn named(&self) -> Vec<Named> {
        Walk {
            tokens: tokens(&self.code),
            module: self.module(),
            inline: Vec::new(),
            named: Vec::new(),
        }
        .run()
    }

    /// Lines on which the macro is called.
    pub fn macro_calls(&self, name: &str) -> Vec<usize> {
        let tokens = tokens(&self.code);
        tokens
            .windows(2)
            .filter(|pair| pair[0].text == name && pair[1].text == "!")
            .map(|pair| pair[0].line)
            .collect()
    }
}

#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Words, `::`, and single other characters.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|next: char| !next.is_alphanumeric() && next != '_')
                    .unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (token, after) = rest.split_at(length);
            tokens.push(Token {
                line: index + 1,
                text: token.to_owned(),
            });
            rest = after.trim_start();
        }
    }
    tokens
}

struct Walk {
    tokens: Vec<Token>,
    module: Vec<String>,
    /// Inline modules that we are in: name, and the brace depth inside it.
    inline: Vec<(String, usize)>,
    named: Vec<Named>,
}

impl Walk {
    fn run(mut self) -> Vec<Named> {
        let mut depth = 0;
        let mut at = 0;
        while at < self.tokens.len() {
            match self.text(at) {
                "{" => depth += 1,
                "}" => {
                    if self
                        .inline
                        .last()
                        .is_some_and(|(_, inside)| *inside == depth)
                    {
                        self.inline.pop();
                    }
                    depth -= 1;
                }
                "mod" if is_word(self.text(at + 1)) && self.text(at + 2) == "{" => {
                    self.inline.push((self.text(at + 1).to_owned(), depth + 1));
                    at += 1;
                }
                word if is_word(word) && self.text(at + 1) == "::" => {
                    at = self.path(at, Vec::new());
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        self.named
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// Reads a path from `at` on, under `base`, and notes it. Returns where it ends.
    fn path(&mut self, mut at: usize, base: Vec<String>) -> usize {
        let line = self.tokens[at].line;
        let mut segments = base;
        loop {
            match self.text(at) {
                "super" => {
                    if segments.is_empty() {
                        segments.push("crate".to_owned());
                        segments.extend(self.module.iter().cloned());
                        segments.extend(self.inline.iter().map(|(name, _)| name.clone()));
                    }
                    segments.pop();
                }
                // `self::x` is below us, and `a::{self}` is `a`.
                "self" => {}
                "{" => return self.group(at, &segments),
                word if is_word(word) || word == "*" => segments.push(word.to_owned()),
                _ => break,
            }
            at += 1;
            if self.text(at) != "::" {
                break;
            }
            at += 1;
        }
        if segments.len() > 1 {
            self.named.push(Named { line, segments });
        }
        at
    }

    fn group(&mut self, open: usize, base: &[String]) -> usize {
        let mut at = open + 1;
        while at < self.tokens.len() && self.text(at) != "}" {
            at = if self.text(at) == "," {
                at + 1
            } else {
                let end = self.path(at, base.to_vec());
                // `name as other`
                let end = if self.text(end) == "as" { end + 2 } else { end };
                end.max(at + 1)
            };
        }
        at + 1
    }
}

/// Blanks comments and literals, keeping every line break.
fn blank(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = literal_end(&characters, at);
        if end == at {
            code.push(characters[at]);
            at += 1;
        } else {
            let blanked = characters[at..end]
                .iter()
                .map(|character| if *character == '\n' { '\n' } else { ' ' });
            code.extend(blanked);
            at = end;
        }
    }
    code
}

/// Where the comment or literal that starts at `at` ends; `at` itself if none starts there.
fn literal_end(characters: &[char], at: usize) -> usize {
    let next = characters.get(at + 1).copied();
    match characters[at] {
        '/' if next == Some('/') => find(characters, at, |rest| rest[0] == '\n'),
        '/' if next == Some('*') => comment_end(characters, at),
        '"' => string_end(characters, at),
        'r' if !follows_word(characters, at) || characters[at - 1] == 'b' => {
            let quote = find(characters, at + 1, |rest| rest[0] != '#');
            if characters.get(quote) != Some(&'"') {
                return at;
            }
            let mut closing = vec!['"'];
            closing.extend(std::iter::repeat_n('#', quote - at - 1));
            find(characters, quote + 1, |rest| rest.starts_with(&closing)) + closing.len()
        }
        '\'' if next == Some('\\') => find(characters, at + 3, |rest| rest[0] == '\'') + 1,
        // Else it is a lifetime.
        '\'' if characters.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn follows_word(characters: &[char], at: usize) -> bool {
    at > 0 && (characters[at - 1].is_alphanumeric() || characters[at - 1] == '_')
}

fn find(characters: &[char], from: usize, is_it: impl Fn(&[char]) -> bool) -> usize {
    (from..characters.len())
        .find(|at| is_it(&characters[*at..]))
        .unwrap_or(characters.len())
}

fn string_end(characters: &[char], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < characters.len() && characters[at] != '"' {
        at += if characters[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(characters.len())
}

fn comment_end(characters: &[char], open: usize) -> usize {
    let mut depth = 0;
    let mut at = open;
    while at < characters.len() {
        if characters[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if characters[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        let source = Source {
            path: "src/ui/views/board.rs".to_owned(),
            text: text.to_owned(),
            code: blank(text),
        };
        source
            .named()
            .into_iter()
            .map(|named| named.segments.join("::"))
            .collect()
    }

    #[test]
    fn groups_and_renames_are_spelled_out() {
        assert_eq!(
            named("use crate::{model::{ids, time as t}, ui};\nlet x = tokio::spawn(y);"),
            [
                "crate::model::ids",
                "crate::model::time",
                "crate::ui",
                "tokio::spawn"
            ]
        );
    }

    #[test]
    fn super_counts_from_the_file_and_from_inline_modules() {
        assert_eq!(
            named("use super::project::X;"),
            ["crate::ui::views::project::X"]
        );
        assert_eq!(
            named("mod tests { use super::*; use super::super::project; }\nuse super::a;"),
            [
                "crate::ui::views::board::*",
                "crate::ui::views::project",
                "crate::ui::views::a"
            ]
        );
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let text = "// tokio::a\n/* tokio::b /* */ tokio::c */ let s = \"tokio::d \\\" tokio::e\"; \
                    let r = r#\"tokio::f \" tokio::g\"#; let q = '\"'; let l: &'a str = std::f(); let e = '\\''; b::c()";
        assert_eq!(named(text), ["std::f", "b::c"]);
    }

    #[test]
    fn a_line_is_kept() {
        let source = Source {
            path: "src/x.rs".to_owned(),
            text: String::new(),
            code: blank("/* one\ntwo */\n\"a\nb\"; print!(\"\")"),
        };
        assert_eq!(source.macro_calls("print"), [4]);
    }
}
