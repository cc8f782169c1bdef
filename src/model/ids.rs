//! The names of things: one type for each kind of AWS identifier, so that a stage can never be taken for an action.
//!
//! All are shared strings: a clone costs one reference count.

use std::fmt;
use std::sync::Arc;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl<S: AsRef<str>> From<S> for $name {
            fn from(text: S) -> Self {
                Self(Arc::from(text.as_ref()))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                Self::from(id.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

id!(
    /// The twelve digits of an AWS account.
    AccountNumber
);
id!(
    /// The name a person gave an account in Starboard: an AWS profile, a keyring entry, or a simulated account.
    AccountName
);
id!(
    /// An AWS region such as `eu-west-1`.
    Region
);
id!(PipelineName);
id!(StageName);
id!(ActionName);
id!(
    /// A rule of a stage's condition.
    RuleName
);
id!(
    /// `pipelineExecutionId`, a UUID.
    ExecutionId
);
id!(
    /// `actionExecutionId`, a UUID, new for each attempt.
    ActionExecutionId
);
id!(
    /// A full Git commit id, or whatever a source action calls its revision (an S3 version, an image digest).
    RevisionId
);
id!(ProjectName);
id!(
    /// `project:uuid`, as BatchGetBuilds takes it.
    BuildId
);
id!(
    /// `project:uuid` of a batch, as BatchGetBuildBatches takes it.
    BatchId
);
id!(
    /// `d-` and nine letters or digits.
    DeploymentId
);
id!(
    /// The target of a deployment: an instance id, `cluster:service`, or a function's name.
    TargetId
);
id!(RepositoryName);
id!(BranchName);
id!(LogGroupName);
id!(LogStreamName);
id!(
    /// What PutApprovalResult wants back. It opens one gate of one execution; it is no credential, but is never logged.
    ApprovalToken
);

impl RevisionId {
    /// The first seven characters, as Git shows a commit; other revisions keep twelve.
    pub fn short(&self) -> &str {
        let text = self.as_str();
        let is_commit = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let length = if is_commit { 7 } else { 12 };
        text.get(..length).unwrap_or(text)
    }
}

impl ExecutionId {
    /// The first eight characters of the UUID, enough to tell executions of one pipeline apart on screen.
    pub fn short(&self) -> &str {
        self.as_str().get(..8).unwrap_or(self.as_str())
    }
}

impl AccountNumber {
    /// `1234-5678-9012`, as the AWS console groups an account's digits.
    pub fn grouped(&self) -> String {
        let text = self.as_str();
        match (text.get(..4), text.get(4..8), text.get(8..12)) {
            (Some(a), Some(b), Some(c)) if text.len() == 12 => format!("{a}-{b}-{c}"),
            _ => text.to_owned(),
        }
    }
}

/// Where something lives: one signed-in account in one region. Every read and every budget belongs to one scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    pub account: AccountName,
    pub region: Region,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {}", self.account, self.region)
    }
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident, $field:ident: $id:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            pub scope: Scope,
            pub $field: $id,
        }
    };
}

key!(PipelineKey, name: PipelineName);
key!(BuildKey, id: BuildId);
key!(BatchKey, id: BatchId);
key!(BuildProjectKey, name: ProjectName);
key!(DeploymentKey, id: DeploymentId);
key!(RepositoryKey, name: RepositoryName);

/// One log stream of CloudWatch Logs, or a log that is an object in S3: then the group is `s3://BUCKET` and the stream
/// the object's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogKey {
    pub scope: Scope,
    pub group: LogGroupName,
    pub stream: LogStreamName,
}

impl LogKey {
    /// Bucket and key of a log in S3.
    pub fn s3(&self) -> Option<(&str, &str)> {
        let bucket = self.group.as_str().strip_prefix(IN_S3)?;
        Some((bucket, self.stream.as_str()))
    }
}

/// What the group of a log in S3 begins with. No log group can: their names hold no colon.
pub const IN_S3: &str = "s3://";

/// An action in a pipeline's structure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionKey {
    pub stage: StageName,
    pub action: ActionName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_shortened_as_git_does_and_other_revisions_keep_more() {
        let commit = RevisionId::from("f3a91c2b6f0e4f7a9d1c2b3a4f5e6d7c8b9a0f1e");
        assert_eq!(commit.short(), "f3a91c2");
        assert_eq!(
            RevisionId::from("sha256:0123456789abcdef").short(),
            "sha256:01234"
        );
        assert_eq!(RevisionId::from("v1").short(), "v1");
    }

    #[test]
    fn an_account_number_is_grouped_only_when_it_is_one() {
        assert_eq!(
            AccountNumber::from("482100937715").grouped(),
            "4821-0093-7715"
        );
        assert_eq!(AccountNumber::from("unknown").grouped(), "unknown");
    }
}
