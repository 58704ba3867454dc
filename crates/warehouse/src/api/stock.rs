//! What there is, where, and what it is worth.
//!
//! Invariant: reads only.

pub mod get;
pub mod inventory;
pub mod list;
mod told;
pub mod valuation;
