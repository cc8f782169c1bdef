//! CloudWatch Logs: one page of a stream, for the engine's tail.

use std::sync::Arc;

use crate::aws::calls::Calls;
use crate::aws::{Sessions, class_of};
use crate::engine::source::{BoxFuture, LogPage, LogReader};
use crate::model::fault::Fault;
use crate::model::ids::LogKey;

pub(super) const SERVICE: &str = "logs";

pub(super) struct Logs {
    pub sessions: Arc<Sessions>,
}

impl LogReader for Logs {
    fn page<'a>(
        &'a self,
        key: &'a LogKey,
        token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        Box::pin(async move {
            let calls = self.sessions.calls(&key.scope).await?;
            let page = page(&calls, key, token).await;
            self.sessions.note(&key.scope.account, class_of(&page));
            page
        })
    }
}

/// GetLogEvents from the head, or on from a forward token: at most 1 MB or 10 000 events. A page may be empty without
/// being the last; the end, for now, is a token that equals the one sent.
pub(super) async fn page(
    calls: &Calls<'_>,
    key: &LogKey,
    token: Option<&str>,
) -> Result<LogPage, Fault> {
    let request = calls
        .clients
        .logs
        .get_log_events()
        .log_group_name(key.group.as_str())
        .log_stream_name(key.stream.as_str())
        // Needed with a forward token too (GetLogEvents, API reference).
        .start_from_head(true)
        .set_next_token(token.map(str::to_owned));
    let answer = calls.call(SERVICE, "GetLogEvents", request.send()).await?;
    let events = answer.events().iter().map(|event| {
        (
            event.timestamp().unwrap_or(0),
            event.message().unwrap_or_default().to_owned(),
        )
    });
    Ok(LogPage {
        events: events.collect(),
        // AWS always sends one; an emulator that does not has nothing more to say.
        next: answer
            .next_forward_token()
            .or(token)
            .unwrap_or_default()
            .to_owned(),
    })
}
