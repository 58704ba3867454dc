//! Keys in the header `X-API-Key`, or in `Authorization: Bearer` for programs that can set no other.
//!
//! Invariant: a request carries one key or none; of two none counts.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, Method, header},
};
use domain::Clock;
use futures_util::{FutureExt, future::BoxFuture};

use super::{KeyCheck, Principal, Proof, cache::Verified};
use crate::{http::problem::Problem, secrets::KeyText};

/// The header of keys.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Proves who asks by a key. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    check: Arc<dyn KeyCheck>,
    verified: Verified,
}

impl Keys {
    /// Asks `check` about keys that were not seen a moment ago.
    pub fn new(check: impl KeyCheck, clock: Arc<dyn Clock>) -> Keys {
        Keys { check: Arc::new(check), verified: Verified::new(clock) }
    }

    /// Forgets which keys were verified: call it when one is revoked.
    pub fn forget_all(&self) {
        self.verified.forget_all();
    }

    /// Whose key `text` is.
    pub async fn verify(&self, text: &str) -> Result<Option<Principal>, Problem> {
        match KeyText::parse(text) {
            // Nothing is asked, nor prepared to be asked, for a key seen a moment ago.
            Some(key) => self.verified.verify(key.digest(), async { self.check.check(&key).await }).await,
            None => Ok(None),
        }
    }

    /// Whose key the headers carry.
    pub(super) async fn find(&self, headers: &HeaderMap) -> Result<Principal, Problem> {
        let text = Self::given(headers).map_err(|reason| Problem::unauthorized().log(reason))?;
        self.verify(text).await?.ok_or_else(|| Problem::unauthorized().log("not a valid key"))
    }

    /// The key a request carries, or why it carries none that could be one.
    fn given(headers: &HeaderMap) -> Result<&str, &'static str> {
        let own = headers.contains_key(API_KEY);
        let mut given = headers.get_all(if own { API_KEY } else { header::AUTHORIZATION }).iter();
        match (given.next(), given.next()) {
            (Some(key), None) => {
                let text = key.to_str().map_err(|_| "a key of odd bytes")?;
                if own { Ok(text) } else { borne(text).ok_or("no key") }
            }
            (Some(_), Some(_)) => Err("more than one key"),
            (None, _) => Err("no key"),
        }
    }
}

/// The public part of a key that looks like one, for whoever is told that it was shown.
pub(super) fn shown(headers: &HeaderMap) -> Option<KeyText> {
    Keys::given(headers).ok().and_then(KeyText::parse)
}

/// What stands behind `Bearer`; tokens stand there as well, and do not look like keys.
fn borne(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim_start())
}

impl Proof for Keys {
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(API_KEY) || shown(headers).is_some()
    }

    fn recalls(&self, _method: &Method, headers: &HeaderMap) -> bool {
        let key = Self::given(headers).ok().and_then(KeyText::parse);
        key.is_some_and(|key| self.verified.knows(&key.digest()))
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        self.find(request.headers()).boxed()
    }
}
