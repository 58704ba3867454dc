//! The arithmetic of a bucket, without a clock and without a memory.
//!
//! Invariant: all that is kept of a bucket is the instant at which it will be full again; between two instants exactly as many are let in
//! as the quota says, to the nanosecond.

use std::time::Duration;

/// Seconds a window may have, so that the sums below stay far from the ends of `i64`.
const LONGEST_WINDOW_S: u64 = 86_400;
/// Tokens a bucket may have, for the same reason.
const LARGEST: u32 = 1_000_000;

/// How many may come in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    max: u32,
    interval_ns: i64,
    window: Duration,
}

/// What a limit says to one who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// How many may come in the window.
    pub limit: u32,
    /// The window.
    pub window: Duration,
    /// How many may still come now.
    pub remaining: u32,
    /// Time until the bucket is full again.
    pub full_in: Duration,
    /// Time until the next one is let in; `None` for one who is let in.
    pub wait: Option<Duration>,
}

impl Quota {
    /// `max` in each `window`; both are brought into what can be reckoned with: 1 to 1 000 000, and up to a day.
    pub fn new(max: u32, window: Duration) -> Quota {
        let max = max.clamp(1, LARGEST);
        let window = window.clamp(Duration::from_secs(1), Duration::from_secs(LONGEST_WINDOW_S));
        let interval_ns = i64::try_from(window.as_nanos()).unwrap_or(i64::MAX) / i64::from(max);
        Quota { max, interval_ns, window }
    }

    /// What a bucket that will be full in `full_in_ns` says to the next one, and in how long it will be full after that.
    pub(super) fn decide(self, full_in_ns: i64) -> (i64, Verdict) {
        let before = full_in_ns.max(0);
        let after = before + self.interval_ns;
        let missing = after - self.interval_ns * i64::from(self.max);
        if missing > 0 {
            return (before, self.verdict(before, Some(duration(missing))));
        }
        (after, self.verdict(after, None))
    }

    /// Microseconds in which one token comes back.
    pub(super) fn interval_us(self) -> i64 {
        (self.interval_ns / 1_000).max(1)
    }

    /// Microseconds in which an empty bucket is full.
    pub(super) fn most_us(self) -> i64 {
        self.interval_us() * i64::from(self.max)
    }

    /// What a bucket that is kept elsewhere, in microseconds, said to the next one.
    pub(super) fn shared_verdict(self, taken: bool, full_in_us: i64) -> (i64, Verdict) {
        let wait_us = full_in_us + self.interval_us() - self.most_us();
        let wait = (!taken).then(|| duration(wait_us.max(1).saturating_mul(1_000)));
        let full_in_ns = full_in_us.saturating_mul(1_000);
        (full_in_ns, self.verdict(full_in_ns, wait))
    }

    /// What a bucket that will be full in so long is worth.
    pub(super) fn verdict(self, full_in_ns: i64, wait: Option<Duration>) -> Verdict {
        let room = self.interval_ns * i64::from(self.max) - full_in_ns.max(0);
        let remaining = u32::try_from(room / self.interval_ns).unwrap_or(0).min(self.max);
        Verdict { limit: self.max, window: self.window, remaining, full_in: duration(full_in_ns), wait }
    }
}

fn duration(ns: i64) -> Duration {
    Duration::from_nanos(u64::try_from(ns).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    /// A bucket at an instant.
    #[derive(Default)]
    struct Bucket {
        full_at: i64,
    }

    impl Bucket {
        fn take(&mut self, quota: Quota, now: i64) -> Verdict {
            let (full_in, verdict) = quota.decide(self.full_at - now);
            self.full_at = now + full_in;
            verdict
        }
    }

    #[test]
    fn a_full_bucket_lets_in_as_many_as_it_holds_and_then_one_by_one() {
        let quota = Quota::new(100, Duration::from_secs(60));
        let mut bucket = Bucket::default();
        for left in (0..100).rev() {
            let verdict = bucket.take(quota, 0);
            assert_eq!((verdict.remaining, verdict.wait, verdict.limit), (left, None, 100));
        }
        let refused = bucket.take(quota, 0);
        assert_eq!(refused.wait, Some(Duration::from_millis(600)));
        assert_eq!((refused.remaining, refused.full_in), (0, Duration::from_secs(60)));
        let later = bucket.take(quota, SECOND * 6 / 10 - 1);
        assert_eq!(later.wait, Some(Duration::from_nanos(1)), "to the nanosecond");
        assert_eq!(bucket.take(quota, SECOND * 6 / 10).wait, None);
        assert!(bucket.take(quota, SECOND * 6 / 10).wait.is_some());
        let after_a_window = bucket.take(quota, SECOND * 120);
        assert_eq!((after_a_window.remaining, after_a_window.full_in), (99, Duration::from_millis(600)));
    }

    #[test]
    fn odd_quotas_are_brought_into_range() {
        assert_eq!(Quota::new(0, Duration::ZERO), Quota::new(1, Duration::from_secs(1)));
        let most = Quota::new(u32::MAX, Duration::from_secs(1));
        assert_eq!((most.max, most.interval_ns), (1_000_000, 1_000));
        let longest = Quota::new(1, Duration::MAX);
        assert_eq!(longest.decide(0).1.full_in, Duration::from_secs(86_400));
    }

    proptest! {
        /// Over any history of arrivals, no window lets in more than twice the quota (the bucket and what refills), and whoever waits as
        /// long as told is let in.
        #[test]
        fn no_history_gets_more_than_the_bucket_and_what_refills(
            max in 1_u32..50, window_s in 1_u64..100, steps in prop::collection::vec(0_i64..3_000_000_000, 1..300),
        ) {
            let quota = Quota::new(max, Duration::from_secs(window_s));
            let (mut bucket, mut now, mut taken) = (Bucket::default(), 0, 0_i64);
            for step in steps {
                now += step;
                let before = bucket.full_at;
                let verdict = bucket.take(quota, now);
                match verdict.wait {
                    None => taken += 1,
                    Some(wait) => {
                        prop_assert_eq!(bucket.full_at, before.max(now), "a refusal costs nothing");
                        let then = now + i64::try_from(wait.as_nanos()).unwrap();
                        let mut patient = Bucket { full_at: bucket.full_at };
                        prop_assert!(patient.take(quota, then).wait.is_none(), "who waits as told is let in");
                    }
                }
                prop_assert!(verdict.remaining < max);
                prop_assert!(taken <= i64::from(max) + now / quota.interval_ns);
            }
        }
    }
}
