//! Who may enter, what each may do, and what they leave behind.
//!
//! Invariant: nothing here knows about goods. The roles stand above and may use it; it uses no role.

pub mod anomaly;
pub mod api;
pub mod audit;
pub mod document;
mod enforce;
pub mod keys;
mod older;
mod permission;
mod table;
pub mod texts;
pub mod token;

pub use domain::Role;
pub use enforce::enforce;
pub use keys::{KeyDesk, StoredKeys, StoredNonces, StoredSigners};
pub use older::OlderKey;
pub use permission::{Class, Permission, Permit, scopes_named};
pub use table::{Rule, is_open, routes, rule};
pub use token::{TokenDesk, TokenKeys, Tokens};
