//! The ledger's contract on both databases.

mod basics;
mod closings;
mod history;
mod known;
mod links;
mod model;
mod recent;
pub mod shop;
mod tamper;
