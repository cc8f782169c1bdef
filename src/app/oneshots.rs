//! The one-shots: a promise for each read that a click started, and its state for the view that asked.
//!
//! A promise lives here until its view dismisses it. The task sends first and wakes the window after, so that the
//! frame it causes finds the answer.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use poll_promise::Promise;

use crate::engine::waker::Waker;
use crate::model::fault::Fault;
use crate::model::oneshot::{Oneshot, Oneshots, Request, Response};
use crate::model::time::Timestamp;

type Answer = Result<Response, Fault>;

pub(super) struct Asked {
    pending: BTreeMap<Request, Promise<Answer>>,
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

    /// Starts a one-shot, unless the same is under way.
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
        self.states
            .insert(request.clone(), Oneshot::Pending { since: now });
        self.pending.insert(request, promise);
    }

    /// Takes the answers that have come; called once a frame. Returns what was answered.
    pub(super) fn collect(&mut self, now: Timestamp) -> Vec<Request> {
        let ready: Vec<Request> = self
            .pending
            .iter()
            .filter(|(_, promise)| promise.ready().is_some())
            .map(|(request, _)| request.clone())
            .collect();
        for request in &ready {
            let Some(Ok(answer)) = self.pending.remove(request).map(Promise::try_take) else {
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
        ready
    }

    /// Lets go of a one-shot, also of one under way: asked again, it starts anew.
    pub(super) fn dismiss(&mut self, request: &Request) {
        self.pending.remove(request);
        self.states.remove(request);
    }
}
