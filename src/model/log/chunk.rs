//! A stretch of a log: some hundred lines in one text, which may be packed when nobody reads it.
//!
//! Packing does not change a chunk for those who hold it: whoever reads a packed one unpacks it for as long as they
//! read. The last few that were read line by line are kept at hand, one small set for each thread, so that a frame
//! unpacks what it shows once and takes no lock.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;

use super::column::Column;
use super::imprint::{Imprint, Sought};
use crate::model::ansi;

/// The bytes of text a chunk is closed at, unless one line alone has more.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// The lines a chunk is closed at: empty lines have no text to close it by.
const CHUNK_LINES: usize = CHUNK_BYTES / 8;
/// Of zstd: the fastest. A higher one saves a tenth of the memory and takes twice the time.
const LEVEL: i32 = 1;
/// The unpacked text that a thread keeps at hand.
const AT_HAND_BYTES: usize = 2 * 1024 * 1024;

/// A whole chunk's text, each line with its line feed.
pub type Text = Arc<Box<str>>;

/// Names a chunk for as long as the program runs.
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// The chunk that still grows.
#[derive(Debug, Default)]
pub struct Open {
    text: String,
    ends: Vec<u32>,
    times: Vec<i64>,
    odd: Vec<u64>,
    pub first_line: u32,
}

impl Open {
    pub fn starting_at(first_line: u32) -> Self {
        Self {
            first_line,
            ..Self::default()
        }
    }

    pub fn lines(&self) -> u32 {
        self.ends.len() as u32
    }

    /// Whether a line of so many bytes belongs into the next chunk. Up to 64 KiB an end is told by two bytes; a longer
    /// line has a chunk of its own.
    pub fn is_full_for(&self, bytes: usize) -> bool {
        !self.ends.is_empty()
            && (self.text.len() + bytes >= CHUNK_BYTES || self.ends.len() >= CHUNK_LINES)
    }

    /// Appends a line, which has no line feed.
    pub fn push(&mut self, time: i64, line: &str) {
        let index = self.ends.len();
        if !ansi::is_plain(line) {
            self.odd.resize(index / 64 + 1, 0);
            if let Some(word) = self.odd.last_mut() {
                *word |= 1 << (index % 64);
            }
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.ends.push(self.text.len() as u32);
        self.times.push(time);
    }

    /// The chunk as it stands.
    pub fn chunk(&self) -> Chunk {
        Chunk {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            first_line: self.first_line,
            bytes: self.text.len() as u32,
            ends: Column::of(self.ends.iter().map(|&end| i64::from(end))),
            times: Column::of(self.times.iter().copied()),
            odd: self.odd.as_slice().into(),
            text: ArcSwapOption::from_pointee(Box::from(self.text.as_str())),
            imprint: OnceLock::new(),
            packed: OnceLock::new(),
        }
    }
}

pub struct Chunk {
    id: u64,
    pub first_line: u32,
    /// The size of the text.
    bytes: u32,
    /// Where each line ends in the text, after its line feed.
    ends: Column,
    /// Milliseconds since 1970 of each line.
    times: Column,
    /// A bit for each line that is not drawn as it stands; empty when all are.
    odd: Box<[u64]>,
    /// None once it is packed.
    text: ArcSwapOption<Box<str>>,
    imprint: OnceLock<Imprint>,
    packed: OnceLock<Box<[u8]>>,
}

impl fmt::Debug for Chunk {
    /// Without its text, which may hold a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Chunk")
            .field("first_line", &self.first_line)
            .field("lines", &self.lines())
            .field("bytes", &self.bytes)
            .field("packed", &self.packed.get().map(|packed| packed.len()))
            .finish_non_exhaustive()
    }
}

impl Chunk {
    pub fn lines(&self) -> u32 {
        self.ends.len() as u32
    }

    /// The number after the last line.
    pub fn end(&self) -> u32 {
        self.first_line + self.lines()
    }

    pub fn bytes(&self) -> usize {
        self.bytes as usize
    }

    pub fn time(&self, index: usize) -> Option<i64> {
        self.times.get(index)
    }

    pub fn is_plain(&self, index: usize) -> bool {
        self.odd
            .get(index / 64)
            .is_none_or(|word| word & (1 << (index % 64)) == 0)
    }

    /// Every line is drawn as it stands.
    pub fn is_all_plain(&self) -> bool {
        self.odd.is_empty()
    }

    /// Where a line begins in the text; that of the line after the last is the text's length.
    pub fn start(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            Some(before) => self
                .ends
                .get(before)
                .map_or_else(|| self.bytes(), |end| end as usize),
            None => 0,
        }
    }

    /// Where a line is in the text, without its line feed.
    pub fn range(&self, index: usize) -> Option<Range<usize>> {
        let end = self.ends.get(index)? as usize;
        Some(self.start(index)..end - 1)
    }

    /// The line that a byte of the text is in.
    pub fn index_at(&self, byte: usize) -> usize {
        self.ends.count_up_to(byte as i64)
    }

    /// The text, unpacked for this caller alone if it is packed. None only if memory was damaged.
    pub fn text(&self) -> Option<Text> {
        if let Some(text) = self.text.load_full() {
            return Some(text);
        }
        unpack(self.packed.get()?, self.bytes())
    }

    /// As [`Self::text`], for reading line by line: what had to be unpacked stays at hand for this thread.
    pub fn text_at_hand(&self) -> Option<Text> {
        if let Some(text) = self.text.load_full() {
            return Some(text);
        }
        AT_HAND.with_borrow_mut(|at_hand| at_hand.get(self))
    }

    /// False only if no line is drawn with what is sought; a chunk with an imprint tells it without its text.
    pub fn may_hold(&self, sought: &Sought) -> bool {
        let imprint = self.imprint.get();
        imprint.is_none_or(|imprint| imprint.may_hold(sought))
    }

    /// Takes the imprint of the text, if it is there. Costs some hundred microseconds; any thread but the UI's.
    pub fn press(&self) {
        if self.imprint.get().is_none()
            && let Some(text) = self.text.load_full()
        {
            let lines = (0..self.lines() as usize)
                .filter_map(|index| Some((text.get(self.range(index)?)?, self.is_plain(index))));
            // Another thread may have taken it meanwhile, and found the same.
            self.imprint.set(Imprint::of(text.len(), lines)).ok();
        }
    }

    /// Packs the text and lets go of it. Costs some hundred microseconds; any thread but the UI's.
    pub fn pack(&self) {
        if self.packed.get().is_none() {
            let Some(text) = self.text.load_full() else {
                return;
            };
            self.press();
            match zstd::bulk::compress(text.as_bytes(), LEVEL) {
                Ok(packed) if packed.len() < text.len() => {
                    // Another thread may have packed it meanwhile, to the same bytes.
                    self.packed.set(packed.into_boxed_slice()).ok();
                }
                // It stays as it is: noise does not get smaller.
                _ => return,
            }
        }
        self.text.store(None);
    }
}

fn unpack(packed: &[u8], bytes: usize) -> Option<Text> {
    thread_local! {
        static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
            RefCell::new(zstd::bulk::Decompressor::new().ok());
    }
    let text = UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = unpacker.as_mut()?;
        unpacker.decompress(packed, bytes).ok()
    })?;
    Some(Arc::new(String::from_utf8(text).ok()?.into_boxed_str()))
}

thread_local! {
    static AT_HAND: RefCell<AtHand> = const { RefCell::new(AtHand { texts: Vec::new(), bytes: 0 }) };
}

/// What a thread read last of packed chunks, the newest at the end. Some thirty texts: walking over them is cheap.
struct AtHand {
    texts: Vec<(u64, Text)>,
    bytes: usize,
}

impl AtHand {
    fn get(&mut self, chunk: &Chunk) -> Option<Text> {
        if let Some(place) = self.texts.iter().rposition(|(id, _)| *id == chunk.id) {
            let found = self.texts.remove(place);
            let text = Arc::clone(&found.1);
            self.texts.push(found);
            return Some(text);
        }
        let text = unpack(chunk.packed.get()?, chunk.bytes())?;
        self.bytes += text.len();
        self.texts.push((chunk.id, Arc::clone(&text)));
        while self.bytes > AT_HAND_BYTES && self.texts.len() > 1 {
            self.bytes -= self.texts.remove(0).1.len();
        }
        Some(text)
    }
}
