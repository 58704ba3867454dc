//! `GET /api/v1/events`: Server-Sent Events (WHATWG HTML, section 9.2).
//!
//! Invariant: a quiet stream still says something now and then, so that proxies and clients know it lives.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
    response::{IntoResponse, Response, Sse, sse::KeepAlive},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Events, MOST_LISTENERS};
use crate::{
    http::{
        auth::Principal,
        fields::{Fields, several_of},
        problem::Problem,
    },
    lifecycle::Shutdown,
};

const HEARTBEAT: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

#[derive(Clone)]
struct Stream {
    events: Events,
    shutdown: Shutdown,
}

/// The route of the stream.
pub fn routes(events: Events, shutdown: Shutdown) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(stream)).with_state(Stream { events, shutdown })
}

/// The topics asked for; all when none is named.
struct Topics(Vec<&'static str>);

impl FromRequestParts<Stream> for Topics {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, stream: &Stream) -> Result<Topics, Problem> {
        let known = stream.events.topics();
        let named = |name: &str| known.iter().copied().find(|topic| *topic == name);
        let mut fields = Fields::from_query(parts.uri.query().unwrap_or_default())?;
        let topics = fields.optional("topics", several_of(known, named));
        fields.finish(|| Some(Topics(topics.unwrap_or_else(|| known.to_vec()))))
    }
}

/// Tells what changes as it changes. After a pause, `Last-Event-ID` gets what was missed; an event `resync` means that too much
/// was: read anew.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events",
    params(
        ("topics" = Option<String>, Query, description = "Topics parted by commas; all when missing"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event received"),
    ),
    responses((status = 200, description = "A stream that does not end", content_type = "text/event-stream", body = String)),
)]
async fn stream(
    State(stream): State<Stream>,
    principal: Principal,
    Topics(topics): Topics,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if stream.events.0.sender.receiver_count() >= MOST_LISTENERS {
        return Err(Problem::unavailable(Duration::from_secs(30)).log("too many listeners"));
    }
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let events = stream.events.listen((topics, principal.sites), last, stream.shutdown);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // nginx would gather the events into blocks.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}
