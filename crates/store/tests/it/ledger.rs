//! The ledger's contract on both databases.

mod basics;
mod closings;
mod history;
mod known;
mod links;
mod model;
pub mod shop;
mod tamper;
