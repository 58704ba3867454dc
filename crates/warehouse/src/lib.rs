//! The warehouse role: the only writer of stock.
//!
//! Invariant: nothing else in the program adds postings.

pub mod api;
pub mod archive;
pub mod checkpoints;
pub mod follow;
pub mod imports;
pub mod journal;
mod keeps;
pub mod metrics;
mod nul;
pub mod routes;
pub mod search;
pub mod shelf;
pub mod state;

pub use routes::routes;
pub use state::{Parts, TOPICS, Warehouse};
