//! Which operations the samples are of, how each is reached, and which of their members Starboard lets go.

/// What a sample's operation belongs to, and how it is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A source of this service reads it.
    Source(&'static str),
    /// The log reader does.
    Log,
    /// A person's click does.
    Ask,
    /// It is a write.
    Write,
}

pub const CALLED: [(&str, Way); 39] = [
    ("ListPipelines", Way::Source("codepipeline")),
    ("GetPipeline", Way::Source("codepipeline")),
    ("GetPipelineState", Way::Source("codepipeline")),
    ("ListPipelineExecutions", Way::Source("codepipeline")),
    ("ListActionExecutions", Way::Source("codepipeline")),
    ("StartPipelineExecution", Way::Write),
    ("StopPipelineExecution", Way::Write),
    ("RetryStageExecution", Way::Write),
    ("PutApprovalResult", Way::Write),
    ("EnableStageTransition", Way::Write),
    ("DisableStageTransition", Way::Write),
    ("ListBuilds", Way::Source("codebuild")),
    ("BatchGetBuilds", Way::Source("codebuild")),
    ("StopBuild", Way::Write),
    ("RetryBuild", Way::Write),
    ("BatchGetProjects", Way::Ask),
    ("BatchGetBuildBatches", Way::Ask),
    ("BatchGetReports", Way::Ask),
    ("DescribeTestCases", Way::Ask),
    ("DescribeCodeCoverages", Way::Ask),
    ("StartBuild", Way::Write),
    ("StartBuildBatch", Way::Write),
    ("StopBuildBatch", Way::Write),
    ("RetryBuildBatch", Way::Write),
    ("ListDeployments", Way::Source("codedeploy")),
    ("BatchGetDeployments", Way::Source("codedeploy")),
    ("GetDeploymentConfig", Way::Source("codedeploy")),
    ("ListDeploymentTargets", Way::Source("codedeploy")),
    ("BatchGetDeploymentTargets", Way::Source("codedeploy")),
    ("StopDeployment", Way::Write),
    ("ListRepositories", Way::Source("codecommit")),
    ("BatchGetRepositories", Way::Source("codecommit")),
    ("ListBranches", Way::Source("codecommit")),
    ("ListPullRequests", Way::Source("codecommit")),
    ("GetPullRequest", Way::Source("codecommit")),
    ("GetLogEvents", Way::Log),
    ("ListActionTypes", Way::Ask),
    ("LookupEvents", Way::Ask),
    ("GetCallerIdentity", Way::Source("sts")),
];

/// Members that Starboard has no use for, by operation; `a.b` is everything below it.
pub fn let_go(operation: &str) -> &'static [&'static str] {
    match operation {
        "ListPipelines" => &["pipelines.created"],
        "GetPipeline" => &[
            "pipeline.name",
            "pipeline.stages.actions.actionTypeId.version",
            "metadata.created",
            "metadata.updated",
        ],
        "GetPipelineState" => &["created", "updated", "pipelineName", "pipelineVersion"],
        "ListActionExecutions" => &[
            "actionExecutionDetails.pipelineVersion",
            "actionExecutionDetails.input.actionTypeId.owner",
            "actionExecutionDetails.input.actionTypeId.version",
            "actionExecutionDetails.input.namespace",
        ],
        "ListBuilds" | "ListPullRequests" => &["nextToken"],
        "BatchGetDeployments" => &[
            "deploymentsInfo.revision.revisionType",
            "deploymentsInfo.revision.s3Location.bundleType",
            "deploymentsInfo.revision.s3Location.eTag",
            "deploymentsInfo.revision.s3Location.version",
        ],
        "GetDeploymentConfig" => &[
            "deploymentConfigInfo.computePlatform",
            "deploymentConfigInfo.createTime",
            "deploymentConfigInfo.deploymentConfigId",
            "deploymentConfigInfo.deploymentConfigName",
            "deploymentConfigInfo.minimumHealthyHosts.type",
            "deploymentConfigInfo.trafficRoutingConfig",
        ],
        "BatchGetDeploymentTargets" => &[
            "deploymentTargets.instanceTarget.deploymentId",
            "deploymentTargets.instanceTarget.targetArn",
        ],
        "ListRepositories" => &["repositories.repositoryId"],
        "BatchGetRepositories" => &["repositories.accountId", "repositories.repositoryId"],
        "GetPullRequest" => &[
            "pullRequest.approvalRules",
            "pullRequest.clientRequestToken",
            "pullRequest.pullRequestTargets.destinationCommit",
            "pullRequest.pullRequestTargets.mergeBase",
            "pullRequest.pullRequestTargets.mergeMetadata",
            "pullRequest.pullRequestTargets.repositoryName",
            "pullRequest.pullRequestTargets.sourceCommit",
            "pullRequest.revisionId",
        ],
        "ListActionTypes" => &[
            "actionTypes.actionConfigurationProperties",
            "actionTypes.inputArtifactDetails",
            "actionTypes.outputArtifactDetails",
        ],
        // The record in it tells the same, and more exactly.
        "LookupEvents" => &[
            "Events.CloudTrailEvent",
            "Events.EventName",
            "Events.EventTime",
        ],
        "GetLogEvents" => &["events.ingestionTime", "nextBackwardToken"],
        "GetCallerIdentity" => &["UserId"],
        other => let_go_of_builds(other),
    }
}

/// [`let_go`] of what CodeBuild answers.
fn let_go_of_builds(operation: &str) -> &'static [&'static str] {
    match operation {
        "BatchGetBuilds" => &[
            "builds.buildComplete",
            "builds.artifacts.overrideArtifactName",
            "builds.logs.s3Logs.encryptionDisabled",
            "builds.source.gitCloneDepth",
            "builds.source.reportBuildStatus",
            "builds.source.insecureSsl",
        ],
        "BatchGetProjects" => &[
            "projects.badge",
            // Which kind a variable is decides how it is held; what it holds hides itself.
            "projects.environment.environmentVariables.type",
            "projects.environment.environmentVariables.value",
            // The builds tell where their logs are.
            "projects.logsConfig.cloudWatchLogs.groupName",
            "projects.logsConfig.cloudWatchLogs.streamName",
            "projects.logsConfig.s3Logs.encryptionDisabled",
            "projects.source.auth",
            "projects.source.gitCloneDepth",
            "projects.source.gitSubmodulesConfig",
            "projects.source.insecureSsl",
            "projects.source.reportBuildStatus",
            "projects.artifacts.namespaceType",
            "projects.artifacts.overrideArtifactName",
            "projects.artifacts.packaging",
        ],
        "BatchGetBuildBatches" => &[
            "buildBatches.complete",
            "buildBatches.currentPhase",
            "buildBatches.debugSessionEnabled",
            "buildBatches.logConfig.s3Logs.encryptionDisabled",
            "buildBatches.source.gitCloneDepth",
            "buildBatches.source.gitSubmodulesConfig",
            "buildBatches.source.insecureSsl",
            "buildBatches.source.reportBuildStatus",
            "buildBatches.buildBatchConfig",
            "buildBatches.buildGroups.currentBuildSummary.primaryArtifact",
        ],
        // Kept for thirty days, whatever they say; the build is the one that was asked about.
        "BatchGetReports" => &[
            "reports.executionId",
            "reports.expired",
            "reports.exportConfig",
            "reports.truncated",
            "reports.type",
        ],
        "DescribeTestCases" => &["testCases.expired", "testCases.reportArn"],
        "DescribeCodeCoverages" => &[
            "codeCoverages.expired",
            "codeCoverages.id",
            "codeCoverages.branchesCovered",
            "codeCoverages.branchesMissed",
            "codeCoverages.linesCovered",
            "codeCoverages.reportARN",
        ],
        _ => &[],
    }
}
/// Members that are moments; the samples write them as seconds or as ISO text.
pub const MOMENTS: [&str; 17] = [
    "EventTime",
    "completeTime",
    "createTime",
    "created",
    "creationDate",
    "endTime",
    "expired",
    "lastActivityDate",
    "lastChangedAt",
    "lastModified",
    "lastModifiedDate",
    "lastStatusChange",
    "lastUpdateTime",
    "lastUpdatedAt",
    "requestedOn",
    "startTime",
    "updated",
];
