//! What a project's builds have beside their machine and their commands: further sources, artifacts, cache,
//! network, key, and where their logs go.

use super::project::SourceSettings;

/// Everything of a project that its builds take over unchanged. Shared between a project and its builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    pub secondary_sources: Vec<SecondarySource>,
    /// The primary artifact; none for a project that keeps none.
    pub artifacts: Option<Artifacts>,
    pub secondary_artifacts: Vec<Artifacts>,
    pub cache: Cache,
    pub vpc: Option<Vpc>,
    /// An ARN or `alias/…`; absent, S3's own key.
    pub encryption_key: Option<String>,
    pub logs: LogSettings,
}

/// A source beside the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondarySource {
    pub identifier: String,
    pub source: SourceSettings,
    pub version: Option<String>,
}

/// What is kept of a build, in a bucket of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifacts {
    /// Empty for the primary artifact.
    pub identifier: String,
    pub bucket: String,
    /// Folders before the name; empty for none.
    pub path: String,
    /// A folder of each build's own, named by its UUID.
    pub by_build: bool,
    pub name: String,
    /// One zip, and not the files themselves.
    pub zipped: bool,
    pub encryption_disabled: bool,
}

impl Artifacts {
    /// The key of what a build of this UUID leaves.
    pub fn key(&self, uuid: &str) -> String {
        let own = if self.by_build { uuid } else { "" };
        let parts = [self.path.trim_matches('/'), own, self.name.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }
}

/// What is carried from one build to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    #[default]
    None,
    /// `bucket/prefix`.
    S3(String),
    /// `LOCAL_SOURCE_CACHE`, `LOCAL_DOCKER_LAYER_CACHE`, `LOCAL_CUSTOM_CACHE`.
    Local(Vec<String>),
}

/// The network that builds run in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vpc {
    pub id: String,
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
}

/// Where the logs of builds go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Into CloudWatch Logs.
    pub cloudwatch: bool,
    /// In place of `/aws/codebuild/PROJECT`.
    pub group: Option<String>,
    /// What stands before the UUID in the name of a stream.
    pub stream_prefix: Option<String>,
    /// `bucket/prefix` of the logs that are kept in S3 once a build is over.
    pub s3: Option<String>,
    pub s3_encryption_disabled: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            cloudwatch: true,
            group: None,
            stream_prefix: None,
            s3: None,
            s3_encryption_disabled: false,
        }
    }
}

impl LogSettings {
    /// The bucket, and the key of the log of the build with this UUID.
    pub fn s3_object(&self, uuid: &str) -> Option<(&str, String)> {
        let location = self.s3.as_deref()?;
        let (bucket, prefix) = location.split_once('/').unwrap_or((location, ""));
        let prefix = prefix.trim_matches('/');
        let key = if prefix.is_empty() {
            format!("{uuid}.gz")
        } else {
            format!("{prefix}/{uuid}.gz")
        };
        Some((bucket, key))
    }
}

#[cfg(test)]
mod tests {
    use super::{Artifacts, LogSettings};

    #[test]
    fn keys_are_made_of_the_parts_that_are_there() {
        let mut artifacts = Artifacts {
            name: "site.zip".to_owned(),
            ..Artifacts::default()
        };
        assert_eq!(artifacts.key("u-1"), "site.zip");
        artifacts.by_build = true;
        assert_eq!(artifacts.key("u-1"), "u-1/site.zip");
        artifacts.path = "releases/web/".to_owned();
        assert_eq!(artifacts.key("u-1"), "releases/web/u-1/site.zip");
        let mut logs = LogSettings {
            s3: Some("harbour-logs".to_owned()),
            ..LogSettings::default()
        };
        assert_eq!(
            logs.s3_object("u-1"),
            Some(("harbour-logs", "u-1.gz".to_owned()))
        );
        logs.s3 = Some("harbour-logs/builds/web".to_owned());
        let (_, key) = logs.s3_object("u-1").unwrap();
        assert_eq!(key, "builds/web/u-1.gz");
    }
}
