//! Where no answer can be given twice.
//!
//! Invariant: whoever counts on a repetition that will not come is told before anything is done.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::KEY;
use crate::http::problem::Problem;

/// A request without a key, because what answers it holds a secret, which is kept nowhere. 400 when it has one.
#[derive(Debug, Clone, Copy)]
pub struct Unkeyed;

impl<S: Send + Sync> FromRequestParts<S> for Unkeyed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Unkeyed, Problem> {
        if parts.headers.contains_key(KEY) { Err(Problem::malformed("idempotency_of_secret")) } else { Ok(Unkeyed) }
    }
}
