//! Argentine rules.
//!
//! Invariant: nothing outside this module knows about Argentina's taxes and numbers.

pub mod cuit;
pub mod vat;

pub use cuit::Cuit;
pub use vat::VatRate;
