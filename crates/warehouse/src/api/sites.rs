//! Shops and depots.
//!
//! Invariant: a site is complete from its first moment: places, counterparts, chain.

pub mod create;
pub mod get;
pub mod list;
pub mod update;
pub mod view;
