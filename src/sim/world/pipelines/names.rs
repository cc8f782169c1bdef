//! Names that other services would give: ids, console pages, the keys of artifacts.

use crate::sim::random::Random;
use crate::sim::world::Owner;
use crate::sim::world::pipelines::definition::ActionDefinition;

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
        _ => (random.uuid(), None),
    }
}
