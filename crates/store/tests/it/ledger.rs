//! The ledger's contract on both databases.

mod basics;
pub mod shop;
