//! The artifacts in CodePipeline's buckets, and what builds keep in others: which there are, and what is in them.
//!
//! Nothing is kept: an object is there when an action that has succeeded made it and it is not older than
//! thirty days, and its bytes follow from the revision of its execution. `services::s3` reads, and the
//! places that CodePipeline and CodeDeploy name are these objects.

pub mod files;
pub mod kept;
mod md5;
pub mod pack;
pub mod tree;

use std::fmt::Write as _;

use hyper::body::Bytes;
use sha2::{Digest as _, Sha256};

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::pipelines::definition::{ActionDefinition, Definition};
use crate::sim::world::pipelines::execution::{ActionRun, ActionStatus, Execution};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::names::artifact_key;
use crate::sim::world::{Place, World};
use files::Origin;
use pack::{Entry, Form};
use tree::Step;

/// How long a bucket keeps an artifact, by its lifecycle rule.
const KEPT: Millis = 30 * 86_400_000;

/// Where a bucket is, and whose pipelines fill it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub bucket: String,
    pub account: String,
    pub region: String,
    /// The regions of its pipelines: others too when it serves cross-region actions.
    pub pipelines: Vec<String>,
}

/// One artifact in a bucket.
#[derive(Clone, Debug)]
pub struct Object {
    pub key: String,
    pub made: Millis,
    /// The KMS key that its pipeline names, in place of S3's own.
    pub encryption_key: Option<String>,
    entries: Vec<Entry>,
    form: Form,
}

impl Object {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        pack::size(&self.entries, self.form, self.made)
    }

    /// All of it.
    pub fn bytes(&self) -> Bytes {
        pack::bytes(&self.entries, self.form, self.made)
    }

    /// 32 digits; an object encrypted with a key of KMS does not have the MD5 of its bytes here.
    pub fn etag(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{} {} {:?}", self.key, self.made, self.form));
        for entry in &self.entries {
            hash.update(format!("{entry:?}"));
        }
        let digest = hash.finalize();
        let mut digits = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }

    /// The id of its only version.
    pub fn version(&self) -> String {
        Random::named(self.made as u64, &self.key).letters(32)
    }

    pub fn is_zip(&self) -> bool {
        self.form == Form::Zip
    }
}

impl World {
    /// Where a bucket is; none when no pipeline and no build keeps anything in one of this name.
    pub fn bucket(&self, name: &str) -> Option<Home> {
        let mut home: Option<Home> = None;
        for ((account, region), place) in &self.places {
            let mut definitions = place.pipelines.definitions();
            let found = definitions.find_map(|definition| bucket_region(definition, region, name));
            let Some(found) = found else {
                continue;
            };
            let home = home.get_or_insert_with(|| Home {
                bucket: name.to_owned(),
                account: account.clone(),
                region: found.to_owned(),
                pipelines: Vec::new(),
            });
            if home.account == *account {
                home.pipelines.push(region.clone());
            }
        }
        home.or_else(|| self.builds_bucket(name))
    }

    /// The objects in a bucket, in order of their keys; those whose key does not begin so are left out.
    pub fn objects(&self, home: &Home, prefix: &str, now: Millis) -> Vec<Object> {
        let places = home
            .pipelines
            .iter()
            .filter_map(|region| self.places.get(&(home.account.clone(), region.clone())));
        let mut found: Vec<Object> = places
            .flat_map(|place| {
                let mut found = place.objects(&home.bucket, prefix, now);
                found.extend(place.kept_by_builds(&home.bucket, prefix, now));
                found
            })
            .collect();
        found.sort_by(|one, other| one.key.cmp(&other.key));
        found
    }

    /// One artifact by its key.
    pub fn object(&self, home: &Home, key: &str, now: Millis) -> Option<Object> {
        self.objects(home, key, now)
            .into_iter()
            .find(|object| object.key == key)
    }
}

/// The region of a pipeline's bucket of this name.
fn bucket_region<'a>(definition: &'a Definition, own: &'a str, bucket: &str) -> Option<&'a str> {
    if definition.artifact_bucket == bucket {
        return Some(own);
    }
    let mut others = definition.regional_buckets.iter();
    let (region, _) = others.find(|(_, other)| *other == bucket)?;
    Some(region)
}

impl Place {
    fn objects(&self, bucket: &str, prefix: &str, now: Millis) -> Vec<Object> {
        let mut found = Vec::new();
        for pipeline in self.pipelines.iter() {
            let definition = &pipeline.definition;
            if bucket_region(definition, &self.owner.region, bucket).is_none() {
                continue;
            }
            let folder = artifact_key(&definition.name, "", "");
            let folder = folder.split('/').next().unwrap_or_default();
            if !(folder.starts_with(prefix) || prefix.starts_with(folder)) {
                continue;
            }
            for execution in pipeline.executions() {
                self.collect(pipeline, execution, prefix, now, &mut found);
            }
        }
        found
    }

    fn collect(
        &self,
        pipeline: &Pipeline,
        execution: &Execution,
        prefix: &str,
        now: Millis,
        found: &mut Vec<Object>,
    ) {
        let definition = &pipeline.definition;
        for run in &execution.runs {
            if run.status != ActionStatus::Succeeded || run.updated + KEPT <= now {
                continue;
            }
            let action = execution
                .structure
                .get(run.stage)
                .and_then(|stage| stage.actions.get(run.action));
            for (action, artifact) in action
                .into_iter()
                .flat_map(|action| action.outputs.iter().map(move |name| (action, name)))
            {
                let key = artifact_key(&definition.name, artifact, &execution.id);
                if !key.starts_with(prefix) {
                    continue;
                }
                let (entries, form) = self.content(pipeline, execution, run, action, artifact);
                found.retain(|other| other.key != key);
                found.push(Object {
                    key,
                    made: run.updated,
                    encryption_key: definition.encryption_key.clone(),
                    entries,
                    form,
                });
            }
        }
    }

    fn content(
        &self,
        pipeline: &Pipeline,
        execution: &Execution,
        run: &ActionRun,
        action: &ActionDefinition,
        artifact: &str,
    ) -> (Vec<Entry>, Form) {
        let named = execution
            .revisions
            .iter()
            .find(|(source, _)| *source == action.name)
            .or_else(|| execution.revisions.first());
        let (source, revision) = named
            .map(|(source, revision)| (source.as_str(), revision.id.as_str()))
            .unwrap_or_default();
        let repository = source_of(&pipeline.definition, source);
        let steps = self.steps(pipeline, execution, source, repository, revision);
        let origin = Origin {
            account: &self.owner.account,
            region: &self.owner.region,
            name: repository.unwrap_or(&pipeline.definition.name),
            revision,
            steps: &steps,
            megabytes: 0,
        };
        let build = run
            .external_id
            .as_deref()
            .and_then(|id| self.builds.get(id));
        match (action.category, build) {
            ("Source", _) if action.provider == "ECR" => (
                files::unnamed(artifact, &action.provider, &origin),
                Form::Zip,
            ),
            ("Source", _) => (files::source(&origin), Form::Zip),
            (_, Some(build)) if !build.plan.output.files.is_empty() => {
                let output = &build.plan.output;
                let origin = Origin {
                    megabytes: output.megabytes,
                    ..origin
                };
                let form = if output.raw { Form::Raw } else { Form::Zip };
                (files::built(&output.files, &origin), form)
            }
            _ => (
                files::unnamed(artifact, &action.provider, &origin),
                Form::Zip,
            ),
        }
    }

    /// The commits up to a revision: those of its repository, else what the executions before had.
    fn steps(
        &self,
        pipeline: &Pipeline,
        execution: &Execution,
        source: &str,
        repository: Option<&str>,
        revision: &str,
    ) -> Vec<Step> {
        let known = repository.and_then(|name| self.repositories.get(name));
        if let Some(line) = known
            .map(|repository| repository.line(revision))
            .filter(|line| !line.is_empty())
        {
            return line
                .into_iter()
                .map(|commit| Step {
                    id: commit.id.clone(),
                    message: commit.message.clone(),
                })
                .collect();
        }
        let mut steps: Vec<Step> = Vec::new();
        for earlier in pipeline.executions() {
            for (action, found) in &earlier.revisions {
                if action == source && !steps.iter().any(|step| step.id == found.id) {
                    steps.push(Step {
                        id: found.id.clone(),
                        message: found.summary.clone(),
                    });
                }
            }
            if earlier.id == execution.id {
                break;
            }
        }
        // A revision that was started with again ends the line where it stands.
        if let Some(at) = steps.iter().position(|step| step.id == revision) {
            steps.truncate(at + 1);
        }
        steps
    }
}

/// The repository that a source action reads.
fn source_of<'a>(definition: &'a Definition, source: &str) -> Option<&'a str> {
    definition
        .stages
        .iter()
        .flat_map(|stage| &stage.actions)
        .find(|action| action.category == "Source" && action.name == source)
        .and_then(ActionDefinition::source)
        .map(|(repository, _)| repository)
        .filter(|repository| !repository.is_empty())
}

#[cfg(test)]
mod tests;
