//! Handing drafts to the ledger in large batches.
//!
//! Invariant: batches go one after the other, in the order of the drafts, so that the ledger sees what the plan saw.

use std::sync::Arc;

use domain::{
    Clock,
    ledger::{Draft, Limits, Outcome, PostingKind, Reference},
};
use store::{
    ledger::{Rehearsal, Writer},
    product::Incoming,
};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Context, Control, ImportError, Stage};

/// Lines of one batch: enough to make a durable commit cheap, few enough to leave room for the tills.
const BATCH_LINES: usize = 4000;

/// The most lines of a posting.
pub(super) const MAX_LINES: usize = 5000;

/// Where drafts go. A rehearsal refuses what the ledger would, and nothing is written.
pub(super) enum Ledger {
    Real(Writer),
    Rehearsed(Box<Mutex<Rehearsal>>, Arc<dyn Clock>),
}

impl Ledger {
    pub(super) fn of(context: &Context, dry_run: bool) -> Ledger {
        if dry_run {
            let rehearsal = Rehearsal::new(context.db.clone());
            Ledger::Rehearsed(Box::new(Mutex::new(rehearsal)), Arc::clone(&context.clock))
        } else {
            Ledger::Real(context.writer.clone())
        }
    }

    /// Goes on as if these products had been added; where things are written they were.
    pub(super) async fn invent(&self, products: &[Incoming]) {
        if let Ledger::Rehearsed(rehearsal, _) = self {
            let mut rehearsal = rehearsal.lock().await;
            products.iter().for_each(|product| rehearsal.invent(product));
        }
    }

    pub(super) async fn post(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, ImportError> {
        Ok(match self {
            Ledger::Real(writer) => writer.post_waiting(drafts).await?,
            Ledger::Rehearsed(rehearsal, clock) => rehearsal.lock().await.post(&drafts, clock.now()).await?,
        })
    }
}

/// Posts `drafts`; each outcome goes to `took` with the place of its draft.
pub(super) async fn all<I, F>(
    ledger: &Ledger,
    control: &Control,
    drafts: I,
    total_lines: u64,
    mut took: F,
) -> Result<(), ImportError>
where
    I: IntoIterator<Item = Draft>,
    F: FnMut(usize, Outcome),
{
    let (mut batch, mut lines, mut done, mut place) = (Vec::new(), 0, 0, 0);
    let mut drafts = drafts.into_iter().peekable();
    while let Some(draft) = drafts.next() {
        lines += draft.lines.len().max(1);
        batch.push(draft);
        if lines < BATCH_LINES && drafts.peek().is_some() {
            continue;
        }
        control.at(Stage::Posting, done, total_lines)?;
        for outcome in ledger.post(std::mem::take(&mut batch)).await? {
            took(place, outcome);
            place += 1;
        }
        done += std::mem::take(&mut lines) as u64;
    }
    control.at(Stage::Posting, done, total_lines)
}

/// Who posts what into which books.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) site: String,
    pub(super) actor: String,
    pub(super) source: String,
}

impl Origin {
    /// A draft that comes from a file; its lines, instant and words are still to be said.
    pub(super) fn draft(&self, id: Uuid, kind: PostingKind) -> Draft {
        Draft {
            id,
            site: self.site.clone(),
            kind,
            effective_at: None,
            reference: self.reference(),
            actor: self.actor.clone(),
            device: "import".to_owned(),
            note: String::new(),
            corrects: None,
            lines: Vec::new(),
            may_back_date: true,
            taken_at: None,
            limits: Limits::NONE,
        }
    }

    /// The file as a document.
    fn reference(&self) -> Reference {
        Reference { kind: "import".to_owned(), number: self.source.chars().take(100).collect() }
    }
}
