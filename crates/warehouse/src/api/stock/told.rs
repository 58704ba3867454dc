//! Saying of an answer that it is from memory.
//!
//! Invariant: what was not read from the database just now says as of when it is, and that the level is 3 whatever the checks have shown.

use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};
use domain::Timestamp;
use platform::http::layers::DEGRADATION;

/// As of when the stock is; sales that were taken since and wait are taken off.
const AS_OF: HeaderName = HeaderName::from_static("x-stock-as-of");
const WITHOUT_THE_DATABASE: HeaderValue = HeaderValue::from_static("3");

/// The answer as it is; from memory, with both said.
pub(super) fn told(mut answer: Response, as_of: Option<Timestamp>) -> Response {
    if let Some(as_of) = as_of.and_then(|as_of| HeaderValue::from_str(&as_of.to_string()).ok()) {
        answer.headers_mut().insert(AS_OF, as_of);
        answer.headers_mut().insert(DEGRADATION, WITHOUT_THE_DATABASE);
    }
    answer
}
