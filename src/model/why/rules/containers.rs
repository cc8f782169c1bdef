//! Docker and its builders, registries, Helm and Kubernetes.

use super::super::rule::{Join, Rule};

const SIGN_IN: &str = "Sign in to the registry first (aws ecr get-login-password | docker login), and give the role the right to pull.";
const RATE: &str = "Docker Hub counts anonymous pulls by address, and addresses here are shared: sign in to Docker Hub, or take the image from ECR Public or a pull-through cache.";
const NO_IMAGE: &str =
    "The image or its tag is not there: look at the name, the tag, the region and the account.";

pub const RULES: &[Rule] = &[
    Rule::cause("docker", r"(?P<text>(?i:toomanyrequests|you have reached your (?:unauthenticated )?pull rate limit).*)").hint(RATE),
    Rule::cause("docker", r"(?P<text>no basic auth credentials)").hint(SIGN_IN),
    Rule::cause("docker", r"(?P<text>pull access denied.*)").hint(SIGN_IN),
    Rule::cause("docker", r"(?P<text>denied: .+)").hint(SIGN_IN),
    Rule::cause("docker", r"(?P<text>unauthorized: .+)").hint(SIGN_IN),
    Rule::cause("docker", r"(?P<text>manifest (?:unknown|for .+ not found).*)").hint(NO_IMAGE),
    Rule::cause("docker", r"(?P<text>(?:name unknown:|repository \S+ does not exist|The repository with name .+ does not exist).*)").hint(NO_IMAGE),
    Rule::cause("docker", r"(?P<text>no match for platform in manifest.*)")
        .hint("The image does not exist for this processor: build it for several, or choose another compute type."),
    Rule::cause("docker", r"(?P<text>Cannot connect to the Docker daemon.*)")
        .hint("Building images needs a project in privileged mode."),
    Rule::cause("docker", r"(?P<text>dockerfile parse error.*)"),
    Rule::cause("docker", r"^(?:ERROR: )?(?P<text>(?:COPY|ADD) failed: .+)"),
    Rule::cause("docker", r"(?P<text>failed to (?:compute cache key|calculate checksum).*)")
        .hint("A file that COPY or ADD names is not in the build's context, or .dockerignore keeps it out."),
    Rule::effect("docker", r"^(?P<text>ERROR: process .+ did not complete successfully: exit code: \d+)"),
    Rule::effect("docker", r"(?P<text>process .+ did not complete successfully: exit code: \d+)"),
    Rule::effect("docker", r"^(?P<text>The command .+ returned a non-zero code: \d+)"),
    Rule::said("docker", r"^(?:ERROR: )?failed to (?:solve|build)(?: with frontend \S+)?: (?P<text>.+)"),
    Rule::said("docker", r"(?P<text>Error response from daemon: .+)"),
    Rule::said("docker", r"^(?:Service )?(?P<text>'?\S+'? (?:failed to build|exited with code [1-9]\d*).*)"),
    Rule::cause("helm", r"^Error: (?P<text>(?:INSTALLATION|UPGRADE) FAILED: .+)"),
    Rule::cause("kubectl", r"(?P<text>error: You must be logged in to the server.*)")
        .hint("The cluster does not know this role: add it to the cluster's access entries (or aws-auth)."),
    Rule::cause("kubectl", r"^(?P<text>Error from server .+)"),
    Rule::cause("kubectl", r"^(?P<text>error: (?:unable to|timed out|deployment) .+)"),
    Rule::cause("trivy", r"^(?P<text>Total: [1-9]\d* \(.+\))$").joined(Join::Alone)
        .hint("The scan found vulnerabilities of a severity that ends the build."),
];
