//! Tokens in the header `Authorization`.
//!
//! Invariant: a token opens nothing once its key has ended or it was ended itself: at once on the node that ended it, within seconds on
//! others.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use domain::Clock;
use futures_util::{FutureExt, future::BoxFuture};
use platform::{
    http::{
        Principal, Problem,
        auth::{Known, Proof, Verified},
    },
    secrets::digest,
};
use store::{Db, api_key, token};

use super::{
    claims::Claims,
    codec::{self, Sort},
    keys::TokenKeys,
};

/// Proves who asks by a token. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    db: Db,
    clock: Arc<dyn Clock>,
    keys: TokenKeys,
    verified: Verified,
}

impl Tokens {
    /// Those that these keys signed.
    pub fn new(db: Db, clock: Arc<dyn Clock>, keys: TokenKeys) -> Tokens {
        let verified = Verified::new(Arc::clone(&clock));
        Tokens { db, clock, keys, verified }
    }

    /// Forgets which tokens were verified: call it when a token or a key is ended.
    pub fn forget_all(&self) {
        self.verified.forget_all();
    }

    async fn check(&self, text: &str) -> Result<Option<Known>, Problem> {
        let refused = |reason: &'static str| Problem::unauthorized().log(reason);
        let parts = codec::read(Sort::Caller, text).map_err(refused)?;
        let key = self.keys.checking(&parts.key).await?.ok_or_else(|| refused("a token of an unknown key"))?;
        let claims: Claims = parts.claims(&key).map_err(refused)?;
        let now = self.clock.now();
        if let Some(fault) = claims.fault(now) {
            return Err(refused(fault));
        }
        if token::is_revoked(&self.db, &claims.jti).await? {
            return Err(refused("a token that was ended"));
        }
        let of = api_key::find(&self.db, &claims.sub).await?;
        let Some(of) = of.filter(|of| of.is_valid(now)) else { return Err(refused("a token of a key that ended")) };
        if of.limits.require_signature {
            return Err(refused("a token of a key that signs"));
        }
        let principal = claims.principal().ok_or_else(|| refused("a token without a role"))?;
        Ok(Some(Known { principal, until: Some(claims.ends_at()) }))
    }
}

/// The one token of a request.
pub(crate) fn given(headers: &HeaderMap) -> Result<&str, &'static str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return Err("more than one token") };
    let value = value.to_str().map_err(|_| "a token of odd bytes")?;
    let (scheme, token) = value.split_once(' ').ok_or("an authorization that is no token")?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.len() > codec::MOST_BYTES {
        return Err("an authorization that is no token");
    }
    Ok(token)
}

impl Proof for Tokens {
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(header::AUTHORIZATION)
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        let given = given(request.headers());
        async move {
            let text = given.map_err(|reason| Problem::unauthorized().log(reason))?;
            let known = self.verified.verify(digest(text.as_bytes()), self.check(text)).await?;
            known.ok_or_else(|| Problem::unauthorized().log("a token that opens nothing"))
        }
        .boxed()
    }
}
