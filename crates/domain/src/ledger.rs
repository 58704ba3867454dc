//! The ledger's rules: what a posting is, which are allowed, what they change, and how their chain is made.
//!
//! Invariant: everything here is a pure function of what was loaded; the store only reads state in and writes effects out.

pub mod audit;
pub mod batch;
pub mod books;
pub mod canonical;
pub mod cost;
pub mod effects;
pub mod entry;
pub mod kind;
pub mod landed;
pub mod limits;
mod links;
pub mod lots;
mod picking;
pub mod posting;
pub mod rejection;

pub use batch::Batch;
pub use books::Books;
pub use effects::Effects;
pub use entry::{Entry, Movement};
pub use kind::{LocationKind, PostingKind};
pub use limits::{Limits, Over};
pub use posting::{Draft, LineDraft, LotDraft, Outcome, Posted, PostedLine, Reference};
pub use rejection::Rejection;
