//! This program's own record of a decision, as it stands in a line of `decisions.jsonl`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::command::Decision;
use crate::model::fault::Fault;
use crate::model::ids::{
    AccountName, AccountNumber, ActionName, ApprovalToken, ExecutionId, PipelineName, Region,
    RevisionId, StageName,
};
use crate::model::time::Timestamp;

/// The form of a line. A newer one is left in the file unread.
pub const VERSION: u32 = 1;

/// One line: written before a decision is sent, and again with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRecord {
    pub version: u32,
    /// The same in all lines of one decision.
    pub id: String,
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// The ARN that the account's credentials stand for; none if STS had not told it.
    pub identity: Option<String>,
    pub account: AccountName,
    pub number: Option<AccountNumber>,
    pub region: Region,
    pub pipeline: PipelineName,
    pub stage: StageName,
    pub action: ActionName,
    pub execution: ExecutionId,
    pub revisions: Vec<OwnRevision>,
    pub decision: Decided,
    pub comment: String,
    /// SHA-256 of the gate's token in hexadecimal; the token itself is never kept.
    pub token_sha256: String,
    pub outcome: OwnOutcome,
    /// AWS's words about the outcome.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What was let through, by its first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRevision {
    pub id: RevisionId,
    pub subject: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decided {
    Approve,
    Reject,
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Approve => Self::Approve,
            Decision::Reject => Self::Reject,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnOutcome {
    /// About to be sent. With no later line of the same id, the program ended before it knew more.
    Sending,
    Accepted,
    /// Somebody or something was first.
    Changed,
    Refused,
    /// AWS never told whether it was applied.
    Unknown,
    /// The answer was lost; AWS shows that it was not applied.
    NotApplied,
}

/// Tells gates apart without keeping what opens them.
pub fn token_hash(token: &ApprovalToken) -> String {
    let digest = Sha256::digest(token.as_str().as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        hex.push_str(&format!("{byte:02x}"));
        hex
    })
}

/// The lines of a file that can be read, and how many cannot. Empty lines are nothing.
pub fn parse(bytes: &[u8]) -> (Vec<OwnRecord>, usize) {
    let mut records = Vec::new();
    let mut unreadable = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<OwnRecord>(line) {
            Ok(record) if record.version <= VERSION => records.push(record),
            Ok(_) | Err(_) => unreadable += 1,
        }
    }
    (records, unreadable)
}

/// This program's own record as last read from its file, and what was last exported.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Moves whenever what was read differs.
    pub revision: u64,
    /// In the order of the file.
    pub records: Arc<Vec<OwnRecord>>,
    /// Lines that cannot be read. They stay in the file.
    pub unreadable: usize,
    /// Where the file is; none where this user has no folder for it.
    pub path: Option<String>,
    /// Why it cannot be read.
    pub fault: Option<Arc<Fault>>,
    pub export: Option<Export>,
}

/// A file that a person asked for.
#[derive(Clone, Debug)]
pub enum Export {
    Saved { path: String, at: Timestamp },
    Failed(Arc<Fault>),
}

/// Instants as people and scripts read them: `2026-11-23T16:20:00Z`.
mod instant {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Timestamp;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at.rfc3339())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Timestamp::from_millis(at.as_millisecond()))
    }
}

#[cfg(test)]
pub(super) fn example() -> OwnRecord {
    OwnRecord {
        version: VERSION,
        id: "1".to_owned(),
        at: Timestamp::from_millis(1_795_449_600_000),
        identity: Some("arn:aws:iam::482100937715:user/ines".to_owned()),
        account: "prod".into(),
        number: Some("482100937715".into()),
        region: "eu-west-1".into(),
        pipeline: "pier".into(),
        stage: "Gate".into(),
        action: "Approve".into(),
        execution: "e1".into(),
        revisions: vec![OwnRevision {
            id: "f3a91c2".into(),
            subject: "Widen the gangway".to_owned(),
        }],
        decision: Decided::Approve,
        comment: "two\nlines".to_owned(),
        token_sha256: token_hash(&"the-token".into()),
        outcome: OwnOutcome::Sending,
        note: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_without_the_token_and_comes_back() {
        let line = serde_json::to_string(&example()).unwrap();
        assert!(
            !line.contains('\n') && !line.contains("the-token"),
            "{line}"
        );
        assert!(line.contains("\"at\":\"2026-11-23T16:00:00Z\""), "{line}");
        assert_eq!(parse(line.as_bytes()), (vec![example()], 0));
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_the_rest_is_read() {
        let line = serde_json::to_string(&example()).unwrap();
        let newer = line.replace("\"version\":1", "\"version\":2");
        let text = format!("{line}\n\n{{\"version\":1,\n\u{0}garbage\n{newer}\n{line}\n");
        let (records, unreadable) = parse(text.as_bytes());
        assert_eq!((records.len(), unreadable), (2, 3));
        assert_eq!(parse(b"\xff\xfe\n").1, 1);
    }
}
