//! Everything we stand on, asked one by one.
//!
//! Invariant: asked at most once in [`CHECKED_EVERY`] however many want to know, each for a bounded time; what did not answer is down,
//! never well by default.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{Clock, Stopwatch, Timestamp};
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use serde_json::{Map, Value};

use super::{PROBE_TIMEOUT, level::Level};

/// How long an answer is good for.
pub const CHECKED_EVERY: Duration = Duration::from_secs(5);

type Check = Arc<dyn Fn() -> BoxFuture<'static, Finding> + Send + Sync>;

/// What a check found: how much of us works with this component as it is, and the facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Optimal when the component is well.
    pub level: Level,
    /// The facts, by name.
    pub detail: Map<String, Value>,
}

impl Finding {
    /// That the component as it is leaves us at this level.
    pub fn new(level: Level) -> Finding {
        Finding { level, detail: Map::new() }
    }

    /// With a fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Finding {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

/// What a check found, how long it took, and when the component last was not well.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) finding: Finding,
    pub(super) took: Duration,
    pub(super) last_failure: Option<Timestamp>,
}

/// What all checks found.
#[derive(Debug, Clone)]
pub(super) struct Round {
    pub(super) at: Timestamp,
    pub(super) components: BTreeMap<&'static str, Checked>,
}

impl Round {
    /// The worst level any component implies.
    pub(super) fn level(&self) -> Level {
        self.components.values().map(|checked| checked.finding.level).max().unwrap_or(Level::Optimal)
    }

    /// The components that are not well.
    pub(super) fn why(&self) -> Vec<&'static str> {
        let ill = self.components.iter().filter(|(_, checked)| checked.finding.level > Level::Optimal);
        ill.map(|(name, _)| *name).collect()
    }
}

/// The checks of a node. Cheap to clone.
#[derive(Clone)]
pub struct Checks(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    checks: Mutex<BTreeMap<&'static str, Check>>,
    // Held while asking, so that who comes meanwhile waits for that answer.
    last: tokio::sync::Mutex<Option<Arc<Round>>>,
}

impl Checks {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>) -> Checks {
        Checks(Arc::new(Inner { clock, checks: Mutex::default(), last: tokio::sync::Mutex::default() }))
    }

    /// Asks `check` about the component of this name; no answer in time leaves us at level `silent`.
    pub fn add<F: Future<Output = Finding> + Send + 'static>(
        &self,
        name: &'static str,
        silent: Level,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) {
        let check = move || {
            let asked = tokio::time::timeout(PROBE_TIMEOUT, check());
            async move { asked.await.unwrap_or_else(|_| Finding::new(silent).with("error", "no answer in time")) }
                .boxed()
        };
        self.0.checks.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::new(check));
    }

    /// What was found, at most [`CHECKED_EVERY`] ago.
    pub(super) async fn round(&self) -> Arc<Round> {
        let mut last = self.0.last.lock().await;
        let age = |round: &Round| self.0.clock.now().micros() - round.at.micros();
        let fresh = 0..i64::try_from(CHECKED_EVERY.as_micros()).unwrap_or(i64::MAX);
        match &*last {
            Some(round) if fresh.contains(&age(round)) => Arc::clone(round),
            earlier => {
                let round = Arc::new(self.ask(earlier.as_deref()).await);
                *last = Some(Arc::clone(&round));
                round
            }
        }
    }

    async fn ask(&self, earlier: Option<&Round>) -> Round {
        let at = self.0.clock.now();
        let checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let asked = checks.into_iter().map(|(name, check)| async move {
            let watch = Stopwatch::start();
            let finding = check().await;
            let before = earlier.and_then(|round| round.components.get(name)?.last_failure);
            let last_failure = if finding.level > Level::Optimal { Some(at) } else { before };
            (name, Checked { finding, took: watch.elapsed(), last_failure })
        });
        Round { at, components: join_all(asked).await.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

    use super::*;

    /// Stands where it is put.
    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed))
        }
    }

    #[tokio::test]
    async fn asked_again_only_after_a_while_and_failures_are_remembered() {
        let (clock, asked) = (Arc::new(Hand::default()), Arc::new(AtomicU32::new(0)));
        let checks = Checks::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let count = Arc::clone(&asked);
        checks.add("disk", Level::Emergency, move || {
            let first = count.fetch_add(1, Ordering::Relaxed) == 0;
            async move { Finding::new(if first { Level::Degraded } else { Level::Optimal }).with("free", 7) }
        });
        for (at, times) in [(0, 1), (4_999_999, 1), (5_000_000, 2), (-1, 3)] {
            clock.0.store(at, Ordering::Relaxed);
            let round = checks.round().await;
            assert_eq!(asked.load(Ordering::Relaxed), times, "at {at}");
            assert_eq!(round.components["disk"].last_failure, Some(Timestamp::from_micros(0)));
            assert_eq!(round.why().is_empty(), times > 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_answer_is_down() {
        let checks = Checks::new(Arc::new(Hand::default()));
        checks.add("cache", Level::Degraded, || async { Finding::new(Level::Optimal) });
        checks.add("database", Level::Minimal, std::future::pending);
        let round = checks.round().await;
        assert_eq!((round.level(), round.why()), (Level::Minimal, vec!["database"]));
        assert_eq!(round.components["database"].finding.detail["error"], "no answer in time");
    }
}
