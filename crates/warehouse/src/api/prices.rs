//! The prices a product has and had.
//!
//! Invariant: the newest of the history is the product's price.

pub mod list;
pub mod set;
pub mod view;
