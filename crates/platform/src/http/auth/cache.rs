//! Remembers keys that were verified a moment ago.
//!
//! Invariant: a key is believed for [`FRESH`] without asking again; only while the database does not answer is it believed for
//! longer, so that the shop keeps selling. The table holds digests, never keys.

use std::time::Duration;

use domain::Stopwatch;
use moka::sync::Cache;

use super::{KeyCheck, Principal};
use crate::{http::problem::Problem, secrets::KeyText};

/// How long a verified key is believed; so long may a revoked key still open on other nodes.
const FRESH: Duration = Duration::from_secs(10);
/// How long it is believed while nobody can be asked.
const STALE: Duration = Duration::from_secs(15 * 60);
const MOST_KEYS: u64 = 10_000;

/// Digest of the whole key.
type Digest = [u8; 32];

#[derive(Debug, Clone)]
pub(super) struct Verified(Cache<Digest, (Principal, Stopwatch)>);

impl Verified {
    pub(super) fn new() -> Verified {
        Verified(Cache::builder().max_capacity(MOST_KEYS).time_to_live(STALE).build())
    }

    pub(super) fn forget_all(&self) {
        self.0.invalidate_all();
    }

    /// Whose key it is, from memory when fresh.
    pub(super) async fn verify(&self, check: &dyn KeyCheck, key: &KeyText) -> Result<Option<Principal>, Problem> {
        let digest = key.digest();
        let known = self.0.get(&digest);
        if let Some((principal, _)) = known.as_ref().filter(|(_, since)| since.elapsed() < FRESH) {
            return Ok(Some(principal.clone()));
        }
        match check.check(key).await {
            Ok(Some(principal)) => {
                self.0.insert(digest, (principal.clone(), Stopwatch::start()));
                Ok(Some(principal))
            }
            Ok(None) => {
                self.0.invalidate(&digest);
                Ok(None)
            }
            Err(problem) => known.map(|(principal, _)| Some(principal)).ok_or(problem),
        }
    }
}
