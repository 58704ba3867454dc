//! The ledger's contract on both databases.

mod basics;
mod shop;
