//! Pages of events written as JSON at once: a megabyte of them as a tree would cost ten times the memory and the time.

use std::io::Write as _;

use hyper::body::Bytes;

use crate::sim::world::logs::filter::{self, Found};
use crate::sim::world::logs::{Event, Stream, read};

/// What an event takes beside its message, about.
const AROUND: usize = 80;
/// The same with the name of its stream and its id.
const AROUND_FOUND: usize = 220;

/// GetLogEvents' answer.
pub(super) fn stream_page(page: &read::Page) -> Bytes {
    let mut out = Json::with_room(page.events.iter().map(|event| event.message.len() + AROUND));
    out.raw("{\"events\":[");
    for (number, event) in page.events.iter().enumerate() {
        out.separate(number);
        out.raw("{");
        out.event(event);
        out.raw("}");
    }
    out.raw("],\"nextForwardToken\":");
    out.text(&page.forward);
    out.raw(",\"nextBackwardToken\":");
    out.text(&page.backward);
    out.raw("}");
    out.0.into()
}

/// FilterLogEvents' answer about these streams.
pub(super) fn search_page(page: &filter::Page, streams: &[&Stream]) -> Bytes {
    let sizes = page.events.iter();
    let mut out = Json::with_room(sizes.map(|found| found.event.message.len() + AROUND_FOUND));
    out.raw("{\"events\":[");
    for (number, found) in page.events.iter().enumerate() {
        let Found { stream, event, id } = found;
        out.separate(number);
        out.raw("{\"logStreamName\":");
        out.text(streams.get(*stream).map_or("", |stream| &stream.name));
        out.raw(",");
        out.event(event);
        out.raw(",\"eventId\":");
        out.text(id);
        out.raw("}");
    }
    // Empty since 2019, whatever was searched.
    out.raw("],\"searchedLogStreams\":[]");
    if let Some(next) = &page.next {
        out.raw(",\"nextToken\":");
        out.text(next);
    }
    out.raw("}");
    out.0.into()
}

struct Json(Vec<u8>);

impl Json {
    fn with_room(sizes: impl Iterator<Item = usize>) -> Self {
        Self(Vec::with_capacity(sizes.sum::<usize>() + 512))
    }

    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn separate(&mut self, number: usize) {
        if number > 0 {
            self.raw(",");
        }
    }

    /// A quoted text. Nothing can go wrong in writing one to memory.
    fn text(&mut self, text: &str) {
        let _ = serde_json::to_writer(&mut self.0, text);
    }

    fn event(&mut self, event: &Event) {
        let _ = write!(self.0, "\"timestamp\":{},\"message\":", event.at);
        self.text(&event.message);
        let _ = write!(self.0, ",\"ingestionTime\":{}", event.ingested);
    }
}
