//! People through their routes, with the gate and the table of permissions before them, on both databases.
//!
//! Invariant: a test here takes a [`shop::Shop`] whose clock only it moves, and runs once on each database by `both!`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected has failed")]

#[macro_use]
mod shop;
mod account;
mod entering;
mod factor;
mod first;
mod lockout;
mod meanwhile;
mod privacy;
mod statements;
mod suppliers;
mod users;
