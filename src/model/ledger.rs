//! The ledger: who decided what at which gate, from AWS's own records and from this program's.
//!
//! Three sources tell of a decision: the pipeline's action executions (polled), CloudTrail (asked for) and the file
//! that this program writes before and after each request. [`rows`] joins them into one row a decision. Pure.

mod csv;
mod merge;
mod record;

use crate::model::ids::{AccountName, AccountNumber, ActionKey, ExecutionId, PipelineKey};
use crate::model::status::Status;
use crate::model::time::Timestamp;

pub use csv::csv;
pub use merge::rows;
pub use record::{
    Decided, Export, Journal, OwnOutcome, OwnRecord, OwnRevision, VERSION, parse, token_hash,
};

/// What a decision came to. The order is that of the filter's menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ruling {
    Approved,
    Rejected,
    /// AWS ended the gate: nobody answered in time.
    Expired,
    /// Sent from here and refused by AWS.
    Refused,
    /// Sent from here, and not known to have been applied.
    Unknown,
}

impl Ruling {
    pub const ALL: [Self; 5] = [
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::Refused,
        Self::Unknown,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Refused => "refused by AWS",
            Self::Unknown => "not known",
        }
    }

    /// The colour and shape it is shown with.
    pub const fn status(self) -> Status {
        match self {
            Self::Approved => Status::Succeeded,
            Self::Rejected => Status::Failed,
            Self::Expired => Status::Stopped,
            Self::Refused => Status::Errored,
            Self::Unknown => Status::Unknown,
        }
    }
}

/// Who tells of a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sources {
    /// ListActionExecutions.
    pub pipeline: bool,
    pub trail: bool,
    /// This program's own record.
    pub own: bool,
}

impl Sources {
    pub fn words(self) -> String {
        let told = [
            (self.pipeline, "pipeline"),
            (self.trail, "CloudTrail"),
            (self.own, "Starboard"),
        ];
        let told = told.iter().filter(|(told, _)| *told).map(|(_, name)| *name);
        told.collect::<Vec<_>>().join(", ")
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    pub at: Timestamp,
    /// The ARN of who decided; none where AWS tells none.
    pub who: Option<String>,
    pub ruling: Ruling,
    pub pipeline: PipelineKey,
    pub number: Option<AccountNumber>,
    pub action: ActionKey,
    /// CloudTrail alone does not tell it.
    pub execution: Option<ExecutionId>,
    pub revisions: Vec<OwnRevision>,
    pub comment: String,
    /// Where the request came from; CloudTrail alone tells it.
    pub address: Option<String>,
    pub sources: Sources,
    /// Why it was refused, or what is not known.
    pub note: String,
}

impl LedgerRow {
    /// The name in an ARN: a user, or the session of a role.
    pub fn person(&self) -> &str {
        self.who.as_deref().map_or("nobody", person)
    }
}

/// The name in an ARN: a user, or the session of a role. Anything else is kept whole.
pub fn person(arn: &str) -> &str {
    match arn.rsplit_once('/') {
        Some((before, name)) if before.starts_with("arn:") && !name.is_empty() => name,
        _ => arn,
    }
}

/// What of the ledger is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerFilter {
    /// Words, all of which have to stand somewhere in the row.
    pub text: String,
    pub account: Option<AccountName>,
    pub ruling: Option<Ruling>,
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
}

impl LedgerFilter {
    /// The words of the filter, as [`LedgerFilter::passes`] wants them.
    pub fn terms(&self) -> Vec<String> {
        self.text
            .split_whitespace()
            .map(str::to_lowercase)
            .collect()
    }

    pub fn passes(&self, row: &LedgerRow, terms: &[String]) -> bool {
        let account = &row.pipeline.scope.account;
        self.account.as_ref().is_none_or(|only| only == account)
            && self.ruling.is_none_or(|only| only == row.ruling)
            && self.from.is_none_or(|from| row.at >= from)
            && self.to.is_none_or(|to| row.at < to)
            && (terms.is_empty() || {
                let text = text_of(row).to_lowercase();
                terms.iter().all(|term| text.contains(term.as_str()))
            })
    }
}

fn text_of(row: &LedgerRow) -> String {
    let mut text = format!(
        "{} {} {} {} {} {} {}",
        row.who.as_deref().unwrap_or_default(),
        row.ruling.label(),
        row.pipeline.name,
        row.pipeline.scope,
        row.action.stage,
        row.action.action,
        row.comment
    );
    for revision in &row.revisions {
        text.push_str(&format!(" {} {}", revision.id, revision.subject));
    }
    if let Some(execution) = &row.execution {
        text.push_str(&format!(" {execution}"));
    }
    text
}

/// The first instant of a day such as `2026-11-23`, here where the person sits; `days` further on. None for what is no
/// day.
pub fn day(text: &str, days: i64) -> Option<Timestamp> {
    let date: jiff::civil::Date = text.trim().parse().ok()?;
    let date = date
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()?;
    let start = date.to_zoned(jiff::tz::TimeZone::system()).ok()?;
    Some(Timestamp::from_millis(start.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;

    fn row() -> LedgerRow {
        LedgerRow {
            at: Timestamp::from_millis(1_000),
            who: Some("arn:aws:iam::482100937715:user/priya".to_owned()),
            ruling: Ruling::Approved,
            pipeline: PipelineKey {
                scope: Scope {
                    account: "prod".into(),
                    region: "eu-west-1".into(),
                },
                name: "pier".into(),
            },
            number: None,
            action: ActionKey {
                stage: "Gate".into(),
                action: "Approve".into(),
            },
            execution: Some("e1".into()),
            revisions: vec![OwnRevision {
                id: "f3a91c2".into(),
                subject: "Widen the gangway".to_owned(),
            }],
            comment: "Looked at the tide".to_owned(),
            address: None,
            sources: Sources::default(),
            note: String::new(),
        }
    }

    #[test]
    fn a_filter_takes_words_place_ruling_and_a_span_whose_end_is_outside() {
        let passes = |filter: LedgerFilter| {
            let terms = filter.terms();
            filter.passes(&row(), &terms)
        };
        let text = |text: &str| LedgerFilter {
            text: text.to_owned(),
            ..LedgerFilter::default()
        };
        assert!(passes(text("PRIYA gangway pier tide f3a91")));
        assert!(!passes(text("priya catalog")));
        let span = |from, to| LedgerFilter {
            from: Some(Timestamp::from_millis(from)),
            to: Some(Timestamp::from_millis(to)),
            ..LedgerFilter::default()
        };
        assert!(passes(span(1_000, 1_001)));
        assert!(!passes(span(0, 1_000)));
        let rejected = LedgerFilter {
            ruling: Some(Ruling::Rejected),
            ..LedgerFilter::default()
        };
        assert!(!passes(rejected));
    }

    #[test]
    fn a_day_is_a_day_or_nothing() {
        let (start, end) = (day("2026-11-23", 0).unwrap(), day("2026-11-23", 1).unwrap());
        assert!(start < end);
        assert_eq!(day("2026-13-01", 0), None);
        assert_eq!(day("yesterday", 0), None);
    }

    #[test]
    fn a_person_is_the_end_of_an_arn() {
        assert_eq!(person("arn:aws:sts::1:assumed-role/Ops/priya"), "priya");
        assert_eq!(person("Priya Nair"), "Priya Nair");
    }
}
