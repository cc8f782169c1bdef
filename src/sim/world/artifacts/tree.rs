//! The files of a repository at a commit: small, believable, and different from one commit to the next.
//!
//! Everything follows from the repository's name and the commits up to the one asked for, so that two
//! executions differ in just the files which the commits between them touched. CodeCommit's differences
//! and the source artifacts are the same files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::sim::random::Random;

/// A commit on the way to the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub id: String,
    pub message: String,
}

/// Files by path.
pub type Tree = BTreeMap<String, String>;

/// Functions added by commits that a file keeps at most.
const MOST_ADDED: usize = 12;
const MODULES: [&str; 14] = [
    "accounts", "cache", "clock", "config", "limits", "metrics", "pricing", "queue", "retry",
    "routes", "schema", "session", "store", "webhook",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Rust,
    TypeScript,
    Python,
    Terraform,
    Java,
}

impl Language {
    fn of(repository: &str) -> Self {
        let named = |words: &[&str]| words.iter().any(|word| repository.contains(word));
        if named(&["infra", "network"]) {
            Self::Terraform
        } else if named(&["web", "shop", "docs", "site"]) {
            Self::TypeScript
        } else if named(&["notify", "export", "import", "preview"]) {
            Self::Python
        } else if named(&["ledger"]) {
            Self::Java
        } else {
            Self::Rust
        }
    }

    fn path(self, module: &str) -> String {
        match self {
            Self::Rust => format!("src/{module}.rs"),
            Self::TypeScript => format!("src/{module}.ts"),
            Self::Python => format!("app/{module}.py"),
            Self::Terraform => format!("modules/{module}/main.tf"),
            Self::Java => format!("src/main/java/example/harbour/{}.java", capital(module)),
        }
    }

    fn comment(self, text: &str) -> String {
        match self {
            Self::Rust => format!("//! {text}\n\n"),
            Self::TypeScript | Self::Java => format!("// {text}\n\n"),
            Self::Python | Self::Terraform => format!("# {text}\n\n"),
        }
    }

    fn setting(self, name: &str, value: u64) -> String {
        let loud = name.to_uppercase();
        match self {
            Self::Rust => format!("pub const {loud}: u64 = {value};\n"),
            Self::TypeScript => format!("export const {loud} = {value};\n"),
            Self::Python => format!("{loud} = {value}\n"),
            Self::Terraform => {
                format!("variable \"{name}\" {{\n  type    = number\n  default = {value}\n}}\n")
            }
            Self::Java => format!("    static final long {loud} = {value};\n"),
        }
    }

    fn function(self, name: &str, why: &str, value: u64) -> String {
        match self {
            Self::Rust => format!(
                "\n/// {why}\npub fn {name}(seen: u64) -> bool {{\n    seen.saturating_mul({value}) < LIMIT\n}}\n"
            ),
            Self::TypeScript => format!(
                "\n/** {why} */\nexport function {name}(seen: number): boolean {{\n  return seen * {value} < LIMIT;\n}}\n"
            ),
            Self::Python => format!(
                "\n\ndef {name}(seen: int) -> bool:\n    \"\"\"{why}\"\"\"\n    return seen * {value} < LIMIT\n"
            ),
            Self::Terraform => format!(
                "\n# {why}\nresource \"aws_ssm_parameter\" \"{name}\" {{\n  name  = \"/harbour/{name}\"\n  type  = \"String\"\n  value = \"{value}\"\n}}\n"
            ),
            Self::Java => format!(
                "\n    /** {why} */\n    static boolean {name}(long seen) {{\n        return seen * {value} < LIMIT;\n    }}\n"
            ),
        }
    }
}

/// The files after the last of these commits, oldest first.
pub fn tree(repository: &str, steps: &[Step]) -> Tree {
    let language = Language::of(repository);
    let modules = modules(repository);
    let mut touched: Vec<Vec<&Step>> = vec![Vec::new(); modules.len()];
    for step in steps {
        for index in touches(step, modules.len()) {
            if let Some(module) = touched.get_mut(index) {
                module.push(step);
            }
        }
    }
    let mut files = fixed(repository, language);
    for (module, steps) in modules.iter().zip(&touched) {
        let text = source(repository, language, module, steps);
        files.insert(language.path(module), text);
    }
    files.insert("CHANGELOG.md".to_owned(), changelog(steps));
    files
}

/// Eight of the modules, by the repository's name.
fn modules(repository: &str) -> Vec<&'static str> {
    let mut random = Random::named(0, repository);
    let mut left = MODULES.to_vec();
    while left.len() > 8 {
        let index = random.below(left.len() as u64) as usize;
        left.remove(index);
    }
    left
}

/// One to three modules that a commit changes.
fn touches(step: &Step, modules: usize) -> Vec<usize> {
    let mut random = Random::named(0, &step.id);
    let mut found: Vec<usize> = (0..random.between(1, 3))
        .map(|_| random.below(modules as u64) as usize)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn source(repository: &str, language: Language, module: &str, steps: &[&Step]) -> String {
    let mut random = Random::named(0, &format!("{repository} {module}"));
    let mut text = language.comment(&format!("{} of {repository}.", capital(module)));
    if language == Language::Java {
        let _ = writeln!(text, "final class {} {{", capital(module));
    }
    let mut settings = |name: &str, base: u64| {
        let turned = steps
            .iter()
            .rev()
            .map(|step| Random::named(base, &step.id).below(9))
            .find(|turn| *turn < 4);
        let value = base * (turned.unwrap_or(0) + 1);
        text.push_str(&language.setting(name, value));
    };
    settings("limit", 100 * random.between(2, 40) as u64);
    settings("timeout_millis", 50 * random.between(4, 60) as u64);
    settings("attempts", random.between(2, 5) as u64);
    for (verb, why) in [
        ("accepts", "Whether one more fits."),
        ("retries", "Whether another attempt is worth it."),
        ("expires", "Whether it is too old to be of use."),
    ] {
        let name = format!("{verb}_{module}");
        text.push_str(&language.function(&name, why, random.between(2, 9) as u64));
    }
    let recent = steps.len().saturating_sub(MOST_ADDED);
    for step in steps.iter().skip(recent) {
        let (title, name) = (title(&step.message), slug(&step.message));
        let value = Random::named(7, &step.id).between(2, 99) as u64;
        let short: String = step.id.chars().take(7).collect();
        let name = format!("{name}_{short}");
        text.push_str(&language.function(&name, &format!("{title}."), value));
    }
    if language == Language::Java {
        text.push_str("}\n");
    }
    text
}

fn changelog(steps: &[Step]) -> String {
    let mut text = "# Changes\n\n".to_owned();
    for step in steps.iter().rev().take(40) {
        let short: String = step.id.chars().take(7).collect();
        let _ = writeln!(text, "- {} ({short})", title(&step.message));
    }
    text
}

/// The files that no commit of the story touches.
fn fixed(repository: &str, language: Language) -> Tree {
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let (install, build, manifest, manifest_text) = match language {
        Language::Rust => (
            "rustup toolchain install 1.95.0 --profile minimal",
            "cargo build --release --locked",
            "Cargo.toml",
            format!(
                "[package]\nname = \"{name}\"\nversion = \"1.43.0\"\nedition = \"2024\"\n\n[dependencies]\nserde = \"1\"\ntokio = \"1\"\n"
            ),
        ),
        Language::TypeScript => (
            "npm ci",
            "npm run build",
            "package.json",
            format!(
                "{{\n  \"name\": \"{name}\",\n  \"version\": \"5.12.0\",\n  \"private\": true,\n  \"scripts\": {{ \"build\": \"webpack\", \"test\": \"jest\" }}\n}}\n"
            ),
        ),
        Language::Python => (
            "pip install -r requirements.txt",
            "pytest -v && python -m build",
            "requirements.txt",
            "boto3==1.43.11\njinja2==3.1.6\npydantic==2.12.5\n".to_owned(),
        ),
        Language::Terraform => (
            "terraform init -input=false",
            "terraform plan -out=tfplan",
            "versions.tf",
            "terraform {\n  required_version = \">= 1.12\"\n}\n".to_owned(),
        ),
        Language::Java => (
            "java -version",
            "./gradlew build --no-daemon",
            "build.gradle.kts",
            "plugins {\n    java\n    application\n}\n".to_owned(),
        ),
    };
    let buildspec = format!(
        "version: 0.2\n\nphases:\n  install:\n    commands:\n      - {install}\n  build:\n    commands:\n      - {build}\n\nartifacts:\n  files:\n    - \"**/*\"\n"
    );
    let readme = format!(
        "# {name}\n\nPart of the harbour shop. Built by its pipeline from every push; see buildspec.yml.\n"
    );
    let mut files = Tree::new();
    files.insert("README.md".to_owned(), readme);
    files.insert("buildspec.yml".to_owned(), buildspec);
    files.insert(manifest.to_owned(), manifest_text);
    files.insert(
        ".gitignore".to_owned(),
        "target/\ndist/\n*.log\n".to_owned(),
    );
    for (path, text) in deployment_files(name) {
        files.insert(path.to_owned(), text);
    }
    files
}

/// What CodeDeploy's agent reads and runs.
pub fn deployment_files(name: &str) -> [(&'static str, String); 4] {
    [
        (
            "appspec.yml",
            format!(
                "version: 0.0\nos: linux\nfiles:\n  - source: /\n    destination: /opt/{name}\nhooks:\n  ApplicationStop:\n    - location: scripts/stop.sh\n      timeout: 60\n  ApplicationStart:\n    - location: scripts/start.sh\n      timeout: 120\n  ValidateService:\n    - location: scripts/validate.sh\n      timeout: 90\n"
            ),
        ),
        (
            "scripts/start.sh",
            format!("#!/usr/bin/env bash\nset -euo pipefail\nsystemctl start {name}\n"),
        ),
        (
            "scripts/stop.sh",
            format!("#!/usr/bin/env bash\nset -euo pipefail\nsystemctl stop {name} || true\n"),
        ),
        (
            "scripts/validate.sh",
            "#!/usr/bin/env bash\nset -euo pipefail\nfor _ in $(seq 60); do\n  curl --fail --silent http://127.0.0.1:8080/health && exit 0\n  sleep 1\ndone\nexit 1\n".to_owned(),
        ),
    ]
}

/// The first line of a message.
fn title(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// The first words of a message as a name.
fn slug(message: &str) -> String {
    let words = title(message)
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(4)
        .map(str::to_lowercase);
    let name = words.collect::<Vec<_>>().join("_");
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name
    } else {
        format!("change_{name}")
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Step, tree};

    fn steps(count: usize) -> Vec<Step> {
        (0..count)
            .map(|number| Step {
                id: format!("{number:040x}"),
                message: format!("Bound the queue at {number} (HARB-{number})\n\nMore text."),
            })
            .collect()
    }

    #[test]
    fn a_commit_changes_a_few_files_and_names_itself() {
        for repository in [
            "checkout-api",
            "web-shop",
            "notify-worker",
            "infra",
            "ledger",
        ] {
            for count in 1..20 {
                let (before, after) = (
                    tree(repository, &steps(count)),
                    tree(repository, &steps(count + 1)),
                );
                assert!(before.keys().eq(after.keys()), "{repository}");
                let changed = after
                    .iter()
                    .filter(|(path, text)| before.get(*path) != Some(text))
                    .count();
                assert!(
                    (2..=4).contains(&changed),
                    "{repository} {count}: {changed}"
                );
                assert!(after["CHANGELOG.md"].contains(&format!("at {count} (HARB-{count})")));
            }
        }
    }

    #[test]
    fn the_same_commits_give_the_same_files() {
        assert_eq!(tree("orders-api", &steps(9)), tree("orders-api", &steps(9)));
        let files = tree("orders-api", &steps(9));
        for path in [
            "README.md",
            "buildspec.yml",
            "Cargo.toml",
            "scripts/start.sh",
        ] {
            assert!(files.contains_key(path), "{path}");
        }
        assert!(files.len() > 15, "{}", files.len());
    }
}
