//! Artifacts of the stories that come along: two executions of a pipeline differ as their commits do.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use super::Object;
use crate::sim::wire::Millis;
use crate::sim::world::World;
use crate::sim::world::builds::Build;
use crate::sim::world::deployments::Revision;
use crate::sim::world::story::{StorySource, tell};

const START: Millis = 1_795_000_000_000;
const BUCKET: &str = "codepipeline-eu-west-1-482100937715";

fn objects(world: &World, prefix: &str) -> Vec<Object> {
    let home = world.bucket(BUCKET).unwrap();
    let mut found = world.objects(&home, prefix, START);
    found.sort_by_key(|object| object.made);
    found
}

fn unpacked(object: &Object) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(object.bytes())).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn world(story: &str) -> World {
    let source = StorySource::Named(story.to_owned());
    tell(&source, 1, START, 1.0).unwrap().world
}

#[test]
fn two_executions_differ_in_a_few_files() {
    let world = world("harbour");
    let sources = objects(&world, "checkout-api/Source/");
    assert!(sources.len() > 10, "{}", sources.len());
    for pair in sources.windows(2) {
        let (older, newer) = (unpacked(&pair[0]), unpacked(&pair[1]));
        let changed: Vec<&String> = newer
            .iter()
            .filter(|(path, bytes)| older.get(*path) != Some(bytes))
            .map(|(path, _)| path)
            .collect();
        assert!((2..=9).contains(&changed.len()), "{changed:?}");
    }
    let last = unpacked(sources.last().unwrap());
    let changes = String::from_utf8(last["CHANGELOG.md"].clone()).unwrap();
    assert!(
        changes.contains("Bound the capture queue at 2 000"),
        "{changes}"
    );
    assert!(changes.contains("Drop legacy capture path"), "{changes}");
}

#[test]
fn a_build_hands_on_what_its_script_names() {
    let world = world("harbour");
    let builds = objects(&world, "checkout-api/Build/");
    let files = unpacked(builds.last().unwrap());
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "appspec.yml",
            "scripts/start.sh",
            "scripts/stop.sh",
            "scripts/validate.sh",
            "target/release/service"
        ]
    );
    assert!(files["target/release/service"].starts_with(b"\x7fELF"));
}

#[test]
fn one_artifact_is_large_and_one_is_no_zip() {
    let world = world("harbour");
    let all: Vec<Object> = ["482100937715", "519300482266", "220744100831"]
        .into_iter()
        .flat_map(|account| ["eu-west-1", "us-east-1"].map(|region| (account, region)))
        .filter_map(|(account, region)| world.bucket(&format!("codepipeline-{region}-{account}")))
        .flat_map(|home| world.objects(&home, "", START))
        .collect();
    let large = all.iter().find(|object| object.size() > 30_000_000);
    let large = large.expect("a large one");
    assert!(large.is_zip() && large.bytes().len() as u64 == large.size());
    let bare = all
        .iter()
        .find(|object| !object.is_zip())
        .expect("a bare one");
    assert!(!bare.bytes().starts_with(b"PK") && bare.size() > 1_000);
    assert!(
        all.iter()
            .all(|object| object.made > START - 30 * 86_400_000)
    );
    // One pipeline names a key of its own.
    let keys: Vec<&str> = all
        .iter()
        .filter_map(|object| object.encryption_key.as_deref())
        .collect();
    assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("arn:aws:kms:")));
}

#[test]
fn a_bucket_has_one_home() {
    let world = world("harbour");
    let home = world.bucket(BUCKET).unwrap();
    assert_eq!(
        (home.account.as_str(), home.region.as_str()),
        ("482100937715", "eu-west-1")
    );
    assert_eq!(world.bucket("nobody-has-this"), None);
}

#[test]
fn a_deployment_brings_an_artifact_that_is_there() {
    let mut world = world("harbour");
    let home = world.bucket(BUCKET).unwrap();
    let keys: Vec<String> = objects(&world, "").into_iter().map(|one| one.key).collect();
    let place = world.place_mut(&home.account, &home.region);
    let recent = place
        .deployments
        .iter()
        .filter(|deployment| deployment.created > START - 29 * 86_400_000);
    let mut seen = 0;
    for deployment in recent {
        if let Revision::S3 { bucket, key, .. } = &deployment.revision
            && bucket == BUCKET
        {
            assert!(keys.contains(key), "{} brings {key}", deployment.id);
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn what_a_pipelines_build_says_it_left_lies_there() {
    let mut world = world("gates");
    let locations: Vec<String> = {
        let place = world.place_mut("482100937715", "eu-west-1");
        let builds = place.builds.ids().filter_map(|id| place.builds.get(id));
        builds.map(Build::artifact_location).collect()
    };
    assert_eq!(locations.len(), 4);
    for location in locations {
        let key = location
            .strip_prefix(&format!("arn:aws:s3:::{BUCKET}/"))
            .unwrap();
        let home = world.bucket(BUCKET).unwrap();
        assert!(world.object(&home, key, START).is_some(), "{location}");
    }
}
