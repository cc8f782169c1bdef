//! Joins what the three sources tell into one row a decision.
//!
//! AWS's action executions are the ground: they name the execution. A record of this program belongs to the attempt of
//! its execution that was decided alike at about its time; an event of CloudTrail, which names no execution, to the
//! decision of its gate that is nearest in time. What belongs to nothing stands for itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::record::{Decided, OwnOutcome, OwnRecord, OwnRevision};
use super::{LedgerRow, Ruling, Sources};
use crate::model::account::Account;
use crate::model::board::subject;
use crate::model::ids::{ActionKey, PipelineKey, Scope};
use crate::model::pipeline::{ActionCategory, ActionExecution, Pipeline};
use crate::model::status::Status;
use crate::model::table::Table;
use crate::model::time::Timestamp;
use crate::model::trail::{Trail, TrailEvent};

/// How far the clock of this computer may be from AWS's, with the time a request takes.
const OWN_SKEW: Duration = Duration::from_mins(15);
/// CloudTrail notes the second in which a request arrived.
const TRAIL_SKEW: Duration = Duration::from_mins(2);

/// Every decision that is known, newest first. Cost: a pass over all attempts, a look-up for each other record.
pub fn rows(
    pipelines: &Table<Pipeline>,
    accounts: &Table<Account>,
    trails: &[(Scope, Arc<Trail>)],
    own: &[OwnRecord],
) -> Vec<LedgerRow> {
    let mut ledger = Ledger::default();
    for pipeline in pipelines.rows() {
        ledger.polled(pipeline, accounts);
    }
    for record in latest(own) {
        ledger.own(record);
    }
    for (scope, trail) in trails {
        for event in &trail.events {
            ledger.trail(scope, event, accounts);
        }
    }
    let mut rows = ledger.rows;
    rows.sort_by(|a, b| {
        b.at.cmp(&a.at)
            .then_with(|| a.pipeline.cmp(&b.pipeline))
            .then_with(|| a.action.cmp(&b.action))
    });
    rows
}

#[derive(Default)]
struct Ledger {
    rows: Vec<LedgerRow>,
    /// Places in `rows` by gate.
    gates: BTreeMap<(PipelineKey, ActionKey), Vec<usize>>,
}

impl Ledger {
    fn push(&mut self, row: LedgerRow) {
        let gate = (row.pipeline.clone(), row.action.clone());
        self.gates.entry(gate).or_default().push(self.rows.len());
        self.rows.push(row);
    }

    fn polled(&mut self, pipeline: &Pipeline, accounts: &Table<Account>) {
        let attempts = pipeline.actions.value().into_iter();
        for attempt in attempts.flat_map(|all| all.iter()) {
            if let (true, Some((at, ruling))) = (is_gate(pipeline, attempt), decided(attempt)) {
                self.push(of_attempt(pipeline, attempt, at, ruling, accounts));
            }
        }
    }

    fn own(&mut self, record: &OwnRecord) {
        let row = of_record(record);
        let wanted = match record.decision {
            Decided::Approve => Ruling::Approved,
            Decided::Reject => Ruling::Rejected,
        };
        // What AWS refused or somebody else decided is not in the pipeline's records under this decision.
        let may_be_applied = matches!(
            record.outcome,
            OwnOutcome::Sending | OwnOutcome::Accepted | OwnOutcome::Unknown
        );
        let same = self.nearest(&row, OWN_SKEW, |known| {
            may_be_applied
                && known.ruling == wanted
                && known.execution == row.execution
                && !known.sources.own
        });
        let Some(known) = same.and_then(|index| self.rows.get_mut(index)) else {
            // Somebody else's answer is a row of its own already, and this one was none.
            if record.outcome != OwnOutcome::Changed {
                self.push(row);
            }
            return;
        };
        known.sources.own = true;
        if known.who.is_none() {
            known.who = row.who;
        }
        if known.comment.is_empty() {
            known.comment = row.comment;
        }
        if known.revisions.is_empty() {
            known.revisions = row.revisions;
        }
        if known.number.is_none() {
            known.number = row.number;
        }
    }

    fn trail(&mut self, scope: &Scope, event: &TrailEvent, accounts: &Table<Account>) {
        let row = of_event(scope, event, accounts);
        let same = self.nearest(&row, TRAIL_SKEW, |known| {
            let alike = known.ruling == row.ruling
                || (known.ruling == Ruling::Unknown && row.ruling != Ruling::Refused);
            alike && !known.sources.trail
        });
        let Some(known) = same.and_then(|index| self.rows.get_mut(index)) else {
            self.push(row);
            return;
        };
        known.sources.trail = true;
        known.address = row.address;
        known.ruling = row.ruling;
        // The ARN of CloudTrail is that of the session; the pipeline may tell a name only.
        if known
            .who
            .as_deref()
            .is_none_or(|who| !who.starts_with("arn:"))
        {
            known.who = row.who;
        }
        if known.comment.is_empty() {
            known.comment = row.comment;
        }
    }

    /// Of the decisions at the same gate that will do, the one nearest in time.
    fn nearest(
        &self,
        row: &LedgerRow,
        within: Duration,
        will_do: impl Fn(&LedgerRow) -> bool,
    ) -> Option<usize> {
        let gate = (row.pipeline.clone(), row.action.clone());
        let known = self.gates.get(&gate)?.iter().copied();
        known
            .filter_map(|index| {
                let known = self.rows.get(index)?;
                let apart = apart(known.at, row.at);
                (apart <= within && will_do(known)).then_some((apart, index))
            })
            .min()
            .map(|(_, index)| index)
    }
}

fn apart(a: Timestamp, b: Timestamp) -> Duration {
    a.age(b).max(b.age(a))
}

/// An attempt tells its own category; where it does not, the structure does.
fn is_gate(pipeline: &Pipeline, attempt: &ActionExecution) -> bool {
    match &attempt.category {
        ActionCategory::Approval => true,
        ActionCategory::Other(word) if word.is_empty() => pipeline
            .declaration(&attempt.action)
            .is_some_and(|declared| declared.category == ActionCategory::Approval),
        _ => false,
    }
}

/// When and how an attempt of an approval ended; none while it waits, and for what was abandoned.
fn decided(attempt: &ActionExecution) -> Option<(Timestamp, Ruling)> {
    let at = attempt.updated.or(attempt.started)?;
    let by_a_person = attempt.updated_by.is_some();
    match attempt.state.status {
        Status::Succeeded => Some((at, Ruling::Approved)),
        Status::Failed if by_a_person => Some((at, Ruling::Rejected)),
        Status::Failed => Some((at, Ruling::Expired)),
        _ => None,
    }
}

fn of_attempt(
    pipeline: &Pipeline,
    attempt: &ActionExecution,
    at: Timestamp,
    ruling: Ruling,
    accounts: &Table<Account>,
) -> LedgerRow {
    let execution = pipeline.execution(&attempt.execution);
    let revisions = execution.map(|execution| execution.revisions.as_slice());
    let said = attempt
        .external_summary
        .as_ref()
        .or_else(|| attempt.error.as_ref().map(|error| &error.message));
    let words = said.map(|said| said.trim().to_owned()).unwrap_or_default();
    let (comment, note) = if ruling == Ruling::Expired {
        (String::new(), words)
    } else {
        (words, String::new())
    };
    LedgerRow {
        at,
        who: attempt.updated_by.clone(),
        ruling,
        number: number(accounts, &pipeline.key.scope),
        pipeline: pipeline.key.clone(),
        action: attempt.action.clone(),
        execution: Some(attempt.execution.clone()),
        revisions: revisions
            .unwrap_or_default()
            .iter()
            .map(|revision| OwnRevision {
                id: revision.id.clone(),
                subject: subject(&revision.summary),
            })
            .collect(),
        comment,
        address: None,
        sources: Sources {
            pipeline: true,
            ..Sources::default()
        },
        note,
    }
}

/// The last line of each decision, in the order in which they were begun.
fn latest(own: &[OwnRecord]) -> Vec<&OwnRecord> {
    let mut order: Vec<&str> = Vec::new();
    let mut last: BTreeMap<&str, &OwnRecord> = BTreeMap::new();
    for record in own {
        if last.insert(&record.id, record).is_none() {
            order.push(&record.id);
        }
    }
    order
        .into_iter()
        .filter_map(|id| last.get(id).copied())
        .collect()
}

fn of_record(record: &OwnRecord) -> LedgerRow {
    let (ruling, note) = match record.outcome {
        OwnOutcome::Accepted => (
            match record.decision {
                Decided::Approve => Ruling::Approved,
                Decided::Reject => Ruling::Rejected,
            },
            String::new(),
        ),
        OwnOutcome::Refused | OwnOutcome::NotApplied | OwnOutcome::Changed => {
            (Ruling::Refused, record.note.clone())
        }
        OwnOutcome::Unknown => (Ruling::Unknown, record.note.clone()),
        OwnOutcome::Sending => (
            Ruling::Unknown,
            "Starboard ended before it knew what became of it".to_owned(),
        ),
    };
    let meant = match record.decision {
        Decided::Approve => "approve",
        Decided::Reject => "reject",
    };
    let note = match ruling {
        Ruling::Approved | Ruling::Rejected | Ruling::Expired => note,
        Ruling::Refused | Ruling::Unknown => format!("meant to {meant}: {note}"),
    };
    LedgerRow {
        at: record.at,
        who: record.identity.clone(),
        ruling,
        pipeline: PipelineKey {
            scope: Scope {
                account: record.account.clone(),
                region: record.region.clone(),
            },
            name: record.pipeline.clone(),
        },
        number: record.number.clone(),
        action: ActionKey {
            stage: record.stage.clone(),
            action: record.action.clone(),
        },
        execution: Some(record.execution.clone()),
        revisions: record.revisions.clone(),
        comment: record.comment.clone(),
        address: None,
        sources: Sources {
            own: true,
            ..Sources::default()
        },
        note,
    }
}

fn of_event(scope: &Scope, event: &TrailEvent, accounts: &Table<Account>) -> LedgerRow {
    let ruling = match (&event.error_code, event.decision.as_str()) {
        (Some(_), _) => Ruling::Refused,
        (None, "Approved") => Ruling::Approved,
        (None, "Rejected") => Ruling::Rejected,
        (None, _) => Ruling::Unknown,
    };
    LedgerRow {
        at: event.at,
        who: Some(event.by.clone()),
        ruling,
        pipeline: PipelineKey {
            scope: scope.clone(),
            name: event.pipeline.clone(),
        },
        number: number(accounts, scope),
        action: event.action.clone(),
        execution: None,
        revisions: Vec::new(),
        comment: event.comment.clone(),
        address: event.source_address.clone(),
        sources: Sources {
            trail: true,
            ..Sources::default()
        },
        note: event
            .error_code
            .as_ref()
            .map(|code| format!("meant: {}; AWS answered {code}", event.decision))
            .unwrap_or_default(),
    }
}

fn number(accounts: &Table<Account>, scope: &Scope) -> Option<crate::model::ids::AccountNumber> {
    accounts.get(&scope.account)?.number().cloned()
}

#[cfg(test)]
mod tests {
    use super::super::record::example;
    use super::*;
    use crate::model::pipeline::{Execution, SourceRevision};
    use crate::model::remote::Remote;
    use crate::model::status::State;

    const AT: i64 = 1_795_449_600_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(AT + seconds * 1_000)
    }

    fn scope() -> Scope {
        Scope {
            account: "prod".into(),
            region: "eu-west-1".into(),
        }
    }

    fn gate() -> ActionKey {
        ActionKey {
            stage: "Gate".into(),
            action: "Approve".into(),
        }
    }

    fn attempt(execution: &str, word: &str, by: Option<&str>, seconds: i64) -> ActionExecution {
        ActionExecution {
            updated: Some(at(seconds)),
            updated_by: by.map(str::to_owned),
            external_summary: by.map(|_| "as discussed\n".to_owned()),
            category: ActionCategory::Approval,
            ..ActionExecution::new(
                execution.into(),
                gate(),
                format!("{execution}-{seconds}").as_str().into(),
                State::of_pipeline(word),
            )
        }
    }

    fn pipelines(attempts: Vec<ActionExecution>) -> Table<Pipeline> {
        let mut pipeline = Pipeline::new(PipelineKey {
            scope: scope(),
            name: "pier".into(),
        });
        let revision = SourceRevision {
            action: "source".into(),
            id: "f3a91c2".into(),
            summary: "Widen the gangway\n\nbody".to_owned(),
            url: None,
        };
        let execution = Execution {
            revisions: vec![revision],
            ..Execution::new("e1".into(), State::of_pipeline("Succeeded"))
        };
        pipeline.executions = Remote::ready(Arc::new(vec![execution]), at(0));
        pipeline.actions = Remote::ready(Arc::new(attempts), at(0));
        let mut table = Table::default();
        table.insert(pipeline);
        table
    }

    fn event(decision: &str, seconds: i64, error: Option<&str>) -> TrailEvent {
        TrailEvent {
            id: format!("{seconds}"),
            at: at(seconds),
            by: "arn:aws:sts::482100937715:assumed-role/Ops/priya".to_owned(),
            pipeline: "pier".into(),
            action: gate(),
            decision: decision.to_owned(),
            comment: "as discussed".to_owned(),
            source_address: Some("203.0.113.9".to_owned()),
            error_code: error.map(str::to_owned),
        }
    }

    fn trail(events: Vec<TrailEvent>) -> Vec<(Scope, Arc<Trail>)> {
        let trail = Trail {
            events,
            from: at(-10_000),
            cut: false,
        };
        vec![(scope(), Arc::new(trail))]
    }

    fn merged(
        attempts: Vec<ActionExecution>,
        events: Vec<TrailEvent>,
        own: &[OwnRecord],
    ) -> Vec<LedgerRow> {
        rows(&pipelines(attempts), &Table::default(), &trail(events), own)
    }

    #[test]
    fn what_three_sources_tell_of_one_decision_is_one_row() {
        let accepted = OwnRecord {
            outcome: OwnOutcome::Accepted,
            at: at(3),
            ..example()
        };
        let rows = merged(
            vec![attempt("e1", "Succeeded", Some("Priya"), 2)],
            vec![event("Approved", 2, None)],
            &[example(), accepted],
        );
        let [row] = rows.as_slice() else {
            panic!("{rows:#?}");
        };
        assert_eq!(row.sources.words(), "pipeline, CloudTrail, Starboard");
        assert_eq!(row.ruling, Ruling::Approved);
        assert_eq!(row.comment, "as discussed");
        assert_eq!(row.address.as_deref(), Some("203.0.113.9"));
        assert_eq!(row.person(), "priya", "CloudTrail tells the ARN");
        assert_eq!(row.revisions[0].subject, "Widen the gangway");
    }

    #[test]
    fn other_decisions_stay_rows_of_their_own() {
        let other_execution = OwnRecord {
            id: "2".to_owned(),
            execution: "e2".into(),
            outcome: OwnOutcome::Accepted,
            ..example()
        };
        let rows = merged(
            vec![attempt("e1", "Succeeded", Some("Priya"), 0)],
            vec![
                event("Rejected", 0, None),
                event("Approved", 600, None),
                event("Approved", 1, Some("InvalidApprovalTokenException")),
            ],
            &[other_execution],
        );
        let told: Vec<(Ruling, String)> = rows
            .iter()
            .map(|row| (row.ruling, row.sources.words()))
            .collect();
        assert_eq!(rows.len(), 5, "{told:?}");
        assert_eq!(told[0], (Ruling::Approved, "CloudTrail".to_owned()));
        assert!(told.contains(&(Ruling::Refused, "CloudTrail".to_owned())));
        assert!(told.contains(&(Ruling::Rejected, "CloudTrail".to_owned())));
        assert!(told.contains(&(Ruling::Approved, "Starboard".to_owned())));
        assert!(told.contains(&(Ruling::Approved, "pipeline".to_owned())));
    }

    #[test]
    fn a_retried_gate_is_two_decisions_and_each_event_finds_its_own() {
        let rows = merged(
            vec![
                attempt("e1", "Succeeded", Some("Priya"), 90),
                attempt("e1", "Failed", Some("Tom"), 0),
            ],
            vec![event("Approved", 90, None), event("Rejected", 0, None)],
            &[],
        );
        assert_eq!(rows.len(), 2);
        assert!(
            rows.iter()
                .all(|row| row.sources.trail && row.sources.pipeline)
        );
    }

    #[test]
    fn two_events_close_together_belong_to_two_decisions() {
        // Two executions passed one gate within the skew: the second event is nearest to what the first one took.
        let rows = merged(
            vec![
                attempt("e2", "Succeeded", Some("Priya"), 60),
                attempt("e1", "Succeeded", Some("Priya"), 0),
            ],
            vec![event("Approved", 20, None), event("Approved", 21, None)],
            &[],
        );
        let told: Vec<String> = rows.iter().map(|row| row.sources.words()).collect();
        assert_eq!(told, ["pipeline, CloudTrail", "pipeline, CloudTrail"]);
    }

    #[test]
    fn what_nobody_answered_expired_and_what_waits_or_was_abandoned_is_no_decision() {
        let rows = merged(
            vec![
                attempt("e3", "InProgress", None, 9),
                attempt("e2", "Abandoned", None, 5),
                attempt("e1", "Failed", None, 1),
            ],
            Vec::new(),
            &[],
        );
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (rows[0].ruling, rows[0].person()),
            (Ruling::Expired, "nobody")
        );
    }

    #[test]
    fn a_record_whose_end_is_not_known_takes_aws_word_or_says_so() {
        let alone = merged(Vec::new(), Vec::new(), &[example()]);
        assert_eq!(alone[0].ruling, Ruling::Unknown);
        assert!(alone[0].note.contains("meant to approve"));
        let told = merged(
            vec![attempt("e1", "Succeeded", Some("ines"), 4)],
            Vec::new(),
            &[example()],
        );
        assert_eq!((told.len(), told[0].ruling), (1, Ruling::Approved));
        let refused = OwnRecord {
            outcome: OwnOutcome::Refused,
            note: "AccessDenied".to_owned(),
            ..example()
        };
        let refused = merged(
            vec![attempt("e1", "Succeeded", Some("Priya"), 4)],
            Vec::new(),
            &[example(), refused],
        );
        assert_eq!(refused.len(), 2, "the refused try is not Priya's decision");
    }

    #[test]
    fn an_answer_that_came_second_is_no_row_beside_the_first() {
        let changed = OwnRecord {
            outcome: OwnOutcome::Changed,
            ..example()
        };
        let rows = merged(
            vec![attempt("e1", "Succeeded", Some("Priya"), -4)],
            Vec::new(),
            &[example(), changed],
        );
        assert_eq!(rows.len(), 1);
        assert!(!rows[0].sources.own);
    }
}
