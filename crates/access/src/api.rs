//! What people and those who look after them ask over HTTP: one operation in a file.
//!
//! Invariant: an answer that opens something (a token, a password, recovery codes, the secret of a second factor) is given once and
//! kept by no cache.

pub mod auth;
pub mod me;
pub mod users;
