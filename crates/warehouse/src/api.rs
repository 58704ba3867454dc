//! The HTTP API, one operation in a file.
//!
//! Invariant: a handler reads a request, calls the store or the ledger, and words the answer; it decides nothing about stock.

pub mod approvals;
pub mod barcodes;
pub mod categories;
pub mod changes;
pub mod counts;
pub mod exports;
pub mod imports;
pub mod inputs;
pub mod kinds;
pub mod ledger;
pub mod locations;
pub mod movements;
pub mod packs;
pub mod paged;
pub mod peers;
pub mod places;
pub mod postings;
pub mod prices;
pub mod products;
pub mod shapes;
pub mod sites;
pub mod stock;
pub mod texts;
pub mod transfers;
pub mod walk;
