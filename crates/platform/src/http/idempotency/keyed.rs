//! The key of a request, from its header to the answer kept under it.
//!
//! Invariant: without a key everything here does nothing, so that handlers need not ask whether there is one.

use std::time::Duration;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
    response::Response,
};
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use store::{
    Db, Tx,
    idempotency::{self, Begun},
};
use uuid::Uuid;

use super::{KEPT_MICROS, answer, digest, key_of};
use crate::http::{
    auth::Principal,
    body::{is_json, read_body},
    fields::{Fields, FromFields},
    problem::Problem,
};

/// Which request this is, if its sender said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyed(Option<Key>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    owner: String,
    key: String,
    digest: [u8; 32],
}

impl Key {
    fn request(&self) -> idempotency::Request<'_> {
        idempotency::Request { owner: &self.owner, key: &self.key, digest: &self.digest }
    }
}

impl Keyed {
    /// The key of a request with that body.
    pub fn of(request: &Parts, body: &[u8]) -> Result<Keyed, Problem> {
        let Some(key) = key_of(&request.headers)? else { return Ok(Keyed(None)) };
        let owner =
            request.extensions.get::<Principal>().map_or(String::new(), |principal| principal.key_id.to_string());
        let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Keyed(Some(Key { owner, key, digest: digest(request.method.as_str(), path, body) })))
    }

    /// The same, told from others by this too: for bodies that the same content does not make the same bytes of, as the parts of a form
    /// between boundaries that are new each time.
    #[must_use]
    pub fn holding(mut self, content: &[u8]) -> Keyed {
        if let Some(key) = &mut self.0 {
            key.digest = digest("", "", &[&key.digest, content].concat());
        }
        self
    }

    /// The same, or one of our own for a request whose sender gave none: what is kept until the database is back takes effect once all the
    /// same.
    #[must_use]
    pub fn or_own(self, owner: &str, id: Uuid) -> Keyed {
        let own = || Key { owner: owner.to_owned(), key: id.to_string(), digest: digest("", "", b"") };
        Keyed(Some(self.0.unwrap_or_else(own)))
    }

    /// What tells it from other keys, and what was asked for under it; `None` without a key.
    pub fn identity(&self) -> Option<(Uuid, [u8; 32])> {
        let Key { owner, key, digest } = self.0.as_ref()?;
        Some((domain::ids::named(Uuid::NAMESPACE_OID, &format!("request {} {owner} {key}", owner.len())), *digest))
    }

    /// Whether something was asked for under it before: most likely the same.
    pub async fn was_used(&self, db: &Db, at: Timestamp) -> Result<bool, Problem> {
        let Some(Key { owner, key, .. }) = &self.0 else { return Ok(false) };
        let since = Timestamp::from_micros(at.micros() - KEPT_MICROS);
        Ok(idempotency::is_taken(db, (owner, key), since).await?)
    }

    /// The answer given before, if there is one: give it and do nothing else. 409 when the key was used for another request
    /// or its request is still being answered. Call it first in the transaction that does the work.
    pub async fn answered(&self, tx: &mut Tx, at: Timestamp) -> Result<Option<Response>, Problem> {
        let Some(key) = &self.0 else { return Ok(None) };
        let expired = Timestamp::from_micros(at.micros() - KEPT_MICROS);
        match idempotency::begin(tx, key.request(), at, expired).await? {
            Begun::New => Ok(None),
            Begun::Answered(kept) => answer::replay(kept).map(Some),
            Begun::Running => Err(Problem::conflict("idempotency_in_progress").retry_after(Duration::from_secs(1))),
            Begun::Different => Err(Problem::conflict("idempotency_key_reused")),
        }
    }

    /// Keeps the answer, in the same transaction, before it is committed.
    pub async fn keep(&self, tx: &mut Tx, response: Response) -> Result<Response, Problem> {
        let Some(key) = &self.0 else { return Ok(response) };
        let (kept, response) = answer::split(response).await?;
        idempotency::finish(tx, key.request(), &kept).await?;
        Ok(response)
    }
}

/// The key of a request whose body is nothing to it, or is told by [`Keyed::holding`].
impl<S: Send + Sync> FromRequestParts<S> for Keyed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Keyed, Problem> {
        Keyed::of(parts, b"")
    }
}

/// A JSON body read into `T`, with the key of its request.
#[derive(Debug, Clone)]
pub struct KeyedBody<T> {
    /// The body.
    pub body: T,
    /// The key.
    pub keyed: Keyed,
}

impl<S: Send + Sync, T: FromFields> FromRequest<S> for KeyedBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<KeyedBody<T>, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        let (parts, body) = request.into_parts();
        let bytes = read_body(Request::from_parts(parts.clone(), body)).await?;
        let keyed = Keyed::of(&parts, &bytes)?;
        let body = Fields::parse(&bytes)?.read(T::from_fields)?;
        Ok(KeyedBody { body, keyed })
    }
}
