//! The only crate that knows SQL: one text for SQLite and PostgreSQL, one file per aggregate.
//!
//! Invariant: every function takes the caller's [`Tx`] or [`Db`]; a row that breaks our own rules is a typed error, never a
//! default; nothing is written outside a transaction that its caller owns.

pub mod api_key;
pub mod approval;
pub mod audit;
pub mod backup;
pub mod ban;
pub mod catalog;
pub mod category;
mod constraint;
pub mod count;
pub mod db;
pub mod dialect;
pub mod error;
pub mod grant;
pub mod home;
pub mod idempotency;
pub mod import;
pub mod job;
pub mod ledger;
pub mod legacy;
pub mod location;
pub mod lockout;
pub mod lookup;
pub mod lot;
pub mod migrate;
pub mod nonce;
mod open;
pub mod order;
pub mod person;
pub mod privacy;
pub mod product;
pub mod pulse;
pub mod sealed;
pub mod sequence;
pub mod server;
pub mod session;
pub mod site;
pub mod stock;
pub mod supplier;
pub mod token;
pub mod transfer;
pub mod turn;
pub mod vault;

pub use constraint::Rule;
pub use db::{Db, Query, Row, Tx, Value};
pub use dialect::{Bulk, Gather, Rows, Script, Sql};
pub use error::{Error, Result};
pub use open::{Options, server_place};

/// The target of spans, which are for traces and never lines of the log.
pub const SPANS: &str = "gondola::span";
