//! The role through its router, on SQLite and on PostgreSQL.
//!
//! Invariant: a test here is one function of a [`Shop`](shop::Shop), run once on each database by `both!`.

#[macro_use]
mod shop;
mod approvals;
mod audit;
mod catalog;
mod contract;
mod counts;
mod document;
mod files;
mod finding;
mod imports;
mod ledger;
mod places;
mod postings;
mod sites;
mod statements;
mod stock;
mod tables;
mod transfers;
