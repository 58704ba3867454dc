//! Programs and their credentials, through the gate and the table of permissions, on both databases.
//!
//! Invariant: a test here takes a [`house::House`] whose clock only it moves, and runs once on each database by `both!`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected has failed")]

#[macro_use]
mod house;
mod keys;
mod older_tokens;
mod renewal;
mod services;
mod signatures;
mod statements;
mod tokens;
