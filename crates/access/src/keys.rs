//! Keys of programs: made, replaced, ended.
//!
//! Invariant: nobody makes or touches a key that may do more than they may, at more places, for longer or more often; a secret is
//! told once, to whoever made it.

mod age;
mod change;
mod reach;
mod remembered;
mod renew;
mod signers;
mod stored;

use std::sync::Arc;

use domain::{Clock, Role, Timestamp};
use platform::{http::Problem, secrets::KeyText, vault::Vault};
use store::{
    Db,
    api_key::{self, ApiKey, Limits},
};

use crate::Doer;

pub use age::KeyAges;
pub use reach::Reach;
pub use remembered::RememberedKeys;
pub use signers::{StoredNonces, StoredSigners};
pub use stored::{StoredKeys, principal_of};

/// Seconds both secrets serve after one was replaced, unless told otherwise.
pub const OVERLAP_SECONDS: i64 = 24 * 3600;
/// The most they may be told to.
pub const MOST_OVERLAP_SECONDS: i64 = 30 * 24 * 3600;
/// The least that a key may ask for itself: whoever took it and renews it gets no sole use before its owner had a day to see a 409.
pub const LEAST_OWN_OVERLAP_SECONDS: i64 = OVERLAP_SECONDS;
/// Scopes a key may name.
pub const MOST_SCOPES: usize = 64;
/// Sites a key may name.
pub const MOST_SITES: usize = 500;
/// Requests a minute a key may be allowed.
pub const MOST_QUOTA: i64 = 1_000_000;

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for: 1 to 64 characters.
    pub name: String,
    /// What it is in the shop.
    pub role: Role,
    /// What it is limited to besides.
    pub limits: Limits,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A key with a secret that nobody can be told again.
#[derive(Debug)]
pub struct Made {
    /// The whole key.
    pub text: KeyText,
    /// As it is kept.
    pub key: ApiKey,
}

/// Looks after the keys of a database. Cheap to clone.
#[derive(Clone)]
pub struct KeyDesk {
    db: Db,
    clock: Arc<dyn Clock>,
    vault: Vault,
    forget: Vec<Arc<dyn Fn() + Send + Sync>>,
}

impl KeyDesk {
    /// The keys of that database; the secrets of those that sign are kept in the vault.
    pub fn new(db: Db, clock: Arc<dyn Clock>, vault: Vault) -> KeyDesk {
        crate::texts::register();
        KeyDesk { db, clock, vault, forget: Vec::new() }
    }

    /// Calls `forget` whenever a key changes, so that what this node remembers of keys ends at once.
    #[must_use]
    pub fn forgetting(mut self, forget: impl Fn() + Send + Sync + 'static) -> KeyDesk {
        self.forget.push(Arc::new(forget));
        self
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The keys that somebody may know of, oldest first.
    pub async fn list(&self, by: Doer<'_>) -> Result<Vec<ApiKey>, Problem> {
        let all = api_key::list(&self.db).await?;
        Ok(all.into_iter().filter(|key| is_visible(by, key)).collect())
    }

    /// A key that somebody may know of.
    pub async fn get(&self, by: Doer<'_>, id: &str) -> Result<ApiKey, Problem> {
        let found = api_key::find(&self.db, id).await?.filter(|key| is_visible(by, key));
        found.ok_or_else(|| Problem::not_found(id))
    }

    fn forget(&self) {
        self.forget.iter().for_each(|forget| forget());
    }
}

/// Whoever is limited to sites knows of the keys of no others.
fn is_visible(by: Doer<'_>, key: &ApiKey) -> bool {
    match by {
        Doer::CommandLine | Doer::Upkeep => true,
        Doer::Caller(principal) => principal.sites.covers(&reach::sites_of(&key.limits)),
    }
}
