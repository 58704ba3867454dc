//! Sessions that were looked up a moment ago.
//!
//! Invariant: a session is believed for [`FRESH`] without asking again; only while the database does not answer is it believed for
//! longer. The table holds digests of tokens, never tokens.

use std::time::Duration;

use domain::Stopwatch;
use moka::sync::Cache;
use platform::http::Problem;

use super::{Open, Token};

/// So long may a session that was ended elsewhere still open something here.
const FRESH: Duration = Duration::from_secs(5);
/// How long it is believed while nobody can be asked.
const STALE: Duration = Duration::from_secs(15 * 60);
const MOST_SESSIONS: u64 = 10_000;

type Digest = [u8; 32];

#[derive(Debug)]
pub(crate) struct Remembered(Cache<Digest, (Open, Stopwatch)>);

impl Remembered {
    pub(crate) fn new() -> Remembered {
        Remembered(Cache::builder().max_capacity(MOST_SESSIONS).time_to_live(STALE).build())
    }

    /// Whether the session of that token was looked up a moment ago.
    pub(super) fn knows(&self, token: &Token) -> bool {
        self.0.get(&token.hash()).is_some_and(|(_, since)| since.elapsed() < FRESH)
    }

    pub(super) fn forget_all(&self) {
        self.0.invalidate_all();
    }

    pub(super) async fn get<F>(&self, token: &Token, look_up: impl FnOnce() -> F) -> Result<Option<Open>, Problem>
    where
        F: Future<Output = Result<Option<Open>, Problem>>,
    {
        let digest = token.hash();
        let known = self.0.get(&digest);
        if let Some((open, _)) = known.as_ref().filter(|(_, since)| since.elapsed() < FRESH) {
            return Ok(Some(open.clone()));
        }
        match look_up().await {
            Ok(Some(open)) => {
                self.0.insert(digest, (open.clone(), Stopwatch::start()));
                Ok(Some(open))
            }
            Ok(None) => {
                self.0.invalidate(&digest);
                Ok(None)
            }
            Err(problem) => known.map(|(open, _)| Some(open)).ok_or(problem),
        }
    }
}
