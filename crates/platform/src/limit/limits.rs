//! The limit of a node: everyone's bucket and the quota of whoever has no other.
//!
//! Invariant: a decision never fails and waits for no more than one answer of the shared buckets; where there are none or they do not
//! answer, those in memory hold, which were told of every decision that the others took.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::Stopwatch;

use super::{Caller, Callers, Quota, Shared, Verdict};

/// What the quota of a single caller is for.
const MINUTE: Duration = Duration::from_secs(60);

/// Limits callers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    quota: Quota,
    callers: Callers,
    shared: Option<Shared>,
    watch: Stopwatch,
    refused_known: AtomicU64,
    refused_from: AtomicU64,
}

/// How many were told to wait since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refused {
    /// With a good credential.
    pub known: u64,
    /// Without.
    pub unknown: u64,
}

impl Limits {
    /// `max` in each `window` for whoever has no quota of their own.
    pub fn new(max: u32, window: Duration) -> Limits {
        Limits::with(Quota::new(max, window), None)
    }

    /// The same, shared with other nodes.
    #[must_use]
    pub fn sharing(self, shared: Shared) -> Limits {
        Limits::with(self.0.quota, Some(shared))
    }

    fn with(quota: Quota, shared: Option<Shared>) -> Limits {
        Limits(Arc::new(Inner {
            quota,
            callers: Callers::default(),
            shared,
            watch: Stopwatch::start(),
            refused_known: AtomicU64::new(0),
            refused_from: AtomicU64::new(0),
        }))
    }

    /// Takes a token out of the caller's bucket, which is of another size when the caller has a quota of their own.
    pub async fn take(&self, caller: &Caller, quota_per_minute: Option<u32>) -> Verdict {
        let quota = quota_per_minute.map_or(self.0.quota, |max| Quota::new(max, MINUTE));
        let verdict = match self.take_shared(caller, quota).await {
            Some(verdict) => verdict,
            None => self.0.callers.take(caller, quota, self.now_ns()),
        };
        self.count(caller, verdict);
        verdict
    }

    async fn take_shared(&self, caller: &Caller, quota: Quota) -> Option<Verdict> {
        let (full_in_ns, verdict) = self.0.shared.as_ref()?.take(caller, quota).await?;
        self.0.callers.note(caller, full_in_ns, self.now_ns());
        Some(verdict)
    }

    /// The buckets shared with other nodes, when there are some.
    pub fn shared(&self) -> Option<&Shared> {
        self.0.shared.as_ref()
    }

    /// The refusal for a caller whose bucket is empty; takes nothing otherwise.
    pub fn refusal(&self, caller: &Caller) -> Option<Verdict> {
        let verdict = self.0.callers.look(caller, self.0.quota, self.now_ns());
        self.count(caller, verdict);
        verdict.wait.map(|_| verdict)
    }

    /// Whether the bucket of a caller is empty; takes and counts nothing.
    pub fn is_used_up(&self, caller: &Caller) -> bool {
        self.0.callers.look(caller, self.0.quota, self.now_ns()).wait.is_some()
    }

    /// How many were told to wait.
    pub fn refused(&self) -> Refused {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Refused { known: count(&self.0.refused_known), unknown: count(&self.0.refused_from) }
    }

    fn count(&self, caller: &Caller, verdict: Verdict) {
        if verdict.wait.is_some() {
            let counter = match caller {
                Caller::Known(_) => &self.0.refused_known,
                Caller::From(_) => &self.0.refused_from,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn now_ns(&self) -> i64 {
        i64::try_from(self.0.watch.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }
}
