//! Builds and deployments that a pipeline wants in another account or region: its place hands them to the world, which
//! starts them there and brings the end back.

use std::collections::BTreeMap;

use crate::sim::wire::Millis;
use crate::sim::world::Place;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::execution::{ActionRun, Following};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::outside::{BuildOrder, DeploymentOrder};

/// What is to be started.
#[derive(Clone, Debug)]
pub enum Order {
    Build(BuildOrder),
    Deployment(DeploymentOrder),
}

/// Something a pipeline wants done elsewhere.
#[derive(Clone, Debug)]
pub struct Errand {
    pub pipeline: String,
    /// The action execution that waits for it.
    pub run: String,
    pub account: String,
    pub region: String,
    pub order: Order,
}

/// An errand that was started, until its end has been told.
#[derive(Clone, Debug)]
pub struct Journey {
    home: (String, String),
    pipeline: String,
    run: String,
    there: (String, String),
    what: Following,
}

impl Order {
    /// Starts it in a place.
    pub(super) fn start(
        &self,
        outside: &mut Outside<'_>,
        now: Millis,
    ) -> Result<Following, String> {
        match self {
            Self::Build(order) => outside
                .start_build(order, now)
                .map(Following::Build)
                .map_err(|message| format!("Error calling startBuild: {message}")),
            Self::Deployment(order) => outside
                .create_deployment(order, now)
                .map(Following::Deployment),
        }
    }
}

/// The console page of a build or a deployment.
pub(super) fn page_of(what: &Following, region: &str) -> Option<(String, String)> {
    let console = "https://console.aws.amazon.com";
    match what {
        Following::Build(id) => Some((
            id.clone(),
            format!("{console}/codebuild/home?region={region}#/builds/{id}/view/new"),
        )),
        Following::Deployment(id) => Some((
            id.clone(),
            format!("{console}/codedeploy/home?region={region}#/deployments/{id}"),
        )),
        _ => None,
    }
}

/// Runs every place's errands until there are none, and brings home what has ended.
pub fn run(
    places: &mut BTreeMap<(String, String), Place>,
    journeys: &mut Vec<Journey>,
    now: Millis,
) {
    loop {
        let set_out = set_out(places, journeys, now);
        let came_home = come_home(places, journeys, now);
        if !set_out && !came_home {
            return;
        }
    }
}

fn set_out(
    places: &mut BTreeMap<(String, String), Place>,
    journeys: &mut Vec<Journey>,
    now: Millis,
) -> bool {
    let mut errands = Vec::new();
    for (home, place) in places.iter_mut() {
        let own = place.pipelines.take_errands();
        errands.extend(own.into_iter().map(|errand| (home.clone(), errand)));
    }
    let any = !errands.is_empty();
    for (home, errand) in errands {
        let there = (errand.account.clone(), errand.region.clone());
        let started = match places.get_mut(&there) {
            Some(place) => errand.order.start(&mut place.outside(), now),
            None => Err(format!(
                "The account {} has nothing in {}",
                errand.account, errand.region
            )),
        };
        if let Some(place) = places.get_mut(&home) {
            place.with_pipeline(&errand.pipeline, now, |pipeline, outside| match &started {
                Ok(what) => pipeline.errand_began(&errand.run, what, &errand.region),
                Err(why) => pipeline.errand_ended(&errand.run, Err(why.clone()), now, outside),
            });
        }
        if let Ok(what) = started {
            journeys.push(Journey {
                home,
                pipeline: errand.pipeline,
                run: errand.run,
                there,
                what,
            });
        }
    }
    any
}

fn come_home(
    places: &mut BTreeMap<(String, String), Place>,
    journeys: &mut Vec<Journey>,
    now: Millis,
) -> bool {
    let mut ended = Vec::new();
    journeys.retain(|journey| {
        let Some(place) = places.get_mut(&journey.there) else {
            return false;
        };
        match place.outside().end_of(&journey.what, now) {
            None => true,
            Some(result) => {
                ended.push((journey.clone(), result));
                false
            }
        }
    });
    let any = !ended.is_empty();
    for (journey, result) in ended {
        if let Some(place) = places.get_mut(&journey.home) {
            place.with_pipeline(&journey.pipeline, now, |pipeline, outside| {
                pipeline.errand_ended(&journey.run, result, now, outside);
            });
        }
    }
    any
}

impl Pipeline {
    fn errand_began(&mut self, run: &str, what: &Following, region: &str) {
        if let (Some(run), Some((id, url))) = (self.away(run), page_of(what, region)) {
            run.external_id = Some(id);
            run.external_url = Some(url);
        }
    }

    fn errand_ended(
        &mut self,
        run: &str,
        result: Result<String, String>,
        now: Millis,
        outside: &mut Outside<'_>,
    ) {
        let Some(run) = self.away(run) else {
            return;
        };
        super::actions::end_followed(run, result, now);
        self.settle(now, outside);
    }

    /// The run that waits for an errand; none when it was abandoned.
    fn away(&mut self, id: &str) -> Option<&mut ActionRun> {
        self.executions
            .iter_mut()
            .rev()
            .flat_map(|execution| &mut execution.runs)
            .find(|run| run.id == id && run.following == Following::Away)
    }
}
