//! What differs between two artifacts, file by file and line by line. Pure.

use std::time::Duration;

use similar::{ChangeTag, DiffOp, TextDiff};

use super::archive::Index;
use crate::model::artifact::{
    ArtifactDifference, ArtifactEntry, DifferenceKind, DifferenceLine, FileDifference, LineSide,
    TextDifference,
};

/// Lines shown around a change.
const CONTEXT: usize = 3;
/// After so long a comparison is as fine as it has become: still true, with longer changes.
const PATIENCE: Duration = Duration::from_secs(2);

/// By checksum and size, without unpacking anything.
pub(super) fn artifacts(older: &Index, newer: &Index) -> ArtifactDifference {
    let whole = |index: &Index| {
        index
            .values()
            .map(|entry| entry.bytes)
            .fold(0, u64::saturating_add)
    };
    let mut files = Vec::new();
    let mut same = 0;
    for (path, before) in older {
        match newer.get(path) {
            Some(after) if (before.crc, before.bytes) == (after.crc, after.bytes) => same += 1,
            after => files.push(file(path, Some(before), after)),
        }
    }
    let added = newer.iter().filter(|(path, _)| !older.contains_key(*path));
    files.extend(added.map(|(path, after)| file(path, None, Some(after))));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    ArtifactDifference {
        older_bytes: whole(older),
        newer_bytes: whole(newer),
        files,
        same,
    }
}

fn file(
    path: &str,
    before: Option<&ArtifactEntry>,
    after: Option<&ArtifactEntry>,
) -> FileDifference {
    FileDifference {
        path: path.to_owned(),
        kind: match (before, after) {
            (None, _) => DifferenceKind::Added,
            (Some(_), None) => DifferenceKind::Removed,
            (Some(_), Some(_)) => DifferenceKind::Changed,
        },
        older_bytes: before.map(|entry| entry.bytes),
        newer_bytes: after.map(|entry| entry.bytes),
    }
}

/// Two texts, each with whether it was cut, line by line with three lines around each change.
pub(super) fn texts(older: &(String, bool), newer: &(String, bool)) -> TextDifference {
    let difference = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(older.0.as_str(), newer.0.as_str());
    let mut lines = Vec::new();
    let mut told = 0;
    for group in difference.grouped_ops(CONTEXT) {
        let start = group.first().map_or(told, |op| op.old_range().start);
        skip(&mut lines, start.saturating_sub(told));
        told = group.last().map_or(start, |op| op.old_range().end);
        for op in &group {
            lines.extend(changes(&difference, op));
        }
    }
    skip(&mut lines, difference.old_len().saturating_sub(told));
    TextDifference {
        lines,
        cut: older.1 || newer.1,
    }
}

fn changes<'a>(
    difference: &'a TextDiff<'_, '_, str>,
    op: &'a DiffOp,
) -> impl Iterator<Item = DifferenceLine> + 'a {
    difference.iter_changes(op).map(|change| DifferenceLine {
        side: match change.tag() {
            ChangeTag::Equal => LineSide::Both,
            ChangeTag::Delete => LineSide::Older,
            ChangeTag::Insert => LineSide::Newer,
        },
        text: change.value().trim_end_matches(['\r', '\n']).to_owned(),
    })
}

fn skip(lines: &mut Vec<DifferenceLine>, count: usize) {
    if count > 0 {
        let unit = if count == 1 { "line" } else { "lines" };
        lines.push(DifferenceLine {
            side: LineSide::Skipped,
            text: format!("{count} {unit} the same"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, bytes: u64, crc: u32) -> (String, ArtifactEntry) {
        let entry = ArtifactEntry {
            path: path.to_owned(),
            bytes,
            compressed: bytes,
            crc,
        };
        (path.to_owned(), entry)
    }

    #[test]
    fn files_are_told_apart_by_checksum_and_size() {
        let older = Index::from([entry("a", 1, 1), entry("b", 2, 2), entry("gone", 3, 3)]);
        let newer = Index::from([entry("a", 1, 1), entry("b", 2, 9), entry("new", 4, 4)]);
        let told = artifacts(&older, &newer);
        let files: Vec<_> = told
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.kind))
            .collect();
        assert_eq!(
            files,
            [
                ("b", DifferenceKind::Changed),
                ("gone", DifferenceKind::Removed),
                ("new", DifferenceKind::Added),
            ]
        );
        assert_eq!((told.same, told.older_bytes, told.newer_bytes), (1, 6, 7));
    }

    fn drawn(older: &str, newer: &str) -> String {
        let told = texts(&(older.to_owned(), false), &(newer.to_owned(), false));
        let lines = told.lines.iter().map(|line| {
            let mark = match line.side {
                LineSide::Both => ' ',
                LineSide::Older => '-',
                LineSide::Newer => '+',
                LineSide::Skipped => '~',
            };
            format!("{mark}{}", line.text)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lines_are_told_with_three_around_them_and_the_rest_is_counted() {
        let older: Vec<String> = (1..=20).map(|number| format!("line {number}")).collect();
        let mut newer = older.clone();
        newer[9] = "line ten".to_owned();
        assert_eq!(
            drawn(&older.join("\n"), &newer.join("\n")),
            "~6 lines the same\n line 7\n line 8\n line 9\n-line 10\n+line ten\n line 11\n line 12\n line 13\n~7 lines the same"
        );
    }

    #[test]
    fn what_is_on_one_side_only_differs_in_every_line() {
        assert_eq!(drawn("", "a\nb\n"), "+a\n+b");
        assert_eq!(drawn("a\r\n", ""), "-a");
        assert_eq!(drawn("a\n", "a\n"), "~1 line the same");
        assert_eq!(drawn("", ""), "");
    }

    #[test]
    fn a_side_that_was_cut_is_told() {
        assert!(texts(&(String::new(), true), &(String::new(), false)).cut);
        assert!(texts(&(String::new(), false), &(String::new(), true)).cut);
    }
}
