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
}

impl Order {
    /// Costs a sort of all rows; call it when [`Wish`] changed.
    pub fn new(board: &Board, wish: Wish, place: impl Fn(&BoardRow) -> usize) -> Self {
        let terms: Vec<String> = wish
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let mut indices: Vec<usize> = (0..board.rows.len())
            .filter(|index| {
                board.rows.get(*index).is_some_and(|row| {
                    wish.account
                        .as_ref()
                        .is_none_or(|account| row.key.scope.account == *account)
                        && passes(row, &terms)
                })
            })
            .collect();
        let row = |index: &usize| board.rows.get(*index);
        indices.sort_by(|a, b| match (row(a), row(b)) {
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
        let shown: Vec<&Arc<BoardRow>> = indices.iter().filter_map(row).collect();
        let longest = |length: &dyn Fn(&BoardRow) -> usize| {
            shown.iter().map(|row| length(row)).max().unwrap_or(0)
        };
        let (longest_name, longest_place, most_stages) = (
            longest(&|row| row.key.name.as_str().chars().count()),
            longest(&place),
            longest(&|row| row.stages.len()),
        );
        Self {
            passing: indices.len(),
            lines: grouped(board, indices, &wish),
            wish,
            longest_name,
            longest_place,
            most_stages,
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

/// Every term has to be found somewhere in the row.
fn passes(row: &BoardRow, terms: &[String]) -> bool {
    terms.iter().all(|term| {
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
        fields.iter().any(|field| contains(field, term))
            || row
                .stages
                .iter()
                .any(|stage| contains(stage.name.as_str(), term))
    })
}

/// Whether `text` holds the lower-case `term`, whatever its case.
fn contains(text: &str, term: &str) -> bool {
    if text.is_ascii() && term.is_ascii() {
        let (text, term) = (text.as_bytes(), term.as_bytes());
        return term.is_empty()
            || text
                .windows(term.len())
                .any(|part| part.eq_ignore_ascii_case(term));
    }
    text.to_lowercase().contains(term)
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
        let order = Order::new(&board, wish, |_| 0);
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
