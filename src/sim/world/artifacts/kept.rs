//! What builds keep in buckets of their own choice: artifacts of projects outside pipelines, and logs.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::files::{Origin, built};
use super::md5::md5;
use super::pack::{Content, Entry, Form};
use super::tree::Step;
use super::{Home, Object};
use crate::sim::wire::Millis;
use crate::sim::world::builds::build::{Status, Sums};
use crate::sim::world::builds::{Build, Phase, Surroundings};
use crate::sim::world::{Owner, Place, World};

/// How long after its end a build's log lies in its bucket.
const LOG_AFTER: Millis = 400;

impl World {
    /// Where a bucket is that builds write to; none when no project names it.
    pub(super) fn builds_bucket(&self, name: &str) -> Option<Home> {
        let mut places = self.places.iter();
        let ((account, region), _) = places.find(|(_, place)| place.keeps_in(name))?;
        Some(Home {
            bucket: name.to_owned(),
            account: account.clone(),
            region: region.clone(),
            pipelines: vec![region.clone()],
        })
    }
}

impl Place {
    fn keeps_in(&self, bucket: &str) -> bool {
        let mut projects = self.builds.projects();
        projects.any(|project| names(&project.surroundings, bucket))
    }

    /// The objects that builds left in a bucket, those whose key begins so.
    pub(super) fn kept_by_builds(&self, bucket: &str, prefix: &str, now: Millis) -> Vec<Object> {
        if !self.keeps_in(bucket) {
            return Vec::new();
        }
        let builds = self.builds.ids().filter_map(|id| self.builds.get(id));
        let wanted =
            |object: &Object, place: &str| place == bucket && object.key.starts_with(prefix);
        let mut found: Vec<Object> = Vec::new();
        for build in builds {
            if let Some((place, key)) = build.s3_log(now)
                && place == bucket
                && key.starts_with(prefix)
            {
                found.push(log(&self.owner, build, key));
            }
            if let Some((place, object)) = artifact(&self.owner, build, now)
                && wanted(&object, place)
            {
                // A name that every build uses is written over.
                found.retain(|other| other.key != object.key);
                found.push(object);
            }
        }
        found
    }
}

fn names(around: &Surroundings, bucket: &str) -> bool {
    let logs = around
        .logs
        .s3_object("")
        .is_some_and(|(place, _)| place == bucket);
    let mut artifacts = around.artifacts.iter().chain(&around.secondary_artifacts);
    logs || artifacts.any(|kept| kept.bucket == bucket)
}

fn log(owner: &Owner, build: &Build, key: String) -> Object {
    Object {
        key,
        made: build.ends() + LOG_AFTER,
        encryption_key: build.surroundings.encryption_key.clone(),
        entries: vec![Entry {
            path: build.uuid().to_owned(),
            content: Content::Text(build.log_text(owner)),
        }],
        form: Form::Gzip,
    }
}

/// The bucket and the first artifact of a build that has put one there.
fn artifact<'a>(owner: &Owner, build: &'a Build, now: Millis) -> Option<(&'a str, Object)> {
    let kept = build.surroundings.artifacts.as_ref()?;
    let phases = build.phases(now);
    let uploaded = phases.iter().find(|record| {
        record.phase == Phase::UploadArtifacts && record.status == Some(Status::Succeeded)
    })?;
    let output = &build.plan.output;
    if output.files.is_empty() {
        return None;
    }
    let revision = build.resolved_source_version.as_deref().unwrap_or_default();
    let steps = [Step {
        id: revision.to_owned(),
        message: String::new(),
    }];
    let origin = Origin {
        account: &owner.account,
        region: &owner.region,
        name: &build.project,
        revision,
        steps: &steps,
        megabytes: output.megabytes,
    };
    let object = Object {
        key: kept.key(build.uuid()),
        made: uploaded.ended.unwrap_or(uploaded.started),
        encryption_key: build.surroundings.encryption_key.clone(),
        entries: built(&output.files, &origin),
        form: if kept.zipped { Form::Zip } else { Form::Raw },
    };
    Some((kept.bucket.as_str(), object))
}

/// The sums of the zip that a build left; none for one that left none. They are told once and remembered: a list of
/// builds is asked for again and again.
pub fn sums<'a>(owner: &Owner, build: &'a Build, now: Millis) -> Option<&'a Sums> {
    if let Some(sums) = build.sums.get() {
        return Some(sums);
    }
    let zipped = build.surroundings.artifacts.as_ref()?.zipped;
    let (_, object) = artifact(owner, build, now).filter(|_| zipped)?;
    let bytes = object.bytes();
    Some(build.sums.get_or_init(|| Sums {
        sha256: digits(&Sha256::digest(&bytes)),
        md5: digits(&md5(&bytes)),
    }))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
