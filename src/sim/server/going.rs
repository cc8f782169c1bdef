//! The body of an answer that goes on: a session is asked once a second, for as long as the client reads.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Bytes, Frame};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::Shared;
use super::body::FramePoll;
use crate::sim::protocol::event_stream::Message;
use crate::sim::session::{EVERY, Next, Session};

pub(super) struct Going {
    shared: Arc<Shared>,
    /// None once it is over.
    session: Option<Box<dyn Session>>,
    ready: VecDeque<Bytes>,
    tick: Interval,
    /// Breaks off after so many tellings.
    breaks_after: Option<u32>,
    told: u32,
}

/// When a broken session ends: after its start and one update.
const BREAKS_AFTER: u32 = 2;

impl fmt::Debug for Going {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Going")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Going {
    pub(super) fn new(
        shared: Arc<Shared>,
        session: Box<dyn Session>,
        first: Bytes,
        breaks: bool,
    ) -> Self {
        let mut tick = interval_at(Instant::now(), EVERY);
        // A client that does not read gets its next update late, and then one for all it missed.
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            shared,
            session: Some(session),
            ready: VecDeque::from([first]),
            tick,
            breaks_after: breaks.then_some(BREAKS_AFTER),
            told: 0,
        }
    }

    pub(super) fn poll_frame(&mut self, context: &mut Context<'_>) -> FramePoll {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            let Some(session) = &mut self.session else {
                let broken = self.breaks_after.take();
                return Poll::Ready(
                    broken.map(|_| Err(io::Error::from(io::ErrorKind::ConnectionReset))),
                );
            };
            if self.tick.poll_tick(context).is_pending() {
                return Poll::Pending;
            }
            let next = session.next(&mut self.shared.world());
            let (Next::More(messages) | Next::Last(messages)) = &next;
            self.ready.extend(messages.iter().map(Message::framed));
            self.told += 1;
            let is_last = matches!(next, Next::Last(_));
            if is_last || self.breaks_after == Some(self.told) {
                self.session = None;
            }
        }
    }
}
