//! Goods between two sites.
//!
//! Invariant: the document is written before the posting and settled from it after, so that they agree whatever happens in between.

pub mod create;
pub mod get;
mod give_up;
pub mod list;
pub mod receive;
pub mod settle;
pub mod view;
