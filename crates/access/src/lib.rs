//! Who may enter, what each may do, and what they leave behind.
//!
//! Invariant: nothing here knows about goods. The roles stand above and may use it; it uses no role.

pub mod account;
pub mod anomaly;
pub mod api;
pub mod audit;
pub mod contact;
pub mod document;
mod doer;
mod enforce;
pub mod factor;
mod failure;
pub mod keys;
pub mod login;
mod older;
pub mod password;
pub mod people;
mod permission;
pub mod privacy;
mod recovery;
mod routes;
pub mod service;
pub mod session;
mod state;
pub mod supplier;
mod table;
pub mod texts;
pub mod token;
pub mod totp;

pub use doer::Doer;
pub use domain::Role;
pub use enforce::enforce;
pub use keys::{KeyDesk, RememberedKeys, StoredKeys, StoredNonces, StoredSigners};
pub use older::OlderKey;
pub use permission::{Class, Permission, Permit, scopes_named};
pub use routes::people as people_routes;
pub use session::Sessions;
pub use state::{Access, Parts, demands_factor};
pub use table::{Rule, is_open, peer_routes, routes, rule};
pub use token::{OlderTokens, TokenDesk, TokenKeys, Tokens};
