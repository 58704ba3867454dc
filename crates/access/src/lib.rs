//! Who may enter, what each may do, and what they leave behind.
//!
//! Invariant: nothing here knows about goods. The roles stand above and may use it; it uses no role.

pub mod document;
mod enforce;
mod permission;
mod stored;
mod table;

pub use domain::Role;
pub use enforce::enforce;
pub use permission::{Class, Permission, Permit, scopes_named};
pub use stored::StoredKeys;
pub use table::{Rule, is_open, routes, rule};
