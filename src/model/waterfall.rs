//! One execution as bars over time: every attempt of every action, what waited for what, and the chain that made it
//! take as long as it did.
//!
//! Pure. AWS tells when an attempt began and when it was last updated, nothing of why it began then; the chain is read
//! from the times: each attempt follows the one that ended last before it. Cost: a sort of the attempts, once a change.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::graph::{ActionNode, StageGraph};
use crate::model::ids::{ActionExecutionId, ActionKey, ExecutionId, StageName};
use crate::model::pipeline::{ActionCategory, ActionError, ActionExecution};
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waterfall {
    /// When its first attempt began.
    pub from: Option<Timestamp>,
    /// By stage, run order, action, and the latest attempt of an action first.
    pub bars: Vec<Bar>,
    /// For each stage that was entered, in the pipeline's order.
    pub stages: Vec<Span>,
    pub critical: Critical,
}

/// One attempt of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    pub key: ActionKey,
    pub id: ActionExecutionId,
    pub category: ActionCategory,
    pub provider: String,
    pub state: State,
    pub started: Timestamp,
    /// None while it goes on.
    pub ended: Option<Timestamp>,
    /// From 1; the latest attempt has the highest.
    pub attempt: usize,
    pub attempts: usize,
    pub usual: Option<Duration>,
    pub slow: Option<Duration>,
    /// Who changed it last.
    pub by: Option<String>,
    pub error: Option<ActionError>,
    pub is_critical: bool,
}

/// From the first start to the last end in a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub name: StageName,
    pub status: Status,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    /// When the stage before ended, if this one did not begin at once.
    pub waited_since: Option<Timestamp>,
    /// Its first bar and how many it has.
    pub first: usize,
    pub bars: usize,
}

/// The chain from the first attempt to the one that ended last, or goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Critical {
    /// Indices of bars, first to last.
    pub chain: Vec<usize>,
}

/// What the chain's time went to. They add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    pub work: Duration,
    /// People at gates.
    pub gates: Duration,
    /// Between attempts: queues, closed transitions, failures before a retry.
    pub waits: Duration,
}

impl Shares {
    pub fn whole(self) -> Duration {
        self.work + self.gates + self.waits
    }
}

/// Clocks of different services differ by about this much.
const SLACK: Duration = Duration::from_secs(2);
/// A stage that began later than this after the one before it waited.
const GAP: Duration = Duration::from_secs(10);

impl Bar {
    pub fn end(&self, now: Timestamp) -> Timestamp {
        self.ended.unwrap_or(now).max(self.started)
    }

    pub fn took(&self, now: Timestamp) -> Duration {
        self.started.age(self.end(now))
    }

    pub fn is_gate(&self) -> bool {
        self.category == ActionCategory::Approval
    }

    pub fn is_latest(&self) -> bool {
        self.attempt == self.attempts
    }

    /// It took, or takes, longer than nine in ten of the successful runs.
    pub fn is_slow(&self, now: Timestamp) -> bool {
        !self.is_gate() && self.slow.is_some_and(|slow| self.took(now) > slow)
    }
}

impl Waterfall {
    /// The attempts of one execution among these, in the order of the graph's stages.
    pub fn of(graph: &StageGraph, attempts: &[ActionExecution], execution: &ExecutionId) -> Self {
        let nodes: BTreeMap<&ActionKey, (usize, &ActionNode)> = graph
            .actions()
            .zip(0..)
            .map(|(action, place)| (&action.key, (place, action)))
            .collect();
        let mut of_action: BTreeMap<(usize, &ActionKey), Vec<&ActionExecution>> = BTreeMap::new();
        for attempt in attempts {
            if attempt.execution == *execution && attempt.started.is_some() {
                let node = nodes.get(&attempt.action);
                let place = node.map_or(usize::MAX, |(place, _)| *place);
                let same = of_action.entry((place, &attempt.action)).or_default();
                same.push(attempt);
            }
        }
        let mut bars: Vec<Bar> = Vec::new();
        for ((_, key), mut same) in of_action {
            let node = nodes.get(key).map(|(_, node)| *node);
            same.sort_by_key(|attempt| std::cmp::Reverse(attempt.started));
            let count = same.len();
            bars.extend(same.into_iter().enumerate().filter_map(|(index, attempt)| {
                let mut bar = bar(node, key, attempt)?;
                (bar.attempt, bar.attempts) = (count - index, count);
                Some(bar)
            }));
        }
        let chain = chain(&bars);
        for index in &chain {
            if let Some(bar) = bars.get_mut(*index) {
                bar.is_critical = true;
            }
        }
        Self {
            from: bars.iter().map(|bar| bar.started).min(),
            stages: stages(graph, &bars),
            critical: Critical { chain },
            bars,
        }
    }

    /// When the last bar ends; `now` while one goes on.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        self.bars.iter().map(|bar| bar.end(now)).max()
    }

    pub fn is_open(&self) -> bool {
        self.bars.iter().any(|bar| bar.ended.is_none())
    }

    /// The parts of the chain: a bar with the time that counts of it. What lies between two parts is waiting.
    pub fn parts(&self, now: Timestamp) -> Vec<(usize, Timestamp, Timestamp)> {
        let chain = &self.critical.chain;
        chain
            .iter()
            .enumerate()
            .filter_map(|(place, index)| {
                let bar = self.bars.get(*index)?;
                let next = chain.get(place + 1).and_then(|next| self.bars.get(*next));
                let end = next.map_or_else(
                    || bar.end(now),
                    |next| bar.end(now).min(next.started).max(bar.started),
                );
                Some((*index, bar.started, end))
            })
            .collect()
    }

    pub fn shares(&self, now: Timestamp) -> Shares {
        let mut shares = Shares::default();
        let mut before: Option<Timestamp> = None;
        for (index, started, ended) in self.parts(now) {
            if let Some(before) = before {
                shares.waits += before.age(started);
            }
            let span = started.age(ended);
            if self.bars.get(index).is_some_and(Bar::is_gate) {
                shares.gates += span;
            } else {
                shares.work += span;
            }
            before = Some(ended);
        }
        shares
    }
}

fn bar(node: Option<&ActionNode>, key: &ActionKey, attempt: &ActionExecution) -> Option<Bar> {
    let here = node.filter(|node| node.attempt.as_ref() == Some(&attempt.id));
    // That a gate waits for a person, only the state and so the graph knows.
    let state = here.map_or_else(
        || State::new(attempt.status(), attempt.state.word()),
        |node| node.state.clone(),
    );
    let goes_on = state.status.is_moving() || state.status == Status::Waiting;
    let by = attempt.updated_by.as_deref();
    let category = node.map_or(&attempt.category, |node| &node.category);
    Some(Bar {
        key: key.clone(),
        id: attempt.id.clone(),
        category: category.clone(),
        provider: node
            .map_or(&attempt.provider, |node| &node.provider)
            .clone(),
        state,
        started: attempt.started?,
        ended: if goes_on {
            None
        } else {
            attempt.updated.or(attempt.started)
        },
        attempt: 1,
        attempts: 1,
        usual: node.and_then(|node| node.usual),
        slow: node.and_then(|node| node.slow),
        by: by.map(crate::model::graph::who),
        error: attempt.error.clone(),
        is_critical: false,
    })
}

/// Backwards from what ended last: each follows the attempt that had ended last when it began.
fn chain(bars: &[Bar]) -> Vec<usize> {
    let last = |index: &usize| {
        bars.get(*index).map(|bar| {
            // What goes on ends after everything; of several, the whole waits longest for the one that began first.
            let goes_on = bar.ended.is_none();
            let key = if goes_on {
                -bar.started.millis()
            } else {
                bar.end(bar.started).millis()
            };
            (goes_on, key, *index)
        })
    };
    let mut by_end: Vec<(Timestamp, usize)> = bars
        .iter()
        .enumerate()
        .filter_map(|(index, bar)| Some((bar.ended?.max(bar.started), index)))
        .collect();
    by_end.sort_unstable();
    let mut chain = Vec::new();
    let mut at = (0..bars.len()).max_by_key(last);
    while let Some(index) = at {
        chain.push(index);
        at = bars.get(index).and_then(|bar| {
            let latest = bar.started.plus(SLACK);
            let before = by_end.partition_point(|(end, _)| *end <= latest);
            by_end
                .get(..before)?
                .iter()
                .rev()
                .map(|(_, other)| *other)
                .find(|other| {
                    *other != index && bars.get(*other).is_some_and(|it| it.started < bar.started)
                })
        });
    }
    chain.reverse();
    chain
}

fn stages(graph: &StageGraph, bars: &[Bar]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        match spans.last_mut().filter(|span| span.name == bar.key.stage) {
            Some(span) => {
                span.started = span.started.min(bar.started);
                span.ended = match (span.ended, bar.ended) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    _ => None,
                };
                span.bars += 1;
            }
            None => spans.push(Span {
                name: bar.key.stage.clone(),
                status: graph
                    .stage(&bar.key.stage)
                    .map_or(Status::Unknown, |stage| stage.status),
                started: bar.started,
                ended: bar.ended,
                waited_since: None,
                first: index,
                bars: 1,
            }),
        }
    }
    let mut ended: Option<Timestamp> = None;
    for span in &mut spans {
        span.waited_since = ended.filter(|ended| ended.age(span.started) > GAP);
        ended = span.ended.max(ended);
    }
    spans
}

/// Where the marks of a time axis of this length stand, about so many of them, at round times.
pub fn ticks(whole: Duration, about: usize) -> Vec<Duration> {
    const STEPS: [u64; 22] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
        86_400, 172_800, 604_800, 1_209_600, 2_592_000,
    ];
    let wanted = whole.as_secs() / about.max(1) as u64;
    let step = STEPS.into_iter().find(|step| *step >= wanted);
    let step = step.unwrap_or_else(|| wanted.max(1));
    (0..=whole.as_secs() / step)
        .map(|count| Duration::from_secs(count * step))
        .collect()
}

#[cfg(test)]
mod tests;
