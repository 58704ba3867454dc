//! The ledger on disk: loading what a batch touches, writing what it changed, reading it back, proving it.
//!
//! Invariant: [`commit::commit`], [`sanctioned::post`] and [`together::post`] alone add postings; they add whole batches or nothing.

pub mod checkpoint;
pub mod closings;
pub mod commit;
pub(crate) mod known;
mod load;
pub mod period;
mod quick;
mod range;
pub mod read;
pub mod recent;
mod rehearse;
pub(crate) mod rows;
pub mod sanctioned;
mod save;
pub mod together;
pub mod verify;
pub mod watch;
pub mod whole;
pub mod writer;

pub use rehearse::Rehearsal;
pub use watch::{Stood, Watch};
pub use writer::{Queue, QueueFigures, Writer, WriterOptions};
