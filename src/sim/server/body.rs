//! The body of an answer as it goes over the socket: whole, dripping, or breaking off.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

/// A body of known length.
#[derive(Debug)]
pub struct AnswerBody {
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
        Self {
            announced: bytes.len() as u64,
            rest: bytes,
            breaks: None,
            drip: None,
        }
    }

    /// Sends half of what it announces, then breaks off.
    pub fn truncated(bytes: &Bytes) -> Self {
        Self {
            announced: bytes.len() as u64,
            rest: bytes.slice(..bytes.len() / 2),
            breaks: Some(Box::pin(tokio::time::sleep(Duration::from_millis(20)))),
            drip: None,
        }
    }

    /// Sends one byte at a time.
    pub fn dripping(bytes: Bytes, pause: Duration) -> Self {
        let drip = Drip {
            pause,
            sleep: Box::pin(tokio::time::sleep(pause)),
        };
        Self {
            drip: Some(drip),
            ..Self::whole(bytes)
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
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

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.breaks.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
