//! StartLiveTail: an event stream that AWS bills by the minute for as long as it is open.

use aws_sdk_cloudwatchlogs::primitives::event_stream::EventReceiver;
use aws_sdk_cloudwatchlogs::types::error::StartLiveTailResponseStreamError;
use aws_sdk_cloudwatchlogs::types::{
    LiveTailSessionMetadata, LiveTailSessionUpdate, StartLiveTailResponseStream as News,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::{Logs, SERVICE};
use crate::aws::calls::Calls;
use crate::aws::class_of;
use crate::aws::fault::class_of as class_of_code;
use crate::engine::source::{BoxFuture, LiveNews, LiveSession, LiveTailer, LiveUpdate};
use crate::model::fault::{Fault, FaultClass};
use crate::model::live::{LiveAsk, LiveEnd};
use crate::model::log_events::LogEvents;

const OPERATION: &str = "StartLiveTail";

/// Characters of a stream's name before each line of a whole group: its end tells streams of CodeBuild apart.
const STREAM: usize = 12;

impl LiveTailer for Logs {
    fn open<'a>(&'a self, ask: &'a LiveAsk) -> BoxFuture<'a, Result<Box<dyn LiveSession>, Fault>> {
        Box::pin(async move {
            let opened = self.open_session(ask).await;
            self.sessions.note(&ask.scope.account, class_of(&opened));
            opened
        })
    }
}

impl Logs {
    async fn open_session(&self, ask: &LiveAsk) -> Result<Box<dyn LiveSession>, Fault> {
        let calls = self.sessions.calls(&ask.scope).await?;
        let group = self.group_arn(&calls, ask).await?;
        let streams = ask.stream.iter().map(|stream| stream.as_str().to_owned());
        let request = calls
            .clients
            .live_logs
            .start_live_tail()
            .log_group_identifiers(group)
            .set_log_stream_names(
                Some(streams.collect()).filter(|names: &Vec<_>| !names.is_empty()),
            )
            .set_log_event_filter_pattern(
                Some(ask.pattern.clone()).filter(|pattern| !pattern.is_empty()),
            );
        let answer = calls.call(SERVICE, OPERATION, request.send()).await?;
        Ok(Box::new(Session {
            calls,
            names_streams: ask.stream.is_none(),
            events: answer.response_stream,
        }))
    }

    /// Live Tail takes ARNs alone, without the `:*` that DescribeLogGroups adds to some (API reference). Who the account
    /// is tells STS, and the partition with it.
    async fn group_arn(&self, calls: &Calls<'_>, ask: &LiveAsk) -> Result<String, Fault> {
        let caller = crate::aws::sts::caller(calls).await?;
        let partition = caller.arn.split(':').nth(1).unwrap_or("aws");
        Ok(format!(
            "arn:{partition}:logs:{}:{}:log-group:{}",
            ask.scope.region, caller.account, ask.group
        ))
    }
}

struct Session {
    calls: Calls<'static>,
    /// Each line begins with its stream.
    names_streams: bool,
    events: EventReceiver<News, StartLiveTailResponseStreamError>,
}

impl LiveSession for Session {
    fn next(&mut self) -> BoxFuture<'_, Result<LiveNews, Fault>> {
        Box::pin(async move {
            loop {
                match self.events.recv().await {
                    Ok(Some(News::SessionStart(_))) => return Ok(LiveNews::Begun),
                    Ok(Some(News::SessionUpdate(update))) => {
                        return Ok(LiveNews::Update(self.update(&update)));
                    }
                    // The first message of every stream of AWS JSON is such a one, `initial-response`, and says nothing.
                    Ok(Some(_)) => {}
                    Ok(None) => return Ok(LiveNews::Ended(LiveEnd::Closed)),
                    Err(SdkError::ServiceError(error))
                        if error.err().is_session_timeout_exception() =>
                    {
                        return Ok(LiveNews::Ended(LiveEnd::ThreeHours));
                    }
                    Err(error) => return Err(self.fault(&error)),
                }
            }
        })
    }
}

impl Session {
    fn update(&self, update: &LiveTailSessionUpdate) -> LiveUpdate {
        let mut events = LogEvents::default();
        for event in update.session_results() {
            let message = event.message().unwrap_or_default();
            let text = if self.names_streams {
                let stream = event.log_stream_name().unwrap_or_default();
                &format!("{}  {message}", end_of(stream))
            } else {
                message
            };
            let mark = event.ingestion_time().unwrap_or(0) as u64;
            events.push(event.timestamp().unwrap_or(0), mark, text);
        }
        let sampled = update
            .session_metadata()
            .is_some_and(LiveTailSessionMetadata::sampled);
        LiveUpdate { events, sampled }
    }

    /// An error within the stream, after an answer that was none.
    fn fault<R: std::fmt::Debug + Send + Sync + 'static>(
        &self,
        error: &SdkError<StartLiveTailResponseStreamError, R>,
    ) -> Fault {
        let place = self.calls.place(SERVICE, OPERATION);
        let SdkError::ServiceError(said) = error else {
            return place.of_chain(error);
        };
        let code = said.err().code().unwrap_or_default();
        let message = said.err().message().unwrap_or("AWS gives no reason");
        // SessionStreamingException is AWS's own trouble; the stream has no HTTP status of its own.
        let class = match class_of_code(code, 200) {
            FaultClass::Refused => FaultClass::Service,
            class => class,
        };
        let mut fault = place.fault(class, message);
        fault.code = Some(code.to_owned()).filter(|code| !code.is_empty());
        fault
    }
}

/// The end of a stream's name.
fn end_of(stream: &str) -> &str {
    let cut = stream.char_indices().nth_back(STREAM - 1);
    cut.map_or(stream, |(start, _)| stream.get(start..).unwrap_or(stream))
}

/// The client for sessions: their answers never end, so nothing may wait for the whole of one, and no watch is kept over
/// its speed, because a second without events is one like any other.
pub(in crate::aws) fn client(
    config: &aws_types::SdkConfig,
    custom_endpoint: bool,
) -> aws_sdk_cloudwatchlogs::Client {
    let mut own = aws_sdk_cloudwatchlogs::config::Builder::from(config).stalled_stream_protection(
        aws_sdk_cloudwatchlogs::config::StalledStreamProtectionConfig::disabled(),
    );
    if custom_endpoint {
        own = own.interceptor(HostAsGiven);
    }
    aws_sdk_cloudwatchlogs::Client::from_conf(own.build())
}

/// Takes the `stream-` away that the model puts before the host: `stream-127.0.0.1` leads nowhere.
#[derive(Debug)]
struct HostAsGiven;

#[dyn_dispatch_hint]
impl Intercept for HostAsGiven {
    fn name(&self) -> &'static str {
        "HostAsGiven"
    }

    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().unset::<EndpointPrefix>();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn a_stream_is_told_by_the_end_of_its_name() {
        assert_eq!(
            end_of("0f3a91c2-11aa-4bbb-8ccc-0123456789ab"),
            "0123456789ab"
        );
        assert_eq!(end_of("i-0a11"), "i-0a11");
        assert_eq!(end_of("ééééééééééééé"), "éééééééééééé");
    }
}
