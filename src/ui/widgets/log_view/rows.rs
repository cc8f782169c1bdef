//! From lines to rows: which row shows what, once folds are open or closed, filters chosen and repeats gathered.
//!
//! Rows are built from the sections, never from the lines: a log of ten million lines with forty folds is forty runs.
//! A lookup is a binary search. Pure; rebuilt when the log grows or a fold is touched.

use crate::model::fold::{FoldIndex, SectionNo};
use crate::model::log::LineNo;

use super::left::Item;
use super::shown::Shown;

/// A row on screen, from zero: a header or a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowNo(pub u32);

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The header of a section.
    Section(SectionNo),
    /// A phase that AWS tells of and that wrote no line, by its place in the build's phases.
    Phase(usize),
    Line(LineNo),
    /// That the lines from one up to another are hidden.
    Gap(u32, u32),
}

/// The phases without lines, before and after those of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    pub before: Vec<usize>,
    pub after: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    row: u32,
    /// The first line it stands for.
    line: u32,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Section(SectionNo),
    Phase(usize),
    /// The lines up to one, in so many rows.
    Lines {
        end: u32,
        rows: u32,
    },
}

/// A section while what lies in it is laid out.
struct Around {
    section: SectionNo,
    /// The first line after it.
    end: u32,
    /// Its lines are shown: it is open, and all around it is.
    open: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Rows {
    runs: Vec<Run>,
    len: u32,
    shown: Shown,
}

impl Rows {
    /// Lays out `lines` lines. Sections begin in the order of their numbers, and each lies within its parent. Of a
    /// filtered log, a section none of whose lines are left has no header either.
    pub fn build(
        index: &FoldIndex,
        lines: u32,
        outside: &Outside,
        shown: Shown,
        open: impl Fn(SectionNo) -> bool,
    ) -> Self {
        let mut rows = Self {
            shown,
            ..Self::default()
        };
        let filtered = rows.is_filtered();
        if !filtered {
            for &phase in &outside.before {
                rows.push(0, What::Phase(phase));
            }
        }
        let mut shown_to = 0;
        // The sections that are being laid out, from the outermost in.
        let mut around: Vec<Around> = Vec::new();
        for (number, section) in index.sections().iter().enumerate() {
            let number = SectionNo(number);
            while let Some(ended) = around.pop_if(|last| Some(last.section) != section.parent) {
                shown_to = rows.leave(&ended, shown_to);
            }
            let body = section.body(lines);
            let is_hidden = around.last().is_some_and(|parent| !parent.open);
            let mut open = !is_hidden && open(number);
            if !is_hidden {
                rows.lines(shown_to..section.start.min(lines));
                if !filtered || rows.shown.holds_any(section.start..body.end) {
                    rows.push(section.start, What::Section(number));
                    shown_to = if open { body.start } else { body.end };
                } else {
                    // Its lines belong to the gap around them, closed or not.
                    shown_to = section.start.min(lines);
                    open = true;
                }
            }
            around.push(Around {
                section: number,
                end: body.end,
                open,
            });
        }
        while let Some(ended) = around.pop() {
            shown_to = rows.leave(&ended, shown_to);
        }
        rows.lines(shown_to..lines);
        if !filtered {
            for &phase in &outside.after {
                rows.push(lines, What::Phase(phase));
            }
        }
        rows
    }

    /// Lays out what is left of a section after the last one in it; returns up to which line all is shown or hidden.
    fn leave(&mut self, section: &Around, shown_to: u32) -> u32 {
        if section.open {
            self.lines(shown_to..section.end);
        }
        shown_to.max(section.end)
    }

    /// Whether lines are left out.
    pub const fn is_filtered(&self) -> bool {
        self.shown.is_filtered()
    }

    pub fn len(&self) -> u32 {
        self.len
    }

    /// What a row shows: O(log sections + log filtered lines).
    pub fn get(&self, row: RowNo) -> Option<Row> {
        if row.0 >= self.len {
            return None;
        }
        let run = self
            .runs
            .partition_point(|run| run.row <= row.0)
            .checked_sub(1)?;
        let run = self.runs.get(run)?;
        Some(match run.what {
            What::Section(section) => Row::Section(section),
            What::Phase(phase) => Row::Phase(phase),
            What::Lines { end, .. } => match self.shown.nth(run.line..end, row.0 - run.row)? {
                Item::Line(line) => Row::Line(line),
                Item::Gap(from, to) => Row::Gap(from, to),
            },
        })
    }

    /// The row of a line, of the line before it that stands for it, or of the closed header that hides it.
    pub fn of_line(&self, line: LineNo) -> RowNo {
        let Some(run) = self
            .runs
            .partition_point(|run| run.line <= line.0)
            .checked_sub(1)
            .and_then(|run| self.runs.get(run))
        else {
            return RowNo(0);
        };
        match run.what {
            What::Lines { end, rows } => {
                let nth = self.shown.row_of(run.line..end, line);
                RowNo(run.row + nth.min(rows - 1))
            }
            What::Section(_) | What::Phase(_) => RowNo(run.row),
        }
    }

    /// Where a row that showed this before is now: a header that is gone gives way to what hides it.
    pub fn of(&self, row: Row, index: &FoldIndex) -> RowNo {
        let header = |what: What| {
            self.runs
                .iter()
                .find(|run| run.what == what)
                .map(|run| RowNo(run.row))
        };
        match row {
            Row::Line(line) => self.of_line(line),
            Row::Gap(from, _) => self.of_line(LineNo(from)),
            Row::Section(section) => header(What::Section(section)).unwrap_or_else(|| {
                let start = index.get(section).map_or(0, |section| section.start);
                self.of_line(LineNo(start))
            }),
            Row::Phase(phase) => header(What::Phase(phase)).unwrap_or(RowNo(0)),
        }
    }

    /// The line whose row a line is told by.
    pub fn told_by(&self, line: LineNo) -> LineNo {
        self.shown.told_by(line)
    }

    /// How many lines in a row are told by the row of this one.
    pub fn times(&self, line: LineNo) -> u32 {
        self.shown.times(line)
    }

    fn lines(&mut self, lines: std::ops::Range<u32>) {
        // What has no header of its own goes on with the lines before it: a gap is one, whatever lies in it.
        let before = self.runs.pop_if(|last| {
            matches!(last.what, What::Lines { end, .. } if end == lines.start && !lines.is_empty())
        });
        let start = before.map_or(lines.start, |before| {
            self.len = before.row;
            before.line
        });
        let rows = self.shown.rows(start..lines.end);
        if rows > 0 {
            let end = lines.end;
            self.push(start, What::Lines { end, rows });
        }
    }

    fn push(&mut self, line: u32, what: What) {
        self.runs.push(Run {
            row: self.len,
            line,
            what,
        });
        self.len += match what {
            What::Lines { rows, .. } => rows,
            What::Section(_) | What::Phase(_) => 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::{LogBuffer, LogSnapshot};

    fn log(lines: &[&str]) -> (LogSnapshot, FoldIndex) {
        let mut buffer = LogBuffer::default();
        for line in lines {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        let index = FoldIndex::of(&log);
        (log, index)
    }

    fn sample() -> (LogSnapshot, FoldIndex) {
        log(&[
            "[Container] 2026/11/23 02:04:05 Waiting for agent ping",
            "[Container] 2026/11/23 02:04:06 Phase is DOWNLOAD_SOURCE",
            "[Container] 2026/11/23 02:04:08 Phase complete: DOWNLOAD_SOURCE State: SUCCEEDED",
            "[Container] 2026/11/23 02:04:09 Entering phase BUILD",
            "before",
            "[Container] 2026/11/23 02:04:09 Running command one",
            "a",
            "b",
            "[Container] 2026/11/23 02:05:09 Running command two",
            "c",
        ])
    }

    fn shown(rows: &Rows) -> Vec<String> {
        (0..rows.len())
            .map(|row| match rows.get(RowNo(row)).unwrap() {
                Row::Section(section) => format!("s{}", section.0),
                Row::Phase(phase) => format!("p{phase}"),
                Row::Line(line) => line.0.to_string(),
                Row::Gap(from, to) => format!("{from}-{to}"),
            })
            .collect()
    }

    #[test]
    fn open_folds_show_their_lines_and_closed_ones_their_header() {
        let (log, index) = sample();
        let outside = Outside {
            before: vec![0],
            after: vec![7],
        };
        let rows = Rows::build(&index, log.len(), &outside, Shown::All, |section| {
            section.0 != 0
        });
        assert_eq!(
            shown(&rows),
            ["p0", "s0", "s1", "4", "s2", "6", "7", "s3", "9", "p7"]
        );
        let rows = Rows::build(&index, log.len(), &outside, Shown::All, |section| {
            section.0 == 0
        });
        assert_eq!(shown(&rows), ["p0", "s0", "0", "1", "2", "s1", "p7"]);
        let rows = Rows::build(
            &index,
            log.len(),
            &Outside::default(),
            Shown::All,
            |section| section.0 == 1 || section.0 == 3,
        );
        assert_eq!(shown(&rows), ["s0", "s1", "4", "s2", "s3", "9"]);
    }

    #[test]
    fn every_line_has_a_row_and_hidden_ones_that_of_their_header() {
        let (log, index) = sample();
        let rows = Rows::build(
            &index,
            log.len(),
            &Outside::default(),
            Shown::All,
            |section| section.0 == 1,
        );
        assert_eq!(shown(&rows), ["s0", "s1", "4", "s2", "s3"]);
        let found: Vec<u32> = (0..log.len())
            .map(|line| rows.of_line(LineNo(line)).0)
            .collect();
        assert_eq!(found, [0, 0, 0, 1, 2, 3, 3, 3, 4, 4]);
        assert_eq!(rows.of(Row::Section(SectionNo(3)), &index), RowNo(4));
        let closed = Rows::build(&index, log.len(), &Outside::default(), Shown::All, |_| {
            false
        });
        assert_eq!(closed.of(Row::Section(SectionNo(3)), &index), RowNo(1));
    }

    #[test]
    fn a_log_without_sections_is_a_row_a_line() {
        let (log, index) = log(&["a", "b", "c"]);
        let rows = Rows::build(&index, log.len(), &Outside::default(), Shown::All, |_| true);
        assert_eq!(shown(&rows), ["0", "1", "2"]);
        assert_eq!(rows.get(RowNo(3)), None);
        assert_eq!(Rows::default().of_line(LineNo(0)), RowNo(0));
    }

    fn only(lines: &[u32]) -> Shown {
        let mut left = crate::model::filter::Left::default();
        left.lines.extend(lines);
        left.starts.extend(lines);
        Shown::Only(crate::ui::widgets::log_view::left::Only::of(
            &left,
            true,
            &[],
        ))
    }

    #[test]
    fn a_filtered_log_has_the_headers_of_what_is_left_and_every_place_in_it() {
        let (log, index) = sample();
        let left = only(&[4, 7, 9]);
        let rows = Rows::build(
            &index,
            log.len(),
            &Outside {
                before: vec![0],
                after: vec![],
            },
            left.clone(),
            |_| true,
        );
        assert_eq!(
            shown(&rows),
            ["0-3", "s1", "4", "s2", "6-7", "7", "s3", "9"]
        );
        assert_eq!(rows.of_line(LineNo(7)), RowNo(5));
        assert_eq!(
            rows.of_line(LineNo(6)),
            RowNo(4),
            "a line that is left out leads to its gap"
        );
        assert_eq!(
            rows.of_line(LineNo(1)),
            RowNo(0),
            "so does one of a section without a header"
        );
        let rows = Rows::build(&index, log.len(), &Outside::default(), left, |section| {
            section.0 == 1
        });
        assert_eq!(shown(&rows), ["0-3", "s1", "4", "s2", "s3"]);
        assert_eq!(rows.of_line(LineNo(9)), RowNo(4));
        let none = Rows::build(&index, log.len(), &Outside::default(), only(&[]), |_| true);
        assert_eq!(shown(&none), ["0-10"]);
    }

    proptest::proptest! {
        #[test]
        fn rows_and_lines_agree_whatever_is_open(
            kinds in proptest::collection::vec(0..14_u8, 0..80),
            closed in proptest::collection::btree_set(0..40_usize, 0..20),
        ) {
            let stamp = "[Container] 2026/11/23 02:04:05";
            let lines: Vec<String> = kinds.iter().map(|kind| match kind {
                0 => format!("{stamp} Entering phase BUILD"),
                1 => format!("{stamp} Phase complete: BUILD State: FAILED"),
                2 => format!("{stamp} Running command make"),
                3 => format!("{stamp} Phase context status code:  Message: "),
                4 => format!("{stamp} Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED"),
                5 => "::group::one".to_owned(),
                6 => "::endgroup::".to_owned(),
                7 => "section_start:1:a\r\u{1b}[0KA".to_owned(),
                8 => "section_end:1:a\r\u{1b}[0Ksection_start:1:b\r\u{1b}[0Ksection_start:1:c\r".to_owned(),
                9 => "section_end:1:b\r\u{1b}[0K".to_owned(),
                10 => "--- Heading".to_owned(),
                11 => "+++ Actual".to_owned(),
                _ => "text".to_owned(),
            }).collect();
            let (log, index) = log(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let rows = Rows::build(&index, log.len(), &Outside::default(), Shown::All, |section| !closed.contains(&section.0));
            let mut last = None;
            for row in 0..rows.len() {
                if let Some(Row::Line(line)) = rows.get(RowNo(row)) {
                    proptest::prop_assert!(last < Some(line.0), "lines stand in order, once");
                    last = Some(line.0);
                    proptest::prop_assert_eq!(rows.of_line(line), RowNo(row));
                }
            }
            if closed.is_empty() {
                let headers = index.sections().iter().filter(|section| !section.opened).count() as u32;
                proptest::prop_assert_eq!(rows.len(), log.len() + headers, "all open shows every line");
            }
        }
    }
}
