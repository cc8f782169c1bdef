//! The rules, tool by tool. The first rule of the tables that matches a line decides about that line, so what is special
//! stands before what is general, and effects that carry the word `error` before the errors.

mod cloud;
mod code;
mod containers;
mod general;
mod packages;
mod scripts;
mod tests;

use super::rule::Rule;

/// Every rule, in the order in which they are tried.
pub fn all() -> impl Iterator<Item = &'static Rule> + Clone {
    [
        general::SYSTEM,
        containers::RULES,
        cloud::RULES,
        code::RULES,
        scripts::RULES,
        tests::RULES,
        packages::RULES,
        general::RULES,
    ]
    .into_iter()
    .flatten()
}
