//! What is inside a zip. Pure: bytes in, records out, nothing written anywhere.
//!
//! The zip comes from outside and is trusted in nothing: its directory is counted before it is read, a file is inflated
//! only as far as it is shown, and its paths are texts to show.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use memchr::memmem;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::model::artifact::{ArtifactEntry, ArtifactFile, ArtifactListing, MOST_ENTRIES};

/// Entries that are read at all. Each costs some hundred bytes of memory, whatever it says of itself.
const MOST_READ: usize = 200_000;
/// What is shown of one file.
const MOST_SHOWN: u64 = 1 << 20;
/// What is shown of a file that is no text.
const HEAD: usize = 256;
/// Where a file that is no text gives itself away.
const PROBED: usize = 8 << 10;

/// Why an artifact, or a file in it, cannot be shown.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Unreadable {
    #[error("the artifact is no zip, or only a part of one: {0}")]
    NoZip(String),
    #[error("the artifact holds more than {MOST_READ} files; Starboard opens none of that many")]
    TooMany,
    #[error("the artifact holds no file {0}")]
    NoSuchFile(String),
    #[error("{0} is encrypted in the zip, and Starboard asks for no password")]
    Encrypted(String),
    #[error("{path} cannot be unpacked: {why}")]
    Broken { path: String, why: String },
}

/// Every file by path: checksum and size.
pub(super) type Index = BTreeMap<String, ArtifactEntry>;

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Unreadable> {
    // Each entry of the directory starts with this mark, so there are at most as many.
    let marks = memmem::find_iter(bytes, b"PK\x01\x02");
    if marks.take(MOST_READ + 1).count() > MOST_READ {
        return Err(Unreadable::TooMany);
    }
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| Unreadable::NoZip(why(&error)))
}

fn why(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(why) => why.to_string(),
        ZipError::UnsupportedArchive(why) => (*why).to_owned(),
        other => other.to_string(),
    }
}

/// Every file; the last of those with one name, as unzipping would leave it.
pub(super) fn index(bytes: &[u8]) -> Result<Index, Unreadable> {
    let archive = open(bytes)?;
    let mut index = Index::new();
    for place in 0..archive.len() {
        let entry = archive
            .by_index_data(place)
            .map_err(|error| Unreadable::NoZip(why(&error)))?;
        if entry.is_dir() {
            continue;
        }
        let path = match entry.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
        };
        let entry = ArtifactEntry {
            path: path.clone(),
            bytes: entry.size(),
            compressed: entry.compressed_size(),
            crc: entry.crc32(),
        };
        index.insert(path, entry);
    }
    Ok(index)
}

pub(super) fn listing(bytes: &[u8]) -> Result<ArtifactListing, Unreadable> {
    let index = index(bytes)?;
    Ok(ArtifactListing {
        bytes: bytes.len() as u64,
        total: index.len(),
        entries: index.into_values().take(MOST_ENTRIES).collect(),
    })
}

/// One file, inflated no further than it is shown.
pub(super) fn file(bytes: &[u8], path: &str) -> Result<ArtifactFile, Unreadable> {
    let mut archive = open(bytes)?;
    let place = (0..archive.len()).rev().find(|place| {
        archive.by_index_data(*place).is_ok_and(|entry| {
            !entry.is_dir()
                && match entry.name() {
                    Ok(name) => name == path,
                    Err(_) => String::from_utf8_lossy(entry.name_raw()) == path,
                }
        })
    });
    let place = place.ok_or_else(|| Unreadable::NoSuchFile(path.to_owned()))?;
    let broken = |why: String| Unreadable::Broken {
        path: path.to_owned(),
        why,
    };
    let file = archive.by_index(place).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            Unreadable::Encrypted(path.to_owned())
        }
        error => broken(why(&error)),
    })?;
    let claimed = file.size();
    let mut head = Vec::new();
    let read = file.take(MOST_SHOWN + 1).read_to_end(&mut head);
    read.map_err(|error| broken(error.to_string()))?;
    let cut = head.len() as u64 > MOST_SHOWN;
    head.truncate(MOST_SHOWN as usize);
    if is_text(&head) {
        return Ok(ArtifactFile::Text {
            text: lossy(head, cut),
            cut,
        });
    }
    // What was read whole is known; of the rest there is only what the zip claims.
    let bytes = if cut { claimed } else { head.len() as u64 };
    head.truncate(HEAD);
    Ok(ArtifactFile::Binary { head, bytes })
}

/// A text has no zero byte, and is UTF-8 but for a character here and there.
fn is_text(bytes: &[u8]) -> bool {
    let probed = bytes.get(..PROBED).unwrap_or(bytes);
    if memchr::memchr(0, probed).is_some() {
        return false;
    }
    let replaced = String::from_utf8_lossy(probed)
        .chars()
        .filter(|character| *character == char::REPLACEMENT_CHARACTER)
        .count();
    replaced <= probed.len() / 20
}

/// As UTF-8; a character that the cut went through is left out.
fn lossy(mut bytes: Vec<u8>, cut: bool) -> String {
    if cut
        && let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, bytes) in files {
            let options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            writer.start_file(*path, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn files_are_listed_by_path_and_folders_are_not() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.add_directory("src/", stored).unwrap();
        writer.start_file("src/b.rs", stored).unwrap();
        writer.write_all(b"fn b() {}").unwrap();
        writer.start_file("a.txt", stored).unwrap();
        writer.write_all(b"hello").unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let listing = listing(&bytes).unwrap();
        let paths: Vec<&str> = listing
            .entries
            .iter()
            .map(|one| one.path.as_str())
            .collect();
        assert_eq!(paths, ["a.txt", "src/b.rs"]);
        assert_eq!((listing.total, listing.entries[0].bytes), (2, 5));
        assert_eq!(listing.entries[0].crc, 0x3610_A686, "CRC-32 of hello");
    }

    #[test]
    fn a_text_is_shown_and_anything_else_by_its_head() {
        let long = "x".repeat(MOST_SHOWN as usize - 1) + "éé";
        let bytes = zip(&[
            ("text", "Grüße\n".as_bytes()),
            ("long", long.as_bytes()),
            ("binary", &[0_u8; 1_000]),
            ("latin", b"caf\xe9 au lait, and much more of it to read"),
        ]);
        let text = |text: &str, cut| {
            Ok(ArtifactFile::Text {
                text: text.to_owned(),
                cut,
            })
        };
        assert_eq!(file(&bytes, "text"), text("Grüße\n", false));
        let cut = long.trim_end_matches('é');
        assert_eq!(file(&bytes, "long"), text(cut, true), "no half character");
        let binary = ArtifactFile::Binary {
            head: vec![0; HEAD],
            bytes: 1_000,
        };
        assert_eq!(file(&bytes, "binary"), Ok(binary));
        assert_eq!(
            file(&bytes, "latin"),
            text("caf\u{fffd} au lait, and much more of it to read", false)
        );
        assert_eq!(
            file(&bytes, "none"),
            Err(Unreadable::NoSuchFile("none".to_owned()))
        );
    }

    #[test]
    fn a_bomb_is_inflated_no_further_than_it_is_shown() {
        let bytes = zip(&[("bomb", &vec![b'0'; 64 << 20])]);
        assert!(bytes.len() < 1 << 20);
        let ArtifactFile::Text { text, cut } = file(&bytes, "bomb").unwrap() else {
            panic!("zeros are text");
        };
        assert!(cut);
        assert_eq!(text.len() as u64, MOST_SHOWN);
    }

    #[test]
    fn paths_that_lead_out_are_only_texts() {
        let bytes = zip(&[("../../etc/passwd", b"root"), ("/etc/shadow", b"x")]);
        let listing = listing(&bytes).unwrap();
        assert_eq!(listing.total, 2);
        for entry in &listing.entries {
            assert!(file(&bytes, &entry.path).is_ok(), "{}", entry.path);
        }
    }

    #[test]
    fn what_is_no_zip_or_only_a_part_of_one_says_so() {
        let whole = zip(&[("a", b"hello"), ("b", b"world")]);
        let cases: [&[u8]; 4] = [
            b"",
            b"not a zip at all",
            b"PK\x03\x04",
            &whole[..whole.len() / 2],
        ];
        for bytes in cases {
            assert!(
                matches!(listing(bytes), Err(Unreadable::NoZip(_))),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn cut_at_any_byte_it_is_refused_and_never_panics() {
        let whole = zip(&[("a.txt", b"hello hello hello"), ("b.txt", b"world")]);
        for end in 0..whole.len() {
            assert!(listing(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn damaged_at_any_byte_it_never_panics() {
        let whole = zip(&[("a.txt", b"hello hello hello"), ("b.txt", b"world")]);
        for place in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] ^= flip;
                let Ok(listing) = listing(&bytes) else {
                    continue;
                };
                for entry in listing.entries {
                    // Some damage shows in the checksum, some nowhere: only a panic is wrong.
                    file(&bytes, &entry.path).ok();
                }
            }
        }
    }

    #[test]
    fn a_wrong_checksum_is_told() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file("a", stored).unwrap();
        writer.write_all(b"unmistakable").unwrap();
        let mut bytes = writer.finish().unwrap().into_inner();
        let place = memmem::find(&bytes, b"unmistakable").unwrap();
        bytes[place] = b'U';
        assert!(matches!(file(&bytes, "a"), Err(Unreadable::Broken { .. })));
    }

    #[test]
    fn an_encrypted_file_is_listed_and_told_as_such() {
        // Bit 0 of the flags, in the local header and in the directory.
        let mut bytes = zip(&[("secret", b"hello")]);
        bytes[6] |= 1;
        let directory = memmem::find(&bytes, b"PK\x01\x02").unwrap();
        bytes[directory + 8] |= 1;
        assert_eq!(listing(&bytes).unwrap().total, 1);
        assert_eq!(
            file(&bytes, "secret"),
            Err(Unreadable::Encrypted("secret".to_owned()))
        );
    }

    #[test]
    fn a_directory_of_too_many_is_refused_before_it_is_read() {
        let mut bytes = zip(&[("a", b"hello")]);
        let marks = b"PK\x01\x02".repeat(MOST_READ);
        bytes.splice(0..0, marks);
        assert_eq!(listing(&bytes), Err(Unreadable::TooMany));
    }
}
