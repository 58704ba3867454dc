//! The only crate that knows SQL: one text for SQLite and PostgreSQL, one file per aggregate.
//!
//! Invariant: every function takes the caller's [`Tx`] or [`Db`]; a row that breaks our own rules is a typed error, never a
//! default; nothing is written outside a transaction that its caller owns.

pub mod db;
pub mod dialect;
pub mod error;
pub mod ledger;
pub mod migrate;
mod open;
pub mod sequence;

pub use db::{Db, Query, Row, Tx, Value};
pub use dialect::{Bulk, Rows, Sql};
pub use error::{Error, Result};
pub use open::Options;
