//! Keys kept in the database.
//!
//! Invariant: the hash is compared in constant time, and an unknown id costs the same comparison.

use std::sync::Arc;

use domain::{Clock, Timestamp};
use futures_util::{FutureExt, future::BoxFuture};
use store::{Db, api_key};

use super::{KeyCheck, Principal};
use crate::{
    http::problem::Problem,
    secrets::{KeyText, same},
};

/// A use is noted when the last one noted is older than this.
const NOTED_EVERY_MICROS: i64 = 60_000_000;

/// Checks keys against the database.
#[derive(Clone)]
pub struct StoredKeys {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl StoredKeys {
    /// The keys of that database.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> StoredKeys {
        StoredKeys { db, clock }
    }

    async fn find(&self, key: &KeyText) -> Result<Option<Principal>, Problem> {
        let at = self.clock.now();
        let found = api_key::find(&self.db, key.id()).await?;
        let expected = found.as_ref().map_or([0; 32], |stored| stored.secret_hash);
        let matches = same(&key.secret_hash(), &expected);
        let Some(stored) = found.filter(|stored| matches && stored.is_valid(at)) else { return Ok(None) };
        if stored.last_used_at.is_none_or(|last| at.micros() - last.micros() > NOTED_EVERY_MICROS) {
            self.note_use(stored.id.clone(), at);
        }
        Ok(Some(Principal { key_id: stored.id.into(), name: stored.name.into(), role: stored.role.into() }))
    }

    /// Aside, because a request should not wait for it nor fail with it.
    fn note_use(&self, id: String, at: Timestamp) {
        let db = self.db.clone();
        tokio::spawn(async move {
            let noted = async {
                let mut tx = db.write().await?;
                api_key::touch(&mut tx, &id, at).await?;
                tx.commit().await
            };
            if let Err(error) = noted.await {
                tracing::warn!(key = id, %error, "the use of a key could not be noted");
            }
        });
    }
}

impl KeyCheck for StoredKeys {
    fn check<'k>(&'k self, key: &'k KeyText) -> BoxFuture<'k, Result<Option<Principal>, Problem>> {
        self.find(key).boxed()
    }
}
