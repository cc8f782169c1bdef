//! A failure that is a missing right: which role lacks which action on what, read from AWS's own sentence.
//!
//! AWS tells it in a dozen ways, some of which name neither the role nor the action. What a sentence leaves out is filled
//! from the pipeline: the role the action ran with, and the rights its provider is documented to need. Pure.

use crate::model::pipeline::{ActionError, account_of};

/// What is known of the action that failed.
#[derive(Clone, Copy, Debug)]
pub struct RanWith<'a> {
    /// The pipeline's service role.
    pub pipeline_role: &'a str,
    /// The action's own role; none: the pipeline's.
    pub action_role: Option<&'a str>,
    pub provider: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRight {
    pub holder: Holder,
    /// The ARN of the role, as far as it is known.
    pub role: String,
    /// IAM actions: the one AWS names, else those the provider needs.
    pub actions: Vec<String>,
    /// AWS named the action; otherwise it is what the documentation asks for.
    pub told: bool,
    pub resource: Option<String>,
    pub denial: Denial,
}

/// Whose right is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The pipeline's service role.
    Pipeline,
    /// The role declared on the action.
    Action,
    /// Another one that AWS names, such as a build project's role.
    Other,
}

/// What stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No policy allows it.
    NotAllowed,
    /// A policy says no, and no allowance helps.
    Explicit,
    /// The organisation's policy does not allow it.
    Organisation,
    /// The role's permissions boundary does not allow it.
    Boundary,
    /// A policy on the thing itself (a bucket, a key) does not allow it.
    Resource,
    /// The other role does not trust this one.
    Trust,
}

impl MissingRight {
    /// None where the failure is not about a right.
    pub fn read(error: &ActionError, ran_with: RanWith<'_>) -> Option<Self> {
        let text = error.message.replace('\u{2019}', "'");
        not_authorized(&text, ran_with)
            .or_else(|| assume_role(&text, ran_with))
            .or_else(|| provided_role(&text, ran_with))
            .or_else(|| key_of_artifacts(&text, ran_with))
            .or_else(|| (error.code == "PermissionError").then(|| unnamed(ran_with, None)))
    }

    /// `The pipeline's service role delivery lacks codebuild:StartBuild`
    pub fn headline(&self) -> String {
        let lacks = if self.told { "lacks" } else { "seems to lack" };
        format!("{} {lacks} {}", self.who(), self.actions.join(", "))
    }

    /// `The pipeline's service role delivery`
    pub fn who(&self) -> String {
        let name = role_name(&self.role);
        match self.holder {
            Holder::Pipeline => format!("The pipeline's service role {name}"),
            Holder::Action => format!("The action's role {name}"),
            Holder::Other => format!("The role {name}"),
        }
    }

    /// What to do, in a sentence.
    pub fn remedy(&self) -> String {
        let name = role_name(&self.role);
        let rights = self.actions.join(", ");
        let on = self
            .resource
            .as_ref()
            .map_or_else(String::new, |resource| format!(" on {resource}"));
        match self.denial {
            Denial::NotAllowed => {
                format!("Add {rights}{on} to a policy of {name}, then retry the stage.")
            }
            Denial::Explicit => format!(
                "A policy denies {rights}{on} outright: find that statement and except {name} from it; another allowance does not help."
            ),
            Denial::Organisation => format!(
                "The organisation's service control policy does not allow {rights}{on}; only its administrators can change that."
            ),
            Denial::Boundary => {
                format!("The permissions boundary of {name} has to allow {rights}{on} too.")
            }
            Denial::Resource => format!(
                "Allow {rights} to {name} in the policy of {}, then retry the stage.",
                self.resource.as_deref().unwrap_or("what it reads")
            ),
            Denial::Trust => format!(
                "Name {name} in the trust policy of {}, and give {name} sts:AssumeRole on it; then retry the stage.",
                self.resource.as_deref().unwrap_or("the other role")
            ),
        }
    }
}

/// The last part of a role's ARN.
fn role_name(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// `User: ARN is not authorized to perform: ACTION on resource: ARN because …`
fn not_authorized(text: &str, ran_with: RanWith<'_>) -> Option<MissingRight> {
    const SAYS: &str = "is not authorized to perform: ";
    let (before, after) = text.split_once(SAYS)?;
    let principal = before
        .split_whitespace()
        .next_back()
        .unwrap_or("")
        .trim_matches(['"', '\'']);
    let mut words = after.split_whitespace();
    let action = words.next()?.trim_end_matches([',', '.', ';', ')']);
    if !action.contains(':') {
        return None;
    }
    let resource = after
        .split_once("on resource: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .map(|resource| resource.trim_end_matches([',', ';', ')', '.']).to_owned())
        .filter(|resource| !resource.is_empty() && resource != "*");
    let (holder, role) = holder(principal, ran_with);
    Some(MissingRight {
        holder,
        role,
        actions: vec![action.to_owned()],
        told: true,
        denial: denial(after, action),
        resource,
    })
}

fn denial(because: &str, action: &str) -> Denial {
    let because = because.to_lowercase();
    let organisation = because.contains("service control policy");
    let has = |words: &str| because.contains(words);
    if organisation {
        Denial::Organisation
    } else if has("explicit deny") || has("explicitly denies") && !has("no resource-based polic") {
        Denial::Explicit
    } else if has("permissions boundary") {
        Denial::Boundary
    } else if action == "sts:AssumeRole" && !has("no identity-based policy") {
        Denial::Trust
    } else if has("no resource-based polic") {
        Denial::Resource
    } else {
        Denial::NotAllowed
    }
}

/// `ARN is not authorized to perform AssumeRole on role ARN`
fn assume_role(text: &str, ran_with: RanWith<'_>) -> Option<MissingRight> {
    let (before, after) = text.split_once("is not authorized to perform AssumeRole on ")?;
    let target = after
        .split_whitespace()
        .find(|word| word.starts_with("arn:"))?
        .trim_end_matches([',', '.', ';', ')']);
    let principal = before.split_whitespace().next_back().unwrap_or("");
    let (holder, role) = if principal.starts_with("arn:") {
        holder(principal, ran_with)
    } else {
        // CodePipeline itself: the pipeline's role does not trust it.
        (Holder::Pipeline, "codepipeline.amazonaws.com".to_owned())
    };
    Some(MissingRight {
        holder,
        role,
        actions: vec!["sts:AssumeRole".to_owned()],
        told: true,
        resource: Some(target.to_owned()),
        denial: Denial::Trust,
    })
}

/// The sentences of CodePipeline that name the thing and not the right.
fn provided_role(text: &str, ran_with: RanWith<'_>) -> Option<MissingRight> {
    let lower = text.to_lowercase();
    let says = [
        "does not have sufficient permissions",
        "doesn't have the permissions required",
        "does not have the permissions required",
        "doesn't have sufficient permissions",
        "insufficient permissions",
    ];
    if !says.iter().any(|says| lower.contains(says)) {
        return None;
    }
    let quoted = |after: &str| {
        let (_, rest) = text.split_once(after)?;
        let rest = rest.trim_start_matches([' ', '\'', '"']);
        let end = rest.find(['\'', '"', ' ']).unwrap_or(rest.len());
        let name = rest.get(..end)?.trim_end_matches('.');
        (!name.is_empty()).then(|| name.to_owned())
    };
    let mut right = unnamed(ran_with, None);
    if let Some(bucket) = quoted("artifact bucket") {
        let key = quoted("object key").unwrap_or_else(|| "*".to_owned());
        right.actions = named(&["s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt"]);
        right.resource = Some(format!("arn:aws:s3:::{bucket}/{key}"));
    } else if let Some(connection) = quoted("Connection:") {
        // Connections have two names of one service; the right has that of the connection's ARN.
        let service = connection.split(':').nth(2).unwrap_or("codeconnections");
        right.actions = vec![format!("{service}:UseConnection")];
        right.resource = Some(connection);
    } else if let Some(bucket) = quoted("S3 bucket named") {
        right.actions = named(&[
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:GetBucketVersioning",
        ]);
        right.resource = Some(format!("arn:aws:s3:::{bucket}"));
    } else if let Some(repository) = quoted("CodeCommit repository named") {
        right.actions = rights_of("CodeCommit");
        right.resource = Some(repository);
    }
    Some(right)
}

/// KMS hides whether a key exists from whoever may not use it.
fn key_of_artifacts(text: &str, ran_with: RanWith<'_>) -> Option<MissingRight> {
    let lower = text.to_lowercase();
    let hidden = lower.contains("not allowed to access") && lower.contains("key");
    (hidden || lower.contains("kms.accessdenied") || lower.contains("kms:accessdenied")).then(
        || MissingRight {
            actions: named(&["kms:Decrypt", "kms:GenerateDataKey"]),
            ..unnamed(ran_with, None)
        },
    )
}

/// By the role the action ran with, what its provider needs.
fn unnamed(ran_with: RanWith<'_>, resource: Option<String>) -> MissingRight {
    let (holder, role) = match ran_with.action_role {
        Some(role) => (Holder::Action, role),
        None => (Holder::Pipeline, ran_with.pipeline_role),
    };
    MissingRight {
        holder,
        role: role.to_owned(),
        actions: rights_of(ran_with.provider),
        told: false,
        resource,
        denial: Denial::NotAllowed,
    }
}

/// Whose principal it is, and the ARN of the role behind an assumed session.
fn holder(principal: &str, ran_with: RanWith<'_>) -> (Holder, String) {
    let is = |role: &str| {
        let name = match principal.split_once("assumed-role/") {
            Some((_, session)) => session.split('/').next().unwrap_or(""),
            None => role_name(principal),
        };
        role_name(role) == name && account_of(role) == account_of(principal)
    };
    match ran_with.action_role.filter(|role| is(role)) {
        Some(role) => (Holder::Action, role.to_owned()),
        None if is(ran_with.pipeline_role) => (Holder::Pipeline, ran_with.pipeline_role.to_owned()),
        None => (Holder::Other, role_of_session(principal)),
    }
}

/// `arn:aws:sts::1:assumed-role/NAME/SESSION` as `arn:aws:iam::1:role/NAME`.
fn role_of_session(principal: &str) -> String {
    let Some((head, session)) = principal.split_once(":assumed-role/") else {
        return principal.to_owned();
    };
    let name = session.split('/').next().unwrap_or(session);
    format!("{}:role/{name}", head.replace(":sts:", ":iam:"))
}

fn named(actions: &[&str]) -> Vec<String> {
    actions.iter().map(|&action| action.to_owned()).collect()
}

/// What the user guide's service role policy gives for an action provider.
fn rights_of(provider: &str) -> Vec<String> {
    named(match provider {
        "CodeBuild" => &["codebuild:StartBuild", "codebuild:BatchGetBuilds"],
        "CodeCommit" => &[
            "codecommit:GetBranch",
            "codecommit:GetCommit",
            "codecommit:UploadArchive",
            "codecommit:GetUploadArchiveStatus",
        ],
        "CodeDeploy" | "CodeDeployToECS" => &[
            "codedeploy:CreateDeployment",
            "codedeploy:GetDeployment",
            "codedeploy:GetDeploymentConfig",
            "codedeploy:RegisterApplicationRevision",
        ],
        "CodeStarSourceConnection" => &["codeconnections:UseConnection"],
        "CloudFormation" => &[
            "cloudformation:DescribeStacks",
            "cloudformation:CreateChangeSet",
            "cloudformation:ExecuteChangeSet",
            "iam:PassRole",
        ],
        "ECR" => &["ecr:DescribeImages"],
        "ECS" => &[
            "ecs:DescribeServices",
            "ecs:RegisterTaskDefinition",
            "ecs:UpdateService",
            "iam:PassRole",
        ],
        "Lambda" => &["lambda:InvokeFunction"],
        "StepFunctions" => &["states:StartExecution", "states:DescribeExecution"],
        "ElasticBeanstalk" => &["elasticbeanstalk:UpdateEnvironment"],
        "S3" => &["s3:GetObject", "s3:PutObject"],
        "Commands" => &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
        _ => &["a right that AWS does not name"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPELINE: &str = "arn:aws:iam::123456789012:role/service-role/AWSCodePipelineServiceRole";
    const ACTION: &str = "arn:aws:iam::210987654321:role/STSDeployToPrd";

    fn read(
        code: &str,
        message: &str,
        action_role: Option<&str>,
        provider: &str,
    ) -> Option<MissingRight> {
        let error = ActionError {
            code: code.into(),
            message: message.into(),
        };
        let ran_with = RanWith {
            pipeline_role: PIPELINE,
            action_role,
            provider,
        };
        MissingRight::read(&error, ran_with)
    }

    /// Code, message, the action's role and provider; then whose right, which, on what, and what stands against it.
    type Row<'a> = (
        &'a str,
        String,
        Option<&'a str>,
        &'a str,
        Holder,
        &'a str,
        Option<&'a str>,
        Denial,
    );

    /// Sentences as people met them, account numbers replaced.
    #[test]
    fn real_sentences_tell_who_lacks_what() {
        let user =
            "User: arn:aws:sts::123456789012:assumed-role/AWSCodePipelineServiceRole/1726745559598";
        let rows: &[Row<'_>] = &[
            (
                "JobFailed",
                format!("Error calling startBuild: {user} is not authorized to perform: codebuild:StartBuild on resource: arn:aws:codebuild:us-east-2:123456789012:project/pier because no identity-based policy allows the codebuild:StartBuild action (Service: AWSCodeBuild; Status Code: 400; Error Code: AccessDeniedException; Request ID: 5376d923)"),
                None, "CodeBuild", Holder::Pipeline, "codebuild:StartBuild",
                Some("arn:aws:codebuild:us-east-2:123456789012:project/pier"), Denial::NotAllowed,
            ),
            (
                "PermissionError",
                format!("The service role or action role doesn\u{2019}t have the permissions required to access the AWS CodeCommit repository named aws-cicd-test. Update the IAM role permissions, and then try again. Error: {user} is not authorized to perform: codecommit:GetBranch on resource: arn:aws:codecommit:ap-northeast-2:123456789012:aws-cicd-test with an explicit deny in an identity-based policy"),
                None, "CodeCommit", Holder::Pipeline, "codecommit:GetBranch",
                Some("arn:aws:codecommit:ap-northeast-2:123456789012:aws-cicd-test"), Denial::Explicit,
            ),
            (
                "PermissionError",
                "Unable to access the artifact with Amazon S3 object key 'ECS-pipeline/BuildArtif/HTrbVK9' located in the Amazon S3 artifact bucket 'codepipeline-us-east-2-887897223734'. The provided role does not have sufficient permissions.".to_owned(),
                Some(ACTION), "ECS", Holder::Action, "s3:GetObject, s3:GetObjectVersion, kms:Decrypt",
                Some("arn:aws:s3:::codepipeline-us-east-2-887897223734/ECS-pipeline/BuildArtif/HTrbVK9"), Denial::NotAllowed,
            ),
            (
                "PermissionError",
                "Unable to use Connection: arn:aws:codestar-connections:us-east-1:309135946640:connection/42122dee-fb1f. The provided role does not have sufficient permissions.".to_owned(),
                None, "CodeStarSourceConnection", Holder::Pipeline, "codestar-connections:UseConnection",
                Some("arn:aws:codestar-connections:us-east-1:309135946640:connection/42122dee-fb1f"), Denial::NotAllowed,
            ),
            (
                "ConfigurationError",
                "The service role or action role doesn't have the permissions required to access the Amazon S3 bucket named pier-artifacts. Update the IAM role permissions, and then try again. Error: Amazon S3:AccessDenied:Access Denied (Service: Amazon S3; Status Code: 403)".to_owned(),
                None, "S3", Holder::Pipeline, "s3:GetObject, s3:GetObjectVersion, s3:GetBucketVersioning",
                Some("arn:aws:s3:::pier-artifacts"), Denial::NotAllowed,
            ),
            (
                "InvalidStructureException",
                format!("{PIPELINE} is not authorized to perform AssumeRole on role {ACTION} (Service: AWSCodePipeline; Status Code: 400)"),
                Some(ACTION), "CloudFormation", Holder::Pipeline, "sts:AssumeRole", Some(ACTION), Denial::Trust,
            ),
            (
                "JobFailed",
                "User: arn:aws:sts::210987654321:assumed-role/pier-build/AWSCodeBuild-b20ef2ed is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-2:210987654321:parameter/v because no identity-based policy allows the ssm:GetParameter action".to_owned(),
                None, "CodeBuild", Holder::Other, "ssm:GetParameter",
                Some("arn:aws:ssm:us-east-2:210987654321:parameter/v"), Denial::NotAllowed,
            ),
            (
                "JobFailed",
                format!("{user} is not authorized to perform: kms:ListKeyRotations on resource: arn:aws:kms:us-east-1:123456789012:key/e95331d7 because no resource-based policy allows the kms:ListKeyRotations action"),
                None, "S3", Holder::Pipeline, "kms:ListKeyRotations",
                Some("arn:aws:kms:us-east-1:123456789012:key/e95331d7"), Denial::Resource,
            ),
            (
                "PermissionError",
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.".to_owned(),
                None, "S3", Holder::Pipeline, "kms:Decrypt, kms:GenerateDataKey", None, Denial::NotAllowed,
            ),
            (
                "PermissionError",
                "The provided role does not have sufficient permissions to access CodeDeploy".to_owned(),
                Some(ACTION), "CodeDeploy", Holder::Action,
                "codedeploy:CreateDeployment, codedeploy:GetDeployment, codedeploy:GetDeploymentConfig, codedeploy:RegisterApplicationRevision",
                None, Denial::NotAllowed,
            ),
        ];
        for (code, message, action_role, provider, holder, actions, resource, denial) in rows {
            let right = read(code, message, *action_role, provider).expect(message);
            assert_eq!(right.holder, *holder, "{message}");
            assert_eq!(right.actions.join(", "), *actions, "{message}");
            assert_eq!(right.resource.as_deref(), *resource, "{message}");
            assert_eq!(right.denial, *denial, "{message}");
        }
    }

    #[test]
    fn failures_of_another_kind_are_left_alone() {
        for message in [
            "Error calling startBuild: Cannot have more than 0 builds in queue for the account",
            "Deployment Group is already deploying deployment d-1",
            "Project cannot be found: arn:aws:codebuild:us-east-1:1234567890:project/PipelineProject",
        ] {
            assert_eq!(read("JobFailed", message, None, "CodeBuild"), None);
        }
    }

    #[test]
    fn a_session_is_told_as_its_role_and_the_remedy_names_right_and_thing() {
        let text = "User: arn:aws:sts::210987654321:assumed-role/pier-build/AWSCodeBuild-1 is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::pier/* with an explicit deny in a service control policy";
        let right = read("JobFailed", text, None, "CodeBuild").expect("a right");
        assert_eq!(right.role, "arn:aws:iam::210987654321:role/pier-build");
        assert_eq!(right.headline(), "The role pier-build lacks s3:PutObject");
        assert!(right.remedy().contains("service control policy"));
        assert!(
            right
                .remedy()
                .contains("s3:PutObject on arn:aws:s3:::pier/*")
        );
    }
}
