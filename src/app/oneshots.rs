//! The one-shots: a promise for each read that a click started, and its state for the view that asked.
//!
//! A promise lives here until its view dismisses it, which ends its task too. The task sends first and wakes the window
//! after, so that the frame it causes finds the answer. Answers stay for whoever asks again, a limited number of them:
//! a view that still shows one of those let go asks anew.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use poll_promise::Promise;
use tokio::task::AbortHandle;

use crate::engine::waker::Waker;
use crate::model::fault::Fault;
use crate::model::oneshot::{Oneshot, Oneshots, Request, Response};
use crate::model::time::Timestamp;

type Answer = Result<Response, Fault>;

/// Answers that are kept of what a person looks into one thing after another.
const MOST_KEPT: usize = 200;
/// What came within this time is being looked at.
const YOUNG: Duration = Duration::from_mins(1);

/// One that is under way.
struct Running {
    promise: Promise<Answer>,
    task: AbortHandle,
}

pub(super) struct Asked {
    pending: BTreeMap<Request, Running>,
    /// What the views see.
    states: Oneshots,
    runtime: tokio::runtime::Handle,
    waker: Waker,
}

impl Asked {
    pub(super) fn new(runtime: tokio::runtime::Handle, waker: Waker) -> Self {
        Self {
            pending: BTreeMap::new(),
            states: Oneshots::new(),
            runtime,
            waker,
        }
    }

    pub(super) fn states(&self) -> &Oneshots {
        &self.states
    }

    /// Starts a one-shot, unless the same is under way. An answer that it has stays with it as the one before.
    pub(super) fn ask(
        &mut self,
        request: Request,
        now: Timestamp,
        work: impl Future<Output = Answer> + Send + 'static,
    ) {
        if self.pending.contains_key(&request) {
            return;
        }
        let (sender, promise) = Promise::new();
        let waker = self.waker.clone();
        let running = self.runtime.spawn(work);
        let task = running.abort_handle();
        self.runtime.spawn(async move {
            // A task that panicked must still answer: the promise itself would panic in the window.
            let broken = |_| {
                Fault::local(
                    "starboard",
                    "answer",
                    "this reading broke off inside the program; the crash report says where",
                    now,
                )
            };
            sender.send(running.await.map_err(broken).and_then(|answer| answer));
            waker.wake();
        });
        let before = match self.states.remove(&request) {
            Some(Oneshot::Ready { response, .. }) => Some(response),
            _ => None,
        };
        self.states
            .insert(request.clone(), Oneshot::Pending { since: now, before });
        self.pending.insert(request, Running { promise, task });
    }

    /// Takes the answers that have come; called once a frame. Returns what was answered.
    pub(super) fn collect(&mut self, now: Timestamp) -> Vec<Request> {
        let ready: Vec<Request> = self
            .pending
            .iter()
            .filter(|(_, running)| running.promise.ready().is_some())
            .map(|(request, _)| request.clone())
            .collect();
        for request in &ready {
            let Some(Ok(answer)) = self.take(request) else {
                continue;
            };
            // A request dismissed meanwhile has no state to answer into.
            if let Some(state) = self.states.get_mut(request) {
                *state = match answer {
                    Ok(response) => Oneshot::Ready { at: now, response },
                    Err(fault) => Oneshot::Failed {
                        at: now,
                        fault: Arc::new(fault),
                    },
                };
            }
        }
        if !ready.is_empty() {
            self.let_go(now);
        }
        ready
    }

    fn take(&mut self, request: &Request) -> Option<Result<Answer, Promise<Answer>>> {
        let running = self.pending.remove(request)?;
        Some(running.promise.try_take())
    }

    /// Keeps the number of answers within bounds; those that came longest ago go first.
    fn let_go(&mut self, now: Timestamp) {
        let grows = self.states.iter().filter(|(request, _)| grows(request));
        let mut answered: Vec<(Timestamp, Request)> = grows
            .filter_map(|(request, state)| match state {
                Oneshot::Pending { .. } => None,
                Oneshot::Ready { at, .. } | Oneshot::Failed { at, .. } => {
                    Some((*at, request.clone()))
                }
            })
            .collect();
        let over = answered.len().saturating_sub(MOST_KEPT);
        if over == 0 {
            return;
        }
        answered.sort();
        let old = answered.into_iter().take(over);
        for (_, request) in old.filter(|(at, _)| at.age(now) > YOUNG) {
            self.states.remove(&request);
        }
    }

    /// Lets go of a one-shot, also of one under way: asked again, it starts anew.
    pub(super) fn dismiss(&mut self, request: &Request) {
        self.states.remove(request);
        // What changes a vault is no reading: it runs to its end.
        let acts = matches!(
            request,
            Request::StoreKey { .. } | Request::ForgetKey { .. }
        );
        if let Some(running) = self.pending.remove(request)
            && !acts
        {
            running.task.abort();
        }
    }
}

/// Whether there is one for each thing that was ever looked into. Of the others there is one for each account or region,
/// and the ledger shows all of CloudTrail's together.
const fn grows(request: &Request) -> bool {
    match request {
        Request::Review { .. }
        | Request::Changes { .. }
        | Request::Execution { .. }
        | Request::History { .. }
        | Request::RollbackCandidates { .. }
        | Request::Definition { .. }
        | Request::ArtifactSize { .. }
        | Request::Artifact { .. }
        | Request::ArtifactFile { .. }
        | Request::ArtifactDifference { .. }
        | Request::FileDifference { .. }
        | Request::BuildProject { .. }
        | Request::BuildHistory { .. }
        | Request::BuildReports { .. }
        | Request::ReportTrend { .. }
        | Request::Batch { .. }
        | Request::Batches { .. }
        | Request::References { .. }
        | Request::BuildMetrics { .. }
        | Request::BuildAlarms { .. }
        | Request::SaveLog { .. }
        | Request::EditLog { .. }
        | Request::OpenFile { .. } => true,
        Request::ActionTypes { .. }
        | Request::BuildProjects { .. }
        | Request::Trail { .. }
        | Request::TestAccount { .. }
        | Request::StoreKey { .. }
        | Request::ForgetKey { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{PipelineKey, Scope};

    fn asked() -> Asked {
        Asked::new(tokio::runtime::Handle::current(), Waker::none())
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_795_449_600_000).plus(Duration::from_secs(seconds))
    }

    fn scope() -> Scope {
        Scope {
            account: "prod".into(),
            region: "eu-west-1".into(),
        }
    }

    fn version(version: u32) -> Request {
        Request::Definition {
            pipeline: PipelineKey {
                scope: scope(),
                name: "pier".into(),
            },
            version,
        }
    }

    /// Asks, and answers at once.
    async fn answered(asked: &mut Asked, request: Request, now: Timestamp) {
        asked.ask(request, now, async { Ok(Response::Forgotten) });
        while asked.collect(now).is_empty() {
            tokio::task::yield_now().await;
        }
    }

    /// Work that never ends, and a look at whether it still runs.
    fn endless() -> (impl Future<Output = Answer> + Send + 'static, Arc<()>) {
        let alive = Arc::new(());
        let held = Arc::clone(&alive);
        let work = async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok(Response::Forgotten)
        };
        (work, alive)
    }

    #[tokio::test]
    async fn a_reading_that_is_dismissed_ends() {
        let mut asked = asked();
        let (work, alive) = endless();
        asked.ask(version(1), at(0), work);
        let key = Request::StoreKey {
            account: "prod".into(),
        };
        let (work, stored) = endless();
        asked.ask(key.clone(), at(0), work);
        asked.dismiss(&version(1));
        asked.dismiss(&key);
        assert!(asked.states().is_empty());
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(Arc::strong_count(&alive), 1, "nothing runs on for nobody");
        assert_eq!(Arc::strong_count(&stored), 2, "a key is stored to the end");
        answered(&mut asked, version(1), at(1)).await;
        assert!(matches!(
            asked.states().get(&version(1)),
            Some(Oneshot::Ready { .. })
        ));
    }

    #[tokio::test]
    async fn answers_are_kept_within_bounds_and_the_oldest_go_first() {
        let mut asked = asked();
        let (work, _alive) = endless();
        asked.ask(version(0), at(0), work);
        let trail = Request::Trail {
            scope: scope(),
            from: at(0),
        };
        answered(&mut asked, trail.clone(), at(0)).await;
        let most = MOST_KEPT as u32;
        for number in 1..=most {
            answered(&mut asked, version(number), at(1)).await;
        }
        answered(&mut asked, version(most + 1), at(2)).await;
        assert_eq!(
            asked.states().len(),
            MOST_KEPT + 3,
            "all are being looked at"
        );
        for number in 2..=10 {
            answered(&mut asked, version(most + number), at(100)).await;
        }
        let has = |request: &Request| asked.states().contains_key(request);
        assert_eq!(asked.states().len(), MOST_KEPT + 2);
        assert!(has(&version(0)), "what is under way stays");
        assert!(has(&trail), "the ledger shows all of them");
        assert!(!has(&version(1)) && has(&version(most + 1)));
    }
}
