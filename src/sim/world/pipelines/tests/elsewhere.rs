//! Actions that run in another account or region: where their builds are, and how their ends come back.

use super::*;
use crate::sim::clock::Pace;
use crate::sim::world::World;
use crate::sim::world::builds::plan::{Plan, Script};
use crate::sim::world::builds::project::Project;

const HERE: (&str, &str) = ("519300482266", "eu-west-1");
const THERE: (&str, &str) = ("482100937715", "us-east-1");

/// A pipeline here whose one build runs there, where the project is.
fn world(project: &str) -> (World, String) {
    let mut world = World::new(1, Pace::default(), 1_000_000);
    let plan = Plan::of(&Script::default());
    let there = world.place_mut(THERE.0, THERE.1);
    there.builds.add_project(Project::new("quay", plan, 0));
    let mut build = action("build", "CodeBuild", 1, 1);
    build
        .configuration
        .insert("ProjectName".to_owned(), project.to_owned());
    build.role_arn = Some(format!("arn:aws:iam::{}:role/builder", THERE.0));
    build.region = Some(THERE.1.to_owned());
    let mut bench = pipeline(Mode::Superseded);
    let mut definition = bench.with(|pipeline, _| pipeline.definition.clone());
    let mut stages = (*definition.stages).clone();
    stages[1].actions = vec![build];
    definition.stages = Arc::new(stages);
    let place = world.place_mut(HERE.0, HERE.1);
    place.pipelines.add(definition);
    let mut trigger = Trigger::new("StartPipelineExecution", "me");
    trigger.revision = Some(Revision {
        id: "r".to_owned(),
        summary: String::new(),
        url: None,
    });
    let id = place
        .with_pipeline("pier", 1_000_000, |pipeline, outside| {
            pipeline.start(trigger, 1_000_000, outside)
        })
        .unwrap();
    (world, id)
}

fn run_of(world: &mut World, id: &str) -> super::super::execution::ActionRun {
    let now = world.now();
    world
        .place_mut(HERE.0, HERE.1)
        .with_pipeline("pier", now, |pipeline, _| {
            pipeline.execution(id).unwrap().runs[1].clone()
        })
        .unwrap()
}

#[test]
fn the_build_is_where_the_action_runs_and_its_end_comes_back() {
    let (mut world, id) = world("quay");
    world.advance(1_000_000 + 10 * SECOND);
    let run = run_of(&mut world, &id);
    assert_eq!(run.status, ActionStatus::InProgress);
    let build = run.external_id.unwrap();
    assert!(run.external_url.unwrap().contains("region=us-east-1"));
    let here = world.place_mut(HERE.0, HERE.1);
    assert!(here.builds.get(&build).is_none());
    let there = world.place_mut(THERE.0, THERE.1);
    let ends = there.builds.get(&build).unwrap().ends();
    world.advance(ends - 1);
    assert_eq!(run_of(&mut world, &id).status, ActionStatus::InProgress);
    world.advance(ends + SECOND);
    let run = run_of(&mut world, &id);
    assert_eq!((run.status, run.updated), (ActionStatus::Succeeded, ends));
}

#[test]
fn what_cannot_be_started_there_fails_here() {
    let (mut world, id) = world("nowhere");
    world.advance(1_000_000 + 10 * SECOND);
    let run = run_of(&mut world, &id);
    assert_eq!(run.status, ActionStatus::Failed);
    assert_eq!(
        run.error.unwrap().1,
        "Error calling startBuild: Project cannot be found: nowhere"
    );
}

#[test]
fn an_abandoned_action_does_not_hear_of_its_build_again() {
    let (mut world, id) = world("quay");
    world.advance(1_000_000 + 10 * SECOND);
    let now = world.now();
    let place = world.place_mut(HERE.0, HERE.1);
    place
        .with_pipeline("pier", now, |pipeline, outside| {
            pipeline.stop(&id, true, "enough", now, outside)
        })
        .unwrap()
        .unwrap();
    world.advance(now + 3_600 * SECOND);
    assert_eq!(run_of(&mut world, &id).status, ActionStatus::Abandoned);
}
