//! The packs of a product.
//!
//! Invariant: a pack is an exact multiple of the product's unit.

pub mod add;
pub mod list;
pub mod remove;
