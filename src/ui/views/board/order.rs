//! Which rows the table shows and in what order: filter, sort, groups. Worked out once for a change, not once a frame.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::model::board::{Board, BoardRow};
use crate::model::ids::{AccountName, PipelineKey};
use crate::model::settings::{BoardGroup, BoardSort};
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// What the order depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub revision: u64,
    pub filter: String,
    pub account: Option<AccountName>,
    pub group: BoardGroup,
    pub sort: BoardSort,
    /// Against the natural direction of the column.
    pub reversed: bool,
    pub folded: BTreeSet<String>,
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A group's head: its name, how many rows it has, and the states among them that need a look.
    Group {
        name: String,
        rows: usize,
        worst: Status,
        folded: bool,
    },
    /// An index into [`Board::rows`].
    Row(usize),
}

/// The lines in order, with what the columns need to know of all rows.
#[derive(Clone, Debug, Default)]
pub struct Order {
    pub wish: Wish,
    pub lines: Vec<Line>,
    /// Rows that pass the filter.
    pub passing: usize,
    pub longest_name: usize,
    pub longest_place: usize,
    pub most_stages: usize,
    all: All,
}

/// What a filter looks through, kept while it is typed.
#[derive(Clone, Debug, Default)]
struct All {
    of: Option<(u64, BoardSort, bool)>,
    /// Indices of all rows, in order.
    sorted: Vec<usize>,
    /// Those that passed the last filter.
    found: Vec<usize>,
    /// The words of each row in lower case, with the row they are of.
    words: Vec<(Arc<BoardRow>, String)>,
}

impl Order {
    /// Costs a sort of all rows if the board or the order changed, a search through their words if the filter did; call
    /// it when [`Wish`] changed.
    pub fn update<'b>(
        &mut self,
        board: &'b Board,
        wish: Wish,
        mut place: impl FnMut(&'b BoardRow) -> usize,
    ) {
        let terms: Vec<String> = wish
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let sorted_anew = self.all.sort(board, &wish);
        if !terms.is_empty() {
            self.all.read(board);
        }
        // A letter more finds nothing that was not found before it.
        let narrows = !sorted_anew
            && self.wish.revision == wish.revision
            && self.wish.account == wish.account
            && wish.filter.starts_with(&self.wish.filter);
        let among = if narrows {
            std::mem::take(&mut self.all.found)
        } else {
            self.all.sorted.clone()
        };
        let words = &self.all.words;
        let passes = |index: &usize| {
            let row = board.rows.get(*index);
            let account = wish.account.as_ref();
            row.is_some_and(|row| account.is_none_or(|it| row.key.scope.account == *it))
                && (terms.is_empty()
                    || words
                        .get(*index)
                        .is_some_and(|(_, words)| terms.iter().all(|term| words.contains(term))))
        };
        let indices: Vec<usize> = among.into_iter().filter(passes).collect();
        let shown: Vec<&Arc<BoardRow>> = indices
            .iter()
            .filter_map(|index| board.rows.get(*index))
            .collect();
        let names = shown.iter().map(|row| row.key.name.as_str());
        self.longest_name = names.map(|name| name.chars().count()).max().unwrap_or(0);
        self.longest_place = shown.iter().map(|row| place(row)).max().unwrap_or(0);
        self.most_stages = shown.iter().map(|row| row.stages.len()).max().unwrap_or(0);
        self.passing = indices.len();
        self.all.found.clone_from(&indices);
        self.lines = grouped(board, indices, &wish);
        self.wish = wish;
    }
}

impl Order {
    /// Reads the words of the rows before the first letter is typed, so that it is as quick as the others.
    pub fn prepare(&mut self, board: &Board) {
        self.all.read(board);
    }
}

impl All {
    /// Returns whether there was anything to do.
    fn sort(&mut self, board: &Board, wish: &Wish) -> bool {
        let of = (board.revision, wish.sort, wish.reversed);
        if self.of == Some(of) && self.sorted.len() == board.rows.len() {
            return false;
        }
        self.of = Some(of);
        self.sorted = (0..board.rows.len()).collect();
        let row = |index: &usize| board.rows.get(*index);
        self.sorted.sort_by(|a, b| match (row(a), row(b)) {
            (Some(a), Some(b)) => {
                let order = compare(a, b, wish.sort);
                let order = if wish.reversed {
                    order.reverse()
                } else {
                    order
                };
                order
                    .then_with(|| a.key.name.cmp(&b.key.name))
                    .then_with(|| a.key.cmp(&b.key))
            }
            _ => std::cmp::Ordering::Equal,
        });
        true
    }

    /// Takes in the words of the rows that changed.
    fn read(&mut self, board: &Board) {
        self.words.truncate(board.rows.len());
        for (index, row) in board.rows.iter().enumerate() {
            match self.words.get_mut(index) {
                Some((known, _)) if Arc::ptr_eq(known, row) => {}
                Some(place) => *place = (Arc::clone(row), words(row)),
                None => self.words.push((Arc::clone(row), words(row))),
            }
        }
    }
}

/// Where a pipeline stands.
pub fn position(lines: &[Line], board: &Board, key: &PipelineKey) -> Option<usize> {
    lines.iter().position(|line| match line {
        Line::Row(index) => board.rows.get(*index).is_some_and(|row| row.key == *key),
        Line::Group { .. } => false,
    })
}

fn grouped(board: &Board, indices: Vec<usize>, wish: &Wish) -> Vec<Line> {
    if wish.group == BoardGroup::None {
        return indices.into_iter().map(Line::Row).collect();
    }
    let mut groups: std::collections::BTreeMap<String, Vec<usize>> =
        std::collections::BTreeMap::new();
    for index in indices {
        if let Some(row) = board.rows.get(index) {
            groups
                .entry(group_of(row, wish.group))
                .or_default()
                .push(index);
        }
    }
    let mut lines = Vec::new();
    for (name, indices) in groups {
        let worst = indices
            .iter()
            .filter_map(|index| board.rows.get(*index).map(|row| row.status))
            .min()
            .unwrap_or(Status::NotRun);
        let folded = wish.folded.contains(&name);
        lines.push(Line::Group {
            name,
            rows: indices.len(),
            worst,
            folded,
        });
        if !folded {
            lines.extend(indices.into_iter().map(Line::Row));
        }
    }
    lines
}

fn group_of(row: &BoardRow, group: BoardGroup) -> String {
    match group {
        BoardGroup::None => String::new(),
        BoardGroup::Account => row.key.scope.to_string(),
        BoardGroup::Repository => row
            .repository
            .clone()
            .unwrap_or_else(|| "repository unknown".to_owned()),
    }
}

/// Everything of a row that a filter finds, in lower case. A line break parts the fields: no term has one in it.
fn words(row: &BoardRow) -> String {
    let mut words = String::with_capacity(256);
    let fields = [
        row.key.name.as_str(),
        row.key.scope.account.as_str(),
        row.key.scope.region.as_str(),
        row.status.label(),
        &row.change,
        &row.trigger,
        row.author.as_deref().unwrap_or_default(),
        row.repository.as_deref().unwrap_or_default(),
        row.revision
            .as_ref()
            .map_or("", |revision| revision.id.as_str()),
    ];
    let stages = row.stages.iter().map(|stage| stage.name.as_str());
    for field in fields.into_iter().chain(stages) {
        words.push_str(field);
        words.push('\n');
    }
    if words.is_ascii() {
        words.make_ascii_lowercase();
        words
    } else {
        words.to_lowercase()
    }
}

fn compare(a: &BoardRow, b: &BoardRow, sort: BoardSort) -> std::cmp::Ordering {
    let newest = |row: &BoardRow| Reverse(row.changed.unwrap_or(Timestamp::from_millis(i64::MIN)));
    match sort {
        BoardSort::Attention => a
            .status
            .cmp(&b.status)
            .then_with(|| newest(a).cmp(&newest(b))),
        BoardSort::Name => a.key.name.cmp(&b.key.name),
        BoardSort::Account => a.key.scope.cmp(&b.key.scope),
        BoardSort::Changed => newest(a).cmp(&newest(b)),
        BoardSort::Elapsed => Reverse(span(a)).cmp(&Reverse(span(b))),
    }
}

/// How long an execution took; what still runs sorts by when it began, before all that ended.
fn span(row: &BoardRow) -> (bool, Duration) {
    match (row.started, row.ended) {
        (Some(started), Some(ended)) => (false, started.age(ended)),
        (Some(started), None) => (
            true,
            Duration::from_millis(u64::try_from(i64::MAX - started.millis()).unwrap_or(0)),
        ),
        (None, _) => (false, Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;

    fn row(name: &str, account: &str, status: Status, changed: i64) -> Arc<BoardRow> {
        Arc::new(BoardRow {
            key: PipelineKey {
                scope: Scope {
                    account: account.into(),
                    region: "eu-west-1".into(),
                },
                name: name.into(),
            },
            status,
            stages: Vec::new(),
            execution: None,
            revision: None,
            change: format!("Change of {name}"),
            author: Some("Inès Okafor".to_owned()),
            trigger: "push".to_owned(),
            started: None,
            ended: None,
            usual: None,
            changed: Some(Timestamp::from_millis(changed)),
            repository: Some(format!("{account}-repository")),
            fetched_at: None,
            fault: None,
            loading: false,
        })
    }

    fn board() -> Board {
        Board {
            revision: 1,
            rows: vec![
                row("auth", "prod", Status::Succeeded, 50),
                row("billing", "dev", Status::Failed, 10),
                row("checkout", "prod", Status::Waiting, 20),
                row("data", "dev", Status::Failed, 30),
            ],
            ..Board::default()
        }
    }

    fn names(wish: Wish) -> Vec<String> {
        let board = board();
        let mut order = Order::default();
        order.update(&board, wish, |_| 0);
        let name = |line: &Line| match line {
            Line::Group { name, rows, .. } => format!("[{name} {rows}]"),
            Line::Row(index) => board.rows[*index].key.name.to_string(),
        };
        order.lines.iter().map(name).collect()
    }

    #[test]
    fn what_needs_a_look_comes_first_then_what_changed_last() {
        assert_eq!(
            names(Wish::default()),
            ["checkout", "data", "billing", "auth"]
        );
        let by_name = Wish {
            sort: BoardSort::Name,
            reversed: true,
            ..Wish::default()
        };
        assert_eq!(names(by_name), ["data", "checkout", "billing", "auth"]);
    }

    #[test]
    fn every_word_of_a_filter_must_be_somewhere_in_the_row() {
        let filter = |filter: &str| {
            names(Wish {
                filter: filter.to_owned(),
                ..Wish::default()
            })
        };
        assert_eq!(filter("prod WAITING"), ["checkout"]);
        assert_eq!(filter("inÈs auth"), ["auth"]);
        assert_eq!(filter("nothing"), [""; 0]);
    }

    #[test]
    fn a_row_that_changed_is_found_by_its_new_words_and_not_by_its_old() {
        let mut board = board();
        let mut order = Order::default();
        let wish = |revision, filter: &str| Wish {
            revision,
            filter: filter.to_owned(),
            ..Wish::default()
        };
        let mut passing = |board: &Board, filter: &str| {
            order.update(board, wish(board.revision, filter), |_| 0);
            order.passing
        };
        assert_eq!(passing(&board, "billing failed"), 1);
        board.rows[1] = row("billing", "dev", Status::Running, 60);
        board.revision = 2;
        assert_eq!(passing(&board, "billing failed"), 0);
        assert_eq!(passing(&board, "billing running"), 1);
        board.rows.remove(0);
        board.revision = 3;
        assert_eq!(passing(&board, "billing running"), 1);
        assert_eq!(passing(&board, "auth"), 0);
        assert_eq!(passing(&board, "billingdev"), 0, "across two fields");
        assert_eq!(passing(&board, "c"), 3);
        assert_eq!(passing(&board, "ch"), 3, "Change of ...");
        assert_eq!(passing(&board, "checkout"), 1);
        assert_eq!(passing(&board, "che"), 1);
        assert_eq!(passing(&board, ""), 3);
    }

    #[test]
    fn groups_hold_their_rows_and_a_folded_one_hides_them() {
        let wish = Wish {
            group: BoardGroup::Account,
            folded: BTreeSet::from(["prod · eu-west-1".to_owned()]),
            ..Wish::default()
        };
        assert_eq!(
            names(wish),
            [
                "[dev · eu-west-1 2]",
                "data",
                "billing",
                "[prod · eu-west-1 2]"
            ]
        );
    }
}
