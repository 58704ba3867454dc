//! The buckets of all callers, in memory.
//!
//! Invariant: a full bucket is the same as none, so it may be forgotten; past the bound those nearest to full are forgotten first. No
//! caller waits for another but for the moment in which a bucket is looked up.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Quota, Verdict};
use crate::network::Network;

const SHARDS: usize = 16;
/// Callers of one shard; in all about a million, some tens of megabytes, and only while so many come within a window.
const MOST_IN_SHARD: usize = 65_536;

/// Who comes: known by a credential, or only by where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The public id of a credential that was found good.
    Known(Arc<str>),
    /// Whoever comes from there without one.
    From(Network),
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Known(id) => write!(f, "key:{id}"),
            Caller::From(network) => write!(f, "{network}"),
        }
    }
}

/// Instants at which buckets will be full, by caller.
type Shard = HashMap<Caller, i64>;

/// The buckets of callers. Instants are nanoseconds of a clock that never goes back.
#[derive(Debug)]
pub struct Callers {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
    most_in_shard: usize,
}

impl Default for Callers {
    fn default() -> Callers {
        Callers::holding(MOST_IN_SHARD)
    }
}

impl Callers {
    fn holding(most_in_shard: usize) -> Callers {
        Callers { hasher: RandomState::new(), shards: Default::default(), most_in_shard }
    }

    /// Takes a token out of the caller's bucket, or says how long to wait.
    pub fn take(&self, caller: &Caller, quota: Quota, now_ns: i64) -> Verdict {
        let mut shard = self.shard(caller);
        let known = shard.get_mut(caller);
        let full_at = known.as_deref().copied().unwrap_or(now_ns);
        let (full_in, verdict) = quota.decide(full_at - now_ns);
        match known {
            Some(full_at) => *full_at = now_ns + full_in,
            None => self.insert(&mut shard, caller, now_ns + full_in, now_ns),
        }
        verdict
    }

    /// What [`Callers::take`] would say, without taking.
    pub fn look(&self, caller: &Caller, quota: Quota, now_ns: i64) -> Verdict {
        let full_at = self.shard(caller).get(caller).copied().unwrap_or(now_ns);
        quota.decide(full_at - now_ns).1
    }

    /// Notes what somebody else knows of the caller's bucket.
    pub fn note(&self, caller: &Caller, full_in_ns: i64, now_ns: i64) {
        let mut shard = self.shard(caller);
        match shard.get_mut(caller) {
            Some(full_at) => *full_at = now_ns + full_in_ns,
            None => self.insert(&mut shard, caller, now_ns + full_in_ns, now_ns),
        }
    }

    /// Gives the caller a full bucket.
    pub fn forget(&self, caller: &Caller) {
        self.shard(caller).remove(caller);
    }

    fn insert(&self, shard: &mut Shard, caller: &Caller, full_at: i64, now_ns: i64) {
        if shard.len() >= self.most_in_shard {
            make_room(shard, self.most_in_shard, now_ns);
        }
        shard.insert(caller.clone(), full_at);
    }

    fn shard(&self, caller: &Caller) -> MutexGuard<'_, Shard> {
        // The top bits: the map of the shard uses the others.
        let hash = self.hasher.hash_one(caller).to_be_bytes()[0];
        self.shards[usize::from(hash) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets full buckets; when that leaves more than half, the fuller half of them too, so that the work is spread over many insertions.
fn make_room(shard: &mut Shard, most: usize, now_ns: i64) {
    shard.retain(|_, full_at| *full_at > now_ns);
    let keep = most / 2;
    if shard.len() > keep {
        let mut instants: Vec<i64> = shard.values().copied().collect();
        let at = instants.len() - keep - 1;
        let (_, bound, _) = instants.select_nth_unstable(at);
        let bound = *bound;
        shard.retain(|_, full_at| *full_at > bound);
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use super::*;

    fn from(n: u32) -> Caller {
        Caller::From(Network::of_caller(Ipv4Addr::from_bits(n).into()))
    }

    #[test]
    fn callers_do_not_disturb_each_other() {
        let (callers, quota) = (Callers::default(), Quota::new(3, Duration::from_secs(60)));
        let known = Caller::Known("k".into());
        for _ in 0..3 {
            assert_eq!(callers.take(&from(1), quota, 0).wait, None);
        }
        assert!(callers.take(&from(1), quota, 0).wait.is_some());
        assert_eq!(callers.take(&from(2), quota, 0).remaining, 2);
        assert_eq!(callers.take(&known, quota, 0).remaining, 2);
        assert_eq!(callers.look(&known, quota, 0).remaining, 1, "what would be left");
        assert_eq!(callers.look(&known, quota, 0).remaining, 1, "looking takes nothing");
        callers.forget(&from(1));
        assert_eq!(callers.take(&from(1), quota, 0).remaining, 2);
        callers.note(&from(1), 0, 0);
        assert_eq!(callers.take(&from(1), quota, 0).remaining, 2);
    }

    #[test]
    fn memory_is_bounded_and_the_emptiest_buckets_are_kept() {
        let (callers, quota) = (Callers::holding(64), Quota::new(100, Duration::from_secs(60)));
        let greedy = from(u32::MAX);
        for _ in 0..100 {
            callers.take(&greedy, quota, 0);
        }
        for n in 0..100_000 {
            callers.take(&from(n), quota, 0);
        }
        let held: usize = callers.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(held <= 64 * SHARDS, "{held}");
        assert!(callers.take(&greedy, quota, 0).wait.is_some(), "a flood of others does not refill a bucket");
    }

    #[test]
    fn one_bucket_taken_from_by_many_at_once_gives_exactly_what_it_holds() {
        let (callers, quota) = (Callers::default(), Quota::new(500, Duration::from_secs(3600)));
        let taken: usize = std::thread::scope(|scope| {
            let work = || (0..400).filter(|_| callers.take(&from(1), quota, 0).wait.is_none()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 500);
    }
}
