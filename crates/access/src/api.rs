//! What is asked about access over HTTP: one operation in a file.
//!
//! Invariant: an answer that opens something is given once and kept by no cache, nor for repetitions.

pub mod audit;
pub mod keys;
pub mod tokens;
