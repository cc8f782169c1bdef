//! Plaintext variables that look like secrets: whoever may look at a project reads them.

use std::borrow::Cow;

use crate::model::build::{BuildAbout, VariableValue};
use crate::model::mask;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// The variable.
    pub name: String,
    /// Why it is suspected, as a sentence without the value.
    pub why: &'static str,
}

/// In the order of the variables. A name that speaks of secrets with nothing behind it is none.
pub fn suspicions(about: &BuildAbout) -> Vec<Suspicion> {
    let variables = about.environment.variables.iter();
    variables
        .filter_map(|variable| {
            let (VariableValue::Plain(value) | VariableValue::Other(_, value)) = &variable.value
            else {
                return None;
            };
            Some(Suspicion {
                name: variable.name.clone(),
                why: suspected(&variable.name, value.reveal())?,
            })
        })
        .collect()
}

/// A plaintext value as it may be shown to who has not asked to see it.
pub fn shown_value<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let shown = mask::shown(name, value, &[]);
    if shown == value && suspected(name, value).is_some() {
        Cow::Borrowed(mask::MASK)
    } else {
        shown
    }
}

/// Why a plaintext value is suspected; none if it is not.
pub(super) fn suspected(name: &str, value: &str) -> Option<&'static str> {
    let shown = mask::shown(name, value, &[]);
    let is_masked = shown != value;
    let has_secret = |line: &str| mask::secrets(line).next().is_some();
    if is_masked && mask::looks_secret(name) {
        Some("its name says that it is a secret")
    } else if is_masked || value.lines().any(has_secret) {
        Some("its value has the form of a secret")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::{Environment, PlainValue, Variable};

    #[test]
    fn names_and_forms_are_suspected_and_references_and_switches_are_not() {
        let plain = |name: &str, value: &str| Variable {
            name: name.to_owned(),
            value: VariableValue::Plain(PlainValue::new(value)),
        };
        let about = BuildAbout {
            environment: Environment {
                variables: vec![
                    plain("STAGE", "prod"),
                    plain("DB_PASSWORD", "hunter2"),
                    plain("KEY", "AKIAIOSFODNN7EXAMPLE"),
                    plain("GH", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
                    plain("API_TOKEN", ""),
                    Variable {
                        name: "NPM_TOKEN".to_owned(),
                        value: VariableValue::ParameterStore("/npm".to_owned()),
                    },
                ],
                ..Environment::default()
            },
            ..BuildAbout::default()
        };
        let found = suspicions(&about);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["DB_PASSWORD", "KEY", "GH"]);
        assert!(found.iter().all(|one| !one.why.contains("hunter2")));
        // What is suspected is not shown either, by its name or by its form.
        for variable in &about.environment.variables {
            if let VariableValue::Plain(value) = &variable.value {
                let hidden = shown_value(&variable.name, value.reveal()) == mask::MASK;
                assert_eq!(hidden, names.contains(&variable.name.as_str()));
            }
        }
    }
}
