//! One place's log groups, streams and their events.
//!
//! Builds, stories and tests write here, `services::logs` reads. A stream is a script or a generator that costs
//! nothing until it is read ([`Source`]), then whatever was appended, so an account of ten thousand builds
//! or a stream of ten million lines stays cheap. Pure data: the present is passed in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::wire::Millis;
use crate::sim::world::Owner;

pub mod filter;
pub mod read;
pub mod source;
pub mod stream;

pub use source::{Generated, ScriptLine, Source};
pub use stream::{Event, Stream, Written};

/// One place's log groups by name.
#[derive(Debug, Default)]
pub struct Logs {
    groups: BTreeMap<String, Group>,
    /// One more holder for each Live Tail session that is open.
    live_tails: Arc<()>,
}

/// A log group and its streams by name.
#[derive(Debug)]
pub struct Group {
    pub name: String,
    pub created: Millis,
    /// `None` keeps events for ever.
    pub retention_days: Option<u32>,
    streams: BTreeMap<String, Stream>,
}

impl Logs {
    pub fn new(_owner: &Owner) -> Self {
        Self::default()
    }

    /// The groups in order of name.
    /// What each open Live Tail session holds a clone of.
    pub fn live_tails(&self) -> &Arc<()> {
        &self.live_tails
    }

    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    pub fn stream(&self, group: &str, stream: &str) -> Option<&Stream> {
        self.groups.get(group)?.streams.get(stream)
    }

    /// The group of this name, made at `now` when it is not there.
    pub fn create_group(&mut self, name: &str, now: Millis) -> &mut Group {
        self.groups.entry(name.to_owned()).or_insert_with(|| Group {
            name: name.to_owned(),
            created: now,
            retention_days: None,
            streams: BTreeMap::new(),
        })
    }

    /// Puts a stream whose first lines come from `source` in place of any other of this name.
    pub fn create_stream(
        &mut self,
        group: &str,
        stream: &str,
        now: Millis,
        source: Source,
    ) -> &mut Stream {
        let group = self.create_group(group, now);
        let fresh = Stream::new(stream, now, source);
        match group.streams.entry(stream.to_owned()) {
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                slot.insert(fresh);
                slot.into_mut()
            }
            std::collections::btree_map::Entry::Vacant(slot) => slot.insert(fresh),
        }
    }

    /// Adds one event, making group and stream when they are not there. The rest of a script that is still
    /// running is cut off: what was appended is the last word.
    pub fn append(&mut self, group: &str, stream: &str, at: Millis, message: &str, now: Millis) {
        self.create_group(group, now)
            .streams
            .entry(stream.to_owned())
            .or_insert_with(|| Stream::new(stream, now, Source::None))
            .append(at, message, now);
    }

    /// Takes a stream and its events away, as its owner or a retention policy does.
    pub fn delete_stream(&mut self, group: &str, stream: &str) {
        if let Some(group) = self.groups.get_mut(group) {
            group.streams.remove(stream);
        }
    }

    /// A stream that is there, to be given its manners.
    pub fn stream_mut(&mut self, group: &str, stream: &str) -> Option<&mut Stream> {
        self.groups.get_mut(group)?.streams.get_mut(stream)
    }

    /// Deletes a group and everything in it; one that is not there stays away.
    pub fn remove_group(&mut self, name: &str) {
        self.groups.remove(name);
    }

    /// Ends the scripted lines of a stream at `at`.
    pub fn cut(&mut self, group: &str, stream: &str, at: Millis) {
        if let Some(stream) = self.stream_mut(group, stream) {
            stream.cut(at);
        }
    }
}

impl Group {
    /// The streams in order of name.
    pub fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.streams.values()
    }

    pub fn stream(&self, name: &str) -> Option<&Stream> {
        self.streams.get(name)
    }

    /// Bytes stored, each event counted with the 26 bytes that CloudWatch Logs adds.
    pub fn stored_bytes(&self, now: Millis) -> u64 {
        self.streams
            .values()
            .map(|stream| stream.stored_bytes(now))
            .sum()
    }
}
