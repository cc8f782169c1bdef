//! The window's title, as the desktop's own list of windows shows it: how many gates wait, and what is worst.

use crate::model::snapshot::Snapshot;
use crate::model::status::Status;

/// `(3) Starboard · 2 failing`: gates that wait for a person, then what is worst besides them.
pub fn words(snapshot: &Snapshot) -> String {
    let board = &snapshot.board;
    let mut title = match board.needs.len() {
        0 => "Starboard".to_owned(),
        waiting => format!("({waiting}) Starboard"),
    };
    let running = board
        .rows
        .iter()
        .filter(|row| row.status == Status::Running)
        .count();
    match (board.failing.len(), running) {
        (0, 0) => {}
        (0, running) => title.push_str(&format!(" · {running} running")),
        (failing, _) => title.push_str(&format!(" · {failing} failing")),
    }
    if snapshot
        .accounts
        .rows()
        .iter()
        .any(|account| account.simulated)
    {
        title.push_str(" (simulated account)");
    }
    title
}

/// How many gates wait, in words.
pub fn gates(count: usize) -> String {
    match count {
        1 => "1 gate waits for a person".to_owned(),
        several => format!("{several} gates wait for a person"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::board::{Board, Need};
    use crate::model::command::Gate;
    use crate::model::ids::{ActionKey, PipelineKey, Scope};

    #[test]
    fn a_title_counts_what_waits_and_is_plain_when_nothing_does() {
        let mut snapshot = Snapshot::default();
        assert_eq!(words(&snapshot), "Starboard");
        let gate = Gate {
            pipeline: PipelineKey {
                scope: Scope {
                    account: "prod".into(),
                    region: "eu-west-1".into(),
                },
                name: "pier".into(),
            },
            action: ActionKey {
                stage: "Gate".into(),
                action: "Approve".into(),
            },
            execution: "e".into(),
            token: "t".into(),
            revisions: Vec::new(),
        };
        let need = Arc::new(Need::new(gate));
        snapshot.board = Arc::new(Board {
            needs: vec![Arc::clone(&need), need],
            ..Board::default()
        });
        assert_eq!(words(&snapshot), "(2) Starboard");
    }
}
