//! Giving out tokens and ending them.

use std::sync::Arc;

use domain::{Clock, Timestamp, audit::Action};
use platform::{
    audit::{self, Audit},
    http::{
        Principal, Problem,
        auth::{CallerKind, Scopes},
    },
    secrets::random_name,
};
use store::{Db, token};

use super::{
    claims::{Claims, MOST_SECONDS},
    codec::{self, Sort},
    keys::TokenKeys,
};
use crate::permission::{Permission, Permit};

/// What token is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How long it is to live, 60 to [`MOST_SECONDS`].
    pub seconds: i64,
    /// What it is limited to besides.
    pub scopes: Scopes,
}

/// A token that was given out.
#[derive(Debug)]
pub struct Issued {
    /// The token.
    pub text: String,
    /// What it says.
    pub claims: Claims,
}

/// Gives out tokens and ends them. Cheap to clone.
#[derive(Clone)]
pub struct TokenDesk {
    db: Db,
    clock: Arc<dyn Clock>,
    keys: TokenKeys,
    forget: Vec<Arc<dyn Fn() + Send + Sync>>,
    audit: Option<Audit>,
}

impl TokenDesk {
    /// Over that database, signing with those keys.
    pub fn new(db: Db, clock: Arc<dyn Clock>, keys: TokenKeys) -> TokenDesk {
        crate::texts::register();
        TokenDesk { db, clock, keys, forget: Vec::new(), audit: None }
    }

    /// Tells that audit log of each token given out.
    #[must_use]
    pub fn telling(self, audit: Audit) -> TokenDesk {
        TokenDesk { audit: Some(audit), ..self }
    }

    /// Calls `forget` whenever a token is ended, so that what this node remembers of tokens ends at once.
    #[must_use]
    pub fn forgetting(mut self, forget: impl Fn() + Send + Sync + 'static) -> TokenDesk {
        self.forget.push(Arc::new(forget));
        self
    }

    /// A token for whoever came with a key. It may no more than the key, and ends no later.
    pub async fn issue(&self, principal: &Principal, asked: &Asked) -> Result<Issued, Problem> {
        if principal.kind != CallerKind::Key {
            return Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "only_for_keys"));
        }
        if principal.must_sign {
            // A token can be overheard, which is what the key was to be safe from.
            return Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "key_must_sign"));
        }
        let now = self.clock.now();
        let left = principal.ends_at.map_or(MOST_SECONDS, |end| (end.micros() - now.micros()) / 1_000_000);
        let mut limited = principal.clone();
        limited.scopes = principal.scopes.and(asked.scopes);
        let jti = random_name().map_err(|error| Problem::internal(&error))?;
        let claims = Claims::of(&limited, jti, now, asked.seconds.min(left));
        let (id, key) = self.keys.signing().await?;
        let text = codec::write(Sort::Caller, &claims, (&id, &key)).map_err(|error| Problem::internal(&error))?;
        if let Some(audit) = &self.audit {
            let told = audit::by(principal, Action::TokenIssued).on("token", &claims.jti);
            audit.record(told.detail("seconds", (claims.exp - claims.iat).max(0)).at(now));
        }
        Ok(Issued { text, claims })
    }

    /// Ends a token, one's own or, for whoever looks after keys, any.
    pub async fn revoke(&self, principal: &Principal, jti: &str) -> Result<(), Problem> {
        let own = principal.token.as_deref() == Some(jti);
        if !own && !principal.may(Permission::KeysManage) {
            return Err(Problem::not_found(jti));
        }
        let now = self.clock.now();
        // Whichever token it is, it ends by itself before that.
        let ends_at = now.plus_seconds(MOST_SECONDS + 60);
        let mut tx = self.db.write().await?;
        if token::revoke(&mut tx, jti, ends_at, now).await? {
            audit::by(principal, Action::TokenRevoked).on("token", jti).write(&mut tx, now).await?;
        }
        tx.commit().await?;
        self.forget.iter().for_each(|forget| forget());
        Ok(())
    }

    /// Forgets revocations that need not be remembered any more; how many.
    pub async fn purge(&self, now: Timestamp) -> store::Result<u64> {
        let mut tx = self.db.write().await?;
        let gone = token::purge(&mut tx, now).await?;
        tx.commit().await?;
        Ok(gone)
    }
}
