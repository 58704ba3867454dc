//! Whoever wants to know what the ledger's writer does.
//!
//! Invariant: a watcher is told after the fact and changes nothing; it is called by the one task that commits, so it must be quick.

use std::{fmt::Debug, time::Duration};

use domain::ledger::{Books, Draft, Outcome};

use super::{known::Heads, whole::Stand};

/// Is told of every attempt to commit.
pub trait Watch: Debug + Send + Sync {
    /// A batch was settled: what was asked, what became of each in the same order, and how long it took from the first read to the
    /// durable commit.
    fn committed(&self, _drafts: &[&Draft], _outcomes: &[Outcome], _took: Duration) {}

    /// How the goods of a batch stand now that it is committed. Nobody was answered yet.
    fn stood(&self, _stood: &Stood<'_>) {}

    /// An attempt failed. Requests that lost a race are tried again; each attempt counts.
    fn failed(&self) {}

    /// A request was turned away because too many waited.
    fn full(&self) {}
}

/// The books after a commit.
#[derive(Debug)]
pub struct Stood<'b> {
    /// What was loaded for the batch and changed by it.
    pub books: &'b Books,
    /// How what the batch concerns stands, by site and product, in the order of the sites' codes.
    pub stands: &'b [((i64, i64), Stand)],
    pub(super) heads: &'b Heads,
}

impl Stood<'_> {
    /// The last place of a site's chain before the batch.
    pub fn seq_before(&self, site: i64) -> Option<i64> {
        self.heads.get(&site).map(|head| head.chain.seq)
    }
}

/// Nobody watches.
impl Watch for () {}
