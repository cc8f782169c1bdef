//! One kept log as a file: a Zstandard file that any tool reads, with an index for Starboard.
//!
//! ```text
//! skippable frame   MAGIC, version
//! frame …           the text, about 256 KiB each, every line ended by a line feed; with Zstandard's checksum
//! skippable frame   the times: differences, as variable-length numbers, compressed
//! skippable frame   head (JSON), a record for each frame of text, where this frame begins, and the hash of all that
//! ```
//! `zstdcat` prints the text alone, because it passes over skippable frames. A file is believed only if its end is
//! there and its hash agrees, and each frame only if its checksum does: one cut off anywhere is refused as a whole.
//! Pure but for what it reads from and writes to; blocking.

use std::io::{self, Read, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zstd::bulk::{Compressor, Decompressor};

use crate::model::ansi;
use crate::model::ids::{LogKey, Scope};
use crate::model::kept::{KeptBuild, KeptLog};
use crate::model::log::{LineNo, LogBuffer, LogSnapshot};
use crate::model::status::State;
use crate::model::time::Timestamp;

/// What a Starboard of today writes and reads.
const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"STARLOGK";
/// One of the sixteen numbers that begin a skippable frame (RFC 8878, 3.1.2).
const SKIPPABLE: u32 = 0x184D_2A5B;
/// The length of a skippable frame's own head.
const FRAME_HEAD: u64 = 8;
/// The first frame: magic and version.
const OPENING: u64 = FRAME_HEAD + 12;
/// A block closes at this much text.
const BLOCK: usize = 256 * 1024;
const LEVEL: i32 = 3;
/// Of a log that is read whole, so much stays unpacked in memory.
const HOT_BYTES: u64 = 64 * 1024 * 1024;
/// Where the last frame begins, the length of its head, the number of blocks, and the hash.
const FOOTER: usize = 8 + 4 + 4 + 32;
/// Packed length, text length, lines, whether plain.
const RECORD: usize = 13;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum Bad {
    #[error("it is not a kept log of Starboard")]
    Foreign,
    #[error("it has version {0}, written by a newer Starboard")]
    Newer(u32),
    #[error("it is cut off or damaged")]
    Damaged,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<std::str::Utf8Error> for Bad {
    /// What was written is text: anything else was changed since.
    fn from(_: std::str::Utf8Error) -> Self {
        Self::Damaged
    }
}

/// The head as it is written.
#[derive(Serialize, Deserialize)]
struct Head {
    account: String,
    region: String,
    group: String,
    stream: String,
    build: String,
    project: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    /// CodeBuild's word.
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
    read: i64,
    lines: u32,
    bytes: u64,
    /// Of the text as `zstdcat` prints it.
    sha256: String,
    /// The length of the times before they were compressed.
    times: u32,
}

/// A frame of text.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    at: u64,
    packed: u32,
    pub text: u32,
    pub first: LineNo,
    pub lines: u32,
    /// Every line is drawn as it stands.
    pub plain: bool,
}

/// Writes a log whole. What is written before an error is no kept log.
pub fn write(out: &mut impl Write, log: &KeptLog, text: &LogSnapshot) -> io::Result<()> {
    let mut writer = Writer {
        out,
        at: 0,
        packer: packer()?,
        hash: Sha256::new(),
        records: Vec::new(),
        blocks: 0,
    };
    let mut opening = MAGIC.to_vec();
    opening.extend(VERSION.to_le_bytes());
    writer.skippable(&opening)?;
    let mut block = Open::default();
    let mut times = Vec::new();
    let mut before = 0_i64;
    for (_, time, line) in text.iter_from(LineNo(0)) {
        let line: &str = &line;
        block.text.extend_from_slice(line.as_bytes());
        block.text.push(b'\n');
        block.lines += 1;
        block.special |= !ansi::is_plain(line);
        put_number(&mut times, zigzag(time.wrapping_sub(before)));
        before = time;
        if block.text.len() >= BLOCK {
            writer.block(&mut block)?;
        }
    }
    if block.lines > 0 {
        writer.block(&mut block)?;
    }
    let raw_times = length(times.len())?;
    let times = writer.packer.compress(&times)?;
    writer.skippable(&times)?;
    writer.close(log, raw_times)
}

fn packer() -> io::Result<Compressor<'static>> {
    let mut packer = Compressor::new(LEVEL)?;
    packer.include_checksum(true)?;
    packer.include_contentsize(true)?;
    Ok(packer)
}

fn length(of: usize) -> io::Result<u32> {
    u32::try_from(of).map_err(|error| io::Error::new(io::ErrorKind::FileTooLarge, error))
}

/// The block being filled.
#[derive(Default)]
struct Open {
    text: Vec<u8>,
    lines: u32,
    special: bool,
}

struct Writer<'a, W> {
    out: &'a mut W,
    at: u64,
    packer: Compressor<'static>,
    hash: Sha256,
    records: Vec<u8>,
    blocks: u32,
}

impl<W: Write> Writer<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn skippable(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = length(payload.len())?;
        self.put(&SKIPPABLE.to_le_bytes())?;
        self.put(&length.to_le_bytes())?;
        self.put(payload)
    }

    fn block(&mut self, block: &mut Open) -> io::Result<()> {
        self.hash.update(&block.text);
        let packed = self.packer.compress(&block.text)?;
        self.put(&packed)?;
        for number in [
            length(packed.len())?,
            length(block.text.len())?,
            block.lines,
        ] {
            self.records.extend(number.to_le_bytes());
        }
        self.records.push(u8::from(!block.special));
        self.blocks += 1;
        block.text.clear();
        (block.lines, block.special) = (0, false);
        Ok(())
    }

    /// The last frame, which makes the file a kept log.
    fn close(mut self, log: &KeptLog, times: u32) -> io::Result<()> {
        let digest = std::mem::take(&mut self.hash).finalize();
        let head = serde_json::to_vec(&head(log, hex(&digest), times)).map_err(io::Error::other)?;
        let begins = self.at;
        let mut payload = head;
        let head_length = length(payload.len())?;
        payload.append(&mut self.records);
        payload.extend(begins.to_le_bytes());
        payload.extend(head_length.to_le_bytes());
        payload.extend(self.blocks.to_le_bytes());
        let digest = Sha256::digest(&payload);
        payload.extend(digest);
        self.skippable(&payload)
    }
}

fn head(log: &KeptLog, sha256: String, times: u32) -> Head {
    let KeptLog {
        key,
        build,
        read,
        lines,
        bytes,
    } = log;
    Head {
        account: key.scope.account.as_str().to_owned(),
        region: key.scope.region.as_str().to_owned(),
        group: key.group.as_str().to_owned(),
        stream: key.stream.as_str().to_owned(),
        build: build.id.as_str().to_owned(),
        project: build.project.as_str().to_owned(),
        number: build.number,
        status: build.state.word().to_owned(),
        started: build.started.map(Timestamp::millis),
        ended: build.ended.map(Timestamp::millis),
        read: read.millis(),
        lines: *lines,
        bytes: *bytes,
        sha256,
        times,
    }
}

pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.push_str(&format!("{byte:02x}"));
    }
    digits
}

/// An open kept log. Opening reads its end alone.
pub struct Reader<R> {
    source: R,
    log: KeptLog,
    blocks: Vec<Block>,
    sha256: String,
    /// Where the packed times lie, and their length packed and unpacked.
    times: (u64, usize, usize),
    unpacker: Decompressor<'static>,
    packed: Vec<u8>,
}

impl<R: Read + Seek> Reader<R> {
    pub fn open(mut source: R) -> Result<Self, Bad> {
        let size = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(0))?;
        check_opening(&mut source, size)?;
        let last = size
            .checked_sub(FOOTER as u64)
            .filter(|at| *at >= OPENING)
            .ok_or(Bad::Damaged)?;
        source.seek(SeekFrom::Start(last))?;
        let mut footer = [0; FOOTER];
        source.read_exact(&mut footer)?;
        let begins = number64(&footer).ok_or(Bad::Damaged)?;
        if begins < OPENING || begins.saturating_add(FRAME_HEAD) > last {
            return Err(Bad::Damaged);
        }
        source.seek(SeekFrom::Start(begins + FRAME_HEAD))?;
        let mut payload = vec![0; (size - begins - FRAME_HEAD) as usize];
        source.read_exact(&mut payload)?;
        let index = Index::parse(&payload, begins).ok_or(Bad::Damaged)?;
        Ok(Self {
            source,
            log: index.log,
            blocks: index.blocks,
            sha256: index.sha256,
            times: index.times,
            unpacker: Decompressor::new()?,
            packed: Vec::new(),
        })
    }

    pub fn log(&self) -> &KeptLog {
        &self.log
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Unpacks the text of a block into a buffer, which it clears first.
    pub fn text(&mut self, block: Block, into: &mut Vec<u8>) -> Result<(), Bad> {
        self.unpack(block.at, block.packed as usize, block.text as usize, into)?;
        Ok(())
    }

    fn unpack(
        &mut self,
        at: u64,
        packed: usize,
        length: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), Bad> {
        self.source.seek(SeekFrom::Start(at))?;
        self.packed.resize(packed, 0);
        self.source.read_exact(&mut self.packed)?;
        into.clear();
        into.reserve(length);
        let unpacked = self.unpacker.decompress_to_buffer(&self.packed, into);
        if unpacked.is_ok_and(|count| count == length) {
            Ok(())
        } else {
            Err(Bad::Damaged)
        }
    }

    /// The whole log, checked against its hash.
    pub fn whole(&mut self) -> Result<LogSnapshot, Bad> {
        let (at, packed, length) = self.times;
        let mut times = Vec::new();
        self.unpack(at, packed, length, &mut times)?;
        let mut times = times.iter();
        let mut buffer = LogBuffer::default();
        let mut hash = Sha256::new();
        let (mut text, mut time) = (Vec::new(), 0_i64);
        for block in self.blocks.clone() {
            self.text(block, &mut text)?;
            hash.update(&text);
            let text = std::str::from_utf8(&text)?;
            let lines = text.strip_suffix('\n').ok_or(Bad::Damaged)?;
            for line in lines.split('\n') {
                let step = take_number(&mut times).ok_or(Bad::Damaged)?;
                time = time.wrapping_add(unzigzag(step));
                append(&mut buffer, time, line);
            }
            if let Some(chores) = buffer.chores(HOT_BYTES) {
                chores.run();
            }
        }
        let whole = buffer.len() == self.log.lines
            && times.next().is_none()
            && hex(&hash.finalize()) == self.sha256;
        if whole {
            Ok(buffer.snapshot())
        } else {
            Err(Bad::Damaged)
        }
    }
}

/// A line as it was held. The buffer takes one carriage return off the end of a line, and this line has given its own.
fn append(buffer: &mut LogBuffer, time: i64, line: &str) {
    if line.ends_with('\r') {
        buffer.append(time, &format!("{line}\r"));
    } else {
        buffer.append(time, line);
    }
}

fn check_opening(source: &mut impl Read, size: u64) -> Result<(), Bad> {
    let mut opening = Vec::new();
    source.take(OPENING).read_to_end(&mut opening)?;
    let mut ours = SKIPPABLE.to_le_bytes().to_vec();
    ours.extend(12_u32.to_le_bytes());
    ours.extend(MAGIC);
    let there = opening.len().min(ours.len());
    if opening.get(..there) != ours.get(..there) {
        return Err(Bad::Foreign);
    }
    let version = opening
        .get(ours.len()..)
        .and_then(number32)
        .filter(|_| size >= OPENING)
        .ok_or(Bad::Damaged)?;
    match version {
        VERSION => Ok(()),
        newer if newer > VERSION => Err(Bad::Newer(newer)),
        _ => Err(Bad::Damaged),
    }
}

/// What the last frame says.
struct Index {
    log: KeptLog,
    blocks: Vec<Block>,
    sha256: String,
    times: (u64, usize, usize),
}

impl Index {
    /// None for anything that does not agree with itself.
    fn parse(payload: &[u8], begins: u64) -> Option<Self> {
        let (said, digest) = payload.split_at_checked(payload.len().checked_sub(32)?)?;
        if Sha256::digest(said)[..] != *digest {
            return None;
        }
        let (content, footer) = said.split_at_checked(said.len().checked_sub(16)?)?;
        let head_length = number32(footer.get(8..)?)? as usize;
        let count = number32(footer.get(12..)?)? as usize;
        let (head, records) = content.split_at_checked(head_length)?;
        if records.len() != count.checked_mul(RECORD)? {
            return None;
        }
        let head: Head = serde_json::from_slice(head).ok()?;
        let mut blocks = Vec::with_capacity(count);
        let (mut at, mut line, mut text) = (OPENING, 0_u32, 0_u64);
        for record in records.chunks_exact(RECORD) {
            let block = Block {
                at,
                packed: number32(record)?,
                text: number32(record.get(4..)?)?,
                first: LineNo(line),
                lines: number32(record.get(8..)?)?,
                plain: *record.get(12)? != 0,
            };
            at = at.checked_add(u64::from(block.packed))?;
            line = line.checked_add(block.lines)?;
            text += u64::from(block.text);
            blocks.push(block);
        }
        let times = begins.checked_sub(at)?.checked_sub(FRAME_HEAD)?;
        let agrees = line == head.lines
            && text == head.bytes
            && u64::from(head.times) <= 10 * u64::from(line);
        agrees.then(|| Self {
            blocks,
            times: (at + FRAME_HEAD, times as usize, head.times as usize),
            sha256: head.sha256.clone(),
            log: head.into(),
        })
    }
}

impl From<Head> for KeptLog {
    fn from(head: Head) -> Self {
        let scope = Scope {
            account: head.account.into(),
            region: head.region.into(),
        };
        Self {
            key: LogKey {
                scope,
                group: head.group.into(),
                stream: head.stream.into(),
            },
            build: KeptBuild {
                id: head.build.into(),
                project: head.project.into(),
                number: head.number,
                state: State::of_build(&head.status),
                started: head.started.map(Timestamp::from_millis),
                ended: head.ended.map(Timestamp::from_millis),
            },
            read: Timestamp::from_millis(head.read),
            lines: head.lines,
            bytes: head.bytes,
        }
    }
}

fn number32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?))
}

fn number64(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?))
}

/// Small numbers of either sign become small numbers.
const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn put_number(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn take_number<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.next()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
pub(super) mod tests;
