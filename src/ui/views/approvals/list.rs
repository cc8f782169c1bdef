//! Which gates the inbox shows and in what order. Worked out once for a change, not once a frame.

use std::collections::BTreeMap;

use crate::model::board::{Board, Need};
use crate::model::ids::{AccountName, ActionKey, ExecutionId, PipelineKey, RevisionId};

/// What the order depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub revision: u64,
    pub filter: String,
    pub account: Option<AccountName>,
    pub by_account: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// An account's head, with how many of its gates are shown.
    Group(AccountName, usize),
    /// An index into [`Board::needs`].
    Gate(usize),
}

#[derive(Clone, Debug, Default)]
pub struct List {
    pub wish: Wish,
    pub lines: Vec<Line>,
    pub passing: usize,
}

/// Tells one waiting gate from another, also over readings that change its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateKey(PipelineKey, ActionKey, ExecutionId);

impl GateKey {
    pub fn of(need: &Need) -> Self {
        let gate = &need.gate;
        Self(
            gate.pipeline.clone(),
            gate.action.clone(),
            gate.execution.clone(),
        )
    }
}

impl List {
    pub fn new(board: &Board, wish: Wish) -> Self {
        let terms: Vec<String> = wish
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let mut gates: Vec<usize> = (0..board.needs.len())
            .filter(|index| {
                board.needs.get(*index).is_some_and(|need| {
                    let account = &need.gate.pipeline.scope.account;
                    wish.account.as_ref().is_none_or(|only| only == account) && passes(need, &terms)
                })
            })
            .collect();
        // The board's order is that of expiry; an unknown one is no reason to hurry.
        gates.sort_by_key(|index| {
            let expires = board.needs.get(*index).and_then(|need| need.expires);
            (expires.is_none(), expires)
        });
        Self {
            passing: gates.len(),
            lines: if wish.by_account {
                grouped(board, &gates)
            } else {
                gates.into_iter().map(Line::Gate).collect()
            },
            wish,
        }
    }

    /// The gates in order.
    pub fn gates(&self) -> impl Iterator<Item = usize> + '_ {
        self.lines.iter().filter_map(|line| match line {
            Line::Gate(index) => Some(*index),
            Line::Group(..) => None,
        })
    }
}

/// Accounts stand in the order of their soonest gate.
fn grouped(board: &Board, gates: &[usize]) -> Vec<Line> {
    let mut order: Vec<&AccountName> = Vec::new();
    let mut of: BTreeMap<&AccountName, Vec<usize>> = BTreeMap::new();
    for index in gates {
        let Some(need) = board.needs.get(*index) else {
            continue;
        };
        let account = &need.gate.pipeline.scope.account;
        if !of.contains_key(account) {
            order.push(account);
        }
        of.entry(account).or_default().push(*index);
    }
    let mut lines = Vec::with_capacity(gates.len() + order.len());
    for account in order {
        let gates = of.remove(account).unwrap_or_default();
        lines.push(Line::Group(account.clone(), gates.len()));
        lines.extend(gates.into_iter().map(Line::Gate));
    }
    lines
}

/// Every term stands somewhere in what the row shows.
fn passes(need: &Need, terms: &[String]) -> bool {
    if terms.is_empty() {
        return true;
    }
    let gate = &need.gate;
    let revisions: Vec<&str> = gate.revisions.iter().map(RevisionId::as_str).collect();
    let text = format!(
        "{} {} {} {} {} {} {}",
        gate.pipeline.name,
        gate.pipeline.scope,
        gate.action.stage,
        gate.action.action,
        need.change,
        need.author.as_deref().unwrap_or_default(),
        revisions.join(" "),
    )
    .to_lowercase();
    terms.iter().all(|term| text.contains(term.as_str()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::command::Gate;
    use crate::model::ids::Scope;
    use crate::model::time::Timestamp;

    fn need(account: &str, pipeline: &str, expires: Option<i64>) -> Arc<Need> {
        let gate = Gate {
            pipeline: PipelineKey {
                scope: Scope {
                    account: account.into(),
                    region: "eu-west-1".into(),
                },
                name: pipeline.into(),
            },
            action: ActionKey {
                stage: "Gate".into(),
                action: "Approve".into(),
            },
            execution: "e".into(),
            token: "t".into(),
            revisions: Vec::new(),
        };
        Arc::new(Need {
            expires: expires.map(Timestamp::from_millis),
            change: format!("Change of {pipeline}"),
            ..Need::new(gate)
        })
    }

    fn names(list: &List, board: &Board) -> Vec<String> {
        list.lines
            .iter()
            .map(|line| match line {
                Line::Group(account, count) => format!("{account} {count}"),
                Line::Gate(index) => board.needs[*index].gate.pipeline.name.to_string(),
            })
            .collect()
    }

    #[test]
    fn what_expires_first_is_first_and_accounts_follow_their_soonest_gate() {
        let board = Board {
            needs: vec![
                need("prod", "unknown", None),
                need("dev", "soon", Some(1)),
                need("prod", "later", Some(5)),
                need("dev", "last", Some(9)),
            ],
            ..Board::default()
        };
        let plain = List::new(&board, Wish::default());
        assert_eq!(names(&plain, &board), ["soon", "later", "last", "unknown"]);
        let grouped = List::new(
            &board,
            Wish {
                by_account: true,
                ..Wish::default()
            },
        );
        assert_eq!(
            names(&grouped, &board),
            ["dev 2", "soon", "last", "prod 2", "later", "unknown"]
        );
        let filtered = List::new(
            &board,
            Wish {
                filter: "CHANGE prod".to_owned(),
                ..Wish::default()
            },
        );
        assert_eq!(names(&filtered, &board), ["later", "unknown"]);
    }
}
