//! An answer on its way to the table and back.
//!
//! Invariant: status, body and the headers that belong to them come back byte for byte.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use store::idempotency::Answer;

use super::replayed;
use crate::http::problem::Problem;

/// The headers that are part of an answer; all others are of the moment.
const KEPT: [HeaderName; 5] =
    [header::CONTENT_TYPE, header::LOCATION, header::ETAG, header::CONTENT_LANGUAGE, header::LINK];
/// Answers to requests that create something are small.
const MOST_BODY_BYTES: usize = 16 * 1024 * 1024;

/// What is to be kept of an answer, and the answer to give.
pub(super) async fn split(response: Response) -> Result<(Answer, Response), Problem> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MOST_BODY_BYTES).await.map_err(|error| Problem::internal(&error))?;
    let lines = KEPT.iter().filter_map(|name| Some(format!("{name}: {}\n", parts.headers.get(name)?.to_str().ok()?)));
    let answer = Answer { status: parts.status.as_u16(), headers: lines.collect(), body: body.to_vec() };
    Ok((answer, Response::from_parts(parts, Body::from(body))))
}

/// The answer given before.
pub(super) fn replay(answer: Answer) -> Result<Response, Problem> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|error| Problem::internal(&error))?;
    for (name, value) in answer.headers.lines().filter_map(|line| line.split_once(": ")) {
        let known = KEPT.iter().find(|kept| *kept == name);
        if let (Some(name), Ok(value)) = (known, HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    let (name, value) = replayed();
    response.headers_mut().insert(name, value);
    Ok(response)
}
