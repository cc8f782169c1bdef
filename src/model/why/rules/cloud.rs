//! AWS's own tools: the command line, CloudFormation, CDK, SAM, and Terraform beside them.

use super::super::rule::{Join, Place, Rule};

const RIGHT: &str = "The role of the build lacks this right: add the action to its policy, or look at what denies it.";
const STACK: &str =
    "The first resource that failed is the cause; what follows is cancelled because of it.";

pub const RULES: &[Rule] = &[
    Rule::cause("aws", r"(?P<text>An error occurred \((?:AccessDenied\w*|UnauthorizedOperation|UnrecognizedClientException|AuthorizationError)\) when calling the \w+ operation.*)").hint(RIGHT),
    Rule::cause("aws", r"(?P<text>An error occurred \((?:ExpiredToken\w*|RequestExpired|InvalidClientTokenId|SignatureDoesNotMatch)\) when calling the \w+ operation.*)")
        .hint("The credentials in use are expired or not those of the role: look for AWS_ variables that the build sets itself."),
    Rule::cause("aws", r"(?P<text>An error occurred \((?:Throttling\w*|TooManyRequests\w*|RequestLimitExceeded|SlowDown)\) when calling the \w+ operation.*)")
        .hint("AWS throttled the call: retry, with AWS_RETRY_MODE=adaptive if it comes back."),
    Rule::cause("aws", r"(?P<text>An error occurred \(ValidationError\) when calling the \w+ operation.*No updates are to be performed.*)")
        .hint("Nothing changed in the stack. `aws cloudformation deploy --no-fail-on-empty-changeset` takes that for success."),
    Rule::cause("aws", r"(?P<text>An error occurred \(\w+\) when calling the \w+ operation.*)"),
    Rule::cause("aws", r"(?P<text>.*is not authorized to perform: \S+.*)").hint(RIGHT),
    Rule::cause("aws", r"(?P<text>Unable to locate credentials.*)")
        .hint("Nothing gives this step credentials. In a container that the build starts, hand on AWS_CONTAINER_CREDENTIALS_RELATIVE_URI."),
    Rule::cause("aws", r"(?P<text>You must specify a region.*)")
        .hint("Set AWS_REGION or AWS_DEFAULT_REGION for this step."),
    Rule::cause("aws", r"(?P<text>The config profile \(.+\) could not be found)")
        .hint("The build has no profiles: leave --profile out, or write ~/.aws/config first."),
    Rule::cause("aws", r"(?P<text>Could not connect to the endpoint URL: .+)"),
    Rule::cause("aws", r"^(?:upload|download|copy|delete) failed: (?P<text>.+)"),
    Rule::cause("aws", r"^aws: error: (?P<text>.+)"),
    Rule::cause("sam", r"(?P<text>Error: No changes to deploy\. Stack \S+ is up to date)")
        .hint("`sam deploy --no-fail-on-empty-changeset` takes that for success."),
    Rule::cause("cloudformation", r"(?P<text>\S+ is in (?:ROLLBACK_COMPLETE|\w+_FAILED|\w+_IN_PROGRESS) state and (?:can ?not|can not) be updated.*)")
        .hint("A stack in this state takes no update: delete it (ROLLBACK_COMPLETE), continue its rollback, or wait."),
    Rule::effect("cloudformation", r"(?P<text>(?:CREATE|UPDATE|DELETE)_FAILED\b.*(?:Resource (?:creation|update) cancelled|The following resource\(s\) failed).*)"),
    Rule::cause("cloudformation", r"(?P<text>(?:CREATE|UPDATE|DELETE|IMPORT)_FAILED\b.*)").hint(STACK),
    Rule::said("cloudformation", r"(?P<text>Failed to create/update the stack.*)"),
    Rule::said("cloudformation", r"(?P<text>Waiter \w+ failed: .+)"),
    Rule::cause("cdk", r"^\s*❌ +(?P<text>.+ failed: .+)"),
    Rule::cause("cdk", r"(?P<text>This CDK CLI is not compatible with the CDK library.*|Cloud assembly schema version mismatch.*)")
        .hint("The CDK command line is older than the library: update aws-cdk."),
    Rule::cause("cdk", r"(?P<text>.*(?:has not been bootstrapped|SSM parameter /cdk-bootstrap/\S+ not found).*)")
        .hint("Run `cdk bootstrap` for this account and region."),
    Rule::cause("cdk", r"(?P<text>Need to perform AWS calls for account \S+, but no credentials.*)"),
    Rule::cause("terraform", r"^│ Error: (?P<text>Error acquiring the state lock.*)")
        .hint("Another run holds the state, or one that died did: see who, then `terraform force-unlock`."),
    Rule::cause("terraform", r"^│ Error: (?P<text>.+)").placed(Place::Below),
    Rule::cause("sam", r"^(?P<text>Build Failed)$").joined(Join::Next),
    Rule::cause("codeartifact", r"(?P<text>.*d\.codeartifact\..*(?:401 Unauthorized|403 Forbidden).*)")
        .hint("The CodeArtifact token is missing or older than twelve hours: run `aws codeartifact login` in this build."),
];
