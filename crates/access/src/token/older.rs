//! Tokens of the older system's agents (HS256), so that what calls with them goes on working.
//!
//! Invariant: none is taken unless the operator set the secret that signs them; they open the older system's paths and nothing else,
//! for eight hours at most, and end before that by their name.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use domain::{Clock, Timestamp};
use futures_util::{FutureExt, future::BoxFuture};
use hmac::{Hmac, KeyInit, Mac};
use platform::{
    http::{
        Principal, Problem,
        auth::{CallerKind, Known, Proof, Verified},
    },
    secret::Secret,
    secrets::digest,
};
use serde::Deserialize;
use sha2::Sha256;
use store::{Db, token};

use super::{codec, proof};
use crate::{Permission, Role};

const ALGORITHM: &str = "HS256";
const MOST_NAME_BYTES: usize = 64;

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: Option<String>,
}

/// What is asked of the claims; the older system may have written more of them.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    role: String,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    aud: Option<String>,
}

/// Proves who asks by such a token. Cheap to clone.
#[derive(Clone)]
pub struct OlderTokens {
    db: Db,
    clock: Arc<dyn Clock>,
    secrets: Arc<[Secret]>,
    verified: Verified,
}

impl OlderTokens {
    /// Those signed with one of these secrets: while one takes another's place, both serve.
    pub fn new(db: Db, clock: Arc<dyn Clock>, secrets: Vec<Secret>) -> OlderTokens {
        let verified = Verified::new(Arc::clone(&clock));
        OlderTokens { db, clock, secrets: secrets.into(), verified }
    }

    /// Forgets which tokens were verified: call it when one is ended.
    pub fn forget_all(&self) {
        self.verified.forget_all();
    }

    async fn check(&self, text: &str) -> Result<Option<Known>, Problem> {
        let refused = |reason: &'static str| Problem::unauthorized().log(reason);
        let claims = self.claims(text).map_err(refused)?;
        if let Some(fault) = claims.fault(self.clock.now()) {
            return Err(refused(fault));
        }
        if token::is_revoked(&self.db, &claims.jti).await? {
            return Err(refused("a token that was ended"));
        }
        let until = Timestamp::from_micros(claims.exp.saturating_mul(1_000_000));
        let principal = claims.principal(until).ok_or_else(|| refused("a token without a role"))?;
        Ok(Some(Known { principal, until: Some(until) }))
    }

    fn claims(&self, text: &str) -> Result<Claims, &'static str> {
        let (signed, signature) = text.rsplit_once('.').ok_or("a malformed token")?;
        let signature = codec::bytes(signature).ok_or("a token with a malformed signature")?;
        if !self.secrets.iter().any(|secret| is_signed(secret, signed, &signature)) {
            return Err("a token with a wrong signature");
        }
        let (_, claims) = signed.split_once('.').ok_or("a malformed token")?;
        codec::json(claims).ok_or("a token with malformed claims")
    }
}

/// In constant time.
fn is_signed(secret: &Secret, signed: &str, signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return false };
    mac.update(signed.as_bytes());
    mac.verify_slice(signature).is_ok()
}

impl Claims {
    fn fault(&self, now: Timestamp) -> Option<&'static str> {
        let now = now.micros() / 1_000_000;
        let named = |name: &str| {
            (1..=MOST_NAME_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let faults = [
            (self.aud.as_ref().is_some_and(|aud| aud != super::claims::US), "a token for somebody else"),
            (!named(&self.sub) || !named(&self.jti), "a token without a name"),
        ];
        let fault = faults.into_iter().find(|(is_so, _)| *is_so).map(|(_, fault)| fault);
        fault.or_else(|| super::claims::out_of_time((self.iat, self.nbf.unwrap_or(self.iat), self.exp), now))
    }

    fn principal(&self, until: Timestamp) -> Option<Principal> {
        let id = format!("agent:{}", self.sub);
        let mut principal = Principal::new(CallerKind::Token, &id, &self.sub, Role::named(&self.role)?);
        principal.scopes = Permission::CompatRead.scope();
        principal.ends_at = Some(until);
        principal.token = Some(self.jti.as_str().into());
        Some(principal)
    }
}

impl Proof for OlderTokens {
    /// Any other token is left to whoever knows those.
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        if headers.get_all(header::AUTHORIZATION).iter().count() != 1 {
            return false;
        }
        let Ok(text) = proof::given(headers) else { return false };
        let header = text.split('.').next().and_then(codec::json::<Header>);
        header.is_some_and(|header| header.alg == ALGORITHM && header.typ.is_none_or(|typ| typ == "JWT"))
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        let given = proof::given(request.headers());
        async move {
            let text = given.map_err(|reason| Problem::unauthorized().log(reason))?;
            let known = self.verified.verify(digest(text.as_bytes()), self.check(text)).await?;
            known.ok_or_else(|| Problem::unauthorized().log("a token that opens nothing"))
        }
        .boxed()
    }
}
