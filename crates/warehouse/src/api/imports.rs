//! Bringing files in over HTTP, as jobs.
//!
//! Invariant: the file is kept apart and its import is a job, so that no request waits for it; what is wrong with its rows can be
//! fetched as long as the job is known.

pub mod create;
pub mod errors;
pub mod form;
pub mod get;
pub mod room;
mod run;
