//! The barcodes of a product.
//!
//! Invariant: a barcode belongs to one product.

pub mod add;
pub mod list;
pub mod remove;
