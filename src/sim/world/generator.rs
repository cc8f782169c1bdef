//! Accounts of any size, made from a seed.
//!
//! A few dozen pipelines are whole: a CodeCommit repository, a CodeBuild project, a fleet. The others read
//! GitHub and run actions that only CodePipeline knows, and sleep until somebody reads them, so that ten
//! thousand are made in a fraction of a second.

mod shapes;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::clock::Pace;
use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::World;
use crate::sim::world::builds::plan::{Command, Phase, Plan, Script};
use crate::sim::world::builds::project::Project;
use crate::sim::world::deployments::{Failure, Group, Instance};
use crate::sim::world::happenings::{Happening, Push, SourceHost, Where};
use crate::sim::world::pipelines::definition::{Definition, Mode};
use crate::sim::world::pipelines::execution::Trigger;
use crate::sim::world::pipelines::rhythm::{FAILS, Rhythm};
use crate::sim::world::story::{SimAccount, Told};
use crate::sim::world::words;

/// Pipelines with repositories, builds and fleets of their own.
const WHOLE: usize = 36;
/// The most pipelines that are made.
pub const MOST: usize = 10_000;
const MINUTE: Millis = 60_000;
const DAY: Millis = 1_440 * MINUTE;
const ACCOUNTS: [(&str, &str, bool); 3] = [
    ("prod", "482100937715", true),
    ("staging", "519300482266", false),
    ("dev", "220744100831", false),
];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const AREAS: [&str; 16] = [
    "checkout", "orders", "catalog", "search", "billing", "ledger", "notify", "auth", "media",
    "pricing", "stock", "returns", "profile", "partner", "report", "fraud",
];
const KINDS: [&str; 12] = [
    "api", "worker", "web", "indexer", "batch", "gateway", "lambda", "sync", "export", "admin",
    "router", "cache",
];

/// Makes accounts with so many pipelines at `start`. More than [`MOST`] are possible, but not tried.
pub fn generate(pipelines: usize, seed: u64, start: Millis, pace: Pace) -> Told {
    let mut world = World::new(seed, pace, Millis::MIN);
    let accounts = accounts(&mut world);
    let plans = Plans::new();
    for index in 0..pipelines {
        let place = place_of(index);
        let name = name_of(index);
        let mut random = Random::named(seed, &name);
        if index < WHOLE {
            whole(&mut world, &place, &name, start, &plans, &mut random);
        } else {
            let definition = definition(&name, &place, start, &mut random);
            let every = random.between(40, 4_000) * MINUTE;
            let first = start - every * random.between(2, 4) - random.between(0, 50) * MINUTE;
            let rhythm = Rhythm::new(first, every, random);
            world
                .place_mut(&place.account, &place.region)
                .pipelines
                .add_asleep(definition, rhythm);
        }
    }
    world.advance(start);
    Told {
        name: format!("{pipelines} generated pipelines"),
        accounts,
        world,
    }
}

fn accounts(world: &mut World) -> Vec<SimAccount> {
    let mut made = Vec::new();
    for (name, id, production) in ACCOUNTS {
        let key = world.keys.add_account(id, "starboard");
        made.push(SimAccount {
            name: name.to_owned(),
            account_id: id.to_owned(),
            access_key_id: key.access_key_id,
            secret_access_key: key.secret_access_key,
            regions: REGIONS.map(str::to_owned).to_vec(),
            production,
        });
    }
    made
}

/// Places take turns, so that a small account is spread as well.
fn place_of(index: usize) -> Where {
    let (_, account, _) = ACCOUNTS
        .get(index % ACCOUNTS.len())
        .copied()
        .unwrap_or_default();
    let region = REGIONS
        .get((index / ACCOUNTS.len()) % REGIONS.len())
        .copied()
        .unwrap_or_default();
    Where {
        account: account.to_owned(),
        region: region.to_owned(),
    }
}

fn name_of(index: usize) -> String {
    let area = AREAS.get(index % AREAS.len()).copied().unwrap_or_default();
    let kind = KINDS
        .get((index / AREAS.len()) % KINDS.len())
        .copied()
        .unwrap_or_default();
    let round = index / (AREAS.len() * KINDS.len());
    if round == 0 {
        format!("{area}-{kind}")
    } else {
        format!("{area}-{kind}-{round}")
    }
}

fn definition(name: &str, place: &Where, start: Millis, random: &mut Random) -> Definition {
    let mode = match random.below(10) {
        0 => Mode::Parallel,
        1 | 2 => Mode::Queued,
        _ => Mode::Superseded,
    };
    described(
        name,
        place,
        start,
        mode,
        shapes::stages(name, place, random),
    )
}

fn described(
    name: &str,
    place: &Where,
    start: Millis,
    mode: Mode,
    stages: Vec<crate::sim::world::pipelines::definition::StageDefinition>,
) -> Definition {
    Definition {
        name: name.to_owned(),
        version: 1 + (name.len() % 9) as u32,
        pipeline_type: "V2",
        mode,
        role_arn: format!(
            "arn:aws:iam::{}:role/service-role/AWSCodePipelineServiceRole-{}-{name}",
            place.account, place.region
        ),
        artifact_bucket: format!("codepipeline-{}-{}", place.region, place.account),
        regional_buckets: BTreeMap::new(),
        encryption_key: None,
        created: start - 300 * DAY,
        updated: start - 20 * DAY,
        variables: Vec::new(),
        triggers: Vec::new(),
        stages: Arc::new(stages),
    }
}

/// The two courses that generated builds take.
struct Plans {
    green: Arc<Plan>,
    red: Arc<Plan>,
}

impl Plans {
    fn new() -> Self {
        let script = |exit: i32| {
            let command = |phase, run: &str, lasts: Millis, log: Vec<String>, exit| Command {
                phase,
                run: run.to_owned(),
                lasts,
                log,
                exit,
            };
            let modules = [
                "http", "store", "auth", "queue", "money", "clock", "search", "mail",
            ];
            let compiled = modules
                .iter()
                .map(|module| {
                    format!(
                        "\u{1b}[32m   Compiling\u{1b}[0m service-{module} v1.{}.0",
                        module.len()
                    )
                })
                .collect();
            let mut tested: Vec<String> = (0..96)
                .map(|test| {
                    format!(
                        "test {}::case_{test:03} ... \u{1b}[32mok\u{1b}[0m",
                        modules
                            .get(test % modules.len())
                            .copied()
                            .unwrap_or_default()
                    )
                })
                .collect();
            if exit != 0 {
                tested
                    .push("test money::rounds_half_even ... \u{1b}[31mFAILED\u{1b}[0m".to_owned());
                tested.push(
                    "thread 'money::rounds_half_even' panicked at src/money.rs:117:9:".to_owned(),
                );
                tested.push(
                    "assertion `left == right` failed\n  left: 1003\n right: 1002".to_owned(),
                );
                tested.push(
                    "test result: \u{1b}[31mFAILED\u{1b}[0m. 96 passed; 1 failed; 0 ignored"
                        .to_owned(),
                );
            }
            Plan::of(&Script {
                commands: vec![
                    command(
                        Phase::Build,
                        "cargo build --release --locked",
                        70_000,
                        compiled,
                        0,
                    ),
                    command(
                        Phase::Build,
                        "cargo test --release --locked",
                        50_000,
                        tested,
                        exit,
                    ),
                ],
                artifact_files: vec![
                    "target/release/service".to_owned(),
                    "appspec.yml".to_owned(),
                ],
                ..Script::default()
            })
        };
        Self {
            green: script(0),
            red: script(101),
        }
    }
}

/// A pipeline with a repository, a project and a fleet, and pushes from two days ago for ever.
fn whole(
    world: &mut World,
    place: &Where,
    name: &str,
    start: Millis,
    plans: &Plans,
    random: &mut Random,
) {
    let definition = described(
        name,
        place,
        start,
        Mode::Superseded,
        shapes::whole_stages(name, random),
    );
    let at = world.place_mut(&place.account, &place.region);
    at.repositories.create(name, None, start - 300 * DAY);
    at.builds.add_project(Project::new(
        name,
        Arc::clone(&plans.green),
        start - 290 * DAY,
    ));
    let cast = at.pipelines.cast_mut();
    cast.plans
        .insert((name.to_owned(), FAILS.to_owned()), Arc::clone(&plans.red));
    let group = Group::new("fleet", fleet(place, random));
    cast.failures.insert(
        (format!("{name}/fleet"), FAILS.to_owned()),
        failures(&group),
    );
    at.deployments.add_group(name, group, start - 290 * DAY);
    at.pipelines.add(definition);
    let every = random.between(50, 900) * MINUTE;
    for back in (0..5).rev() {
        let when = start - every * back - random.between(0, 30) * MINUTE;
        let push = push(name, when, random);
        world.plan(when, place.clone(), push);
    }
    let choices = (0..6).map(|_| push(name, start, random)).collect();
    let first = world.pace().after(start, random.between(1, 50) * MINUTE);
    world.plan(
        first,
        place.clone(),
        Happening::Repeat {
            every,
            round: 0,
            choices,
        },
    );
}

fn push(name: &str, at: Millis, random: &mut Random) -> Happening {
    let mut trigger = Trigger::new("", "");
    trigger.attended = random.chance(75);
    if random.chance(22) {
        let spot = if random.chance(60) {
            "Build/build"
        } else {
            "Deploy/fleet"
        };
        trigger.scenarios.insert(spot.to_owned(), FAILS.to_owned());
    }
    let (author, _) = words::person(random);
    Happening::Push(Push {
        repository: name.to_owned(),
        branch: "main".to_owned(),
        host: SourceHost::CodeCommit,
        id: None,
        message: words::commit_message(random),
        author,
        authored: at - random.between(2, 90) * MINUTE,
        trigger: Some(trigger),
    })
}

fn fleet(place: &Where, random: &mut Random) -> Vec<Instance> {
    let zones = ["a", "b", "c"];
    (0..random.between(3, 9))
        .map(|index| {
            let zone = random.below(3) as usize;
            Instance {
                id: format!("i-0{}", random.hex(16)),
                ip: format!(
                    "10.{}.{}.{}",
                    random.between(1, 60),
                    zone + 1,
                    10 + index * 7
                ),
                zone: format!(
                    "{}{}",
                    place.region,
                    zones.get(zone).copied().unwrap_or_default()
                ),
                revision: None,
            }
        })
        .collect()
}

fn failures(group: &Group) -> Vec<Failure> {
    let instances = group.fleet.iter().take(2);
    instances
        .map(|instance| Failure {
            instance: Some(instance.id.clone()),
            event: "ValidateService".to_owned(),
            code: "ScriptFailed".to_owned(),
            script: Some("scripts/validate.sh".to_owned()),
            message: "Script at specified location: scripts/validate.sh run as user root failed with exit code 1".to_owned(),
            log: vec!["[stdout]waiting for /health on :8080".to_owned(), "[stderr]curl: (7) Failed to connect to localhost port 8080".to_owned()],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::generate;
    use crate::sim::clock::Pace;
    use crate::sim::wire::Millis;

    const START: Millis = 1_795_000_000_000;

    fn count(pipelines: usize) -> usize {
        let mut told = generate(pipelines, 7, START, Pace::new(START, 1.0));
        let places: Vec<(String, String)> = told
            .accounts
            .iter()
            .flat_map(|account| {
                account
                    .regions
                    .iter()
                    .map(|region| (account.account_id.clone(), region.clone()))
            })
            .collect();
        places
            .iter()
            .map(|(account, region)| {
                told.world
                    .place_mut(account, region)
                    .pipelines
                    .definitions()
                    .count()
            })
            .sum()
    }

    #[test]
    fn every_size_has_as_many_pipelines_as_asked() {
        for size in [0, 1, 40, 200, 10_000] {
            assert_eq!(count(size), size);
        }
    }

    #[test]
    fn ten_thousand_are_made_at_once() {
        let before = Instant::now();
        let told = generate(10_000, 3, START, Pace::new(START, 1.0));
        // Generous: other tests run beside this one.
        assert!(
            before.elapsed() < Duration::from_secs(8),
            "{:?}",
            before.elapsed()
        );
        drop(told);
    }

    #[test]
    fn a_sleeping_pipeline_has_a_past_when_it_is_read_and_the_same_one_each_time() {
        let read = || {
            let mut told = generate(60, 7, START, Pace::new(START, 1.0));
            let place = told.world.place_mut("482100937715", "eu-west-1");
            let names: Vec<String> = place
                .pipelines
                .definitions()
                .map(|definition| definition.name.clone())
                .collect();
            let mut ids = Vec::new();
            for name in names {
                let found = place.with_pipeline(&name, START, |pipeline, _| {
                    pipeline
                        .executions()
                        .iter()
                        .map(|execution| execution.id.clone())
                        .collect::<Vec<_>>()
                });
                ids.push(found.unwrap());
            }
            ids
        };
        let first = read();
        assert!(first.iter().all(|ids| ids.len() >= 2), "{first:?}");
        assert_eq!(first, read());
    }
}
