//! The command lines that run a build on one's own machine, with AWS's own agent.
//!
//! The agent's script hands its arguments to `eval` between double quotes (codebuild_build.sh in
//! aws/aws-codebuild-docker-images), so quoting for the shell is not enough: a value with a sign that means something there
//! is refused. No secret stands on a command line or in the file for the variables.

use crate::model::build::suspicion::suspected;
use crate::model::build::{BuildAbout, BuildSource, PlainValue, VariableValue};

/// What to do, in order, and what will differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalRun {
    /// To be written into the folder of the sources first.
    pub files: Vec<LocalFile>,
    pub steps: Vec<LocalStep>,
    /// The last step without AWS's script: the same container.
    pub docker: String,
    /// What is not as in CodeBuild, as sentences.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    pub name: &'static str,
    pub text: String,
}

/// One command line, safe to paste, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalStep {
    pub why: &'static str,
    pub command: String,
}

/// Beside the project's own files, so that they are easy to tell and to delete.
const VARIABLES: &str = "codebuild-local.env";
const BUILDSPEC: &str = "codebuild-local.yml";
/// Where artifacts go.
const ARTIFACTS: &str = "codebuild-artifacts";

const SCRIPT: &str = "https://raw.githubusercontent.com/aws/aws-codebuild-docker-images/master/local_builds/codebuild_build.sh";
const AGENT: &str = "public.ecr.aws/codebuild/local-builds:latest";
const AGENT_ARM: &str = "public.ecr.aws/codebuild/local-builds:aarch64";

/// The way to run a project's or a build's buildspec in its image, in a folder that holds its sources. `commit`: what the
/// build ran on. `profile`: the AWS profile whose credentials the build shall have.
///
/// The error says why it cannot be run here.
pub fn local_command(
    about: &BuildAbout,
    commit: Option<&str>,
    profile: Option<&str>,
) -> Result<LocalRun, String> {
    let arm = machine(&about.environment.kind)?;
    let image = Image::of(&about.environment.image)?;
    let primary = about.sources.first();
    let mut run = LocalRun {
        files: vec![variables(about)],
        ..LocalRun::default()
    };
    run.steps.extend(check_out(commit)?);
    run.steps.extend(image.steps.clone());
    run.steps.push(LocalStep {
        why: "AWS's script for local builds",
        command: format!("curl -fsSO {SCRIPT} && chmod +x codebuild_build.sh"),
    });
    let buildspec = buildspec(primary, &mut run)?;
    let options = Options {
        image: &image.name,
        buildspec: buildspec.as_deref(),
        privileged: about.environment.privileged,
        agent: if arm { AGENT_ARM } else { AGENT },
        profile: checked("the profile", profile)?,
        secondary: secondary(about)?,
    };
    run.steps.push(LocalStep {
        why: "the build",
        command: options.script(),
    });
    run.docker = options.docker();
    run.notes.extend(notes(about, profile, arm));
    Ok(run)
}

/// Whether it is an ARM machine; or why there is none for it here.
fn machine(kind: &str) -> Result<bool, String> {
    if kind.contains("LAMBDA") {
        return Err(format!(
            "{kind}: this runs on Lambda compute, for which AWS gives no agent to run it elsewhere"
        ));
    }
    if kind.starts_with("WINDOWS") {
        return Err(format!(
            "{kind}: AWS's agent runs Linux containers only; a Windows build needs a Windows host of its own"
        ));
    }
    if kind.starts_with("MAC") {
        return Err(format!(
            "{kind}: this runs on a Mac itself and in no container"
        ));
    }
    if kind.contains("EC2") {
        return Err(format!(
            "{kind}: this runs on an instance itself and in no container"
        ));
    }
    Ok(kind.starts_with("ARM"))
}

/// The image by the name it has on this machine, and how it gets here.
struct Image {
    name: String,
    steps: Vec<LocalStep>,
}

impl Image {
    fn of(told: &str) -> Result<Self, String> {
        if told.is_empty() {
            return Err("AWS tells of no image".to_owned());
        }
        let told = checked("the image", Some(told))?.unwrap_or_default();
        if let Some(curated) = told.strip_prefix("aws/codebuild/") {
            return Self::curated(told, curated);
        }
        let pull = |why| LocalStep {
            why,
            command: format!("docker pull {}", quoted(told)),
        };
        let registry = told.split('/').next().unwrap_or_default();
        let mut steps = Vec::new();
        if let Some(region) = region_of_ecr(registry) {
            steps.push(LocalStep {
                why: "signing in to the image's registry",
                command: format!(
                    "aws ecr get-login-password --region {} | docker login --username AWS --password-stdin {}",
                    quoted(region),
                    quoted(registry)
                ),
            });
        }
        steps.push(pull("the build's image"));
        Ok(Self {
            name: told.to_owned(),
            steps,
        })
    }

    /// AWS publishes its Amazon Linux images; those of Ubuntu are to be built from its repository (local_builds/README.md
    /// there).
    fn curated(told: &str, curated: &str) -> Result<Self, String> {
        if curated.starts_with("windows") {
            return Err(format!("{told}: AWS's agent runs Linux containers only"));
        }
        if curated.starts_with("amazonlinux") {
            let name = format!("public.ecr.aws/codebuild/{curated}");
            let command = format!("docker pull {}", quoted(&name));
            let why = "the build's image";
            return Ok(Self {
                name,
                steps: vec![LocalStep { why, command }],
            });
        }
        let version = curated.strip_prefix("standard:");
        // `7.0-24.01.01` is a day's edition of 7.0, which the repository keeps under its version.
        let version = version.and_then(|version| version.split('-').next());
        let Some(version) = version.filter(|version| is_version(version)) else {
            return Err(format!(
                "{told}: AWS publishes this image nowhere; its repository aws/aws-codebuild-docker-images may hold what it was built from"
            ));
        };
        let name = format!("aws/codebuild/standard:{version}");
        let command = format!(
            "git clone --depth 1 https://github.com/aws/aws-codebuild-docker-images.git ../aws-codebuild-docker-images && docker build -t {name} ../aws-codebuild-docker-images/ubuntu/standard/{version}"
        );
        let why = "the build's image, which AWS publishes only as the files to build it from";
        Ok(Self {
            name,
            steps: vec![LocalStep { why, command }],
        })
    }
}

fn is_version(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com`
fn region_of_ecr(registry: &str) -> Option<&str> {
    let (_, rest) = registry.split_once(".dkr.ecr.")?;
    let (region, rest) = rest.split_once('.')?;
    rest.starts_with("amazonaws.com").then_some(region)
}

fn check_out(commit: Option<&str>) -> Result<Option<LocalStep>, String> {
    let is_commit = |text: &&str| {
        matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let commit = checked("the commit", commit.filter(is_commit))?;
    Ok(commit.map(|commit| LocalStep {
        why: "what the build ran on; in a folder of its own, because it moves what is checked out",
        command: format!("git checkout --detach {}", quoted(commit)),
    }))
}

/// The file of the buildspec, where it is not the one that the agent looks for by itself.
fn buildspec(source: Option<&BuildSource>, run: &mut LocalRun) -> Result<Option<String>, String> {
    let Some(source) = source else {
        return Ok(None);
    };
    if let Some(text) = source.inline_buildspec() {
        run.files.push(LocalFile {
            name: BUILDSPEC,
            text: text.to_owned(),
        });
        return Ok(Some(BUILDSPEC.to_owned()));
    }
    let path = checked("the buildspec's path", source.buildspec.as_deref())?;
    let object = path.and_then(|path| path.split_once(":s3:::"));
    if let Some((_, object)) = object {
        run.steps.push(LocalStep {
            why: "the buildspec, which is kept in S3",
            command: format!(
                "aws s3 cp {} {BUILDSPEC}",
                quoted(&format!("s3://{object}"))
            ),
        });
        return Ok(Some(BUILDSPEC.to_owned()));
    }
    Ok(path.map(str::to_owned))
}

/// Identifiers of the further sources, each to lie in a folder of its name beside the first.
fn secondary(about: &BuildAbout) -> Result<Vec<&str>, String> {
    let others = about.sources.iter().skip(1);
    others
        .map(|source| {
            let name = source.identifier.as_str();
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if name.is_empty() || !name.bytes().all(is_plain) {
                return Err(format!(
                    "a source's identifier is none that the agent takes: {name:?}"
                ));
            }
            Ok(name)
        })
        .collect()
}

struct Options<'a> {
    image: &'a str,
    buildspec: Option<&'a str>,
    privileged: bool,
    agent: &'static str,
    profile: Option<&'a str>,
    secondary: Vec<&'a str>,
}

impl Options<'_> {
    fn script(&self) -> String {
        let mut line = format!(
            "./codebuild_build.sh -i {} -a {ARTIFACTS} -s . -e {VARIABLES}",
            quoted(self.image)
        );
        for name in &self.secondary {
            line += &format!(" -s {name}:../{name}");
        }
        if let Some(buildspec) = self.buildspec {
            line += &format!(" -b {}", quoted(buildspec));
        }
        if self.privileged {
            line += " -d";
        }
        if self.agent != AGENT {
            line += &format!(" -l {}", self.agent);
        }
        if let Some(profile) = self.profile {
            line += &format!(" -c -p {}", quoted(profile));
        }
        line
    }

    /// What the script makes of it (codebuild_build.sh), in one line.
    fn docker(&self) -> String {
        let mut line = format!(
            r#"docker run -it -v /var/run/docker.sock:/var/run/docker.sock -e "IMAGE_NAME={}" -e "ARTIFACTS=$PWD/{ARTIFACTS}" -e "SOURCE=$PWD""#,
            self.image
        );
        for (index, name) in self.secondary.iter().enumerate() {
            line += &format!(
                r#" -e "SECONDARY_SOURCE_{}={name}:$PWD/../{name}""#,
                index + 1
            );
        }
        if let Some(buildspec) = self.buildspec {
            line += &format!(r#" -e "BUILDSPEC=$PWD/{buildspec}""#);
        }
        line += &format!(r#" -v "$PWD:/LocalBuild/envFile/" -e "ENV_VAR_FILE={VARIABLES}""#);
        if self.agent != AGENT {
            line += &format!(r#" -e "LOCAL_AGENT_IMAGE_NAME={}""#, self.agent);
        }
        if let Some(profile) = self.profile {
            line += &format!(r#" -e "AWS_CONFIGURATION=$HOME/.aws" -e "AWS_PROFILE={profile}""#);
        }
        if self.privileged {
            line += r#" -e "DOCKER_PRIVILEGED_MODE=TRUE""#;
        }
        line += &format!(r#" -e "INITIATOR=$USER" {}"#, self.agent);
        line
    }
}

/// A line for each variable: its value where that is plain, and the place to fill it in where it is not. The agent
/// takes `NAME=VALUE` as it stands, quotes included, and `#` lines as remarks.
fn variables(about: &BuildAbout) -> LocalFile {
    let mut text =
        String::from("# Fill in what is empty. Keep this file out of version control.\n");
    for variable in &about.environment.variables {
        // A break would begin a line of its own.
        let name = single(&variable.name);
        let (remark, value) = match &variable.value {
            VariableValue::Plain(value) => plain(&variable.name, value),
            VariableValue::ParameterStore(from) => {
                (Some(format!("from Parameter Store: {}", single(from))), "")
            }
            VariableValue::SecretsManager(from) => {
                (Some(format!("from Secrets Manager: {}", single(from))), "")
            }
            VariableValue::Other(kind, _) => (Some(format!("of kind {}", single(kind))), ""),
        };
        if let Some(remark) = remark {
            text += &format!("# {name} comes {remark}\n");
        }
        text += &format!("{name}={value}\n");
    }
    LocalFile {
        name: VARIABLES,
        text,
    }
}

/// A plaintext value, or why it is left out.
fn plain<'a>(name: &str, value: &'a PlainValue) -> (Option<String>, &'a str) {
    let value = value.reveal();
    if let Some(why) = suspected(name, value) {
        (Some(format!("in plaintext, and {why}")), "")
    } else if value.contains(char::is_control) {
        let why = "in plaintext over several lines, which this file cannot hold";
        (Some(why.to_owned()), "")
    } else {
        (None, value)
    }
}

fn single(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn notes(about: &BuildAbout, profile: Option<&str>, arm: bool) -> Vec<String> {
    let environment = &about.environment;
    let mut notes = vec![match profile {
        Some(profile) => format!(
            "It acts with the rights of the profile {profile} and not with those of the project's role."
        ),
        None => "It has no AWS credentials; with -c the script hands over those of this machine."
            .to_owned(),
    }];
    let source = about.sources.first();
    if let Some(location) = source.and_then(|source| source.location.as_deref()) {
        notes.push(format!(
            "Run it in a folder with the sources of {}.",
            single(location)
        ));
    }
    for source in about.sources.iter().skip(1) {
        notes.push(format!(
            "The sources {0} ({1}) are looked for in ../{0}.",
            source.identifier,
            single(source.location.as_deref().unwrap_or(&source.kind))
        ));
    }
    if arm {
        notes.push(
            "The image is for ARM: on another machine it runs emulated and slowly, if at all."
                .to_owned(),
        );
    }
    if environment.kind.contains("GPU") {
        notes.push("The build has GPUs in CodeBuild; the agent gives it none.".to_owned());
    }
    if let Some(vpc) = &about.vpc {
        notes.push(format!(
            "What only {} can reach is not reached from here.",
            vpc.id
        ));
    }
    let cached = about
        .cache
        .as_ref()
        .is_some_and(|cache| cache.kind != "NO_CACHE");
    if cached {
        notes.push("The project's cache is not used.".to_owned());
    }
    if !about.file_systems.is_empty() {
        notes.push("The project's file systems are not mounted.".to_owned());
    }
    if environment.registry_credential.is_some() {
        notes.push(
            "The image's registry wants a sign-in: docker login, with what its secret holds."
                .to_owned(),
        );
    }
    notes
}

/// A value that can stand in the script's `eval` between double quotes.
fn checked<'a>(what: &str, value: Option<&'a str>) -> Result<Option<&'a str>, String> {
    let means_something =
        |sign: char| matches!(sign, '"' | '$' | '`' | '\\' | '!') || sign.is_control();
    let Some(value) = value else {
        return Ok(None);
    };
    // A leading dash would be taken for an option.
    if value.contains(means_something) || value.starts_with('-') {
        return Err(format!(
            "{what} holds a sign that AWS's script would carry out instead of passing it on: {}",
            value.escape_debug()
        ));
    }
    Ok(Some(value))
}

/// One word for a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
