//! The role through its router, on SQLite and on PostgreSQL.
//!
//! Invariant: a test here is one function of a [`Shop`](shop::Shop), run once on each database by `both!`.

#[macro_use]
mod shop;
mod catalog;
mod document;
mod finding;
mod imports;
mod places;
mod postings;
mod stock;
