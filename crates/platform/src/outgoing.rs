//! Requests that we make: the one way out of the program over HTTP, but for spans and figures, which go from threads of their own to the
//! collectors that the settings name ([`telemetry`](crate::telemetry)), and to no address that is refused here.
//!
//! Invariant: only what the settings name is asked, at an address that was looked at and then connected to, without following anybody
//! elsewhere; how long it takes and what comes back are bounded. What a node refuses here is written into
//! the audit log.

mod connect;
mod destination;
mod fault;
mod ranges;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header},
};
use domain::{Clock, audit::Action};
use futures_util::StreamExt;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use store::SPANS;
use tracing::{Instrument, Span, field::Empty};

pub use connect::{Resolve, SystemResolver};
pub use destination::{Destination, Reach, Scheme};
pub use fault::Fault;
pub use ranges::{Range, range_of};

use crate::{
    audit::{self, Audit},
    http::context,
    network::Networks,
    telemetry,
    tls::Trust,
};
use connect::Connector;

/// Connections kept open to one destination while nobody needs them, and for how long.
const MOST_IDLE: usize = 32;
const IDLE_FOR: Duration = Duration::from_secs(30);
/// The longest that an answer can have us wait: whatever answers may say anything.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// What we call ourselves.
const AGENT: &str = concat!("gondola/", env!("CARGO_PKG_VERSION"));
/// Names a request across programs.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Its place in a trace (W3C Trace Context).
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// What one request may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// From its beginning to the last byte of its answer.
    pub time: Duration,
    /// Bytes of the answer's body.
    pub body_bytes: usize,
}

/// What a way out is made of.
pub struct OutgoingParts {
    /// What may be asked.
    pub destinations: Vec<Destination>,
    /// Networks that may be reached although they are nobody's business outside.
    pub networks: Networks,
    /// Whose certificates are believed, and which is shown; `None` where nothing is asked over TLS.
    pub trust: Option<Trust>,
    /// Knows addresses by name.
    pub resolver: Arc<dyn Resolve>,
    /// Where refusals are told; a command tells whoever runs it instead.
    pub audit: Option<Audit>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing {
    client: Client<Connector, Body>,
    destinations: Arc<[Destination]>,
    audit: Option<Audit>,
    clock: Arc<dyn Clock>,
}

impl Outgoing {
    /// To those destinations and no others.
    pub fn new(parts: OutgoingParts) -> Outgoing {
        let OutgoingParts { destinations, networks, trust, resolver, audit, clock } = parts;
        let destinations: Arc<[Destination]> = destinations.into();
        let connector = Connector::new(Arc::clone(&destinations), networks, trust, resolver);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(MOST_IDLE)
            .build(connector);
        Outgoing { client, destinations, audit, clock }
    }

    /// Asks, and gives the whole answer, whatever its status: an answer that leads elsewhere is not followed. The name and the trace of
    /// the request being answered go along.
    pub async fn send(&self, request: Request<Bytes>, bounds: Bounds) -> Result<Response<Bytes>, Fault> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let span = call(&request);
        // Named within, so that what it says it is a part of is this call.
        let asking = async { self.ask(named(request), bounds.body_bytes).await }.instrument(span.clone());
        let answer = tokio::time::timeout(bounds.time, asking).await.unwrap_or(Err(Fault::Silent));
        ended(&span, &answer);
        if let Err(fault) = &answer
            && fault.is_refusal()
        {
            tracing::warn!(host, %fault, "an outgoing request was refused");
            if let Some(audit) = &self.audit {
                let told = audit::by_system("outgoing", Action::OutgoingRefused).denied().on("host", &host);
                audit.record(told.detail("reason", fault.to_string()).at(self.clock.now()));
            }
        }
        answer
    }

    async fn ask(&self, request: Request<Bytes>, most_bytes: usize) -> Result<Response<Bytes>, Fault> {
        destination::find(&self.destinations, request.uri())?;
        let answer = self.client.request(request.map(Body::from)).await.map_err(|error| Fault::of(&error))?;
        let (parts, body) = answer.into_parts();
        let bytes = read(Body::new(body), most_bytes).await?;
        Ok(Response::from_parts(parts, bytes))
    }
}

/// When an answer says to come back, in seconds; a date would have to be held against a clock that is not ours.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The span of a call; none where nothing is traced. Of its address the host alone: the rest may name things.
fn call(request: &Request<Bytes>) -> Span {
    let (method, host) = (request.method(), request.uri().host().unwrap_or_default());
    tracing::debug_span!(
        target: SPANS, "call", otel.name = format!("{method} {host}"), otel.kind = "client",
        http.request.method = method.as_str(), server.address = host, http.response.status_code = Empty,
        error.type = Empty, otel.status_code = Empty,
    )
}

fn ended(span: &Span, answer: &Result<Response<Bytes>, Fault>) {
    let failed = match answer {
        Ok(answer) => {
            span.record("http.response.status_code", answer.status().as_u16());
            answer.status().is_client_error() || answer.status().is_server_error()
        }
        Err(fault) => {
            span.record("error.type", fault.name());
            true
        }
    };
    if failed {
        span.record("otel.status_code", "ERROR");
    }
}

/// With who asks, and what it is a part of.
fn named(mut request: Request<Bytes>) -> Request<Bytes> {
    let context = context::current();
    let headers = request.headers_mut();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    let trace = telemetry::traceparent().unwrap_or_default();
    let names = [(REQUEST_ID, &*context.request_id), (TRACE_PARENT, &*trace)];
    for (name, value) in names {
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    request
}

async fn read(body: Body, most: usize) -> Result<Bytes, Fault> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > most {
        return Err(Fault::TooLarge { most });
    }
    let mut bytes = Vec::with_capacity(declared);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Fault::Broken(error.to_string()))?;
        if bytes.len() + chunk.len() > most {
            return Err(Fault::TooLarge { most });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}
