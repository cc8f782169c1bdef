//! Names that other services would give: ids, console pages, the keys of artifacts.

use crate::sim::random::Random;
use crate::sim::world::Owner;
use crate::sim::world::pipelines::definition::ActionDefinition;
use crate::sim::world::pipelines::rules::Rule;

/// Where CodePipeline keeps an artifact: names cut to twenty and ten characters, then a short key.
pub fn artifact_key(pipeline: &str, artifact: &str, execution_id: &str) -> String {
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    let key = Random::named(0, &format!("{pipeline} {artifact} {execution_id}")).letters(7);
    format!("{}/{}/{key}", cut(pipeline, 20), cut(artifact, 10))
}

/// The id that the provider's own service would have given, and its console page; `number` is that of
/// the job for providers that count.
pub fn outside_name(
    definition: &ActionDefinition,
    owner: &Owner,
    number: u64,
    random: &mut Random,
) -> (String, Option<String>) {
    let (region, account) = (&owner.region, &owner.account);
    let console = format!("https://{region}.console.aws.amazon.com");
    match definition.provider.as_str() {
        "ECS" | "CodeDeployToECS" => {
            let id = format!(
                "ecs-svc/{}",
                random.between(1_000_000_000_000_000_000, 9_000_000_000_000_000_000)
            );
            let (cluster, service) = (
                definition.setting("ClusterName"),
                definition.setting("ServiceName"),
            );
            (
                id,
                Some(format!(
                    "{console}/ecs/v2/clusters/{cluster}/services/{service}/deployments?region={region}"
                )),
            )
        }
        "CloudFormation" => {
            let stack = definition.setting("StackName");
            let id = format!(
                "arn:aws:cloudformation:{region}:{account}:stack/{stack}/{}",
                random.uuid()
            );
            let url = format!(
                "{console}/cloudformation/home?region={region}#/stacks/stackinfo?stackId={id}"
            );
            (id, Some(url))
        }
        "Jenkins" => {
            let server = definition.setting("ServerURL");
            let job = definition.setting("ProjectName");
            let url = (!server.is_empty()).then(|| format!("{server}/job/{job}/{number}/"));
            (number.to_string(), url)
        }
        "S3" => {
            let bucket = definition.setting("BucketName");
            (
                format!("{bucket}/{}", definition.setting("ObjectKey")),
                Some(format!("{console}/s3/buckets/{bucket}?region={region}")),
            )
        }
        "Lambda" => {
            let function = definition.setting("FunctionName");
            (
                random.uuid(),
                Some(format!(
                    "{console}/lambda/home?region={region}#/functions/{function}"
                )),
            )
        }
        "StepFunctions" => {
            let machine = definition.setting("StateMachineArn");
            let id = format!(
                "{}:{}",
                machine.replace(":stateMachine:", ":execution:"),
                random.uuid()
            );
            let url = format!("{console}/states/home?region={region}#/executions/details/{id}");
            (id, Some(url))
        }
        "BlazeMeter" => {
            let id = random.between(10_000_000, 99_999_999).to_string();
            let url = format!("https://a.blazemeter.com/app/#/masters/{id}/summary");
            (id, Some(url))
        }
        "GhostInspector" => {
            let id = random.hex(24);
            let url = format!("https://app.ghostinspector.com/suite-results/{id}");
            (id, Some(url))
        }
        "DeviceFarm" => {
            let (project, run) = (definition.setting("ProjectId"), random.uuid());
            let url = format!(
                "https://us-west-2.console.aws.amazon.com/devicefarm/home#/mobile/projects/{project}/runs/{run}"
            );
            (run, Some(url))
        }
        _ => (random.uuid(), None),
    }
}

/// The same for a rule.
pub fn rule_name(rule: &Rule, owner: &Owner, id: &str) -> (Option<String>, Option<String>) {
    let region = rule.region.as_ref().unwrap_or(&owner.region);
    let console = format!("https://{region}.console.aws.amazon.com");
    match rule.provider.as_str() {
        "CloudWatchAlarm" => {
            let alarm = rule.setting("AlarmName");
            let url = format!("{console}/cloudwatch/home?region={region}#alarmsV2:alarm/{alarm}");
            (Some(alarm.to_owned()), Some(url))
        }
        "LambdaInvoke" => {
            let function = rule.setting("FunctionName");
            let url = format!("{console}/lambda/home?region={region}#/functions/{function}");
            (Some(id.to_owned()), Some(url))
        }
        _ => (None, None),
    }
}
