//! Writing stock, which only the warehouse does.
//!
//! Invariant: an answer of [`Stock::post`] is given after what it says is durable. Who did it is written in the drafts by whoever was
//! asked, and stays: a role that asks on behalf of a person does not become the one who did it.

mod remote;

use domain::ledger::{Draft, Outcome};

pub use remote::Remote;

use crate::Answer;

/// What the role that keeps this contract is called.
pub const WAREHOUSE: &str = "warehouse";

/// Whether a role can be asked, as far as is known without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Here,
    /// It did not answer when it was last asked.
    Away,
}

/// What other roles ask of the warehouse. The warehouse itself keeps it for those in its process, [`Remote`] for those elsewhere.
pub trait Stock: Send + Sync {
    /// Posts drafts in order; each is accepted or rejected by itself. `None` for what is kept on the warehouse's disk until the ledger
    /// can be asked. The id of a draft makes a repetition the same posting.
    fn post(&self, drafts: Vec<Draft>) -> Answer<'_, Vec<Option<Outcome>>>;

    /// What would become of the drafts, with nothing written.
    fn preview<'a>(&'a self, drafts: &'a [Draft]) -> Answer<'a, Vec<Outcome>>;

    /// Asks whether it can be asked.
    fn check(&self) -> Answer<'_, ()>;

    /// What the last answer said of that.
    fn standing(&self) -> Standing;
}
