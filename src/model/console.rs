//! Addresses in the AWS console. Pure; names are percent-encoded, the host follows the region's partition.

use crate::model::ids::{BuildKey, BuildProjectKey, Region};

/// The console's host for a region.
pub fn host(region: &Region) -> String {
    let region = region.as_str();
    if region.starts_with("cn-") {
        "console.amazonaws.cn".to_owned()
    } else if region.starts_with("us-gov-") {
        "console.amazonaws-us-gov.com".to_owned()
    } else {
        format!("{region}.console.aws.amazon.com")
    }
}

/// A CodeBuild project's page.
pub fn build_project(key: &BuildProjectKey) -> String {
    let region = &key.scope.region;
    let (host, name) = (host(region), encoded(key.name.as_str()));
    format!("https://{host}/codesuite/codebuild/projects/{name}?region={region}")
}

/// A build's page.
pub fn build(key: &BuildKey) -> String {
    let region = &key.scope.region;
    let id = key.id.as_str();
    let project = encoded(id.rsplit_once(':').map_or(id, |(project, _)| project));
    let (host, id) = (host(region), encoded(id));
    format!("https://{host}/codesuite/codebuild/projects/{project}/build/{id}/?region={region}")
}

/// An object of S3, by `arn:aws:s3:::bucket/key` or `bucket/key`.
pub fn object(region: &Region, location: &str) -> Option<String> {
    let path = bucket_and_key(location);
    let (bucket, key) = path.split_once('/').filter(|(_, key)| !key.is_empty())?;
    let host = host(region);
    let (bucket, key) = (encoded(bucket), encoded(key));
    Some(format!(
        "https://{host}/s3/object/{bucket}?region={region}&prefix={key}"
    ))
}

/// `bucket/key` of an ARN; what is none stays as it is.
pub fn bucket_and_key(location: &str) -> &str {
    location
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":s3:::"))
        .map_or(location, |(_, path)| path)
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;

    #[test]
    fn pages_are_in_the_regions_own_partition() {
        let key = |region: &str| BuildKey {
            scope: Scope {
                account: "prod".into(),
                region: region.into(),
            },
            id: "web shop:1f6f0d3".into(),
        };
        assert_eq!(
            build(&key("eu-west-1")),
            "https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/projects/web+shop/build/web+shop%3A1f6f0d3/?region=eu-west-1"
        );
        assert!(build(&key("cn-north-1")).starts_with("https://console.amazonaws.cn/"));
    }

    #[test]
    fn an_object_needs_a_bucket_and_a_key() {
        let region = Region::from("eu-west-1");
        let address = object(&region, "arn:aws:s3:::artifacts/web/build 7.zip");
        assert_eq!(
            address.as_deref(),
            Some(
                "https://eu-west-1.console.aws.amazon.com/s3/object/artifacts?region=eu-west-1&prefix=web%2Fbuild+7.zip"
            )
        );
        assert_eq!(object(&region, "artifacts"), None);
    }
}
