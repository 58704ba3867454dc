//! What is asked about access over HTTP: one operation in a file.
//!
//! Invariant: an answer that opens something (a token, a password, recovery codes, the secret of a second factor) is given once and
//! kept by no cache, nor for repetitions.

pub mod audit;
pub mod auth;
pub mod keys;
pub mod me;
pub mod privacy;
pub mod tokens;
pub mod users;
