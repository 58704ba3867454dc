//! Whoever wants to know what the ledger's writer does.
//!
//! Invariant: a watcher is told after the fact and changes nothing; it is called by the one task that commits, so it must be quick.

use std::{fmt::Debug, time::Duration};

use domain::ledger::{Draft, Outcome};

/// Is told of every attempt to commit.
pub trait Watch: Debug + Send + Sync {
    /// A batch was settled: what was asked, what became of each in the same order, and how long it took from the first read to the
    /// durable commit.
    fn committed(&self, _drafts: &[&Draft], _outcomes: &[Outcome], _took: Duration) {}

    /// An attempt failed. Requests that lost a race are tried again; each attempt counts.
    fn failed(&self) {}

    /// A request was turned away because too many waited.
    fn full(&self) {}
}

/// Nobody watches.
impl Watch for () {}
