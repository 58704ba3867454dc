//! Trying again what may be tried again.
//!
//! Invariant: only idempotent work is handed in; it is tried a few times at most, never past its deadline, and all retries together are
//! never more than a tenth of what was asked, so that whoever is overloaded is not asked yet more.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::Stopwatch;

/// Retries that may be taken before anything was saved up, in tenths.
const SAVED_AT_FIRST: u32 = 100;
/// Retries that may be saved up, in tenths.
const MOST_SAVED: u32 = 1_000;
/// What a retry costs; each first try saves one.
const COST: u32 = 10;

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Pause before the first retry, at most; it doubles.
    pub first: Duration,
    /// What a pause grows to.
    pub longest: Duration,
    /// Tries in all.
    pub tries: u32,
    /// Time for all of it.
    pub deadline: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(10));
        Pace { first, longest, tries: 3, deadline: Duration::from_secs(10) }
    }
}

impl Pace {
    /// The longest pause before that retry, counted from 1.
    pub fn most(&self, retry: u32) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(retry.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.longest)
    }

    /// A pause before that retry: anything up to the longest, so that those who failed together do not come back together.
    pub fn pause(&self, retry: u32, chance: u64) -> Duration {
        let most = u64::try_from(self.most(retry).as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(chance % most.saturating_add(1).max(1))
    }
}

/// Whether an error may be another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It is what it is.
    No,
    /// It may be.
    Soon,
    /// It may be, after this long and not before.
    After(Duration),
}

/// The retries of a dependency. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Mutex<u32>>);

impl Default for Budget {
    fn default() -> Budget {
        Budget(Arc::new(Mutex::new(SAVED_AT_FIRST)))
    }
}

impl Budget {
    fn saved<T>(&self, what: impl FnOnce(&mut u32) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Something was asked for the first time.
    fn save(&self) {
        self.saved(|saved| *saved = (*saved + 1).min(MOST_SAVED));
    }

    /// Whether it may be asked again.
    fn take(&self) -> bool {
        self.saved(|saved| {
            saved.checked_sub(COST).is_some_and(|left| {
                *saved = left;
                true
            })
        })
    }
}

/// Does `work`, and again while `again` says so, the pace allows it and the budget has it.
pub async fn retry<T, E, F: Future<Output = Result<T, E>>>(
    pace: Pace,
    budget: &Budget,
    chance: impl Fn() -> u64,
    again: impl Fn(&E) -> Again,
    mut work: impl FnMut() -> F,
) -> Result<T, E> {
    let watch = Stopwatch::start();
    budget.save();
    let mut tried = 1;
    loop {
        let error = match work().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let pause = match again(&error) {
            Again::No => return Err(error),
            Again::Soon => pace.pause(tried, chance()),
            Again::After(wait) => wait.max(pace.pause(tried, chance())),
        };
        if tried >= pace.tries || watch.elapsed().saturating_add(pause) >= pace.deadline || !budget.take() {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        tried += 1;
    }
}

/// The machine's own chance. Without any the longest pause is taken, which is patient, not wrong.
pub fn chance() -> u64 {
    getrandom::u64().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    async fn tries(pace: Pace, budget: &Budget, again: Again, works_at: u32) -> (u32, bool) {
        let count = Cell::new(0);
        let work = || {
            count.set(count.get() + 1);
            let answer = if count.get() >= works_at { Ok(()) } else { Err(()) };
            async move { answer }
        };
        let done = retry(pace, budget, || 0, |()| again, work).await;
        (count.get(), done.is_ok())
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_times_and_never_what_may_not() {
        let (pace, budget) = (Pace::default(), Budget::default());
        assert_eq!(tries(pace, &budget, Again::Soon, 1).await, (1, true));
        assert_eq!(tries(pace, &budget, Again::Soon, 3).await, (3, true));
        assert_eq!(tries(pace, &budget, Again::Soon, 9).await, (3, false));
        assert_eq!(tries(pace, &budget, Again::No, 2).await, (1, false));
        assert_eq!(tries(pace, &budget, Again::After(MS(20_000)), 2).await, (1, false), "past the deadline");
        assert_eq!(tries(pace, &budget, Again::After(MS(2_000)), 2).await, (2, true));
    }

    #[tokio::test(start_paused = true)]
    async fn retries_stay_a_tenth_of_what_is_asked() {
        let (pace, budget) = (Pace { tries: 2, ..Pace::default() }, Budget::default());
        let mut asked = 0;
        for _ in 0..10_000 {
            asked += tries(pace, &budget, Again::Soon, 9).await.0;
        }
        let retries = asked - 10_000;
        assert!((1_000..=1_011).contains(&retries), "{retries}");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pace = Pace::default();
        for (retry, most) in [(1, 100), (2, 200), (3, 400), (7, 6_400), (8, 10_000), (40, 10_000)] {
            assert_eq!(pace.most(retry), MS(most), "retry {retry}");
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_it_may_be(retry in 1_u32..100, chance in any::<u64>()) {
            let pace = Pace::default();
            prop_assert!(pace.pause(retry, chance) <= pace.most(retry));
        }
    }
}
