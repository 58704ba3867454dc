//! Keys in the header `X-API-Key`, and in a cookie for pages.
//!
//! Invariant: a key from a cookie changes nothing on behalf of another site's page.

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
    cookie: Option<&'static str>,
}

impl Keys {
    /// Asks `check` about keys that were not seen a moment ago.
    pub fn new(check: impl KeyCheck, clock: Arc<dyn Clock>) -> Keys {
        Keys { check: Arc::new(check), verified: Verified::new(clock), cookie: None }
    }

    /// Also takes a key from this cookie, for pages.
    #[must_use]
    pub fn accepting_cookie(mut self, name: &'static str) -> Keys {
        self.cookie = Some(name);
        self
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

    fn cookie<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.cookie?;
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }

    /// The key a request carries, or why it carries none that could be one.
    fn given<'h>(&self, method: &Method, headers: &'h HeaderMap) -> Result<&'h str, &'static str> {
        let mut given = headers.get_all(API_KEY).iter();
        match (given.next(), given.next()) {
            (Some(key), None) => key.to_str().map_err(|_| "a key of odd bytes"),
            (Some(_), Some(_)) => Err("more than one key"),
            (None, _) if method.is_safe() || is_from_own_page(headers) => self.cookie(headers).ok_or("no key"),
            (None, _) => Err("a form of another site"),
        }
    }
}

impl Proof for Keys {
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(API_KEY) || self.cookie(headers).is_some()
    }

    fn recalls(&self, method: &Method, headers: &HeaderMap) -> bool {
        let key = self.given(method, headers).ok().and_then(KeyText::parse);
        key.is_some_and(|key| self.verified.knows(&key.digest()))
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        let given = self.given(request.method(), request.headers());
        async move {
            let text = given.map_err(|reason| Problem::unauthorized().log(reason))?;
            self.verify(text).await?.ok_or_else(|| Problem::unauthorized().log("not a valid key"))
        }
        .boxed()
    }
}

/// Whether a browser says that one of our own pages sent this.
fn is_from_own_page(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        None => {
            text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host) == text(header::HOST)
        }
    }
}
