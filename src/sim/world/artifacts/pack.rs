//! Artifacts as bytes: zips made when somebody asks, always the same for the same files.

use std::io::{Cursor, Read as _, Write as _};

use hyper::body::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::sim::random::Random;
use crate::sim::wire::Millis;

/// One file of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(String),
    /// As many bytes that follow from a seed; they do not compress, and are stored as they are.
    Binary {
        seed: u64,
        bytes: u64,
    },
    /// A zip in the zip.
    Nested(Vec<Entry>),
}

/// How an artifact lies in its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Zip,
    /// The first file, bare.
    Raw,
    /// The first file, packed by gzip.
    Gzip,
}

/// The bytes of an artifact whose files are as old as it is.
pub fn bytes(entries: &[Entry], form: Form, made: Millis) -> Bytes {
    match form {
        Form::Raw => entries.first().map_or_else(Bytes::new, |entry| {
            Bytes::from(content(&entry.content, made, true))
        }),
        Form::Zip => Bytes::from(zip(entries, made, true)),
        Form::Gzip => Bytes::from(gzip(entries, made).unwrap_or_default()),
    }
}

/// The first file as gzip packs it (RFC 1952): the same deflated bytes as in a zip, in another frame.
fn gzip(entries: &[Entry], made: Millis) -> zip::result::ZipResult<Vec<u8>> {
    let first = entries.get(..1).unwrap_or_default();
    let mut archive = ZipArchive::new(Cursor::new(write(first, made, true)?))?;
    let mut file = archive.by_index_raw(0)?;
    let mut packed = vec![0x1f, 0x8b, 8, 0];
    packed.extend(((made / 1000) as u32).to_le_bytes());
    packed.extend([0, 0xff]);
    let (sum, length) = (file.crc32(), file.size() as u32);
    file.read_to_end(&mut packed)?;
    packed.extend(sum.to_le_bytes());
    packed.extend(length.to_le_bytes());
    Ok(packed)
}

/// How many bytes they are, told without making those that are stored as they are.
pub fn size(entries: &[Entry], form: Form, made: Millis) -> u64 {
    let stored = |entry: &Entry| match &entry.content {
        Content::Binary { bytes, .. } => *bytes,
        Content::Text(_) | Content::Nested(_) => 0,
    };
    match form {
        Form::Raw => entries.first().map_or(0, |entry| {
            content(&entry.content, made, false).len() as u64 + stored(entry)
        }),
        Form::Gzip => bytes(entries, form, made).len() as u64,
        Form::Zip => {
            zip(entries, made, false).len() as u64 + entries.iter().map(stored).sum::<u64>()
        }
    }
}

fn content(content: &Content, made: Millis, whole: bool) -> Vec<u8> {
    match content {
        Content::Text(text) => text.clone().into_bytes(),
        Content::Binary { seed, bytes } if whole => binary(*seed, *bytes),
        Content::Binary { .. } => Vec::new(),
        Content::Nested(entries) => zip(entries, made, true),
    }
}

/// A program, at a glance: it begins as one.
fn binary(seed: u64, bytes: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut made = b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    while (made.len() as u64) < bytes {
        made.extend_from_slice(&random.next_u64().to_le_bytes());
    }
    made.truncate(bytes as usize);
    made
}

fn zip(entries: &[Entry], made: Millis, whole: bool) -> Vec<u8> {
    // A vector takes everything, and the names are unlike; what is left to fail is nothing.
    write(entries, made, whole).unwrap_or_default()
}

fn write(entries: &[Entry], made: Millis, whole: bool) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default()
        .last_modified_time(date(made))
        .unix_permissions(0o644);
    for entry in entries {
        let method = match entry.content {
            Content::Text(_) => CompressionMethod::Deflated,
            Content::Binary { .. } | Content::Nested(_) => CompressionMethod::Stored,
        };
        let mode = if entry.path.starts_with("scripts/") {
            0o755
        } else {
            0o644
        };
        let options = plain.compression_method(method).unix_permissions(mode);
        writer.start_file(entry.path.as_str(), options)?;
        writer.write_all(&content(&entry.content, made, whole))?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Zips know local times of even seconds, from 1980.
fn date(at: Millis) -> DateTime {
    let at = Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC);
    DateTime::from_date_and_time(
        at.year() as u16,
        at.month() as u8,
        at.day() as u8,
        at.hour() as u8,
        at.minute() as u8,
        at.second() as u8,
    )
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::{Content, Entry, Form, bytes, size};

    fn entries() -> Vec<Entry> {
        let text = |path: &str, text: &str| Entry {
            path: path.to_owned(),
            content: Content::Text(text.repeat(40)),
        };
        vec![
            text("README.md", "# pier\n"),
            Entry {
                path: "bin/pier".to_owned(),
                content: Content::Binary {
                    seed: 7,
                    bytes: 100_003,
                },
            },
            Entry {
                path: "lib/inner.zip".to_owned(),
                content: Content::Nested(vec![text("a.txt", "a")]),
            },
            text("scripts/start.sh", "echo\n"),
        ]
    }

    #[test]
    fn the_size_is_that_of_the_bytes() {
        for form in [Form::Zip, Form::Raw] {
            for skip in 0..4 {
                let entries = &entries()[skip..];
                let made = bytes(entries, form, 1_795_000_000_000);
                assert_eq!(size(entries, form, 1_795_000_000_000), made.len() as u64);
                assert_eq!(bytes(entries, form, 1_795_000_000_000), made);
            }
        }
    }

    #[test]
    fn a_reader_of_zips_finds_every_file() {
        let made = bytes(&entries(), Form::Zip, 1_795_000_000_000);
        let mut read = zip::ZipArchive::new(Cursor::new(made.to_vec())).unwrap();
        assert_eq!(read.len(), 4);
        let mut text = String::new();
        read.by_name("README.md")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "# pier\n".repeat(40));
        assert_eq!(read.by_name("bin/pier").unwrap().size(), 100_003);
        assert!(!bytes(&entries()[1..], Form::Raw, 0).starts_with(b"PK"));
    }
}
