//! Who may enter, what each may do, and what they leave behind.
//!
//! Invariant: nothing here knows about goods. The roles stand above and may use it; it uses no role.

mod role;

pub use role::Role;
