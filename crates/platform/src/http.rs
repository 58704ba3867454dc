//! The HTTP toolkit every role answers with.
//!
//! Invariant: knows the conventions of our API (problems, exact decimals, cursors, conditions, replays) and none of its subjects.

pub mod body;
pub mod context;
pub mod fields;
pub mod problem;

pub use body::{JsonBody, Params};
pub use problem::Problem;
