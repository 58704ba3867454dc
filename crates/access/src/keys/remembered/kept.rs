//! A key as it is kept in a file.
//!
//! Invariant: what is read back is the same key; one of whose hashes something is missing is none.

use domain::{
    Timestamp,
    ledger::canonical::{hex, unhex},
};
use serde::{Deserialize, Serialize};
use store::api_key::{ApiKey, Limits, Previous};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    id: String,
    name: String,
    role: String,
    hash: String,
    previous: Option<(String, i64)>,
    scopes: Vec<String>,
    sites: Option<Vec<String>>,
    quota_per_minute: Option<u32>,
    require_signature: bool,
    created_by: String,
    created_at: i64,
    rotated_at: Option<i64>,
    expires_at: Option<i64>,
}

impl Kept {
    pub(super) fn of(key: &ApiKey) -> Kept {
        let limits = key.limits.clone();
        Kept {
            id: key.id.clone(),
            name: key.name.clone(),
            role: key.role.clone(),
            hash: hex(&key.secret_hash),
            previous: key.previous.as_ref().map(|previous| (hex(&previous.hash), previous.until.micros())),
            scopes: limits.scopes,
            sites: limits.sites,
            quota_per_minute: limits.quota_per_minute,
            require_signature: limits.require_signature,
            created_by: key.created_by.clone(),
            created_at: key.created_at.micros(),
            rotated_at: key.rotated_at.map(Timestamp::micros),
            expires_at: key.expires_at.map(Timestamp::micros),
        }
    }

    /// Of those that were ended none is kept.
    pub(super) fn key(self) -> Option<ApiKey> {
        let previous = match self.previous {
            None => None,
            Some((hash, until)) => Some(Previous { hash: unhex(&hash)?, until: Timestamp::from_micros(until) }),
        };
        Some(ApiKey {
            id: self.id,
            name: self.name,
            role: self.role,
            secret_hash: unhex(&self.hash)?,
            previous,
            limits: Limits {
                scopes: self.scopes,
                sites: self.sites,
                quota_per_minute: self.quota_per_minute,
                require_signature: self.require_signature,
            },
            created_by: self.created_by,
            created_at: Timestamp::from_micros(self.created_at),
            rotated_at: self.rotated_at.map(Timestamp::from_micros),
            expires_at: self.expires_at.map(Timestamp::from_micros),
            revoked_at: None,
            last_used_at: None,
        })
    }
}
