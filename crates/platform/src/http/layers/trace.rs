//! The trace a request is part of: taken over from whoever asks, kept open while it is answered, and told in the answer.
//!
//! Invariant: the span made here says which route was asked for and how it ended, by names that stand in the code.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    response::Response,
};
use store::SPANS;
use tracing::{Instrument, field::Empty};

use super::Shell;
use crate::telemetry::{self, Begun, TraceIds};

const PARENT: HeaderName = HeaderName::from_static("traceparent");
const RESPONSE: HeaderName = HeaderName::from_static("traceresponse");
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// Where a request stands among traces.
pub(super) struct Trace(Begun);

impl Trace {
    pub(super) fn of(request: &Request, route: Option<&MatchedPath>, shell: &Shell) -> Trace {
        Trace(telemetry::begin(
            parent(request.headers()),
            || shell.new_trace(),
            || {
                let method = METHODS.iter().find(|known| *known == request.method()).map_or("_OTHER", Method::as_str);
                let route = route.map_or("unmatched", MatchedPath::as_str);
                tracing::debug_span!(
                    target: SPANS, parent: None, "request", otel.name = format!("{method} {route}"), otel.kind = "server",
                    http.request.method = method, http.route = route, http.response.status_code = Empty, otel.status_code = Empty,
                )
            },
        ))
    }

    pub(super) fn ids(&self) -> Option<TraceIds> {
        self.0.ids
    }

    /// Answers as part of it.
    pub(super) async fn around(&self, answered: impl Future<Output = Response>) -> Response {
        let span = &self.0.span;
        let response = answered.instrument(span.clone()).await;
        span.record("http.response.status_code", response.status().as_u16());
        if response.status().is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        response
    }

    /// Tells the caller which trace it was.
    pub(super) fn add(&self, headers: &mut HeaderMap) {
        let told = self.0.ids.and_then(|ids| HeaderValue::from_str(&ids.to_string()).ok());
        if let Some(value) = told {
            headers.insert(RESPONSE, value);
        }
    }
}

/// The one trace that a caller says it is part of; of two none counts.
fn parent(headers: &HeaderMap) -> Option<TraceIds> {
    let mut given = headers.get_all(PARENT).iter();
    match (given.next(), given.next()) {
        (Some(one), None) => one.to_str().ok().and_then(TraceIds::parse),
        _ => None,
    }
}
