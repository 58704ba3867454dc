//! A key as clients see it.
//!
//! Invariant: its secret is in no answer but the one to whoever made it.

use domain::Timestamp;
use serde::Serialize;
use store::api_key::ApiKey;
use utoipa::ToSchema;

use crate::keys::Made;

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It opens.
    Valid,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyItem {
    /// Its public part.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it is in the shop.
    pub role: String,
    /// What it is limited to besides: names of permissions or of whole sorts. Empty: all that the role may do.
    pub scopes: Vec<String>,
    /// Codes of the sites it may know of; null for every one.
    #[schema(required)]
    pub sites: Option<Vec<String>>,
    /// Requests a minute; null for the usual limit.
    #[schema(required)]
    pub quota_per_minute: Option<u32>,
    /// Whether it opens nothing but for requests that it signed.
    pub require_signature: bool,
    /// How it stands.
    pub state: KeyState,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When its secret was last replaced.
    #[schema(required, format = DateTime)]
    pub rotated_at: Option<String>,
    /// Until when the secret before that one serves too.
    #[schema(required, format = DateTime)]
    pub previous_until: Option<String>,
    /// When it ends by itself.
    #[schema(required, format = DateTime)]
    pub expires_at: Option<String>,
    /// When somebody ended it.
    #[schema(required, format = DateTime)]
    pub revoked_at: Option<String>,
    /// When it was last used, to within a minute.
    #[schema(required, format = DateTime)]
    pub last_used_at: Option<String>,
}

impl KeyItem {
    /// The key as it stands at that instant.
    pub fn of(key: &ApiKey, now: Timestamp) -> KeyItem {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let previous = key.previous.as_ref().filter(|previous| key.is_valid(now) && now < previous.until);
        KeyItem {
            id: key.id.clone(),
            name: key.name.clone(),
            role: key.role.clone(),
            scopes: key.limits.scopes.clone(),
            sites: key.limits.sites.clone(),
            quota_per_minute: key.limits.quota_per_minute,
            require_signature: key.limits.require_signature,
            state: match key.revoked_at {
                Some(_) => KeyState::Revoked,
                None if key.is_valid(now) => KeyState::Valid,
                None => KeyState::Expired,
            },
            created_by: key.created_by.clone(),
            created_at: key.created_at.to_string(),
            rotated_at: time(key.rotated_at),
            previous_until: previous.map(|previous| previous.until.to_string()),
            expires_at: time(key.expires_at),
            revoked_at: time(key.revoked_at),
            last_used_at: time(key.last_used_at),
        }
    }
}

/// A key with a new secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewSecret)]
pub struct KeyMade {
    /// The whole key, secret included. It is told once.
    pub key: String,
    /// The key as it stands.
    pub api_key: KeyItem,
}

impl KeyMade {
    /// The key just made, at that instant.
    pub fn of(made: &Made, now: Timestamp) -> KeyMade {
        KeyMade { key: made.text.expose().to_owned(), api_key: KeyItem::of(&made.key, now) }
    }
}
