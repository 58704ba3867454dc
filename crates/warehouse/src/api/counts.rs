//! Counting what there is while the shop goes on selling.
//!
//! Invariant: a line is compared with what the ledger says there was when it was counted, never with what there is when it is posted.

pub mod close;
pub mod create;
pub mod doubt;
pub mod get;
pub mod lines;
pub mod list;
pub(crate) mod put;
pub mod view;
