//! The keys of a ring as this process saw them last.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::Stopwatch;

use super::RingKey;

/// How long a look at the ring is believed: what another process changes is heard of within this.
const BELIEVED: Duration = Duration::from_secs(5);
/// How long after a look an unknown id is not looked for again: whoever invents ids must not keep the database busy.
const NOT_AGAIN: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Cache(RwLock<Seen>);

#[derive(Default)]
struct Seen {
    keys: Vec<Arc<RingKey>>,
    since: Option<Stopwatch>,
}

impl Cache {
    /// Those seen last, oldest first.
    pub(super) fn keys(&self) -> Vec<Arc<RingKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    pub(super) fn set(&self, keys: Vec<Arc<RingKey>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Seen { keys, since: Some(Stopwatch::start()) };
    }

    /// Whether it is time to look again.
    pub(super) fn is_old(&self) -> bool {
        !self.seen_within(BELIEVED)
    }

    /// Whether somebody has looked just now.
    pub(super) fn is_fresh(&self) -> bool {
        self.seen_within(NOT_AGAIN)
    }

    fn seen_within(&self, length: Duration) -> bool {
        let seen = self.0.read().unwrap_or_else(PoisonError::into_inner);
        seen.since.is_some_and(|since| since.elapsed() < length)
    }
}
