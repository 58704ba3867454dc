//! The outermost layer: who asks and in which language, and one log line for the answer.
//!
//! Invariant: a log line is written for every request, also when its handler panicked; nothing a client sent can add a line.

use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::Stopwatch;
use futures_util::FutureExt;
use tracing::field::display;

use super::{Shell, cors, guard::TurnedAway, headers, trace::Trace};
use crate::{
    http::{
        auth::Principal,
        context::{Context, scope},
        problem::{LoggedProblem, Problem},
    },
    lifecycle::{OverTls, panic_message},
    telemetry::{Stack, TraceIds},
    texts::Locale,
};

/// Bytes kept of what a caller's program calls itself.
const MOST_AGENT_BYTES: usize = 256;

pub(super) async fn entry(State(shell): State<Arc<Shell>>, mut request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let trace = Trace::of(&request, route.as_ref(), &shell);
    let context = context(&request, &shell, trace.ids());
    let line = Line::of(&request, context.client);
    let origin = cors::listed(&shell.origins, request.headers());
    request.extensions_mut().insert(context.clone());
    let answered = scope(context.clone(), async {
        let mut response = trace.around(contained(next.run(request))).await;
        trace.add(response.headers_mut());
        headers::add(response.headers_mut(), &context, shell.degradation.level());
        cors::add(&shell.origins, origin, response.headers_mut());
        let took = watch.elapsed();
        shell.metrics.note(&line.method, route.as_ref().map(MatchedPath::as_str), response.status(), took);
        line.write(&response, took);
        response
    });
    answered.await
}

fn context(request: &Request, shell: &Shell, trace: Option<TraceIds>) -> Context {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let over_tls = request.extensions().get::<OverTls>();
    let client = peer.map(|ConnectInfo(peer)| shell.proxies.client(*peer, headers));
    Context {
        locale: locale(headers, shell),
        request_id: request_id(headers, shell),
        client: client.map(|client| client.address),
        agent: agent(headers),
        level: shell.degradation.level(),
        trace,
        secure: over_tls.is_some() || client.is_some_and(|client| client.tls_before_proxy),
        request: format!("{} {}", request.method(), shown_path(request)).into(),
        noted: Arc::default(),
    }
}

/// A panic in a handler ends that request and nothing else. Which calls led to it has its own line in the log, written before they were
/// unwound; here there is only what surrounds them.
async fn contained(work: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => Problem::bug(format_args!("panic: {}", panic_message(&*panic))).without_stack().into_response(),
    }
}

fn locale(headers: &HeaderMap, shell: &Shell) -> Locale {
    let wish = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    wish.and_then(Locale::accepted).unwrap_or(shell.language)
}

/// What the caller's program calls itself.
fn agent(headers: &HeaderMap) -> Arc<str> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    // Only ASCII comes out of `to_str`, so any place is between two characters.
    agent.map_or("", |agent| &agent[..agent.len().min(MOST_AGENT_BYTES)]).into()
}

/// The client's own id when it is fit to be written into logs and headers, else a new one.
fn request_id(headers: &HeaderMap, shell: &Shell) -> Arc<str> {
    let fit = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    let given = headers.get(headers::REQUEST_ID).and_then(|value| value.to_str().ok()).filter(fit);
    given.map_or_else(|| shell.new_request_id(), Arc::from)
}

/// What the log says of a request before it is answered. Who asked and how it ended come first, before anything the client wrote, so
/// that a program that watches for refusals cannot be fooled by a path.
struct Line {
    client: Option<IpAddr>,
    method: Method,
    /// Without its query, which may hold what people typed.
    path: String,
}

fn shown_path(request: &Request) -> String {
    request.uri().path().chars().take(200).collect()
}

impl Line {
    fn of(request: &Request, client: Option<IpAddr>) -> Line {
        Line { client, method: request.method().clone(), path: shown_path(request) }
    }

    fn write(&self, response: &Response, took: Duration) {
        let Line { client, method, path } = self;
        let client = client.map(display);
        let status = response.status().as_u16();
        // Whole microseconds, so that no more places are written than were measured.
        let duration_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
        let principal = response.extensions().get::<Principal>();
        let key = principal.map_or("", |principal| &principal.key_id);
        let problem = response.extensions().get::<LoggedProblem>();
        let (code, reason) = problem.map_or(("", ""), |problem| (problem.code, problem.log.as_str()));
        match status {
            503 if response.extensions().get::<TurnedAway>().is_some() => {
                tracing::debug!(client, status, %method, path, duration_ms, key, code, reason, "request turned away");
            }
            500.. => {
                let stack = problem.and_then(|problem| problem.stack.as_ref()).map(Stack::told);
                tracing::error!(client, status, %method, path, duration_ms, key, code, reason, stack, "request failed");
            }
            400.. => tracing::info!(client, status, %method, path, duration_ms, key, code, reason, "request refused"),
            _ if path == "/health" || path == "/ready" => {
                tracing::debug!(client, status, %method, path, duration_ms, "request");
            }
            _ => tracing::info!(client, status, %method, path, duration_ms, key, "request"),
        }
    }
}
