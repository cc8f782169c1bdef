//! Build projects with their settings, their past, and what their batches consist of.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::super::grammar::{self, Event, Reference};
use super::{Builder, Fault, unknown};
use crate::sim::random::Random;
use crate::sim::world::builds::StartBuild;
use crate::sim::world::builds::batch::{BatchPlan, Node};
use crate::sim::world::builds::plan::{Plan, Script};
use crate::sim::world::builds::project::{Project, SourceSettings, Variable, Webhook};
use crate::sim::world::builds::surroundings::{
    Artifacts, Cache, LogSettings, SecondarySource, Surroundings, Vpc,
};
use crate::sim::world::happenings::{Happening, Where};

const DAY: i64 = 86_400_000;

/// The scripts of a story, laid out, by name.
type Plans = BTreeMap<String, Arc<Plan>>;

fn plan(plans: &Plans, name: &Reference) -> Result<Arc<Plan>, Fault> {
    let found = plans.get(name.get_ref()).cloned();
    found.ok_or_else(|| unknown(name, "script", plans.keys()))
}

impl Builder<'_> {
    pub(super) fn projects(&mut self) -> Result<(), Fault> {
        let plans = self.plans()?;
        for project in &self.story.project {
            let place = self.place(&project.account, &project.region)?;
            let name = project.name.get_ref();
            if self.projects.insert(name.clone(), place.clone()).is_some() {
                return Err(Fault::at(
                    &project.name,
                    format!("there are two projects named {name:?}"),
                ));
            }
            let made = self.project(project, &plans)?;
            let at = self.world.place_mut(&place.account, &place.region);
            for (scenario, script) in &project.scenarios {
                let key = (name.clone(), scenario.clone());
                let plan = plan(&plans, script)?;
                self.courses.insert(key.clone(), Arc::clone(&plan));
                at.pipelines.cast_mut().plans.insert(key, plan);
            }
            at.builds.add_project(made);
        }
        Ok(())
    }

    fn project(&self, project: &grammar::Project, plans: &Plans) -> Result<Project, Fault> {
        let name = project.name.get_ref();
        let founded = self.start - 200 * DAY;
        let mut made = Project::new(name, plan(plans, &project.script)?, founded);
        made.description.clone_from(&project.description);
        if let Some(source) = &project.source {
            made.source = SourceSettings {
                kind: source.kind.clone(),
                location: source.location.clone(),
                buildspec: source.buildspec.clone(),
            };
        }
        made.environment.privileged = project.privileged;
        for (slot, given) in [
            (&mut made.environment.image, &project.image),
            (&mut made.environment.compute_type, &project.compute),
            (&mut made.environment.kind, &project.environment),
            (&mut made.role, &project.role),
        ] {
            if let Some(given) = given {
                slot.clone_from(given);
            }
        }
        if !made.environment.image.starts_with("aws/codebuild/") {
            "SERVICE_ROLE".clone_into(&mut made.environment.image_credentials);
        }
        made.environment.variables = variables(project);
        made.timeout_minutes = project.timeout_minutes.unwrap_or(made.timeout_minutes);
        made.queued_timeout_minutes = project
            .queued_timeout_minutes
            .unwrap_or(made.queued_timeout_minutes);
        made.tags = pairs(&project.tags);
        made.concurrent_limit = project.concurrent;
        made.webhook = project.webhook.as_ref().map(|webhook| Webhook {
            url: webhook.url.clone(),
            filters: webhook.filters.iter().map(pairs).collect(),
        });
        made.surroundings = Arc::new(surroundings(project));
        made.batch = match &project.batch {
            Some(batch) => Some(Arc::new(batch_plan(batch, plans)?)),
            None => None,
        };
        Ok(made)
    }

    /// The builds that projects outside of pipelines had before the start.
    pub(super) fn build_histories(&mut self) -> Result<(), Fault> {
        for project in &self.story.project {
            let Some(history) = &project.history else {
                continue;
            };
            let place = self.place(&project.account, &project.region)?;
            let initiator = match &history.by {
                Some(by) => self.person(by)?.user.clone(),
                None => webhook_of(project),
            };
            for back in 1..=history.builds {
                let mut scenarios = history.scenarios.iter();
                let scenario = scenarios.find(|one| one.build == back);
                let at = history.last.0 - i64::from(back - 1) * history.every.0;
                let name = project.name.get_ref();
                let start = StartBuild {
                    source_version: Some("refs/heads/main".to_owned()),
                    resolved_source_version: Some(self.commit(name, None, at)),
                    initiator: initiator.clone(),
                    plan: self.course(project, scenario.map(|one| &one.scenario))?,
                    ..StartBuild::default()
                };
                let happening = Happening::Build {
                    project: name.clone(),
                    start: Box::new(start),
                };
                self.world.plan(self.moment(at), place.clone(), happening);
            }
        }
        Ok(())
    }

    /// A build or a batch that an event starts, or a build that it stops.
    pub(super) fn build_event(
        &self,
        spanned: &Spanned<Event>,
        named: &Reference,
    ) -> Result<(Where, Happening), Fault> {
        let event = spanned.get_ref();
        let (place, project) = self.known_project(named)?;
        let name = named.get_ref().clone();
        if event.stop_build.is_some() {
            return Ok((place, Happening::StopBuild { project: name }));
        }
        let initiator = match &event.by {
            Some(by) => self.person(by)?.user.clone(),
            None if event.scheduled => format!("rule/{name}"),
            None => webhook_of(project),
        };
        let version = event.source_version.as_deref().unwrap_or("refs/heads/main");
        let start = StartBuild {
            source_version: Some(version.to_owned()),
            resolved_source_version: Some(self.commit(
                &name,
                event.revision.as_deref(),
                event.at.0,
            )),
            initiator,
            variables: pairs(&event.variables)
                .into_iter()
                .map(|(name, value)| plaintext(name, value))
                .collect(),
            plan: self.course(project, event.scenario.as_ref())?,
            uuid: event.id.clone(),
            ..StartBuild::default()
        };
        let start = Box::new(start);
        if event.batch.is_none() {
            let project = name;
            return Ok((place, Happening::Build { project, start }));
        }
        let mut first = BTreeMap::new();
        for (node, scenario) in &event.scenarios {
            if let Some(plan) = self.course(project, Some(scenario))? {
                first.insert(node.clone(), plan);
            }
        }
        let happening = Happening::Batch {
            project: name,
            start,
            first,
        };
        Ok((place, happening))
    }

    /// A log group that is gone.
    pub(super) fn expiry(
        &self,
        spanned: &Spanned<Event>,
        group: &str,
    ) -> Result<(Where, Happening), Fault> {
        let named = spanned.get_ref().r#in.as_ref();
        let named = named
            .ok_or_else(|| Fault::at(spanned, "an expiry names a project of its place, `in`"))?;
        let (place, _) = self.known_project(named)?;
        Ok((
            place,
            Happening::Expire {
                group: group.to_owned(),
            },
        ))
    }

    fn known_project(&self, named: &Reference) -> Result<(Where, &grammar::Project), Fault> {
        let name = named.get_ref();
        let place = self.projects.get(name);
        let mut projects = self.story.project.iter();
        let project = projects.find(|project| project.name.get_ref() == name);
        match (place, project) {
            (Some(place), Some(project)) => Ok((place.clone(), project)),
            _ => Err(unknown(named, "project", self.projects.keys())),
        }
    }

    /// How a build goes that does not go the usual way.
    fn course(
        &self,
        project: &grammar::Project,
        scenario: Option<&Reference>,
    ) -> Result<Option<Arc<Plan>>, Fault> {
        let Some(scenario) = scenario else {
            return Ok(None);
        };
        let name = project.name.get_ref().clone();
        let found = self.courses.get(&(name, scenario.get_ref().clone()));
        let known = project.scenarios.keys();
        found
            .map(|plan| Some(Arc::clone(plan)))
            .ok_or_else(|| unknown(scenario, "scenario of this project", known))
    }

    /// A commit's id, which begins with the digits that the story gives.
    fn commit(&self, project: &str, digits: Option<&str>, at: i64) -> String {
        let whole = Random::named(self.seed, &format!("commit {project} {at}")).hex(40);
        let digits = digits.unwrap_or_default();
        digits.chars().chain(whole.chars()).take(40).collect()
    }
}

/// Who started a build that a push started.
fn webhook_of(project: &grammar::Project) -> String {
    let kind = project
        .source
        .as_ref()
        .map_or("", |source| source.kind.as_str());
    match kind {
        "BITBUCKET" => "Bitbucket-Hookshot",
        "GITLAB" => "GitLab-Hookshot",
        _ => "GitHub-Hookshot/8f2a1c4",
    }
    .to_owned()
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let entries = map.iter();
    entries
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn plaintext(name: String, value: String) -> Variable {
    Variable {
        name,
        value,
        kind: "PLAINTEXT".to_owned(),
    }
}

fn variables(project: &grammar::Project) -> Vec<Variable> {
    let kinds = [
        ("PLAINTEXT", &project.variables),
        ("PARAMETER_STORE", &project.parameters),
        ("SECRETS_MANAGER", &project.secrets),
    ];
    let all = kinds
        .into_iter()
        .flat_map(|(kind, map)| map.iter().map(move |entry| (kind, entry)));
    all.map(|(kind, (name, value))| Variable {
        name: name.clone(),
        value: value.clone(),
        kind: kind.to_owned(),
    })
    .collect()
}

fn surroundings(project: &grammar::Project) -> Surroundings {
    let sources = project.secondary_sources.iter();
    let logs = project.logs.as_ref();
    Surroundings {
        secondary_sources: sources
            .map(|one| SecondarySource {
                identifier: one.identifier.clone(),
                source: SourceSettings {
                    kind: one.kind.clone(),
                    location: one.location.clone(),
                    buildspec: None,
                },
                version: one.version.clone(),
            })
            .collect(),
        artifacts: project.artifacts.as_ref().map(|kept| artifacts("", kept)),
        secondary_artifacts: project
            .secondary_artifacts
            .iter()
            .map(|(identifier, kept)| artifacts(identifier, kept))
            .collect(),
        cache: match &project.cache {
            None => Cache::None,
            Some(grammar::Cache::S3(location)) => Cache::S3(location.clone()),
            Some(grammar::Cache::Local(modes)) => Cache::Local(modes.clone()),
        },
        vpc: project.vpc.as_ref().map(|vpc| Vpc {
            id: vpc.id.clone(),
            subnets: vpc.subnets.clone(),
            security_groups: vpc.security_groups.clone(),
        }),
        encryption_key: project.key.clone(),
        logs: logs.map_or_else(LogSettings::default, |logs| LogSettings {
            cloudwatch: logs.cloudwatch,
            group: logs.group.clone(),
            stream_prefix: logs.stream.clone(),
            s3: logs.s3.clone(),
            s3_encryption_disabled: false,
        }),
    }
}

fn artifacts(identifier: &str, kept: &grammar::Artifacts) -> Artifacts {
    Artifacts {
        identifier: identifier.to_owned(),
        bucket: kept.bucket.clone(),
        path: kept.path.clone(),
        by_build: kept.by_build,
        name: kept.name.clone(),
        zipped: kept.zip,
        encryption_disabled: false,
    }
}

fn batch_plan(batch: &grammar::Batch, plans: &Plans) -> Result<BatchPlan, Fault> {
    let mut nodes = Vec::new();
    for node in &batch.node {
        let known = |name: &Reference| {
            let mut nodes = batch.node.iter();
            if nodes.any(|other| other.identifier == *name.get_ref()) {
                return Ok(name.get_ref().clone());
            }
            let names = batch.node.iter().map(|node| &node.identifier);
            Err(unknown(name, "build of this batch", names))
        };
        nodes.push(Node {
            identifier: node.identifier.clone(),
            depends_on: node.after.iter().map(known).collect::<Result<_, _>>()?,
            ignore_failure: node.ignore_failure,
            plan: plan(plans, &node.script)?,
            variables: pairs(&node.variables)
                .into_iter()
                .map(|(name, value)| plaintext(name, value))
                .collect(),
            image: node.image.clone(),
            compute_type: node.compute.clone(),
        });
    }
    if let Some(matrix) = &batch.matrix {
        nodes.extend(combinations(matrix, &plan(plans, &matrix.script)?));
    }
    let download = match &batch.download {
        Some(script) => plan(plans, script)?,
        None => Plan::of(&Script::default()),
    };
    Ok(BatchPlan {
        nodes,
        fast_fail: batch.fast_fail,
        download,
        timeout_minutes: 480,
        most_builds: 100,
    })
}

/// A build for each combination, numbered as CodeBuild numbers them.
fn combinations(matrix: &grammar::Matrix, plan: &Arc<Plan>) -> Vec<Node> {
    let mut rows: Vec<(Option<String>, Vec<Variable>)> = vec![(None, Vec::new())];
    if !matrix.images.is_empty() {
        let images = matrix.images.iter();
        rows = images
            .map(|image| (Some(image.clone()), Vec::new()))
            .collect();
    }
    for (name, values) in &matrix.variables {
        let with = |(image, variables): &(Option<String>, Vec<Variable>)| {
            let (image, variables) = (image.clone(), variables.clone());
            values
                .iter()
                .map(|value| {
                    let mut variables = variables.clone();
                    variables.push(plaintext(name.clone(), value.clone()));
                    (image.clone(), variables)
                })
                .collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(with).collect();
    }
    rows.into_iter()
        .enumerate()
        .map(|(index, (image, variables))| Node {
            identifier: format!("build{index}"),
            depends_on: Vec::new(),
            ignore_failure: false,
            plan: Arc::clone(plan),
            variables,
            image,
            compute_type: None,
        })
        .collect()
}
