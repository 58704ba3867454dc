//! Pages of other origins that may call the API, by the origins an operator lists.
//!
//! Invariant: without a list nothing is said to anybody; an origin is compared whole, never a part of it, and never `*`. Browsers are told
//! to send no cookies: a page from elsewhere brings its own key or none.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::config::Origins;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// What our own API reads.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "accept-language, authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-api-key, x-nonce, \
     x-request-id, x-signature, x-timestamp",
);
/// What our own API says beyond what a page may read anyway.
const ANSWER_HEADERS: HeaderValue = HeaderValue::from_static(
    "content-disposition, etag, idempotency-replayed, link, location, retry-after, x-degradation-level, x-ratelimit-limit, \
     x-ratelimit-remaining, x-ratelimit-reset, x-request-id, x-stock-as-of",
);
/// How long a browser remembers a permission, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// The origin of a request when it is on the list.
pub(super) fn listed(origins: &Origins, headers: &HeaderMap) -> Option<HeaderValue> {
    if origins.is_empty() {
        return None;
    }
    let mut given = headers.get_all(header::ORIGIN).iter();
    match (given.next(), given.next()) {
        (Some(origin), None) => Some(origin).filter(|origin| origins.contain(origin.as_bytes())).cloned(),
        _ => None,
    }
}

/// The answer to a browser that asks beforehand, which carries no key and reaches no handler.
pub(super) fn preflight(origins: &Origins, request: &Request) -> Option<Response> {
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && listed(origins, request.headers()).is_some();
    asks.then(|| {
        let headers = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    })
}

/// What every answer says, refusals included. `origin` is that of the request, when it is on the list.
pub(super) fn add(origins: &Origins, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
    if origins.is_empty() {
        return;
    }
    // What one origin may read is not what another may: nobody between may mix them up.
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
    }
}
