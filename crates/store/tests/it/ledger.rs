//! The ledger's contract on both databases.

mod basics;
mod history;
mod model;
pub mod shop;
