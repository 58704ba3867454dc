//! What one role may ask of another.
//!
//! Invariant: a handful of operations for each role, each a method of one trait; whether the other role lives in this process
//! or not is the choice of whoever wires them together.

mod stock;

pub use stock::{Direct, Stock};
