//! Where a project's buildspec lies, and what its own `env` refers to.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::build::{BuildSource, Reference, ReferenceKind};

/// What a build reads by itself where the project names nothing else.
const USUAL: &str = "buildspec.yml";

/// Where the buildspec lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildspecPlace<'a> {
    /// With the project.
    Inline(&'a str),
    /// An object, by bucket and key.
    S3(&'a str, &'a str),
    /// A path in the source.
    Source(&'a str),
}

impl BuildSource {
    pub fn buildspec_place(&self) -> BuildspecPlace<'_> {
        if let Some(text) = self.inline_buildspec() {
            return BuildspecPlace::Inline(text);
        }
        let path = self.buildspec.as_deref().filter(|path| !path.is_empty());
        let path = path.unwrap_or(USUAL);
        // `arn:aws:s3:::bucket/path/buildspec.yml`
        let object = path
            .split_once(":s3:::")
            .and_then(|(_, object)| object.split_once('/'));
        match object {
            Some((bucket, key)) if path.starts_with("arn:") => BuildspecPlace::S3(bucket, key),
            _ => BuildspecPlace::Source(path),
        }
    }
}

/// What a project refers to, and how much is known of what its buildspec does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct References {
    pub found: Vec<Reference>,
    pub buildspec: BuildspecRead,
}

/// Whether a buildspec's own references are among those found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildspecRead {
    Read,
    /// It lies at this path in the source, which is not read.
    InSource(String),
    /// Why it could not be read.
    Unreadable(String),
}

impl BuildspecRead {
    /// What a person has to know of it; none where everything was looked for.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Read => None,
            Self::InSource(path) => Some(format!(
                "The buildspec lies in the source ({path}) and is not read: what its own env refers to is not looked for."
            )),
            Self::Unreadable(why) => Some(format!(
                "What the buildspec's own env refers to is not looked for: {why}."
            )),
        }
    }
}

/// A variable of a buildspec that stands for a parameter or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildspecReference {
    pub variable: String,
    pub kind: ReferenceKind,
    /// As the buildspec says it.
    pub name: String,
}

/// What of a buildspec is read here; all else is CodeBuild's.
#[derive(Deserialize)]
struct Buildspec {
    env: Option<Env>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Env {
    parameter_store: Option<BTreeMap<String, String>>,
    secrets_manager: Option<BTreeMap<String, String>>,
}

/// The parameters and secrets that a buildspec's `env` names (buildspec syntax, CodeBuild user guide), in the order of
/// their variables. The error says in a sentence what is wrong with the text, and quotes none of it: it may hold secrets.
pub fn buildspec_references(text: &str) -> Result<Vec<BuildspecReference>, String> {
    let spec: Buildspec = serde_saphyr::from_str(text).map_err(|error| {
        let line = error
            .location()
            .map(|at| format!(", at line {}", at.line()));
        format!(
            "it is not the YAML that CodeBuild takes{}",
            line.unwrap_or_default()
        )
    })?;
    let Some(env) = spec.env else {
        return Ok(Vec::new());
    };
    let of_kind = |kind, all: Option<BTreeMap<String, String>>| {
        let all = all.into_iter().flatten();
        all.map(move |(variable, name)| BuildspecReference {
            variable,
            kind,
            name,
        })
    };
    let mut all: Vec<BuildspecReference> = of_kind(ReferenceKind::Parameter, env.parameter_store)
        .chain(of_kind(ReferenceKind::Secret, env.secrets_manager))
        .collect();
    all.sort_by(|one, other| one.variable.cmp(&other.variable));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(buildspec: Option<&str>) -> String {
        let source = BuildSource {
            buildspec: buildspec.map(str::to_owned),
            ..BuildSource::default()
        };
        format!("{:?}", source.buildspec_place())
    }

    #[test]
    fn a_buildspec_lies_with_the_project_in_s3_or_in_the_source() {
        assert_eq!(place(Some("version: 0.2\n")), r#"Inline("version: 0.2\n")"#);
        assert_eq!(
            place(Some("arn:aws:s3:::specs/pier/buildspec.yml")),
            r#"S3("specs", "pier/buildspec.yml")"#
        );
        assert_eq!(place(Some("ci/build.yml")), r#"Source("ci/build.yml")"#);
        for usual in [None, Some("")] {
            assert_eq!(place(usual), r#"Source("buildspec.yml")"#);
        }
    }

    #[test]
    fn the_env_of_a_buildspec_is_read_whatever_else_stands_in_it() {
        let text = "version: 0.2\nenv:\n  shell: bash\n  variables:\n    A: \"1\"\n  parameter-store:\n    TOKEN: /pier/token\n    \"LOST\": '/pier/lost:3'\n  secrets-manager: { DB: \"pier/db:password\" }\n  exported-variables: [TAG]\nphases:\n  build:\n    commands:\n      - echo \"a: b\" && make\n      - |\n        cat <<EOF\n        env: none\n        EOF\n";
        let found = buildspec_references(text).unwrap();
        let found: Vec<String> = found
            .iter()
            .map(|it| format!("{} {:?} {}", it.variable, it.kind, it.name))
            .collect();
        assert_eq!(
            found,
            [
                "DB Secret pier/db:password",
                "LOST Parameter /pier/lost:3",
                "TOKEN Parameter /pier/token"
            ]
        );
        for nothing in ["version: 0.2\nphases: {}\n", "version: 0.2\nenv:\n", "{}"] {
            assert_eq!(buildspec_references(nothing), Ok(Vec::new()), "{nothing}");
        }
    }

    #[test]
    fn what_is_no_buildspec_is_said_without_quoting_it() {
        let text = "env:\n  parameter-store:\n    TOKEN: [hunter2\n";
        let why = buildspec_references(text).unwrap_err();
        assert!(why.starts_with("it is not the YAML"), "{why}");
        assert!(!why.contains("hunter2") && !why.contains('\n'), "{why}");
        // Anchors that refer to anchors, ten deep: a page of memory, or a billion lines.
        let mut bomb = "a0: &a0 [x]\n".to_owned();
        for depth in 1..12 {
            let before = format!("*a{}, ", depth - 1).repeat(10);
            bomb.push_str(&format!("a{depth}: &a{depth} [{before}]\n"));
        }
        // It ends, whichever way.
        buildspec_references(&bomb).ok();
    }
}
