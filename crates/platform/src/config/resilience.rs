//! What is set of how outages are met: breakers and the journal.
//!
//! Invariant: each dependency has its own thresholds; what is not set is as the operations handbook says.

use std::time::Duration;

use super::{read, sources::Sources};
use crate::breaker::Policy;

/// How outages are met.
#[derive(Debug, Clone, Copy)]
pub struct Resilience {
    /// When the database is no longer asked.
    pub database: Policy,
    /// When the cache is no longer asked.
    pub cache: Policy,
    /// When a role that runs elsewhere is no longer asked.
    pub role: Policy,
    /// When the object store is no longer asked.
    pub objects: Policy,
    /// When a language model is no longer asked.
    pub model: Policy,
    /// Bytes that the journal of postings may take on the disk.
    pub journal_max_bytes: u64,
}

impl Resilience {
    pub(super) fn from_sources(s: &mut Sources) -> Resilience {
        let mut policy = |failures: &'static str, open: &'static str, default: (u32, u64)| {
            let failures = s.get(failures, read::count(1..=1000)).unwrap_or(default.0);
            Policy::new(failures, s.get(open, read::seconds(1..=3600)).unwrap_or(Duration::from_secs(default.1)))
        };
        let database = policy("breaker_database_failures", "breaker_database_open_s", (3, 30));
        let cache = policy("breaker_cache_failures", "breaker_cache_open_s", (5, 20));
        let role = policy("breaker_role_failures", "breaker_role_open_s", (5, 30));
        let objects = policy("breaker_objects_failures", "breaker_objects_open_s", (5, 30));
        let model = policy("breaker_model_failures", "breaker_model_open_s", (5, 60));
        let journal_max_bytes =
            s.get("journal_max_bytes", read::count(1_048_576..=1_073_741_824)).unwrap_or(268_435_456);
        Resilience { database, cache, role, objects, model, journal_max_bytes }
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Some(toml::Value::Integer(match key {
            "breaker_database_failures" => self.database.failures.into(),
            "breaker_database_open_s" => seconds(self.database.open_for),
            "breaker_cache_failures" => self.cache.failures.into(),
            "breaker_cache_open_s" => seconds(self.cache.open_for),
            "breaker_role_failures" => self.role.failures.into(),
            "breaker_role_open_s" => seconds(self.role.open_for),
            "breaker_objects_failures" => self.objects.failures.into(),
            "breaker_objects_open_s" => seconds(self.objects.open_for),
            "breaker_model_failures" => self.model.failures.into(),
            "breaker_model_open_s" => seconds(self.model.open_for),
            "journal_max_bytes" => i64::try_from(self.journal_max_bytes).unwrap_or(i64::MAX),
            _ => return None,
        }))
    }
}
