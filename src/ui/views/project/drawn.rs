//! What is joined and laid out of a pipeline, kept until the pipeline, the place or a fold changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::graph::{Cell, Folded, Folding, Piece, StageGraph, fold};
use crate::model::history::{ExecutionDetail, beside, is_held};
use crate::model::ids::{ActionKey, ExecutionId};
use crate::model::pipeline::Pipeline;
use crate::model::snapshot::Snapshot;
use crate::model::status::Status;
use crate::model::time::Timestamp;
use crate::model::waterfall::Waterfall;
use crate::ui::route::ProjectRoute;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::stage_graph::{Layout, layout};

/// Executions that were read whole, for as long as they are drawn, with when they were read.
pub type Details = BTreeMap<ExecutionId, (Timestamp, Arc<ExecutionDetail>)>;

/// A joined graph, for as long as what it is joined from is the same.
pub struct Drawn {
    /// As the snapshot has it.
    pub source: Arc<Pipeline>,
    /// With what was read of its executions beside.
    pub pipeline: Arc<Pipeline>,
    pub execution: Option<ExecutionId>,
    pub graph: StageGraph,
    pub waterfall: Waterfall,
    /// Moves with every join.
    pub revision: u64,
    /// Executions on screen of which the listing does not tell every attempt.
    pub partial: Vec<ExecutionId>,
    pub laid: Laid,
}

/// A layout, with what it was made for.
#[derive(Default)]
pub struct Laid {
    pub folded: Folded,
    pub layout: Layout,
    /// Stages with actions that would fold, had they not been opened.
    pub opened: BTreeSet<usize>,
    /// Actions behind counters.
    pub hidden: BTreeSet<ActionKey>,
    /// How many actions would fold if nothing were kept open.
    pub could_fold: usize,
    of: Option<(u64, bool, Option<ActionKey>, usize)>,
}

impl Drawn {
    /// Joins what is known; none while nothing of the pipeline was read.
    pub fn join(
        source: &Arc<Pipeline>,
        execution: Option<&ExecutionId>,
        details: &Details,
        revision: u64,
    ) -> Option<Self> {
        let read = details.values();
        let pipeline = beside(source, read.map(|(read_at, detail)| (*read_at, &**detail)));
        let graph = StageGraph::of(&pipeline, execution)?;
        let attempts = pipeline.actions.value().map(|all| all.as_slice());
        let waterfall = match (&graph.execution, attempts) {
            (Some(id), Some(attempts)) => Waterfall::of(&graph, attempts, id),
            _ => Waterfall::default(),
        };
        let mut partial: Vec<ExecutionId> = execution
            .or(graph.execution.as_ref())
            .into_iter()
            .chain(graph.lanes.iter().map(|lane| &lane.execution))
            // Until the listing is here, nobody knows what it holds.
            .filter(|id| source.actions.value().is_some() && !is_held(source, id))
            .cloned()
            .collect();
        partial.dedup();
        Some(Self {
            source: Arc::clone(source),
            pipeline,
            execution: execution.cloned(),
            graph,
            waterfall,
            revision,
            partial,
            laid: Laid::default(),
        })
    }

    /// With what the route selects, else with what was picked.
    pub fn scene<'a>(
        &'a self,
        picked: Option<&ActionKey>,
        route: &'a ProjectRoute,
        snapshot: &'a Snapshot,
    ) -> Scene<'a> {
        let selected = route
            .action
            .as_ref()
            .and_then(|key| self.graph.action(key))
            .or_else(|| self.graph.action(picked?));
        Scene {
            pipeline: &self.pipeline,
            graph: &self.graph,
            selected,
            route,
            accounts: &snapshot.accounts,
            hidden: &self.laid.hidden,
        }
    }

    /// Whether the reading of an execution is worth doing: it is not told by what is polled. Of one that moves, what
    /// was read grows old.
    pub fn wants(&self, id: &ExecutionId, details: &Details, now: Timestamp) -> bool {
        const OLD: std::time::Duration = std::time::Duration::from_secs(30);
        if !self.partial.contains(id) {
            return false;
        }
        let Some((read_at, detail)) = details.get(id) else {
            return true;
        };
        let status = self
            .source
            .execution(id)
            .map_or(detail.execution.state.status, |it| it.state.status);
        (status.is_moving() || status == Status::Waiting) && read_at.age(now) > OLD
    }

    /// Folds and lays out, unless it is so already. What is shown now is kept open.
    pub fn lay_out(
        &mut self,
        on: bool,
        kept: &mut BTreeSet<ActionKey>,
        selected: Option<&ActionKey>,
    ) {
        let of = (self.revision, on, selected.cloned(), kept.len());
        if self.laid.of.as_ref() == Some(&of) {
            return;
        }
        let folding = Folding { on, kept, selected };
        let folded = fold(&self.graph, folding);
        let anew = Folding {
            kept: &BTreeSet::new(),
            ..folding
        };
        let all = Folding {
            on: true,
            kept: &BTreeSet::new(),
            selected: None,
        };
        let could_fold = fold(&self.graph, all).actions;
        let opened = opened(&self.graph, &fold(&self.graph, anew), &folded);
        let shown: BTreeSet<ActionKey> = folded
            .shown(&self.graph)
            .map(|action| action.key.clone())
            .collect();
        let all = self.graph.actions().map(|action| &action.key);
        let hidden = all.filter(|key| !shown.contains(*key)).cloned().collect();
        if on {
            kept.extend(shown);
        }
        self.laid = Laid {
            layout: layout(&folded),
            opened,
            hidden,
            could_fold,
            of: Some((self.revision, on, selected.cloned(), kept.len())),
            folded,
        };
    }
}

/// The stages of which more would be folded.
fn opened(graph: &StageGraph, anew: &Folded, folded: &Folded) -> BTreeSet<usize> {
    let hidden = |folded: &Folded| {
        let mut hidden = vec![0; graph.stages.len()];
        for piece in &folded.pieces {
            match piece {
                Piece::Stage { stage, rows } => {
                    let counters = rows.iter().flatten().filter_map(|cell| match cell {
                        Cell::Counter(columns) => Some(columns.len()),
                        Cell::Action(_) => None,
                    });
                    if let Some(count) = hidden.get_mut(*stage) {
                        *count = counters.sum();
                    }
                }
                Piece::Stages(stages) => {
                    for stage in stages.clone() {
                        if let Some(count) = hidden.get_mut(stage) {
                            *count = usize::MAX;
                        }
                    }
                }
            }
        }
        hidden
    };
    let (before, now) = (hidden(anew), hidden(folded));
    (0..graph.stages.len())
        .filter(|stage| before.get(*stage) > now.get(*stage))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{PipelineKey, Scope};
    use crate::model::oneshot::{Oneshot, Oneshots, Response};
    use crate::model::pipeline::{Execution, StageState};
    use crate::model::remote::Remote;
    use crate::model::status::State;
    use crate::ui::views::project::{Project, reading};

    #[test]
    fn only_what_is_drawn_is_kept_of_the_executions_that_were_read() {
        let key = PipelineKey {
            scope: Scope {
                account: "dev".into(),
                region: "eu-west-1".into(),
            },
            name: "orders".into(),
        };
        let at = Timestamp::from_millis(0);
        let mut pipeline = Pipeline::new(key.clone());
        pipeline.stages = Remote::ready(Arc::new(vec![StageState::new("Build".into())]), at);
        let pipeline = Arc::new(pipeline);
        let mut oneshots = Oneshots::new();
        for id in ["a", "b", "c"] {
            let detail = ExecutionDetail {
                execution: Execution::new(id.into(), State::of_pipeline("Succeeded")),
                actions: Arc::new(Vec::new()),
                rules: Vec::new(),
            };
            let response = Response::Execution(Arc::new(detail));
            oneshots.insert(reading(&key, &id.into()), Oneshot::Ready { at, response });
        }
        let mut project = Project::default();
        for id in ["a", "b", "c", "a"] {
            let route = ProjectRoute {
                execution: Some(id.into()),
                ..ProjectRoute::new(key.clone())
            };
            let is_news = project.take_details(&route, &oneshots);
            project.follow(&pipeline, &route, is_news);
            let kept: Vec<&str> = project.details.keys().map(ExecutionId::as_str).collect();
            assert_eq!(kept, [id]);
            assert!(!project.take_details(&route, &oneshots));
        }
    }
}
