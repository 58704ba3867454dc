//! The keys as the database told them last, for when it cannot be asked.
//!
//! Invariant: hashes, never secrets; what was ended when the database told of it is not among them, nothing is believed past its own end,
//! and none at all longer than [`BELIEVED_SECONDS`].

mod kept;

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::Timestamp;
use store::api_key::ApiKey;
use tokio::sync::Notify;

use kept::Kept;

/// How long keys are believed that nobody can be asked about: a shop sells on for a day.
pub const BELIEVED_SECONDS: i64 = 24 * 3600;
/// Keys remembered at most, the newest.
const MOST: usize = 10_000;

/// Keys that were told. Cheap to clone.
#[derive(Clone, Default)]
pub struct RememberedKeys(Arc<Inner>);

#[derive(Default)]
struct Inner {
    told: RwLock<Option<Told>>,
    /// How often what was told was forgotten.
    forgotten: AtomicU64,
    changed: Notify,
}

struct Told {
    at: Timestamp,
    keys: HashMap<String, ApiKey>,
}

impl RememberedKeys {
    /// How often what was told was forgotten: hand it to [`RememberedKeys::learn`] with what was asked for after.
    pub fn forgotten(&self) -> u64 {
        self.0.forgotten.load(Ordering::Acquire)
    }

    /// Takes the place of what was told before, unless that was told later or one of them changed since. Whether that is news.
    pub fn learn(&self, keys: Vec<ApiKey>, at: Timestamp, forgotten: u64) -> bool {
        let alive = keys.into_iter().rev().filter(|key| key.is_valid(at)).take(MOST);
        // When one was used is nothing to open anything by.
        let keys = alive.map(|key| (key.id.clone(), ApiKey { last_used_at: None, ..key })).collect();
        let mut told = self.0.told.write().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref().is_some_and(|told| told.at > at) || self.forgotten() != forgotten {
            return false;
        }
        let is_news = told.as_ref().is_none_or(|told| told.keys != keys);
        *told = Some(Told { at, keys });
        is_news
    }

    /// The key of that id, as far as it is believed at `now`.
    pub fn find(&self, id: &str, now: Timestamp) -> Option<ApiKey> {
        let told = self.0.told.read().unwrap_or_else(PoisonError::into_inner);
        let told = told.as_ref().filter(|told| now < told.at.plus_seconds(BELIEVED_SECONDS))?;
        told.keys.get(id).cloned()
    }

    /// Believes none until they are told again: one of them changed.
    pub fn forget(&self) {
        let mut told = self.0.told.write().unwrap_or_else(PoisonError::into_inner);
        self.0.forgotten.fetch_add(1, Ordering::AcqRel);
        *told = None;
        drop(told);
        self.0.changed.notify_one();
    }

    /// Ends when one of them changed.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// As they are kept for another run; `None` when there is nothing to keep.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let told = self.0.told.read().unwrap_or_else(PoisonError::into_inner);
        let told = told.as_ref()?;
        let mut keys: Vec<&ApiKey> = told.keys.values().collect();
        keys.sort_by(|a, b| a.id.cmp(&b.id));
        serde_json::to_vec(&(told.at.micros(), keys.into_iter().map(Kept::of).collect::<Vec<_>>())).ok()
    }

    /// Takes what another run kept. How many keys that are; `None` when that cannot be read.
    pub fn recall(&self, bytes: &[u8]) -> Option<usize> {
        let (at, kept): (i64, Vec<Kept>) = serde_json::from_slice(bytes).ok()?;
        let keys = kept.into_iter().map(Kept::key).collect::<Option<Vec<ApiKey>>>()?;
        let count = keys.len();
        self.learn(keys, Timestamp::from_micros(at), self.forgotten());
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use store::api_key::{Limits, Previous};

    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn key(id: &str) -> ApiKey {
        ApiKey {
            id: id.into(),
            name: "caja 1".into(),
            role: "cashier".into(),
            secret_hash: [7; 32],
            previous: Some(Previous { hash: [8; 32], until: AT.plus_seconds(60) }),
            limits: Limits {
                scopes: vec!["postings:write".into()],
                sites: Some(vec!["centro".into()]),
                quota_per_minute: Some(90),
                require_signature: true,
            },
            created_by: "cli".into(),
            created_at: AT,
            rotated_at: Some(AT),
            expires_at: Some(AT.plus_seconds(3600)),
            revoked_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn another_run_knows_the_same_keys_with_all_that_limits_them() {
        let (one, another) = (RememberedKeys::default(), RememberedKeys::default());
        assert_eq!(one.bytes(), None, "nothing was told yet");
        let free = ApiKey { previous: None, limits: Limits::default(), rotated_at: None, ..key("free") };
        one.learn(vec![key("a"), free.clone()], AT, 0);
        assert_eq!(another.recall(&one.bytes().unwrap()), Some(2));
        assert_eq!(another.find("a", AT), Some(key("a")));
        assert_eq!(another.find("free", AT), Some(free));
        assert_eq!(another.recall(b"[1, [{}]]"), None);
    }

    #[test]
    fn what_ended_is_not_kept_and_none_is_believed_longer_than_a_day() {
        let keys = RememberedKeys::default();
        let ended = ApiKey { revoked_at: Some(AT), ..key("ended") };
        let over = ApiKey { expires_at: Some(AT), ..key("over") };
        let lasting = ApiKey { expires_at: None, ..key("lasting") };
        keys.learn(vec![ended, over, lasting], AT, 0);
        assert_eq!((keys.find("ended", AT), keys.find("over", AT)), (None, None));
        assert!(keys.find("lasting", AT.plus_seconds(BELIEVED_SECONDS - 1)).is_some());
        assert_eq!(keys.find("lasting", AT.plus_seconds(BELIEVED_SECONDS)), None);
    }

    #[test]
    fn what_was_told_earlier_does_not_take_the_place_of_what_was_told_later() {
        let keys = RememberedKeys::default();
        assert!(keys.learn(vec![key("new")], AT, 0));
        assert!(!keys.learn(vec![ApiKey { last_used_at: Some(AT), ..key("new") }], AT, 0), "it was used");
        assert!(!keys.learn(vec![key("old")], AT.plus_seconds(-1), 0));
        assert!(keys.find("new", AT).is_some() && keys.find("old", AT).is_none());
        keys.forget();
        assert_eq!(keys.find("new", AT), None, "one of them changed");
        assert!(!keys.learn(vec![key("new")], AT.plus_seconds(1), 0), "it was asked for before that");
        assert!(keys.learn(vec![key("new")], AT, keys.forgotten()));
    }
}
