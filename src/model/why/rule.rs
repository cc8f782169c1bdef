//! What a rule says: by which words a tool tells that, where and why it failed.
//!
//! A rule is data; the tables are in [`super::rules`], and what is done with them in [`super::finder`].

/// How much a line says. The first line of the best rank is the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Names the defect: what is wrong, mostly where.
    Cause,
    /// Names a step or a test that failed, or says what is wrong in general words.
    Said,
    /// Follows from a cause that stands elsewhere: `make: *** Error 2`.
    Effect,
    /// Only a word such as `failed` or `denied`.
    Vague,
}

/// What the line of a rule is put together with to make a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    Alone,
    /// The next line that is not empty says on.
    Next,
    /// The next line says what happened, this one only where.
    NextFirst,
}

/// Where the file and the line of source code are told, if not in the line itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Here,
    Below,
    Above,
}

/// A line that says why, or that a test failed.
///
/// The pattern is held against the line as drawn, without what a build of a container image puts before it. Its groups:
/// `text` is what it says (else the whole line), `file` and `line` where, `test` which test failed, `count` how many did.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub tool: &'static str,
    pub pattern: &'static str,
    pub rank: Rank,
    pub join: Join,
    pub place: Place,
    /// The last such line counts, not the first.
    pub last: bool,
    /// What a person can do about it; empty where the line says all.
    pub hint: &'static str,
}

impl Rule {
    pub const fn cause(tool: &'static str, pattern: &'static str) -> Self {
        Self {
            tool,
            pattern,
            rank: Rank::Cause,
            join: Join::Alone,
            place: Place::Here,
            last: false,
            hint: "",
        }
    }

    pub const fn said(tool: &'static str, pattern: &'static str) -> Self {
        Self {
            rank: Rank::Said,
            ..Self::cause(tool, pattern)
        }
    }

    pub const fn effect(tool: &'static str, pattern: &'static str) -> Self {
        Self {
            rank: Rank::Effect,
            ..Self::cause(tool, pattern)
        }
    }

    pub const fn vague(tool: &'static str, pattern: &'static str) -> Self {
        Self {
            rank: Rank::Vague,
            ..Self::cause(tool, pattern)
        }
    }

    pub const fn joined(self, join: Join) -> Self {
        Self { join, ..self }
    }

    pub const fn placed(self, place: Place) -> Self {
        Self { place, ..self }
    }

    pub const fn last(self) -> Self {
        Self { last: true, ..self }
    }

    pub const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
}
