//! The body of an answer as it goes over the socket: whole, dripping, breaking off, or going on.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

use super::Shared;
use super::going::Going;
use crate::sim::session::Session;

/// What a body hands to hyper.
pub(super) type FramePoll = Poll<Option<Result<Frame<Bytes>, io::Error>>>;

/// The body of an answer.
#[derive(Debug)]
pub enum AnswerBody {
    Known(Known),
    Going(Box<Going>),
}

/// A body of known length.
#[derive(Debug)]
pub struct Known {
    rest: Bytes,
    /// The length announced, which a truncated body never reaches.
    announced: u64,
    /// When a truncated body breaks off: a moment later, so that what was sent is on the wire before.
    breaks: Option<Pin<Box<Sleep>>>,
    drip: Option<Drip>,
}

#[derive(Debug)]
struct Drip {
    pause: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl AnswerBody {
    pub fn whole(bytes: Bytes) -> Self {
        Self::Known(Known::whole(bytes))
    }

    /// Sends half of what it announces, then breaks off.
    pub fn truncated(bytes: &Bytes) -> Self {
        Self::Known(Known {
            announced: bytes.len() as u64,
            rest: bytes.slice(..bytes.len() / 2),
            breaks: Some(Box::pin(tokio::time::sleep(Duration::from_millis(20)))),
            drip: None,
        })
    }

    /// Sends one byte at a time.
    pub fn dripping(bytes: Bytes, pause: Duration) -> Self {
        let drip = Drip {
            pause,
            sleep: Box::pin(tokio::time::sleep(pause)),
        };
        Self::Known(Known {
            drip: Some(drip),
            ..Known::whole(bytes)
        })
    }

    /// Sends what a session tells after its first message; `breaks`: only once, then it breaks off.
    pub fn going(
        shared: Arc<Shared>,
        session: Box<dyn Session>,
        first: Bytes,
        breaks: bool,
    ) -> Self {
        Self::Going(Box::new(Going::new(shared, session, first, breaks)))
    }
}

impl Known {
    fn whole(bytes: Bytes) -> Self {
        Self {
            announced: bytes.len() as u64,
            rest: bytes,
            breaks: None,
            drip: None,
        }
    }

    fn poll_frame(&mut self, context: &mut Context<'_>) -> FramePoll {
        if self.rest.is_empty() {
            let Some(moment) = &mut self.breaks else {
                return Poll::Ready(None);
            };
            if moment.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.breaks = None;
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset))));
        }
        let Some(drip) = &mut self.drip else {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest)))));
        };
        if drip.sleep.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        drip.sleep = Box::pin(tokio::time::sleep(drip.pause));
        let byte = self.rest.split_to(1);
        Poll::Ready(Some(Ok(Frame::data(byte))))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> FramePoll {
        match &mut *self {
            Self::Known(known) => known.poll_frame(context),
            Self::Going(going) => going.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Known(known) => known.rest.is_empty() && known.breaks.is_none(),
            Self::Going(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Known(known) => SizeHint::with_exact(known.announced),
            Self::Going(_) => SizeHint::default(),
        }
    }
}
