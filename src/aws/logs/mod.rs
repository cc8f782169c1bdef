//! CloudWatch Logs: pages of a stream for the engine's tail, and of a search over a group.

mod events;
pub(super) mod live;
mod whole;

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::aws::calls::Calls;
use crate::aws::{Sessions, class_of, s3};
use crate::engine::source::{
    BoxFuture, FoundPage, LogAsk, LogPage, LogReader, LogSearch, LogSearcher,
};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{LogKey, Scope};
use crate::model::log_events::LogEvents;
use events::Taken;

/// The token after a log in S3.
const READ: &str = "read";

pub(super) const SERVICE: &str = "logs";

pub(super) struct Logs {
    pub sessions: Arc<Sessions>,
}

impl LogReader for Logs {
    fn read<'a>(
        &'a self,
        key: &'a LogKey,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        Box::pin(async move {
            let page = if let Some((bucket, object)) = key.s3() {
                self.object(&key.scope, bucket, object, ask).await
            } else {
                let calls = self.sessions.calls(&key.scope).await?;
                page(&calls, key, ask).await
            };
            self.sessions.note(&key.scope.account, class_of(&page));
            page
        })
    }
}

impl Logs {
    /// A log in S3, on one page: an object is written once, and whole.
    async fn object(
        &self,
        scope: &Scope,
        bucket: &str,
        object: &str,
        ask: LogAsk<'_>,
    ) -> Result<LogPage, Fault> {
        let events = if ask.token == Some(READ) {
            LogEvents::default()
        } else {
            s3::log(&self.sessions, scope, bucket, object).await?
        };
        Ok(LogPage {
            events,
            next: READ.to_owned(),
        })
    }
}

impl LogSearcher for Logs {
    fn find<'a>(
        &'a self,
        search: &'a LogSearch,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<FoundPage, Fault>> {
        Box::pin(async move {
            let calls = self.sessions.calls(&search.scope).await?;
            let page = found(&calls, search, ask).await;
            self.sessions.note(&search.scope.account, class_of(&page));
            page
        })
    }
}

/// GetLogEvents from the head, or on from a forward token: at most 1 MB or 10 000 events. A page may be empty without
/// being the last; the end, for now, is a token that equals the one sent.
pub(super) async fn page(
    calls: &Calls<'_>,
    key: &LogKey,
    ask: LogAsk<'_>,
) -> Result<LogPage, Fault> {
    let taken = Taken::default();
    let request = calls
        .clients
        .logs
        .get_log_events()
        .log_group_name(key.group.as_str())
        .log_stream_name(key.stream.as_str())
        // Needed with a forward token too (GetLogEvents, API reference).
        .start_from_head(true)
        .set_start_time(ask.since)
        .set_next_token(ask.token.map(str::to_owned))
        .customize()
        .interceptor(taken.clone());
    let answer = calls.call(SERVICE, "GetLogEvents", request.send()).await?;
    let events = taken.take().unwrap_or_else(|| {
        let mut events = LogEvents::default();
        for event in answer.events() {
            let ingested = event.ingestion_time().unwrap_or(0);
            let message = event.message().unwrap_or_default();
            events.push(event.timestamp().unwrap_or(0), ingested as u64, message);
        }
        events
    });
    Ok(LogPage {
        events,
        // AWS always sends one; an emulator that does not has nothing more to say.
        next: answer
            .next_forward_token()
            .or(ask.token)
            .unwrap_or_default()
            .to_owned(),
    })
}

/// FilterLogEvents: at most 1 MB or 10 000 events of a group's streams. A page may be empty without being the last, which
/// is the one without a token.
async fn found(calls: &Calls<'_>, search: &LogSearch, ask: LogAsk<'_>) -> Result<FoundPage, Fault> {
    const OPERATION: &str = "FilterLogEvents";
    let taken = Taken::default();
    let streams = search
        .stream
        .iter()
        .map(|stream| stream.as_str().to_owned());
    let request = calls
        .clients
        .logs
        .filter_log_events()
        .log_group_name(search.group.as_str())
        .set_log_stream_names(Some(streams.collect()).filter(|names: &Vec<_>| !names.is_empty()))
        .set_filter_pattern(Some(search.pattern.clone()).filter(|pattern| !pattern.is_empty()))
        .set_start_time(ask.since)
        .set_next_token(ask.token.map(str::to_owned))
        .customize()
        .interceptor(taken.clone());
    let answer = calls.call(SERVICE, OPERATION, request.send()).await?;
    let next = answer.next_token().map(str::to_owned);
    if next.is_some() && next.as_deref() == ask.token {
        let message = "the same token came twice: the search would never end";
        return Err(calls
            .place(SERVICE, OPERATION)
            .fault(FaultClass::Unreadable, message));
    }
    let events = taken.take().unwrap_or_else(|| {
        let mut events = LogEvents::default();
        for event in answer.events() {
            let id = events::mark_of(event.event_id().unwrap_or_default());
            let message = event.message().unwrap_or_default();
            events.push(event.timestamp().unwrap_or(0), id, message);
        }
        events
    });
    Ok(FoundPage { events, next })
}

/// The client for pages of a megabyte: the answer is read in one piece, and no watch is kept over its speed, because the
/// operation's timeout covers all of it.
pub(super) fn client(config: &aws_types::SdkConfig) -> aws_sdk_cloudwatchlogs::Client {
    let mut own = aws_sdk_cloudwatchlogs::config::Builder::from(config).stalled_stream_protection(
        aws_sdk_cloudwatchlogs::config::StalledStreamProtectionConfig::disabled(),
    );
    if let Some(http) = config.http_client() {
        own = own.http_client(SharedHttpClient::new(whole::WholeAnswers(http)));
    }
    aws_sdk_cloudwatchlogs::Client::from_conf(own.build())
}
