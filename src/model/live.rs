//! A Live Tail session of CloudWatch Logs: what was asked for, what came, how it ended.
//!
//! It is never the log. Live Tail begins at the present, leaves events out when more than 500 come in a second, and is
//! billed by the minute; so it starts only when a person says so, and what it brings is held apart from the log that
//! GetLogEvents reads whole.

use std::time::Duration;

use crate::model::fault::Fault;
use crate::model::ids::{LogGroupName, LogKey, LogStreamName, Scope};
use crate::model::log::LogSnapshot;
use crate::model::time::Timestamp;

/// Events that AWS lets through in a second; of more it sends a sample (StartLiveTail, API reference).
pub const MOST_A_SECOND: u32 = 500;
/// The longest session; then AWS ends it (the same page).
pub const LONGEST: Duration = Duration::from_hours(3);
/// Minutes a month that an account has free (CloudWatch's page of prices).
pub const FREE_MINUTES: u32 = 1_800;
/// US cents a minute beyond them in us-east-1; other regions differ (the same page).
pub const CENTS_A_MINUTE: u32 = 1;

/// What a session is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveAsk {
    pub scope: Scope,
    pub group: LogGroupName,
    /// None: every stream of the group, those that begin later too.
    pub stream: Option<LogStreamName>,
    /// A filter pattern of CloudWatch Logs; an empty one lets everything through.
    pub pattern: String,
}

/// A session as the snapshot carries it. There is one at most.
#[derive(Clone, Debug)]
pub struct LiveTail {
    pub ask: LiveAsk,
    pub asked: Timestamp,
    /// What came. Of a whole group each line begins with the name of its stream.
    pub log: LogSnapshot,
    pub sampled: Sampled,
    pub state: LiveState,
}

/// Updates in which AWS left events out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sampled {
    pub updates: u32,
    pub last: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveState {
    /// Asked for; AWS has not said yet that it began.
    Opening,
    /// AWS sends an update each second, and bills.
    Running {
        since: Timestamp,
    },
    Ended {
        at: Timestamp,
        how: LiveEnd,
    },
    /// It did not begin, or broke off.
    Failed(Fault),
}

impl LiveState {
    /// It may be billed.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Opening | Self::Running { .. })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveEnd {
    /// A person ended it.
    Stopped,
    /// Nobody looked at it any more.
    Left,
    /// The window was hidden for so long that nobody can have looked.
    Hidden,
    /// AWS ended it after three hours.
    ThreeHours,
    /// AWS closed it without a reason.
    Closed,
    /// The account was signed in to anew, or removed.
    Account,
}

impl LiveEnd {
    /// `Stopped because you left it.`
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stopped => "You stopped it.",
            Self::Left => "It was stopped when you left it.",
            Self::Hidden => "It was stopped because the window was hidden.",
            Self::ThreeHours => "AWS ended it: three hours are the most.",
            Self::Closed => "AWS closed it without a reason.",
            Self::Account => "It was stopped because the account changed.",
        }
    }
}

impl LiveTail {
    /// Names what it brought in views and files: no stream of the service has this name, so that it never passes for one.
    pub fn key(&self) -> LogKey {
        let of = self
            .ask
            .stream
            .as_ref()
            .map_or("all streams", |stream| stream.as_str());
        let since = self.asked.millis();
        LogKey {
            scope: self.ask.scope.clone(),
            group: self.ask.group.clone(),
            stream: format!("Live Tail sample of {of} {since}").into(),
        }
    }
}

/// What a session costs beyond the free minutes in us-east-1, in cents: each minute begun counts.
pub fn cents(ran: Duration) -> u64 {
    ran.as_secs().div_ceil(60) * u64::from(CENTS_A_MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_minute_begun_costs() {
        for (seconds, price) in [(0, 0), (1, 1), (60, 1), (61, 2), (10_800, 180)] {
            assert_eq!(cents(Duration::from_secs(seconds)), price, "{seconds} s");
        }
    }

    #[test]
    fn two_sessions_of_a_stream_are_two_logs() {
        let tail = |asked| LiveTail {
            ask: LiveAsk {
                scope: Scope {
                    account: "prod".into(),
                    region: "eu-west-1".into(),
                },
                group: "/aws/codebuild/web".into(),
                stream: Some("0f3a".into()),
                pattern: String::new(),
            },
            asked: Timestamp::from_millis(asked),
            log: LogSnapshot::default(),
            sampled: Sampled::default(),
            state: LiveState::Opening,
        };
        assert_ne!(tail(1).key(), tail(2).key());
        assert_ne!(tail(1).key().stream.as_str(), "0f3a");
    }
}
