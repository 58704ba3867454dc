//! Who asks, by a role's token.
//!
//! Invariant: one token opens one request once, at this node; whatever is wrong with it is the same 401.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method},
};
use domain::Clock;
use futures_util::{FutureExt, future::BoxFuture};
use moka::sync::Cache;
use platform::http::{Principal, Problem, auth::Proof, body::read_within};

use super::{
    between_roles,
    claims::{Claims, LIFE_SECONDS, digest},
    principal,
};
use crate::token::{
    TokenKeys,
    codec::{self, Sort},
    proof,
};

/// Tokens that are remembered as used; more than a node answers requests in the life of one.
const MOST_USED: u64 = 1_000_000;
/// A used token need not be remembered longer than it could open anything, clocks apart included.
const REMEMBERED: Duration = Duration::from_secs(LIFE_SECONDS as u64 + 60);

/// Proves who asks by a role's token. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    keys: TokenKeys,
    clock: Arc<dyn Clock>,
    /// The roles of this node.
    roles: Arc<[&'static str]>,
    most_bytes: usize,
    used: Cache<Box<str>, ()>,
}

impl Services {
    /// For a node of these roles, whose requests may have bodies of so many bytes.
    pub fn new(keys: TokenKeys, clock: Arc<dyn Clock>, roles: &[&'static str], most_bytes: usize) -> Services {
        let used = Cache::builder().max_capacity(MOST_USED).time_to_live(REMEMBERED).build();
        Services { keys, clock, roles: roles.into(), most_bytes, used }
    }

    async fn check(&self, request: &mut Request) -> Result<Principal, Problem> {
        let refused = |reason: &'static str| Problem::unauthorized().log(reason);
        between_roles(request)?;
        let text = proof::given(request.headers()).map_err(refused)?.to_owned();
        let parts = codec::read(Sort::Service, &text).map_err(refused)?;
        let key = self.keys.checking(&parts.key).await?.ok_or_else(|| refused("a role's token of an unknown key"))?;
        let claims: Claims = parts.claims(&key).map_err(refused)?;
        let body = read_within(std::mem::take(request.body_mut()), self.most_bytes).await?;
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let asked = digest(request.method().as_str(), path, &body);
        *request.body_mut() = Body::from(body);
        if let Some(fault) = claims.fault(&self.roles, self.clock.now(), &asked) {
            return Err(refused(fault));
        }
        let entry = self.used.entry(claims.jti.as_str().into()).or_insert(());
        if entry.is_fresh() { Ok(principal(&claims.sub)) } else { Err(refused("a role's token that came before")) }
    }
}

impl Proof for Services {
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        proof::given(headers).is_ok_and(|text| codec::says(Sort::Service, text))
    }

    /// A role is not kept out for what others at its address did.
    fn recalls(&self, _: &Method, headers: &HeaderMap) -> bool {
        let claims = || -> Option<Claims> {
            let parts = codec::read(Sort::Service, proof::given(headers).ok()?).ok()?;
            parts.claims(&self.keys.remembered(&parts.key)?).ok()
        };
        claims().is_some_and(|claims| claims.fault_of_any(&self.roles, self.clock.now()).is_none())
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        self.check(request).boxed()
    }
}
