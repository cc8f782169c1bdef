//! ListActionTypes: the types that AWS and its partners offer everywhere, and the custom ones of a place.

use serde_json::{Value, json};

use super::members;
use super::read::paged;
use super::shapes::Structure;
use crate::sim::wire::{Answer, Call};
use crate::sim::world::World;
use crate::sim::world::pipelines::outside::CustomAction;

/// Category, provider, the settings (`*` required, `!` secret, `#` the key of a job queue), inputs and outputs.
type Known = (&'static str, &'static str, &'static str, [u32; 2], [u32; 2]);

const AWS: [Known; 22] = [
    (
        "Source",
        "CodeCommit",
        "RepositoryName* BranchName* PollForSourceChanges OutputArtifactFormat",
        [0, 0],
        [1, 1],
    ),
    (
        "Source",
        "CodeStarSourceConnection",
        "ConnectionArn* FullRepositoryId* BranchName* OutputArtifactFormat DetectChanges",
        [0, 0],
        [1, 1],
    ),
    ("Source", "ECR", "RepositoryName* ImageTag", [0, 0], [1, 1]),
    (
        "Source",
        "S3",
        "S3Bucket* S3ObjectKey* PollForSourceChanges AllowOverrideForS3ObjectKey",
        [0, 0],
        [1, 1],
    ),
    (
        "Build",
        "CodeBuild",
        "ProjectName* PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables",
        [1, 5],
        [0, 5],
    ),
    (
        "Build",
        "ECRBuildAndPublish",
        "ECRRepositoryName* DockerFilePath ImageTags RegistryType",
        [1, 1],
        [0, 1],
    ),
    (
        "Test",
        "CodeBuild",
        "ProjectName* PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables",
        [1, 5],
        [0, 5],
    ),
    (
        "Test",
        "DeviceFarm",
        "ProjectId* DevicePoolArn* App* TestType* Test RecordVideo",
        [1, 1],
        [0, 0],
    ),
    (
        "Deploy",
        "AppConfig",
        "Application* Environment* ConfigurationProfile* DeploymentStrategy InputArtifactConfigurationPath*",
        [1, 1],
        [0, 0],
    ),
    (
        "Deploy",
        "CloudFormation",
        "ActionMode* StackName* ChangeSetName TemplatePath Capabilities RoleArn ParameterOverrides OutputFileName",
        [0, 5],
        [0, 1],
    ),
    (
        "Deploy",
        "CodeDeploy",
        "ApplicationName* DeploymentGroupName*",
        [1, 1],
        [0, 0],
    ),
    (
        "Deploy",
        "CodeDeployToECS",
        "ApplicationName* DeploymentGroupName* TaskDefinitionTemplateArtifact* AppSpecTemplateArtifact*",
        [1, 5],
        [0, 0],
    ),
    (
        "Deploy",
        "EC2",
        "InstanceTagKey* InstanceTagValue InstanceType* TargetDirectory* PreScript PostScript* MaxBatch MaxError",
        [1, 1],
        [0, 0],
    ),
    (
        "Deploy",
        "ECS",
        "ClusterName* ServiceName* FileName DeploymentTimeout",
        [1, 1],
        [0, 0],
    ),
    (
        "Deploy",
        "EKS",
        "ClusterName* HelmReleaseName HelmChartLocation ManifestFiles Namespace",
        [1, 1],
        [0, 0],
    ),
    (
        "Deploy",
        "ElasticBeanstalk",
        "ApplicationName* EnvironmentName*",
        [1, 1],
        [0, 0],
    ),
    (
        "Deploy",
        "S3",
        "BucketName* Extract* ObjectKey KMSEncryptionKeyARN CannedACL CacheControl",
        [1, 1],
        [0, 0],
    ),
    (
        "Invoke",
        "CodePipeline",
        "PipelineName* SourceRevisions Variables",
        [0, 5],
        [0, 0],
    ),
    (
        "Invoke",
        "Lambda",
        "FunctionName* UserParameters",
        [0, 5],
        [0, 5],
    ),
    (
        "Invoke",
        "StepFunctions",
        "StateMachineArn* ExecutionNamePrefix InputType Input",
        [0, 1],
        [0, 1],
    ),
    (
        "Approval",
        "Manual",
        "NotificationArn ExternalEntityLink CustomData",
        [0, 0],
        [0, 0],
    ),
    ("Compute", "Commands", "", [1, 1], [0, 1]),
];

const PARTNERS: [(Known, [&str; 3]); 8] = [
    (
        (
            "Source",
            "GitHub",
            "Owner* Repo* Branch* OAuthToken*! PollForSourceChanges",
            [0, 0],
            [1, 1],
        ),
        [
            "https://github.com/{Config:Owner}/{Config:Repo}/tree/{Config:Branch}",
            "",
            "https://github.com/{Config:Owner}/{Config:Repo}/commit/{RevisionId}",
        ],
    ),
    (
        ("Build", "CloudBees", "ProjectName*", [1, 1], [0, 1]),
        [
            "https://grandcentral.cloudbees.com/{Config:ProjectName}",
            "",
            "",
        ],
    ),
    (
        ("Test", "BlazeMeter", "Test* ApiKey*!", [1, 1], [0, 0]),
        [
            "https://a.blazemeter.com/app/#/tests/{Config:Test}",
            "https://a.blazemeter.com/app/#/masters/{ExternalExecutionId}/summary",
            "",
        ],
    ),
    (
        (
            "Test",
            "GhostInspector",
            "SuiteId* ApiKey*!",
            [1, 1],
            [0, 0],
        ),
        [
            "https://app.ghostinspector.com/suites/{Config:SuiteId}",
            "https://app.ghostinspector.com/suite-results/{ExternalExecutionId}",
            "",
        ],
    ),
    (
        (
            "Test",
            "Micro-Focus-StormRunner-Load",
            "TestId* ApiToken*!",
            [1, 1],
            [0, 0],
        ),
        ["https://stormrunner-load.saas.microfocus.com", "", ""],
    ),
    (
        ("Test", "Runscope", "TestId* AccessToken*!", [1, 1], [0, 0]),
        ["https://www.runscope.com", "", ""],
    ),
    (
        (
            "Deploy",
            "XebiaLabs",
            "ApplicationId* Environment* Password*!",
            [1, 1],
            [0, 0],
        ),
        ["https://xebialabs.com", "", ""],
    ),
    (
        ("Invoke", "Snyk", "SnykToken*! FailOnIssues", [1, 1], [0, 1]),
        ["https://app.snyk.io", "", ""],
    ),
];

pub fn list(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let owner = members.optional_word("actionOwnerFilter", &["AWS", "ThirdParty", "Custom"])?;
    let region = members.optional_bounded_text("regionFilter", 4, 30)?;
    let wanted = |own: &str| owner.is_none_or(|owner| owner == own);
    let mut types = Vec::new();
    if wanted("AWS") {
        types.extend(AWS.iter().map(|known| offered("AWS", known, ["", "", ""])));
    }
    if wanted("ThirdParty") {
        types.extend(
            PARTNERS
                .iter()
                .map(|(known, urls)| offered("ThirdParty", known, *urls)),
        );
    }
    if wanted("Custom") {
        let place = world.place_mut(call.account, region.unwrap_or(call.region));
        types.extend(place.pipelines.cast().custom_actions.iter().map(custom));
    }
    let scope = format!(
        "{}/{}",
        owner.unwrap_or_default(),
        region.unwrap_or_default()
    );
    paged(
        call,
        &members,
        &types,
        ("actionTypes", 100, &scope),
        Value::clone,
    )
}

fn offered(
    owner: &str,
    (category, provider, settings, inputs, outputs): &Known,
    urls: [&str; 3],
) -> Value {
    let properties: Vec<Value> = settings.split_whitespace().take(10).map(property).collect();
    let details = |[least, most]: [u32; 2]| json!({"minimumCount": least, "maximumCount": most});
    Structure::default()
        .with(
            "id",
            json!({"category": category, "owner": owner, "provider": provider, "version": "1"}),
        )
        .maybe("settings", templates(urls))
        .with("actionConfigurationProperties", properties)
        .with("inputArtifactDetails", details(*inputs))
        .with("outputArtifactDetails", details(*outputs))
        .value()
}

fn property(setting: &str) -> Value {
    let name = setting.trim_end_matches(['*', '!', '#']);
    json!({
        "name": name,
        "required": setting.contains('*'),
        "key": setting.contains('#'),
        "secret": setting.contains('!'),
    })
}

/// ActionTypeSettings of the templates that are there.
fn templates([entity, execution, revision]: [&str; 3]) -> Option<Value> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    [entity, execution, revision]
        .iter()
        .any(|text| !text.is_empty())
        .then(|| {
            Structure::default()
                .maybe("entityUrlTemplate", some(entity))
                .maybe("executionUrlTemplate", some(execution))
                .maybe("revisionUrlTemplate", some(revision))
                .value()
        })
}

fn custom(action: &CustomAction) -> Value {
    let urls = [
        action.entity_url.as_deref().unwrap_or_default(),
        action.execution_url.as_deref().unwrap_or_default(),
        "",
    ];
    let properties: Vec<Value> = action
        .properties
        .iter()
        .map(|property| {
            json!({
                "name": property.name,
                "required": property.required,
                "key": property.key,
                "secret": property.secret,
                "queryable": property.key,
                "type": "String",
            })
        })
        .collect();
    Structure::default()
        .with("id", json!({"category": action.category, "owner": "Custom", "provider": action.provider, "version": action.version}))
        .maybe("settings", templates(urls))
        .with("actionConfigurationProperties", properties)
        .with("inputArtifactDetails", json!({"minimumCount": 0, "maximumCount": 5}))
        .with("outputArtifactDetails", json!({"minimumCount": 0, "maximumCount": 5}))
        .value()
}
