//! The loopback server: HTTP/1.1 with keep-alive, one task a connection, one lock around the world.
//!
//! The way of a request: read whole (16 MB at most), verify, route, move the world to the present, answer,
//! then break the answer if a fault says so. The lock is held for the answer only, never across an await.

mod body;

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, DATE};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::sim::auth::{self, Caller};
use crate::sim::clock::Clock;
use crate::sim::control;
use crate::sim::faults::{Fault, Faults};
use crate::sim::protocol::{self, Encoded, Flavour};
use crate::sim::random::Random;
use crate::sim::wire::{Call, Millis, Service, WireError};
use crate::sim::world::World;
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
    shared: &Shared,
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
        let encoded = Encoded {
            content_type: "application/json",
            body: Bytes::from(text),
        };
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
    shared: &Shared,
    parts: &Parts,
    body: &[u8],
    caller: &Caller,
) -> Result<Response<AnswerBody>, Dropped> {
    let routed = match protocol::route(&shared.services, &caller.service, &parts.headers, body) {
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
        .and_then(|fault| instead(shared, parts, fault, caller))
    {
        remember(reply.status().as_u16());
        return Ok(reply);
    }
    let outcome = {
        let mut world = shared.world();
        let call = Call {
            account: &caller.key.account,
            region: &caller.region,
            operation: &routed.operation,
            input: &routed.input,
            caller_arn: &caller.key.arn,
            now: world.now(),
        };
        routed.service.handle(&call, &mut world)
    };
    if fault == Some(Fault::ApplyThenDrop) {
        remember(0);
        return Err(Dropped);
    }
    let mut value = match outcome {
        Ok(value) => value,
        Err(error) => {
            remember(error.status);
            return Ok(refusal(shared, parts, &error));
        }
    };
    remember(200);
    if let Some(fault) = &fault {
        fault.alter(&mut value);
    }
    let request_id = shared.request_id();
    let encoded = protocol::answer(routed.service, &routed.operation, &value, &request_id);
    let bytes = encoded.body.clone();
    let mut reply = response(shared, StatusCode::OK, encoded, &request_id);
    match fault {
        Some(Fault::Slow(pause)) => *reply.body_mut() = AnswerBody::dripping(bytes, pause),
        Some(Fault::Truncated) => *reply.body_mut() = AnswerBody::truncated(&bytes),
        _ => {}
    }
    Ok(reply)
}

/// The answer that a fault gives in place of the service's, if it does.
fn instead(
    shared: &Shared,
    parts: &Parts,
    fault: &Fault,
    caller: &Caller,
) -> Option<Response<AnswerBody>> {
    let refuse = |error: WireError| Some(refusal(shared, parts, &error));
    let page = |status, text: &'static str| {
        let encoded = Encoded {
            content_type: "text/html; charset=utf-8",
            body: Bytes::from_static(text.as_bytes()),
        };
        Some(response(shared, status, encoded, &shared.request_id()))
    };
    match fault {
        Fault::Throttle => refuse(WireError::new("ThrottlingException", "Rate exceeded")),
        Fault::ServerError => refuse(WireError::server(
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        )),
        Fault::ServerErrorEmptyBody => {
            let encoded = Encoded {
                content_type: "application/x-amz-json-1.1",
                body: Bytes::new(),
            };
            Some(response(
                shared,
                StatusCode::INTERNAL_SERVER_ERROR,
                encoded,
                &shared.request_id(),
            ))
        }
        Fault::Html => page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was unable to complete your request.</p>\n",
        ),
        Fault::CaptivePortal => page(
            StatusCode::OK,
            "<!doctype html>\n<html><head><title>Welcome to Harbour Guest WiFi</title></head><body><form action=\"/login\">Please sign in to continue.</form></body></html>\n",
        ),
        Fault::AccessDenied { action } => refuse(WireError::new(
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: {action} because no identity-based policy allows the {action} action",
                caller.key.arn
            ),
        )),
        Fault::ExpiredToken => refuse(auth::expired(Flavour::of(&parts.headers))),
        Fault::ClockSkew { minutes } => {
            let error = WireError::with_status(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            );
            let mut reply = refusal(shared, parts, &error);
            if let Ok(date) = http_date(shared.clock.wire_now() + minutes * 60_000).parse() {
                reply.headers_mut().insert(DATE, date);
            }
            Some(reply)
        }
        Fault::Body { text } => {
            let encoded = Encoded {
                content_type: "application/x-amz-json-1.1",
                body: Bytes::from(text.clone()),
            };
            Some(response(
                shared,
                StatusCode::OK,
                encoded,
                &shared.request_id(),
            ))
        }
        Fault::Stall
        | Fault::Slow(_)
        | Fault::Truncated
        | Fault::ApplyThenDrop
        | Fault::Malformed { .. }
        | Fault::Quirk(_) => None,
    }
}

fn refusal(shared: &Shared, parts: &Parts, error: &WireError) -> Response<AnswerBody> {
    let request_id = shared.request_id();
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response(
        shared,
        status,
        Flavour::of(&parts.headers).error(error, &request_id),
        &request_id,
    )
}

fn response(
    shared: &Shared,
    status: StatusCode,
    encoded: Encoded,
    request_id: &str,
) -> Response<AnswerBody> {
    let mut reply = Response::new(AnswerBody::whole(encoded.body));
    *reply.status_mut() = status;
    let values = [
        (CONTENT_TYPE.as_str(), encoded.content_type.to_owned()),
        (DATE.as_str(), http_date(shared.clock.wire_now())),
        ("x-amzn-requestid", request_id.to_owned()),
    ];
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
