//! How often a caller may come.
//!
//! Invariant: a bucket of `max` tokens that refills evenly over its window (the generic cell rate algorithm): whoever has not come for
//! a window may come `max` times at once, and after that as fast as it refills. What is kept of callers is bounded.

mod callers;
mod limits;
mod rate;
mod shared;

pub use callers::{Caller, Callers};
pub use limits::{Limits, Refused};
pub use rate::{Quota, Verdict};
pub use shared::Shared;
