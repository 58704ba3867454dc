//! Extractors for JSON bodies and query strings.
//!
//! Invariant: no more than the route's limit is ever held; every way a body can be wrong is a problem with its own code.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{DefaultBodyLimit, Extension, FromRequest, FromRequestParts, OptionalFromRequest, Request},
    http::{HeaderMap, header, request::Parts},
};
use futures_util::StreamExt;

use super::{
    fields::{Fields, FromFields},
    problem::Problem,
};

/// Bytes a body may have unless its route says otherwise.
pub const DEFAULT_LIMIT_BYTES: usize = 1024 * 1024;
/// Bytes a bulk body (postings, imports, images) may have unless the settings say otherwise.
pub const BULK_LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// What is still read and thrown away of a body that is too large, so that its sender gets to read the answer.
const DISCARDED_MOST_BYTES: u64 = 64 * 1024 * 1024;
const DISCARDED_FOR: Duration = Duration::from_secs(5);
/// The same of a request that is refused before anybody looks at its body.
const REFUSED_MOST_BYTES: u64 = BULK_LIMIT_BYTES as u64;
const REFUSED_FOR: Duration = Duration::from_secs(2);

/// Bytes a body of this route may have. Found in the request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// Allows the routes it is layered on bodies of `bytes`: `.layer(body_limit(settings.bulk_body_limit_bytes))`.
pub fn body_limit(bytes: usize) -> (Extension<BodyLimit>, DefaultBodyLimit) {
    (Extension(BodyLimit(bytes)), DefaultBodyLimit::max(bytes))
}

/// A JSON body read into `T`. As `Option<JsonBody<T>>`, no body at all is `None`.
#[derive(Debug, Clone)]
pub struct JsonBody<T>(pub T);

/// A query string read into `T`.
#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: FromFields> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<JsonBody<T>, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        let bytes = read_body(request).await?;
        Fields::parse(&bytes)?.read(T::from_fields).map(JsonBody)
    }
}

impl<S: Send + Sync, T: FromFields> OptionalFromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<JsonBody<T>>, Problem> {
        if request.body().is_end_stream() {
            return Ok(None);
        }
        <JsonBody<T> as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

impl<S: Send + Sync, T: FromFields> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Params<T>, Problem> {
        Fields::from_query(parts.uri.query().unwrap_or_default())?.read(T::from_fields).map(Params)
    }
}

/// `application/json` or a type built on it, in UTF-8, and not compressed.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
    let essence = essence.trim().to_ascii_lowercase();
    let json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let charset = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("charset="));
    let plain = headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    json && plain && charset.is_none_or(|charset| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

/// The whole body, within its route's limit: 413 past it.
pub async fn read_body(request: Request) -> Result<Bytes, Problem> {
    let limit = request.extensions().get::<BodyLimit>().map_or(DEFAULT_LIMIT_BYTES, |limit| limit.0);
    read_within(request.into_body(), limit).await
}

/// The whole body, when it has no more than `limit` bytes: 413 past it.
pub async fn read_within(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let declared = body.size_hint().lower();
    let mut chunks = body.into_data_stream();
    if declared > limit as u64 {
        discard(&mut chunks, declared).await;
        return Err(Problem::too_large(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(declared).unwrap_or(0));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Problem::malformed("broken_body").log(error))?;
        if bytes.len() + chunk.len() > limit {
            discard(&mut chunks, 0).await;
            return Err(Problem::too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// Reads and throws away the body of a request that is refused unseen, within bounds. Whoever asks first whether to send it is not
/// made to.
pub async fn refuse_body(request: Request) {
    if request.headers().contains_key(header::EXPECT) || request.body().is_end_stream() {
        return;
    }
    let body = request.into_body();
    if body.size_hint().lower() <= REFUSED_MOST_BYTES {
        let mut chunks = body.into_data_stream();
        // Running out of time is an answer too: the connection is closed.
        let _ = tokio::time::timeout(REFUSED_FOR, drain(&mut chunks, REFUSED_MOST_BYTES)).await;
    }
}

/// Reads on without keeping, within bounds: closing on a client that is still sending makes it lose the answer.
async fn discard(chunks: &mut axum::body::BodyDataStream, declared: u64) {
    if declared > DISCARDED_MOST_BYTES {
        return;
    }
    // Running out of time is an answer too: the connection is closed.
    let _ = tokio::time::timeout(DISCARDED_FOR, drain(chunks, DISCARDED_MOST_BYTES)).await;
}

async fn drain(chunks: &mut axum::body::BodyDataStream, most_bytes: u64) {
    let mut drained = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        drained += chunk.len() as u64;
        if drained > most_bytes {
            break;
        }
    }
}
