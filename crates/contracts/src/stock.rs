//! Writing stock, which only the warehouse does.
//!
//! Invariant: an answer of [`Stock::post`] is given after what it says is durable.

use std::{future::Future, pin::Pin, sync::Arc};

use domain::{
    Clock,
    ledger::{Draft, Outcome},
};
use store::{
    Db, Result,
    ledger::{Writer, commit},
};

/// An answer to come.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<Outcome>>> + Send + 'a>>;

/// What other roles ask of the warehouse.
pub trait Stock: Send + Sync {
    /// Posts drafts in order; each is accepted or rejected by itself. [`store::Error::Busy`] while too many others wait.
    fn post(&self, drafts: Vec<Draft>) -> Answer<'_>;

    /// What would become of the drafts, with nothing written.
    fn preview<'a>(&'a self, drafts: &'a [Draft]) -> Answer<'a>;
}

/// The warehouse in this process.
#[derive(Clone)]
pub struct Direct {
    db: Db,
    writer: Writer,
    clock: Arc<dyn Clock>,
}

impl Direct {
    /// Through the process's one writer.
    pub fn new(db: Db, writer: Writer, clock: Arc<dyn Clock>) -> Direct {
        Direct { db, writer, clock }
    }
}

impl Stock for Direct {
    fn post(&self, drafts: Vec<Draft>) -> Answer<'_> {
        Box::pin(self.writer.post(drafts))
    }

    fn preview<'a>(&'a self, drafts: &'a [Draft]) -> Answer<'a> {
        Box::pin(async move {
            let drafts: Vec<&Draft> = drafts.iter().collect();
            commit::preview(&self.db, &drafts, self.clock.now()).await
        })
    }
}
