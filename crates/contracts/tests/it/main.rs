//! Asking a role that runs elsewhere, against a server that does whatever a test wants.
//!
//! Invariant: nothing here needs a database; what the warehouse itself answers is tested beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected has failed")]

mod peer;
