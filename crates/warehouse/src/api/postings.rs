//! Postings: the only way stock changes.
//!
//! Invariant: a handler here turns a request into drafts and outcomes into answers; every rule is the ledger's.

pub mod answer;
pub mod create;
pub mod draft;
mod elsewhere;
pub mod get;
pub mod impact;
pub mod landed;
pub mod list;
pub mod refusal;
pub(crate) mod take;
