//! A story's tables turned into a world that has lived through its past.
//!
//! Every name is looked up here; one that is not found is reported with its place and with what was
//! expected.

mod alarms;
mod castings;
mod events;
mod logs;
mod pipelines;
mod projects;
mod references;
mod stages;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::grammar::{self, Host, Reference, Story};
use super::{SimAccount, Texts, Told};
use crate::sim::clock::Pace;
use crate::sim::wire::Millis;
use crate::sim::world::World;
use crate::sim::world::builds::plan::Plan;
use crate::sim::world::happenings::{Happening, SourceHost, Where};
use crate::sim::world::repositories::{NewCommit, Person};

/// A fault of a story, its place as bytes of the file.
#[derive(Debug)]
pub struct Fault {
    pub span: Option<Range<usize>>,
    pub message: String,
}

impl Fault {
    fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> Self {
        Self {
            span: Some(place.span()),
            message: message.into(),
        }
    }
}

/// The story while it is built.
struct Builder<'a> {
    story: &'a Story,
    texts: &'a Texts,
    start: Millis,
    seed: u64,
    world: World,
    accounts: BTreeMap<String, (String, Vec<String>)>,
    /// Where each pipeline and each repository is.
    pipelines: BTreeMap<String, (Where, usize)>,
    repositories: BTreeMap<String, (Where, Host, String)>,
    /// Where each build project is.
    projects: BTreeMap<String, Where>,
    /// Other courses of builds, by project and scenario.
    courses: BTreeMap<(String, String), Arc<Plan>>,
}

/// Builds the world and lives through its past up to `start`.
pub fn build(
    story: Story,
    texts: &Texts,
    seed: u64,
    start: Millis,
    pace: Pace,
) -> Result<Told, Fault> {
    let mut builder = Builder {
        story: &story,
        texts,
        start,
        seed,
        world: World::new(seed, pace, Millis::MIN),
        accounts: BTreeMap::new(),
        pipelines: BTreeMap::new(),
        repositories: BTreeMap::new(),
        projects: BTreeMap::new(),
        courses: BTreeMap::new(),
    };
    let accounts = builder.accounts()?;
    builder.repositories()?;
    builder.projects()?;
    builder.references()?;
    builder.fleets()?;
    builder.logs()?;
    builder.alarms()?;
    builder.action_types()?;
    builder.pipelines()?;
    builder.branches()?;
    builder.histories()?;
    builder.build_histories()?;
    builder.events()?;
    builder.repeats()?;
    builder.world.advance(start);
    builder.logs_of_builds()?;
    let world = builder.world;
    Ok(Told {
        name: story.name,
        accounts,
        world,
    })
}

impl Builder<'_> {
    fn accounts(&mut self) -> Result<Vec<SimAccount>, Fault> {
        let mut accounts = Vec::new();
        for account in &self.story.account {
            let id = account.id.get_ref();
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Fault::at(
                    &account.id,
                    format!("{id:?} is not an account id; expected twelve digits"),
                ));
            }
            let name = account.name.get_ref();
            if self
                .accounts
                .insert(name.clone(), (id.clone(), account.regions.clone()))
                .is_some()
            {
                return Err(Fault::at(
                    &account.name,
                    format!("there are two accounts named {name:?}"),
                ));
            }
            if account.regions.is_empty() {
                return Err(Fault::at(
                    &account.name,
                    format!("the account {name:?} has no region; expected at least one"),
                ));
            }
            let key = self.world.keys.add_account(id, "starboard");
            accounts.push(SimAccount {
                name: name.clone(),
                account_id: id.clone(),
                access_key_id: key.access_key_id,
                secret_access_key: key.secret_access_key,
                regions: account.regions.clone(),
                production: account.production,
            });
        }
        if accounts.is_empty() {
            return Err(Fault {
                span: None,
                message: "a story needs at least one [[account]]".to_owned(),
            });
        }
        Ok(accounts)
    }

    /// An account and a region of it by the names a table gives.
    fn place(&self, account: &Reference, region: &Reference) -> Result<Where, Fault> {
        let Some((id, regions)) = self.accounts.get(account.get_ref()) else {
            return Err(unknown(account, "account", self.accounts.keys()));
        };
        if !regions.contains(region.get_ref()) {
            return Err(unknown(region, "region of this account", regions.iter()));
        }
        Ok(Where {
            account: id.clone(),
            region: region.get_ref().clone(),
        })
    }

    fn person(&self, name: &Reference) -> Result<&grammar::Person, Fault> {
        let people = &self.story.person;
        let found = people.iter().find(|person| person.name == *name.get_ref());
        found.ok_or_else(|| unknown(name, "person", people.iter().map(|person| &person.name)))
    }

    fn author(&self, name: &Reference) -> Result<Person, Fault> {
        let person = self.person(name)?;
        Ok(Person {
            name: person.name.clone(),
            email: person.email.clone(),
        })
    }

    /// The ARN of a person's user in an account.
    fn user_arn(&self, name: &Reference, place: &Where) -> Result<String, Fault> {
        Ok(format!(
            "arn:aws:iam::{}:user/{}",
            place.account,
            self.person(name)?.user
        ))
    }

    fn founded(&self, repository: &grammar::Repository) -> Millis {
        let before = repository
            .created
            .map_or(-400 * 86_400_000, |created| created.0);
        self.start + before
    }

    fn repositories(&mut self) -> Result<(), Fault> {
        for repository in &self.story.repository {
            let name = repository.name.get_ref();
            let place = self.place(&repository.account, &repository.region)?;
            if repository.host == Host::CodeCommit {
                let created = self.founded(repository);
                let at = self.world.place_mut(&place.account, &place.region);
                at.repositories
                    .create(name, repository.description.as_deref(), created);
            }
            let entry = (place, repository.host, repository.branch.clone());
            if self.repositories.insert(name.clone(), entry).is_some() {
                return Err(Fault::at(
                    &repository.name,
                    format!("there are two repositories named {name:?}"),
                ));
            }
        }
        Ok(())
    }

    /// Branches beside the main one, and their pull requests.
    fn branches(&mut self) -> Result<(), Fault> {
        for repository in &self.story.repository {
            let founded = self.founded(repository);
            let Some((place, host, main)) =
                self.repositories.get(repository.name.get_ref()).cloned()
            else {
                continue;
            };
            if host != Host::CodeCommit && !repository.branches.is_empty() {
                return Err(Fault::at(
                    &repository.name,
                    "only a repository in CodeCommit has further branches",
                ));
            }
            for branch in &repository.branches {
                let author = self.author(&branch.author)?;
                let by = self.user_arn(&branch.author, &place)?;
                let at = self.start + branch.at.0;
                let name = repository.name.get_ref();
                let repositories = &mut self
                    .world
                    .place_mut(&place.account, &place.region)
                    .repositories;
                if repositories.head(name, &main).is_none() {
                    // A branch starts from the main one, which its first commit makes.
                    let first = NewCommit {
                        id: None,
                        author: author.clone(),
                        message: "Start the repository".to_owned(),
                        time: founded,
                    };
                    self_check(repositories.push(name, &main, first, founded));
                }
                let commit = NewCommit {
                    id: None,
                    author,
                    message: branch.message.clone(),
                    time: at,
                };
                self_check(repositories.push(name, &branch.name, commit, at));
                if let Some(title) = &branch.pull_request {
                    let opened = Happening::OpenPullRequest {
                        repository: name.clone(),
                        source: branch.name.clone(),
                        destination: main.clone(),
                        title: title.clone(),
                        by,
                    };
                    self.world.plan(at + 60_000, place.clone(), opened);
                }
                if let Some(merged) = branch.merged {
                    let by = branch.merged_by.as_ref().unwrap_or(&branch.author);
                    let merging = Happening::MergePullRequest {
                        repository: name.clone(),
                        source: branch.name.clone(),
                        by: self.author(by)?,
                        by_arn: self.user_arn(by, &place)?,
                    };
                    self.world
                        .plan(self.start + merged.0, place.clone(), merging);
                }
            }
        }
        Ok(())
    }
}

/// Where a push goes.
fn source_of(host: Host) -> SourceHost {
    match host {
        Host::CodeCommit => SourceHost::CodeCommit,
        Host::GitHub => SourceHost::Git("https://github.com"),
        Host::Bitbucket => SourceHost::Git("https://bitbucket.org"),
        Host::GitLab => SourceHost::Git("https://gitlab.com"),
        Host::S3 => SourceHost::Bucket,
        Host::Ecr => SourceHost::Images,
    }
}

/// The repositories were made just before, so a push cannot miss them.
fn self_check<T, E: std::fmt::Debug>(result: Result<T, E>) {
    debug_assert!(result.is_ok(), "{:?}", result.err());
}

/// The fault of a name that is not there.
fn unknown<'n>(name: &Reference, kind: &str, known: impl IntoIterator<Item = &'n String>) -> Fault {
    let known: Vec<&str> = known.into_iter().map(String::as_str).collect();
    let expected = if known.is_empty() {
        "there is none".to_owned()
    } else {
        format!("expected {}", known.join(", "))
    };
    Fault::at(
        name,
        format!("no {kind} named {:?}; {expected}", name.get_ref()),
    )
}
