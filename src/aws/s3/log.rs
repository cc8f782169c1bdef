//! A build's log as CodeBuild leaves it in S3: one object, packed by gzip, written when the build ends.
//!
//! S3 knows no times of lines. The agent's own begin with one, which holds for the lines after it.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use crate::aws::Sessions;
use crate::model::artifact::ArtifactKey;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::Scope;
use crate::model::log_events::LogEvents;
use crate::model::pipeline::ArtifactLocation;
use crate::model::time::Timestamp;

use super::{MOST_BYTES, SERVICE, download, head, too_large};

/// Text that is unpacked at most: a small object may hold any amount.
const MOST_TEXT: u64 = 1 << 30;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The lines of the object: HeadObject, GetObject, and the unpacking on the blocking pool.
pub(in crate::aws) async fn log(
    sessions: &Sessions,
    scope: &Scope,
    bucket: &str,
    key: &str,
) -> Result<LogEvents, Fault> {
    let key = ArtifactKey {
        scope: scope.clone(),
        location: ArtifactLocation {
            name: "log".to_owned(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        },
    };
    let head = head(sessions, &key).await?;
    if head.size.bytes > MOST_BYTES {
        return Err(too_large(&head.calls, head.size.bytes));
    }
    let bytes = download(&head, &key.location).await?;
    let written = head.size.modified;
    let unpacked = tokio::task::spawn_blocking(move || events(&bytes, written));
    let why = match unpacked.await {
        Ok(Ok(events)) => return Ok(events),
        Ok(Err(why)) => why,
        Err(broken) => format!("reading it broke off: {broken}"),
    };
    let message = format!("the log s3://{bucket}/{} {why}", key.location.key);
    Err(head
        .calls
        .place(SERVICE, "GetObject")
        .fault(FaultClass::Unreadable, message))
}

/// Lines with their times; the first ones have that of the first that tells one, else `written`.
fn events(bytes: &[u8], written: Option<Timestamp>) -> Result<LogEvents, String> {
    let unpacked;
    let bytes = if bytes.starts_with(&GZIP) {
        unpacked = unpack(bytes)?;
        &unpacked
    } else {
        bytes
    };
    let text = String::from_utf8_lossy(bytes);
    let first = text.lines().find_map(stamp);
    let mut time = first.unwrap_or_else(|| written.map_or(0, Timestamp::millis));
    let mut events = LogEvents::with_room(text.len() + 1);
    for line in text.split_inclusive('\n') {
        time = stamp(line).unwrap_or(time);
        events.push(time, 0, line);
    }
    Ok(events)
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut text = Vec::with_capacity(bytes.len().saturating_mul(4));
    let read = MultiGzDecoder::new(bytes)
        .take(MOST_TEXT + 1)
        .read_to_end(&mut text);
    match read {
        Ok(_) if text.len() as u64 > MOST_TEXT => {
            Err(format!("holds more than {} MB of text", MOST_TEXT >> 20))
        }
        Ok(_) => Ok(text),
        Err(error) => Err(format!("cannot be unpacked: {error}")),
    }
}

/// The time of `[Container] 2026/11/23 02:04:08.786311 Phase is BUILD`, in milliseconds since 1970. The agent tells UTC.
fn stamp(line: &str) -> Option<i64> {
    let rest = line.strip_prefix("[Container] ")?;
    let end = rest.match_indices(' ').nth(1)?.0;
    let time = jiff::civil::DateTime::strptime("%Y/%m/%d %H:%M:%S%.f", rest.get(..end)?).ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const TEXT: &str = "early\n[Container] 2026/11/23 02:04:05 Waiting for agent ping\nplain\r\n\n[Container] 2026/11/23 02:04:08.786311 Phase is BUILD\ncaf\u{e9} without an end";

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn lines(events: &LogEvents) -> Vec<(i64, &str)> {
        let lines = events.iter();
        lines.map(|event| (event.time, event.message)).collect()
    }

    #[test]
    fn lines_are_unpacked_with_the_times_that_the_agent_tells() {
        let (first, second) = (1_795_399_445_000, 1_795_399_448_786);
        let expected = [
            (first, "early"),
            (
                first,
                "[Container] 2026/11/23 02:04:05 Waiting for agent ping",
            ),
            (first, "plain\r"),
            (first, ""),
            (
                second,
                "[Container] 2026/11/23 02:04:08.786311 Phase is BUILD",
            ),
            (second, "caf\u{e9} without an end"),
        ];
        let plain = events(TEXT.as_bytes(), None).unwrap();
        assert_eq!(lines(&plain), expected);
        // CodeBuild may append a member; each is unpacked.
        let (one, two) = TEXT.split_at(20);
        let both = [packed(one.as_bytes()), packed(two.as_bytes())].concat();
        assert_eq!(events(&both, None).unwrap(), plain);
    }

    #[test]
    fn a_log_without_a_time_has_the_objects_and_a_broken_one_says_so() {
        let written = Some(Timestamp::from_millis(7));
        assert_eq!(
            lines(&events(b"a\n\xff\n", written).unwrap()),
            [(7, "a"), (7, "\u{fffd}")]
        );
        assert!(events(b"", written).unwrap().is_empty());
        let mut cut = packed(TEXT.as_bytes());
        cut.truncate(cut.len() - 12);
        assert!(
            events(&cut, None)
                .unwrap_err()
                .contains("cannot be unpacked")
        );
    }
}
