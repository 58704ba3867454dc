//! The caller, once known.
//!
//! Invariant: found in a request only after its key was verified.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};

use crate::http::problem::Problem;

/// Whose key a request came with. As an extractor it answers 401 where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Public part of the key.
    pub key_id: Arc<str>,
    /// What the key was called when it was made.
    pub name: Arc<str>,
    /// What it may do.
    pub role: Arc<str>,
}

impl Principal {
    /// 403 unless its role is one of these.
    pub fn require(&self, roles: &[&str]) -> Result<(), Problem> {
        if roles.contains(&&*self.role) { Ok(()) } else { Err(Problem::forbidden()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Principal, Problem> {
        parts.extensions.get::<Principal>().cloned().ok_or_else(Problem::unauthorized)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Principal>, Infallible> {
        Ok(parts.extensions.get::<Principal>().cloned())
    }
}
