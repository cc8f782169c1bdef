//! Long texts, told line by line.

use crate::model::artifact::{DifferenceLine, LineSide};

/// Two texts line by line, with three lines around each difference; what is skipped is counted.
pub fn lines(older: &str, newer: &str) -> Vec<DifferenceLine> {
    const AROUND: usize = 3;
    let difference = similar::TextDiff::from_lines(older, newer);
    let mut lines = Vec::new();
    let mut told = 0;
    let skipped = |from: usize, to: usize| DifferenceLine {
        side: LineSide::Skipped,
        text: format!("{} lines are the same", to - from),
    };
    for group in difference.grouped_ops(AROUND) {
        let from = group.first().map_or(told, |it| it.new_range().start);
        if from > told {
            lines.push(skipped(told, from));
        }
        for change in group.iter().flat_map(|it| difference.iter_changes(it)) {
            lines.push(DifferenceLine {
                side: match change.tag() {
                    similar::ChangeTag::Equal => LineSide::Both,
                    similar::ChangeTag::Delete => LineSide::Older,
                    similar::ChangeTag::Insert => LineSide::Newer,
                },
                text: change.value().trim_end_matches('\n').to_owned(),
            });
        }
        told = group.last().map_or(told, |it| it.new_range().end);
    }
    let count = newer.lines().count();
    if count > told && !lines.is_empty() {
        lines.push(skipped(told, count));
    }
    lines
}
