//! More of a pipeline's past than is polled: read once, when a person looks at it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::ids::{ActionExecutionId, ExecutionId};
use crate::model::pipeline::{ActionExecution, Execution, Pipeline, RuleExecution};
use crate::model::remote::Remote;
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// The executions of a pipeline as far back as they were read, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    pub executions: Vec<Execution>,
    /// CodePipeline knows of older ones, up to twelve months back.
    pub cut: bool,
}

impl History {
    /// Whether the pipeline went so far past this reading that executions between it and what is polled may be missing.
    pub fn is_overtaken(&self, polled: &[Execution]) -> bool {
        let (Some(read), Some(now)) = (self.executions.first(), polled.first()) else {
            return false;
        };
        now.started > read.started && polled.iter().all(|execution| execution.id != read.id)
    }

    /// Whether it shows an execution as moving of which polling tells no more.
    pub fn is_unsettled(&self, polled: &[Execution]) -> bool {
        let moving = self
            .executions
            .iter()
            .filter(|it| it.state.status.is_moving() || it.state.status == Status::Waiting);
        let mut ids = moving.map(|it| &it.id);
        ids.any(|id| polled.iter().all(|execution| execution.id != *id))
    }
}

/// One execution, complete: every attempt of every action and rule, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionDetail {
    pub execution: Execution,
    pub actions: Arc<Vec<ActionExecution>>,
    pub rules: Vec<RuleExecution>,
}

/// The pipeline with what was read of some of its executions, and when, beside what is polled. Of an attempt that both
/// tell of, the later reading counts. The cost grows with the attempts, however many executions they are of.
pub fn beside<'a>(
    pipeline: &Arc<Pipeline>,
    details: impl IntoIterator<Item = (Timestamp, &'a ExecutionDetail)>,
) -> Arc<Pipeline> {
    let mut details = details.into_iter().peekable();
    let Some(&(read_at, _)) = details.peek() else {
        return Arc::clone(pipeline);
    };
    let mut pipeline = Pipeline::clone(pipeline);
    let mut executions = polled(&pipeline.executions);
    let mut actions = polled(&pipeline.actions);
    let mut rules = polled(&pipeline.rules);
    let mut known: HashMap<ActionExecutionId, usize> = actions
        .iter()
        .enumerate()
        .map(|(index, attempt)| (attempt.id.clone(), index))
        .collect();
    let mut told: HashSet<String> = rules.iter().map(|rule| rule.id.clone()).collect();
    for (_, detail) in details {
        if !executions.iter().any(|it| it.id == detail.execution.id) {
            executions.push(detail.execution.clone());
        }
        for read in detail.actions.iter() {
            match known
                .get(&read.id)
                .and_then(|index| actions.get_mut(*index))
            {
                Some(known) if known.updated < read.updated => *known = read.clone(),
                Some(_) => {}
                None => {
                    known.insert(read.id.clone(), actions.len());
                    actions.push(read.clone());
                }
            }
        }
        let news = detail.rules.iter();
        rules.extend(news.filter(|it| told.insert(it.id.clone())).cloned());
    }
    executions.sort_by_key(|it| std::cmp::Reverse(it.started));
    actions.sort_by_key(|it| std::cmp::Reverse(it.started));
    rules.sort_by_key(|it| std::cmp::Reverse(it.started));
    put(&mut pipeline.executions, executions, read_at);
    put(&mut pipeline.actions, actions, read_at);
    put(&mut pipeline.rules, rules, read_at);
    Arc::new(pipeline)
}

fn polled<T: Clone>(part: &Remote<Arc<Vec<T>>>) -> Vec<T> {
    part.value().map(|all| all.to_vec()).unwrap_or_default()
}

/// The age of what is polled stays, and its fault.
fn put<T: PartialEq>(part: &mut Remote<Arc<Vec<T>>>, all: Vec<T>, read_at: Timestamp) {
    let fault = part.fault().cloned();
    let at = part.fetched_at().unwrap_or(read_at);
    *part = Remote::ready(Arc::new(all), at);
    if let Some(fault) = fault {
        part.fail((*fault).clone());
    }
}

/// Whether what is polled tells every attempt of an execution: the listing is of the newest attempts, so it does if it
/// reaches back beyond the execution's start, or holds its very first attempts.
pub fn is_held(pipeline: &Pipeline, id: &ExecutionId) -> bool {
    let (Some(execution), Some(attempts)) = (pipeline.execution(id), pipeline.actions.value())
    else {
        return false;
    };
    let reaches_beyond = attempts.iter().any(|attempt| {
        attempt.execution != *id
            && matches!((attempt.started, execution.started), (Some(one), Some(other)) if one < other)
    });
    let sources = || {
        pipeline
            .definition
            .value()
            .and_then(|definition| definition.stages.first())
            .map(|stage| (&stage.name, &stage.actions))
    };
    let holds_first = sources().is_some_and(|(stage, actions)| {
        actions.iter().all(|action| {
            attempts.iter().any(|attempt| {
                attempt.execution == *id
                    && attempt.action.stage == *stage
                    && attempt.action.action == action.name
            })
        })
    });
    reaches_beyond || holds_first
}

/// The executions that are polled and those that were read, newest first, each once; what is polled is the later word.
pub fn known<'a>(polled: &'a [Execution], history: Option<&'a History>) -> Vec<&'a Execution> {
    let ids: HashSet<&ExecutionId> = polled.iter().map(|execution| &execution.id).collect();
    let read = history.into_iter().flat_map(|history| &history.executions);
    let mut all: Vec<&Execution> = polled
        .iter()
        .chain(read.filter(|execution| !ids.contains(&execution.id)))
        .collect();
    // An old execution that somebody looks at stands beside the polled ones; its place is among the others of its time.
    all.sort_by_key(|execution| std::cmp::Reverse(execution.started));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{ActionKey, PipelineKey, Scope};
    use crate::model::status::State;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn execution(id: &str, started: i64) -> Execution {
        Execution {
            started: Some(at(started)),
            ..Execution::new(id.into(), State::of_pipeline("Succeeded"))
        }
    }

    fn attempt(execution: &str, id: &str, word: &str, started: i64) -> ActionExecution {
        let key = ActionKey {
            stage: "Build".into(),
            action: "compile".into(),
        };
        ActionExecution {
            started: Some(at(started)),
            updated: Some(at(started + 10)),
            ..ActionExecution::new(execution.into(), key, id.into(), State::of_pipeline(word))
        }
    }

    fn pipeline() -> Pipeline {
        let mut pipeline = Pipeline::new(PipelineKey {
            scope: Scope {
                account: "dev".into(),
                region: "eu-west-1".into(),
            },
            name: "orders".into(),
        });
        let executions = vec![execution("new", 100), execution("middle", 50)];
        pipeline.executions = Remote::ready(Arc::new(executions), at(200));
        let attempts = vec![
            attempt("new", "n", "Succeeded", 110),
            attempt("middle", "m2", "Succeeded", 70),
        ];
        pipeline.actions = Remote::ready(Arc::new(attempts), at(200));
        pipeline
    }

    #[test]
    fn an_execution_at_the_listings_edge_is_not_held_and_one_before_it_is() {
        let pipeline = pipeline();
        assert!(is_held(&pipeline, &"new".into()));
        assert!(!is_held(&pipeline, &"middle".into()));
        assert!(!is_held(&pipeline, &"unheard-of".into()));
    }

    #[test]
    fn what_was_read_stands_beside_what_is_polled_and_the_later_reading_counts() {
        let mut first = attempt("middle", "m1", "Failed", 60);
        first.updated = Some(at(65));
        let mut stale = attempt("middle", "m2", "InProgress", 70);
        stale.updated = Some(at(72));
        let detail = ExecutionDetail {
            execution: execution("middle", 50),
            actions: Arc::new(vec![stale, first]),
            rules: Vec::new(),
        };
        let whole = beside(&Arc::new(pipeline()), [(at(300), &detail)]);
        let ids: Vec<(&str, &str)> = whole
            .actions
            .value()
            .unwrap()
            .iter()
            .map(|it| (it.id.as_str(), it.state.word()))
            .collect();
        assert_eq!(
            ids,
            [("n", "Succeeded"), ("m2", "Succeeded"), ("m1", "Failed")]
        );
        assert_eq!(whole.executions.value().unwrap().len(), 2);
        assert_eq!(whole.actions.fetched_at(), Some(at(200)));
    }

    #[test]
    fn a_reading_is_overtaken_when_polling_no_longer_reaches_it() {
        let mut history = History {
            executions: vec![execution("c", 30), execution("b", 20), execution("a", 10)],
            cut: false,
        };
        let (d, e) = (execution("d", 40), execution("e", 50));
        assert!(!history.is_overtaken(&[e.clone(), d.clone(), execution("c", 30)]));
        assert!(!history.is_overtaken(&[execution("b", 20), execution("a", 10)]));
        assert!(history.is_overtaken(&[e.clone(), d.clone()]));
        // An old one that somebody looks at stands beside what is polled.
        assert!(history.is_overtaken(&[e.clone(), d.clone(), execution("a", 10)]));
        assert!(!history.is_unsettled(&[e.clone(), d.clone()]));
        history.executions[1].state = State::of_pipeline("InProgress");
        assert!(history.is_unsettled(&[e, d]));
        assert!(!history.is_unsettled(&[execution("b", 20)]));
    }

    #[test]
    fn attempts_of_many_executions_are_joined_once_each() {
        let ids = |of: &str| -> Vec<ActionExecution> {
            let attempts = 0..5_000;
            attempts
                .map(|it| attempt(of, &format!("{of} {it}"), "Succeeded", it))
                .collect()
        };
        let mut pipeline = pipeline();
        pipeline.actions = Remote::ready(Arc::new(ids("0")), at(200));
        let details: Vec<ExecutionDetail> = (0..4)
            .map(|of| ExecutionDetail {
                execution: execution(&of.to_string(), of),
                actions: Arc::new(ids(&of.to_string())),
                rules: Vec::new(),
            })
            .collect();
        let joined = beside(&Arc::new(pipeline), details.iter().map(|it| (at(300), it)));
        assert_eq!(joined.actions.value().unwrap().len(), 20_000);
        assert_eq!(joined.executions.value().unwrap().len(), 6);
    }

    #[test]
    fn what_is_polled_and_read_is_known_once_in_the_order_of_time() {
        let one = |id: &str, word: &str, started: i64| Execution {
            state: State::of_pipeline(word),
            ..execution(id, started)
        };
        let polled = [
            one("d", "Succeeded", 40),
            one("c", "Failed", 30),
            one("a", "Failed", 10),
        ];
        let history = History {
            executions: vec![
                one("c", "InProgress", 30),
                one("b", "Succeeded", 20),
                one("a", "Failed", 10),
            ],
            cut: false,
        };
        let all: Vec<(&str, &str)> = known(&polled, Some(&history))
            .into_iter()
            .map(|execution| (execution.id.as_str(), execution.state.word()))
            .collect();
        let expected = [
            ("d", "Succeeded"),
            ("c", "Failed"),
            ("b", "Succeeded"),
            ("a", "Failed"),
        ];
        assert_eq!(all, expected);
        assert_eq!(known(&polled, None).len(), 3);
    }
}
