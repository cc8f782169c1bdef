//! Written, read back, cut off, changed: what a kept log's file has to bear.

use std::io::Cursor;

use super::*;

pub fn kept(lines: u32, bytes: u64) -> KeptLog {
    KeptLog {
        key: LogKey {
            scope: Scope {
                account: "dev".into(),
                region: "eu-west-1".into(),
            },
            group: "/aws/codebuild/pier".into(),
            stream: "3f9c0e12".into(),
        },
        build: KeptBuild {
            id: "pier:3f9c0e12".into(),
            project: "pier".into(),
            number: Some(412),
            state: State::of_build("FAILED"),
            started: Some(Timestamp::from_millis(1_000)),
            ended: Some(Timestamp::from_millis(9_000)),
        },
        read: Timestamp::from_millis(10_000),
        lines,
        bytes,
    }
}

fn file(log: &LogSnapshot) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, &kept(log.len(), log.bytes()), log).unwrap();
    bytes
}

/// Hostile lines between ordinary ones, times that go back and jump, over several blocks.
fn hostile() -> LogSnapshot {
    let mut buffer = LogBuffer::default();
    let odd = [
        "",
        "\u{1b}[31mred\u{1b}[0m",
        "tab\tand \u{fffd}\u{fffd} marks of what was no text",
        "one\r\r",
        "\rtwo",
        "\0 and \u{202e}turned",
        "ünïcödé ✓",
    ];
    for number in 0..20_000_i64 {
        let line = odd.get((number % 50) as usize).map_or_else(
            || format!("[Container] line {number}"),
            |odd| (*odd).to_owned(),
        );
        let time = match number {
            77 => i64::MIN,
            78 => i64::MAX,
            _ => 1_795_449_600_000 + number * 7 - (number % 3) * 1_000,
        };
        buffer.append(time, &line);
    }
    buffer.append(5, &"x".repeat(3 * BLOCK));
    buffer.snapshot()
}

fn lines(log: &LogSnapshot) -> Vec<(i64, String)> {
    log.iter_from(LineNo(0))
        .map(|(_, time, text)| (time, (*text).to_owned()))
        .collect()
}

#[test]
fn what_is_written_is_read_back_to_the_byte() {
    for log in [LogBuffer::default().snapshot(), hostile()] {
        let mut reader = Reader::open(Cursor::new(file(&log))).unwrap();
        assert_eq!(reader.log(), &kept(log.len(), log.bytes()));
        assert_eq!(lines(&reader.whole().unwrap()), lines(&log));
    }
}

#[test]
fn any_zstandard_tool_reads_the_text_alone_and_its_hash_is_in_the_head() {
    let log = hostile();
    let bytes = file(&log);
    let text = zstd::decode_all(&bytes[..]).unwrap();
    let wanted: String = lines(&log)
        .into_iter()
        .map(|(_, line)| line + "\n")
        .collect();
    assert!(text == wanted.as_bytes());
    let reader = Reader::open(Cursor::new(bytes)).unwrap();
    assert_eq!(reader.sha256, hex(&Sha256::digest(&text)));
    assert!(reader.blocks().len() > 1);
}

fn small() -> Vec<u8> {
    let mut buffer = LogBuffer::default();
    for number in 0..40 {
        buffer.append(number, &format!("line {number}"));
    }
    file(&buffer.snapshot())
}

#[test]
fn a_file_cut_off_anywhere_is_refused_as_a_whole() {
    let whole = small();
    for end in 0..whole.len() {
        let opened = Reader::open(Cursor::new(whole[..end].to_vec()));
        assert!(matches!(opened, Err(Bad::Damaged)), "cut at byte {end}");
    }
}

#[test]
fn a_file_with_any_byte_changed_is_refused_or_says_the_same() {
    let whole = small();
    let wanted = lines(
        &Reader::open(Cursor::new(whole.clone()))
            .unwrap()
            .whole()
            .unwrap(),
    );
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x41;
        let read = Reader::open(Cursor::new(changed)).and_then(|mut reader| reader.whole());
        if let Ok(read) = read {
            assert_eq!(lines(&read), wanted, "byte {at}");
        }
    }
}

#[test]
fn what_another_program_or_a_newer_one_wrote_is_told_apart() {
    let foreign = Reader::open(Cursor::new(b"PK\x03\x04 something else".to_vec()));
    assert!(matches!(foreign, Err(Bad::Foreign)));
    let mut newer = small();
    newer[16] = 9;
    assert!(matches!(
        Reader::open(Cursor::new(newer)),
        Err(Bad::Newer(9))
    ));
    assert!(matches!(
        Reader::open(Cursor::new(Vec::new())),
        Err(Bad::Damaged)
    ));
}

#[test]
fn numbers_of_any_size_and_sign_come_back() {
    let numbers = [0, 1, -1, 63, 64, -65, 1_000_000, i64::MAX, i64::MIN];
    let mut bytes = Vec::new();
    for number in numbers {
        put_number(&mut bytes, zigzag(number));
    }
    let mut bytes = bytes.iter();
    for number in numbers {
        assert_eq!(take_number(&mut bytes).map(unzigzag), Some(number));
    }
    assert_eq!(take_number(&mut [0xff_u8; 11].iter()), None);
}
