//! What is inside an artifact: the zip that one action hands to the next by way of S3.

use crate::model::ids::Scope;
use crate::model::pipeline::ArtifactLocation;
use crate::model::time::Timestamp;

/// An artifact in the account and region whose credentials read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtifactKey {
    pub scope: Scope,
    pub location: ArtifactLocation,
}

/// What HeadObject tells before anything is downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactSize {
    pub bytes: u64,
    pub modified: Option<Timestamp>,
    /// The KMS key it is encrypted with; none: S3's own.
    pub encryption_key: Option<String>,
}

/// The files in an artifact. A directory has no entry of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactListing {
    pub bytes: u64,
    /// By path. Cut at [`MOST_ENTRIES`]; `total` counts them all.
    pub entries: Vec<ArtifactEntry>,
    pub total: usize,
}

/// Entries of a listing kept at most.
pub const MOST_ENTRIES: usize = 20_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactEntry {
    /// As the zip has it, shown only: nothing is ever written to a path from outside.
    pub path: String,
    /// Uncompressed, as the zip claims it.
    pub bytes: u64,
    pub compressed: u64,
    pub crc: u32,
}

/// One file of an artifact, as far as it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactFile {
    /// Text, cut at `limit` bytes if `cut`. Invalid UTF-8 is replaced.
    Text { text: String, cut: bool },
    /// Not text: its first bytes.
    Binary { head: Vec<u8>, bytes: u64 },
}

/// Two artifacts of one name, from two executions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactDifference {
    pub older_bytes: u64,
    pub newer_bytes: u64,
    /// By path; files that are the same on both sides are only counted.
    pub files: Vec<FileDifference>,
    pub same: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDifference {
    pub path: String,
    pub kind: DifferenceKind,
    pub older_bytes: Option<u64>,
    pub newer_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    Added,
    Removed,
    Changed,
}

/// A text file on both sides, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextDifference {
    pub lines: Vec<DifferenceLine>,
    /// The files were longer than what was compared.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferenceLine {
    pub side: LineSide,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineSide {
    Both,
    /// Only in the older one.
    Older,
    /// Only in the newer one.
    Newer,
    /// So many lines that are the same on both sides were left out; the text says how many.
    Skipped,
}
