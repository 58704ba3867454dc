//! The audit log: who did what, one chain for each database.
//!
//! Invariant: an event is added in its caller's transaction or not at all; none is changed. What names a person may be taken out
//! of one (`redact`) and the oldest may go up to a signed cut (`cut`), and both leave their own event.

mod append;
mod read;
mod row;
mod verify;

pub mod anchor;
pub mod cut;
pub mod redact;

pub use append::{append, append_all, hold};
pub use read::{Filter, Span, after, head, is_told, list, place_before, told};
pub use verify::{Fault, Report, verify};

/// The version of the database since which there is one.
pub const SINCE_VERSION: i64 = 7;
