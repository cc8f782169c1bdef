//! The loopback server: HTTP/1.1 with keep-alive, one task a connection, one lock around the world.
//!
//! The way of a request: read whole (16 MB at most), verify, route, move the world to the present, answer,
//! then break the answer if a fault says so. The lock is held for the answer only, never across an await.

mod body;
mod broken;
mod going;

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, DATE};
use hyper::http::Method;
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::sim::auth::{self, Caller};
use crate::sim::clock::Clock;
use crate::sim::control;
use crate::sim::faults::{Fault, Faults};
use crate::sim::protocol::rest_xml::RestRequest;
use crate::sim::protocol::{self, Encoded, Flavour, Outcome, Routed};
use crate::sim::random::Random;
use crate::sim::wire::{Call, Millis, Service, WireError};
use crate::sim::world::World;
use crate::sim::world::trail::{self, Recorded, Who};
use body::AnswerBody;

const LARGEST_REQUEST: usize = 16 * 1024 * 1024;
/// Requests remembered one by one; the counters go on for ever.
const REMEMBERED_REQUESTS: usize = 20_000;

/// One verified request, for tests that count what arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub operation: String,
    /// The signing name, `codepipeline`.
    pub service: String,
    pub account: String,
    pub region: String,
    pub at: Millis,
    /// The HTTP status sent; 0 when no answer was.
    pub status: u16,
}

/// What was asked so far.
#[derive(Debug, Default)]
pub struct Requests {
    latest: VecDeque<Request>,
    counts: BTreeMap<String, usize>,
}

impl Requests {
    fn add(&mut self, request: Request) {
        *self.counts.entry(request.operation.clone()).or_default() += 1;
        if self.latest.len() == REMEMBERED_REQUESTS {
            self.latest.pop_front();
        }
        self.latest.push_back(request);
    }

    pub fn latest(&self) -> Vec<Request> {
        self.latest.iter().cloned().collect()
    }

    pub fn counts(&self) -> &BTreeMap<String, usize> {
        &self.counts
    }
}

/// Everything that the connections share.
pub struct Shared {
    pub clock: Clock,
    pub faults: Faults,
    /// What guards `/_sim/…`; none when it is not served.
    pub control_token: Option<String>,
    services: Vec<Box<dyn Service>>,
    world: Mutex<World>,
    requests: Mutex<Requests>,
    request_ids: Mutex<Random>,
    stopped: CancellationToken,
}

impl Shared {
    pub fn new(world: World, clock: Clock, control_token: Option<String>) -> Self {
        let ids = Random::named(clock.now() as u64, "request ids");
        Self {
            clock,
            faults: Faults::default(),
            control_token,
            services: crate::sim::services::all(),
            world: Mutex::new(world),
            requests: Mutex::new(Requests::default()),
            request_ids: Mutex::new(ids),
            stopped: CancellationToken::new(),
        }
    }

    /// The world, moved to the present.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now());
        world
    }

    pub fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the listener and every connection.
    pub fn stop(&self) {
        self.stopped.cancel();
    }

    fn request_id(&self) -> String {
        self.request_ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .uuid()
    }
}

/// Binds 127.0.0.1 (port 0: any) and serves on the runtime it is called in. Returns the port.
pub async fn serve(shared: Arc<Shared>, port: u16) -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        let stopped = shared.stopped.clone();
        let accept = async {
            loop {
                // A failed accept is one client's, as when it is gone before it is taken up.
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                tokio::spawn(connection(Arc::clone(&shared), stream));
            }
        };
        stopped.run_until_cancelled(accept).await;
    });
    Ok(port)
}

async fn connection(shared: Arc<Shared>, stream: TcpStream) {
    // Answers are small and written at once; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let stopped = shared.stopped.clone();
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { respond(&shared, request).await }
    });
    let serving =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error here is a client that left, or a fault that made us leave.
    let _ = stopped.run_until_cancelled(serving).await;
}

/// A connection ended on purpose, without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the connection was dropped by a fault")
    }
}

impl std::error::Error for Dropped {}

async fn respond(
    shared: &Arc<Shared>,
    request: HttpRequest<Incoming>,
) -> Result<Response<AnswerBody>, Dropped> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_REQUEST).collect().await else {
        let error = WireError::with_status(
            413,
            "RequestEntityTooLargeException",
            "The request is larger than 16 MB.",
        );
        return Ok(refusal(shared, &parts, &error));
    };
    let body = body.to_bytes();
    if let Some(path) = parts.uri.path().strip_prefix("/_sim/")
        && shared.control_token.is_some()
    {
        let (status, text) = control::handle(shared, &parts, path, &body);
        let encoded = Encoded::new("application/json", Bytes::from(text));
        return Ok(response(shared, status, encoded, &shared.request_id()));
    }
    let caller = {
        let world = shared.world();
        auth::verify(&parts, &body, &world.keys, shared.clock.wire_now())
    };
    match caller {
        Ok(caller) => answer(shared, &parts, &body, &caller).await,
        Err(error) => Ok(refusal(shared, &parts, &error)),
    }
}

async fn answer(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: &[u8],
    caller: &Caller,
) -> Result<Response<AnswerBody>, Dropped> {
    let routed = match protocol::route(&shared.services, &caller.service, parts, body) {
        Ok(routed) => routed,
        Err(error) => return Ok(refusal(shared, parts, &error)),
    };
    let fault = shared.faults.take(&caller.service, &routed.operation);
    let remember = |status: u16| {
        shared.requests().add(Request {
            operation: routed.operation.clone(),
            service: caller.service.clone(),
            account: caller.key.account.clone(),
            region: caller.region.clone(),
            at: shared.clock.now(),
            status,
        });
    };
    if fault == Some(Fault::Stall) {
        remember(0);
        std::future::pending::<Infallible>().await;
    }
    if let Some(reply) = fault
        .as_ref()
        .and_then(|fault| broken::instead(shared, parts, fault))
    {
        remember(reply.status().as_u16());
        return Ok(reply);
    }
    let request_id = shared.request_id();
    if let Some(Fault::AccessDenied { action }) = &fault {
        let error = broken::denied(Flavour::of(parts), &caller.key.arn, action);
        remember(error.status);
        let world = &mut shared.world();
        note(world, parts, caller, &routed, Err(&error), &request_id);
        return Ok(refusal_as(shared, parts, &error, &request_id));
    }
    let outcome = handle(shared, parts, caller, &routed, &request_id);
    if fault == Some(Fault::ApplyThenDrop) {
        remember(0);
        return Err(Dropped);
    }
    let mut outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            remember(error.status);
            return Ok(refusal_as(shared, parts, &error, &request_id));
        }
    };
    if let (Some(fault), Some(members)) = (&fault, outcome.members_mut()) {
        fault.alter(members);
    }
    let (status, mut encoded, session) = routed.answer(outcome, &request_id);
    remember(status);
    if fault == Some(Fault::InvalidUtf8) {
        encoded.body = broken::with_invalid_utf8(&encoded.body);
    }
    if let Some(session) = session {
        let first = std::mem::take(&mut encoded.body);
        let mut reply = response(shared, StatusCode::OK, encoded, &request_id);
        let breaks = fault == Some(Fault::Truncated);
        *reply.body_mut() = AnswerBody::going(Arc::clone(shared), session, first, breaks);
        return Ok(reply);
    }
    let bytes = encoded.body.clone();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = response(shared, status, encoded, &request_id);
    match fault {
        Some(Fault::Slow(pause)) => *reply.body_mut() = AnswerBody::dripping(bytes, pause),
        Some(Fault::Truncated) => *reply.body_mut() = AnswerBody::truncated(&bytes),
        _ => {}
    }
    Ok(reply)
}

/// The service's own answer, from a world moved to the present, and its trace in the trail. The lock is
/// held here only.
fn handle(
    shared: &Shared,
    parts: &Parts,
    caller: &Caller,
    routed: &Routed<'_>,
    request_id: &str,
) -> Result<Outcome, WireError> {
    let mut world = shared.world();
    let call = Call {
        account: &caller.key.account,
        region: &caller.region,
        operation: &routed.operation,
        input: &routed.input,
        caller_arn: &caller.key.arn,
        now: world.now(),
    };
    if routed.is_rest() {
        let request = RestRequest::of(parts);
        let answer = routed.service.handle_rest(&call, &request, &mut world);
        return answer.map(Outcome::Rest);
    }
    if let Some(session) = routed.service.session(&call, &mut world) {
        return session.map(Outcome::Session);
    }
    if let Some(body) = routed.service.written(&call, &mut world) {
        return body.map(Outcome::Written);
    }
    let answer = routed.service.handle(&call, &mut world);
    note(
        &mut world,
        parts,
        caller,
        routed,
        answer.as_ref(),
        request_id,
    );
    answer.map(Outcome::Members)
}

/// Records a call that changes something, or was to.
fn note(
    world: &mut World,
    parts: &Parts,
    caller: &Caller,
    routed: &Routed<'_>,
    outcome: Result<&Value, &WireError>,
    request_id: &str,
) {
    if !trail::writes(&routed.operation) {
        return;
    }
    let (at, pace) = (world.now(), world.pace());
    let who = Who {
        account: caller.key.account.clone(),
        arn: caller.key.arn.clone(),
        principal: caller.key.user_id.clone(),
        access_key: Some(caller.key.access_key_id.clone()),
    };
    let call = Recorded {
        at,
        service: &caller.service,
        operation: &routed.operation,
        who,
        agent: protocol::header(&parts.headers, "user-agent").unwrap_or_default(),
        request: Value::Object(routed.input.clone()),
        outcome,
        request_id,
    };
    let place = world.place_mut(&caller.key.account, &caller.region);
    place.trail.record(call, pace);
}

fn refusal(shared: &Shared, parts: &Parts, error: &WireError) -> Response<AnswerBody> {
    refusal_as(shared, parts, error, &shared.request_id())
}

fn refusal_as(
    shared: &Shared,
    parts: &Parts,
    error: &WireError,
    request_id: &str,
) -> Response<AnswerBody> {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut encoded = Flavour::of(parts).error(error, request_id);
    if parts.method == Method::HEAD {
        encoded.body = Bytes::new();
    }
    response(shared, status, encoded, request_id)
}

fn response(
    shared: &Shared,
    status: StatusCode,
    encoded: Encoded,
    request_id: &str,
) -> Response<AnswerBody> {
    let mut reply = Response::new(AnswerBody::whole(encoded.body));
    *reply.status_mut() = status;
    let mut values = encoded.headers;
    values.push((DATE.as_str(), http_date(shared.clock.wire_now())));
    if !encoded.content_type.is_empty() {
        values.push((CONTENT_TYPE.as_str(), encoded.content_type.to_owned()));
    }
    if !values.iter().any(|(name, _)| *name == "x-amz-request-id") {
        values.push(("x-amzn-requestid", request_id.to_owned()));
    }
    for (name, value) in values {
        if let Ok(value) = value.parse() {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

/// `Mon, 23 Nov 2026 02:04:08 GMT`.
fn http_date(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

#[cfg(test)]
mod tests;
