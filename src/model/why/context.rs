//! What CodeBuild itself says of a phase that failed: its codes and messages, and what a person can do.
//!
//! Where no command failed there is often no line in the log: a buildspec that cannot be read, an image that cannot be
//! pulled, a role that may not. The messages are those of public build logs and of the service's own documentation; one
//! that is not known here is shown as it is.

use std::sync::LazyLock;

use regex::Regex;

use super::exit;
use crate::model::build::Build;
use crate::model::status::Status;

/// What AWS says of the failing phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// AWS's word: `BUILD`.
    pub phase: String,
    /// AWS's code; empty where it gives none.
    pub code: String,
    /// AWS's message; empty where it gives none.
    pub message: String,
    /// The exit status of the command that failed.
    pub exit: Option<i32>,
    /// What a person can do; empty where nothing is known.
    pub hint: &'static str,
}

struct Known {
    /// The code it comes with; empty for any.
    code: &'static str,
    /// What the message says; empty for any.
    message: &'static str,
    hint: &'static str,
}

const fn known(code: &'static str, message: &'static str, hint: &'static str) -> Known {
    Known {
        code,
        message,
        hint,
    }
}

/// From the special to the general; the first that fits counts.
const KNOWN: &[Known] = &[
    known(
        "YAML_FILE_ERROR",
        r"does not exist|no such file or directory",
        "CodeBuild finds no buildspec there: is it committed, and is its path in the project that from the root of the source?",
    ),
    known(
        "YAML_FILE_ERROR",
        r"at least one runtime version",
        "This image wants runtime-versions in the install phase of the buildspec.",
    ),
    known(
        "YAML_FILE_ERROR",
        r"(?i)unknown runtime|runtime version .* not|mutually exclusive",
        "The image has no such runtime version: look at what its documentation lists.",
    ),
    known(
        "YAML_FILE_ERROR",
        r"Invalid buildspec phase name|wrong number of container tags|Expected Commands|cannot unmarshal|did not find expected|mapping values|cannot start any token",
        "The buildspec is not what CodeBuild reads: look at the indentation, tabs and names at the line it tells.",
    ),
    known(
        "YAML_FILE_ERROR",
        "",
        "The buildspec cannot be read as it is.",
    ),
    known(
        "",
        r"toomanyrequests|[Rr]ate exceeded.*pull|pull rate limit",
        "Docker Hub counts anonymous pulls by address: give the project registry credentials, or take the image from ECR.",
    ),
    known(
        "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
        r"(?i)denied|not authorized|authoriz|unauthorized",
        "The project may not pull its image: the role needs ecr:BatchGetImage and the like, the repository a policy for CodeBuild if the image is pulled by its own credentials.",
    ),
    known(
        "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
        r"(?i)not found|does not exist|manifest unknown|no such",
        "The image of the project is not there: look at its name and tag.",
    ),
    known(
        "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
        "",
        "CodeBuild could not pull the image of the project.",
    ),
    known(
        "",
        r"CannotPullContainerError|Unable to pull customer's container image",
        "CodeBuild could not pull the image of the project.",
    ),
    known(
        "",
        r"Decrypted Variables Error|Parameter Store|ssm:GetParameters",
        "An environment variable comes from Parameter Store, and the role may not read it, or it is not there.",
    ),
    known(
        "",
        r"Secrets Manager|secretsmanager:GetSecretValue",
        "An environment variable comes from Secrets Manager, and the role may not read it, or it is not there.",
    ),
    known(
        "",
        r"is not authorized to perform: kms:|The ciphertext refers to a customer master key|KMS",
        "A key of KMS is involved, and the role may not use it, or it is disabled.",
    ),
    known(
        "",
        r"not authorized to perform|AccessDenied|Access Denied|ACCESS_DENIED",
        "The role of the project lacks this right: add the action to its policy, or look at what denies it.",
    ),
    known(
        "",
        r"sts:AssumeRole|unable to assume|not allowed to assume|Not authorized to perform sts",
        "CodeBuild may not take on the project's role: look at its trust policy.",
    ),
    known(
        "VPC_CLIENT_ERROR",
        "",
        "CodeBuild could not make a network interface in the VPC: look at the role's ec2 rights, the subnets and their free addresses.",
    ),
    known(
        "",
        r"(?i)insufficient.*subnet|no free addresses|INSUFFICIENT_SUBNET",
        "The subnets have no address left.",
    ),
    known(
        "",
        r"(?i)no matching artifact paths|no matching base directory",
        "The buildspec's artifacts name files that the build did not make.",
    ),
    known(
        "",
        r"(?i)authentication required|authorization failed|could not read Username|access token|OAuth",
        "CodeBuild cannot sign in to the source: look at its connection or its source credentials.",
    ),
    known(
        "",
        r"(?i)reference not found|remote branch .* not found|pathspec|couldn't find remote ref|unable to read tree|git ref",
        "The branch, tag or commit that was asked for is not in the source.",
    ),
    known(
        "",
        r"(?i)dial tcp|i/o timeout|connection timed out|RequestError: send request failed|no such host",
        "There is no way out to the network: in a VPC the project needs private subnets with a NAT gateway, or endpoints.",
    ),
    known(
        "",
        r"(?i)no space left on device",
        "The disk is full: use a larger compute type.",
    ),
    known(
        "",
        r"(?i)exceeded.*limit|Cannot have more than \d+ builds",
        "A limit of the account is reached: wait, or have it raised.",
    ),
    known(
        "BUILD_TIMED_OUT",
        "",
        "It ran longer than the project's timeout.",
    ),
    known(
        "INTERNAL_SERVICE_ERROR",
        "",
        "CodeBuild's own fault: try again.",
    ),
];

static MESSAGES: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    KNOWN
        .iter()
        .map(|known| Regex::new(known.message).ok())
        .collect()
});

/// What AWS says of a build that failed; none while it has not.
pub fn told(build: &Build) -> Option<Told> {
    if !build.state.status.is_bad() {
        return None;
    }
    let phase = build.failing_phase();
    let context = phase
        .into_iter()
        .flat_map(|phase| &phase.contexts)
        .find(|context| !context.message.is_empty() || !context.status_code.is_empty());
    let (code, message) = context.map_or(("", ""), |context| {
        (context.status_code.as_str(), context.message.as_str())
    });
    let word = phase.map_or_else(|| build.state.word(), |phase| phase.state.word());
    let exit = exit::status_in(message);
    Some(Told {
        phase: phase.map(|phase| phase.name.clone()).unwrap_or_default(),
        code: code.to_owned(),
        message: message.to_owned(),
        exit,
        hint: hint(code, message, word, build.state.status),
    })
}

fn hint(code: &str, message: &str, word: &str, status: Status) -> &'static str {
    let found = KNOWN.iter().zip(MESSAGES.iter()).find(|(known, says)| {
        (known.code.is_empty() || known.code == code)
            && (!known.message.is_empty() || !known.code.is_empty())
            && says.as_ref().is_some_and(|says| says.is_match(message))
    });
    match (found, word) {
        (Some((known, _)), _) => known.hint,
        (None, "TIMED_OUT") => {
            "It ran longer than the project's timeout: see in the log where the time went, or raise the timeout."
        }
        (None, "FAULT") => "CodeBuild's own fault: try again.",
        (None, _) if status == Status::Errored => "Something beside the build's commands failed.",
        (None, _) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_public_logs_are_known() {
        assert!(MESSAGES.iter().all(Option::is_some));
        for (code, message, part) in [
            (
                "YAML_FILE_ERROR",
                "stat /codebuild/output/src2740/src/s3/00/buildspecs/build.yml: no such file or directory",
                "finds no buildspec",
            ),
            (
                "YAML_FILE_ERROR",
                "YAML file does not exist",
                "finds no buildspec",
            ),
            (
                "YAML_FILE_ERROR",
                "did not find expected ',' or ']' at line 19",
                "indentation",
            ),
            (
                "YAML_FILE_ERROR",
                "Invalid buildspec phase name: POSTBUILD. Expecting: BUILD,INSTALL,POST_BUILD,PRE_BUILD",
                "indentation",
            ),
            (
                "YAML_FILE_ERROR",
                "This build image requires selecting at least one runtime version.",
                "runtime-versions",
            ),
            (
                "Decrypted Variables Error",
                "AccessDeniedException: User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:us-west-2:1:parameter/k",
                "Parameter Store",
            ),
            (
                "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
                "Unable to pull customer's container image. CannotPullContainerError: Error response from daemon: pull access denied for x",
                "may not pull",
            ),
            (
                "CLIENT_ERROR",
                "Get https://index.docker.io/v1/: dial tcp 1.2.3.4:443: i/o timeout",
                "network",
            ),
            (
                "CLIENT_ERROR",
                "no matching artifact paths found",
                "artifacts",
            ),
        ] {
            let found = hint(code, message, "FAILED", Status::Failed);
            assert!(found.contains(part), "{message}: {found}");
        }
        assert_eq!(
            hint(
                "COMMAND_EXECUTION_ERROR",
                "Error while executing command: make. Reason: exit status 2",
                "FAILED",
                Status::Failed
            ),
            ""
        );
        assert_eq!(
            hint("NEW_CODE", "something new", "FAILED", Status::Failed),
            ""
        );
        assert!(hint("", "", "TIMED_OUT", Status::Failed).contains("timeout"));
    }
}
