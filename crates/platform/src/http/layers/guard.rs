//! What a request must pass before a handler sees it: a name we go by, the door, a turn, and time.
//!
//! Invariant: each refusal says when to come back or what to change; the room taken is given back however the handler ends.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Shell, arrival::Arrival, cors};
use crate::http::{body::refuse_body, problem::Problem};

/// Bytes of a path with its parameters; what is longer belongs into a body.
const MOST_ADDRESS_BYTES: usize = 8 * 1024;

/// On an answer to a request for which there was no turn: it is counted, and nothing has failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct TurnedAway;

pub(super) async fn guard(State(shell): State<Arc<Shell>>, request: Request, next: Next) -> Response {
    if address_bytes(&request) > MOST_ADDRESS_BYTES {
        return Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long").arg("most", MOST_ADDRESS_BYTES).into_response();
    }
    if !host_allowed(&request, &shell) {
        return Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host").into_response();
    }
    if let Some(answer) = cors::preflight(&shell.origins, &request) {
        return answer;
    }
    let mut visit = shell.door.visit(&request);
    if let Some(refusal) = visit.as_ref().and_then(|visit| shell.door.refusal(visit, &request)) {
        if refusal.status() == StatusCode::TOO_MANY_REQUESTS {
            refuse_body(request).await;
        }
        return refusal;
    }
    let room = shell.turns.room(request.method(), request.uri().path());
    let Some(_turn) = room.enter().await else {
        refuse_body(request).await;
        return turned_away();
    };
    if let Some(visit) = &mut visit {
        shell.door.judge(visit, &request);
    }
    let response = in_time(&shell, request, next).await;
    match &visit {
        Some(visit) => shell.door.settle(visit, response).await,
        None => response,
    }
}

fn turned_away() -> Response {
    let problem = Problem::unavailable(Duration::from_secs(1)).log("more requests come than are answered");
    let mut response = problem.into_response();
    response.extensions_mut().insert(TurnedAway);
    response
}

async fn in_time(shell: &Shell, request: Request, next: Next) -> Response {
    let silence = silence(&request, shell);
    let (arrival, request) = Arrival::watch(request);
    tokio::select! {
        answered = tokio::time::timeout(shell.request_timeout, next.run(request)) => answered.unwrap_or_else(|_| {
            if arrival.is_awaited() {
                return Problem::new(StatusCode::REQUEST_TIMEOUT, "slow_body").into_response();
            }
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout").retry_after(Duration::from_secs(1)).into_response()
        }),
        () = silence => {
            Problem::unavailable(Duration::from_secs(5)).log("the database server does not answer").into_response()
        }
    }
}

/// Ends when nothing of the API can be answered any more. What is outside of it knows what to say without the database, or has a
/// patience of its own.
fn silence(request: &Request, shell: &Shell) -> impl Future<Output = ()> + use<> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    let is_of = |pattern: &str| pattern.strip_suffix('*').map_or(pattern == path, |start| path.starts_with(start));
    let is_patient = shell.patient.iter().any(|(of, pattern)| *of == method && is_of(pattern));
    let waits = path.starts_with("/api/") && !is_patient;
    let pulse = shell.database.clone().filter(|_| waits);
    async move {
        match pulse {
            Some(pulse) => pulse.silence().await,
            None => std::future::pending().await,
        }
    }
}

fn address_bytes(request: &Request) -> usize {
    request.uri().path_and_query().map_or(0, |address| address.as_str().len())
}

/// HTTP/1.0 clients may leave `Host` out; a browser, whom the check is for, never does.
fn host_allowed(request: &Request, shell: &Shell) -> bool {
    let mut names = request.headers().get_all(header::HOST).iter();
    let allowed = |name: &HeaderValue| name.to_str().is_ok_and(|name| shell.hosts.allows(name));
    match (request.uri().host(), names.next(), names.next()) {
        (Some(name), ..) => shell.hosts.allows(name),
        (None, Some(name), None) => allowed(name),
        (None, None, _) => true,
        (None, Some(_), Some(_)) => false,
    }
}
