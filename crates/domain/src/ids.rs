//! Identities as a parameter.
//!
//! Invariant: whoever needs a new identity asks an [`Ids`]; tests give one that counts, the program one that cannot be guessed.

use uuid::Uuid;

use crate::Timestamp;

/// Gives new identities.
pub trait Ids: Send + Sync {
    /// A new identity, ordered by time (UUID version 7 of `at`).
    fn next(&self, at: Timestamp) -> Uuid;
}

/// Time-ordered identities with random tails (RFC 9562, version 7).
#[derive(Debug, Default, Clone, Copy)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self, at: Timestamp) -> Uuid {
        let seconds = u64::try_from(at.micros().div_euclid(1_000_000)).unwrap_or(0);
        let nanos = u32::try_from(at.micros().rem_euclid(1_000_000) * 1000).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
    }
}

/// The identity that `name` has within `space`, the same every time (RFC 9562, version 5).
pub fn named(space: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&space, name.as_bytes())
}
