//! Remembers credentials that were verified a moment ago.
//!
//! Invariant: one is believed for [`FRESH`] without asking again; only while the database does not answer is it believed for longer,
//! so that the shop keeps selling, and never past its own end. The table holds digests, never secrets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Clock, Stopwatch, Timestamp};
use moka::sync::Cache;

use super::Principal;
use crate::http::problem::Problem;

/// How long a verified credential is believed; so long may one that was revoked still open on other nodes.
pub(super) const FRESH: Duration = Duration::from_secs(5);
/// How long it is believed while nobody can be asked.
const STALE: Duration = Duration::from_secs(15 * 60);
const MOST_KEPT: u64 = 10_000;
/// How long whoever knows may take to answer: it is a look-up by a key, or the database does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

static HITS: AtomicU64 = AtomicU64::new(0);
static MISSES: AtomicU64 = AtomicU64::new(0);

/// How often a credential was remembered, and how often whoever knows had to be asked, since the process began.
pub fn remembered() -> (u64, u64) {
    (HITS.load(Ordering::Relaxed), MISSES.load(Ordering::Relaxed))
}

/// Digest of a whole credential.
type Digest = [u8; 32];

/// Somebody who was proved, and until when that holds by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub principal: Principal,
    /// When the credential ends.
    pub until: Option<Timestamp>,
}

impl Known {
    fn holds(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// Credentials that were verified a moment ago, by their digest. Cheap to clone.
#[derive(Clone)]
pub struct Verified {
    kept: Cache<Digest, (Known, Stopwatch)>,
    clock: Arc<dyn Clock>,
}

impl Verified {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>) -> Verified {
        Verified { kept: Cache::builder().max_capacity(MOST_KEPT).time_to_live(STALE).build(), clock }
    }

    /// Forgets them.
    pub fn forget_all(&self) {
        self.kept.invalidate_all();
    }

    /// Whether the credential was found good, as long as that is believed at all.
    pub(super) fn knows(&self, digest: &Digest) -> bool {
        self.kept.get(digest).is_some_and(|(known, _)| known.holds(self.clock.now()))
    }

    /// Whose credential it is, from memory when fresh, else by asking.
    pub async fn verify(
        &self,
        digest: Digest,
        ask: impl Future<Output = Result<Option<Known>, Problem>>,
    ) -> Result<Option<Principal>, Problem> {
        let kept = self.kept.get(&digest).filter(|(known, _)| known.holds(self.clock.now()));
        if let Some((known, _)) = kept.as_ref().filter(|(_, since)| since.elapsed() < FRESH) {
            HITS.fetch_add(1, Ordering::Relaxed);
            return Ok(Some(known.principal.clone()));
        }
        MISSES.fetch_add(1, Ordering::Relaxed);
        match in_time(ask).await {
            Ok(Some(known)) if known.holds(self.clock.now()) => {
                let principal = known.principal.clone();
                self.kept.insert(digest, (known, Stopwatch::start()));
                Ok(Some(principal))
            }
            Ok(_) => {
                self.kept.invalidate(&digest);
                Ok(None)
            }
            // That it opens nothing is an answer; only when there is none does memory stand in for one.
            Err(problem) if problem.status() == 401 => {
                self.kept.invalidate(&digest);
                Err(problem)
            }
            Err(problem) => kept.map(|(known, _)| Some(known.principal)).ok_or(problem),
        }
    }
}

async fn in_time<T>(ask: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let late = |_| Problem::unavailable(PATIENCE).log("the look-up of a credential took too long");
    tokio::time::timeout(PATIENCE, ask).await.map_err(late)?
}
