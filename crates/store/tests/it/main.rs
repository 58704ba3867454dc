//! The contract of the store: every function does the same on SQLite and on PostgreSQL.
//!
//! Invariant: a test here is one function of a migrated, empty [`Db`](store::Db), run once on each database by `both!`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected has failed")]

#[macro_use]
mod both;
mod abandoned;
mod approvals;
mod audit;
mod backup;
mod bans;
mod busy;
mod guarded;
mod home;
mod idempotency;
mod keys;
mod ledger;
mod legacy;
mod locks;
mod migrations;
mod names;
mod orders;
mod people;
mod places;
mod prices;
mod products;
mod replaced;
mod reused;
mod servers;
mod silent;
mod statements;
mod stock;
mod turns;
mod upsert;
mod vault;
mod work;
