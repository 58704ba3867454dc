//! Selling and counting on while the database is down: postings and lines of counts are kept in a local journal and come into the ledger and
//! onto their sheets when it is back.
//!
//! Invariant: what was answered 202 is on the disk, and takes effect exactly once, by its id, in the order in which it was taken; what the ledger then refuses is kept
//! apart for a person and never dropped.

mod counting;
mod entry;
mod goods;
mod refusal;
mod replay;
mod sheets;
mod tries;

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use contracts::approval::Desk;
use domain::{
    Clock, Timestamp,
    ledger::{Draft, Outcome, PostingKind, Rejection, canonical},
};
use platform::{events::Events, health::Pulse, http::Problem, journal::Record};
use store::{Db, db::Backend, ledger::Writer};
use tokio::sync::Notify;
use uuid::Uuid;

pub use counting::{Closing, Counting, TookLines};
pub use entry::{Counted, CountedLine, Entry};
pub use platform::journal::{Files, REFUSED, WAITING};
pub use refusal::Refusal;

use goods::Goods;
use sheets::Sheets;
use tries::Tries;

use crate::shelf::{Judged, Shelf};

/// How long the ledger may take for an answer before what was asked is kept instead. It may still write it: its id makes that one posting.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// What happens in a shop whether or not its database is there. Everything else is for an office, and can wait.
const KINDS: [PostingKind; 6] = [
    PostingKind::Sale,
    PostingKind::CustomerReturn,
    PostingKind::Receipt,
    PostingKind::Waste,
    PostingKind::Loss,
    PostingKind::Found,
];

/// What became of a request.
#[derive(Debug)]
pub enum Took {
    /// The ledger decided, posting by posting.
    Decided(Vec<Outcome>),
    /// Kept for the ledger, but for what it would surely refuse.
    Kept(Vec<Option<Outcome>>),
}

/// Takes postings whatever becomes of the database. Cheap to clone.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

struct Inner {
    parts: IntakeParts,
    files: Files,
    goods: RwLock<Goods>,
    /// What waits, by its id and what it asked for.
    ids: Mutex<HashMap<Uuid, [u8; 32]>>,
    sheets: Mutex<Sheets>,
    /// Held by many while they keep something, by one while it hands on the last of it.
    gate: tokio::sync::RwLock<()>,
    awake: Notify,
    /// What waited at the start, until the stock that it is taken from is known.
    left: Mutex<Vec<Draft>>,
    /// Changes of the catalogue that this process made, and how many of them are among what is known.
    changes: [AtomicU64; 2],
    /// Told when more of the catalogue is known.
    learned: Notify,
    counts: Counts,
    tries: Tries,
}

/// What an intake stands on.
pub struct IntakeParts {
    /// The database, whose catalogue is remembered.
    pub db: Db,
    /// What requests ask first, and what takes what was kept.
    pub writer: Writer,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whether the database server answers; `None` where there is none.
    pub pulse: Option<Pulse>,
    /// Whether the database is believed to answer.
    pub worth_asking: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Where changes are told.
    pub events: Events,
    /// Where what takes a second person waits for one.
    pub approvals: Desk,
    /// The stock as it was last known.
    pub shelf: Shelf,
}

/// What became of what was kept, since the start.
#[derive(Debug, Default, Clone)]
pub struct Counts(Arc<[AtomicU64; 6]>);

impl Counts {
    fn add(&self, which: usize, more: usize) {
        self.0[which].fetch_add(more as u64, Ordering::Relaxed);
    }

    fn remember(&self, goods: &Goods) {
        self.0[PRODUCTS].store(goods.products() as u64, Ordering::Relaxed);
        self.0[SHEETS].store(goods.sheets() as u64, Ordering::Relaxed);
    }

    /// Products that are remembered.
    pub fn products(&self) -> u64 {
        self.0[PRODUCTS].load(Ordering::Relaxed)
    }

    /// Open count sheets that are remembered.
    pub fn sheets(&self) -> u64 {
        self.0[SHEETS].load(Ordering::Relaxed)
    }

    /// Postings kept, written later, refused later, sold though there were none.
    pub fn figures(&self) -> [u64; 4] {
        std::array::from_fn(|which| self.0[which].load(Ordering::Relaxed))
    }
}

const KEPT: usize = 0;
const WRITTEN: usize = 1;
const REFUSED_LATER: usize = 2;
const OVERSOLD: usize = 3;
const PRODUCTS: usize = 4;
const SHEETS: usize = 5;

impl Intake {
    /// Over these files, in which `found` was waiting.
    pub fn new(parts: IntakeParts, files: Files, found: &[Record]) -> Intake {
        let (mut left, mut ids, mut counted) = (Vec::new(), HashMap::new(), HashSet::new());
        for entry in found.iter().filter_map(|record| Entry::read(&record.payload)) {
            match entry {
                Entry::Posting(draft) => {
                    ids.insert(draft.id, canonical::draft_digest(&draft));
                    left.push(*draft);
                }
                Entry::Counted(lines) => {
                    ids.extend(lines.keyed.identity());
                    counted.insert(lines.sheet);
                }
            }
        }
        let (goods, awake, counts) = (RwLock::default(), Notify::new(), Counts::default());
        let tries = Tries::beside(files.waiting.path());
        Intake(Arc::new(Inner {
            parts,
            files,
            goods,
            ids: Mutex::new(ids),
            sheets: Mutex::new(Sheets::with_lines_of(counted)),
            gate: tokio::sync::RwLock::default(),
            left: Mutex::new(left),
            changes: Default::default(),
            awake,
            learned: Notify::new(),
            counts,
            tries,
        }))
    }

    /// What became of what was kept.
    pub fn counts(&self) -> Counts {
        self.0.counts.clone()
    }

    /// The catalogue was changed: until it is read again nobody is told that something is not in it.
    pub fn changed(&self) {
        self.0.changes[0].fetch_add(1, Ordering::AcqRel);
    }

    /// Whether there may be more than is known.
    fn is_behind(&self) -> bool {
        let [made, known] = &self.0.changes;
        made.load(Ordering::Acquire) != known.load(Ordering::Acquire) || self.0.parts.shelf.is_behind()
    }

    /// Takes what another run knew of goods. How many products that are; `None` when it cannot be read.
    pub fn recall(&self, bytes: &[u8]) -> Option<usize> {
        let goods = Goods::kept(bytes)?;
        let products = goods.products();
        self.0.counts.remember(&goods);
        *self.0.goods.write().unwrap_or_else(PoisonError::into_inner) = goods;
        Some(products)
    }

    /// Takes the stock that another run knew, and takes off it what waits. How many products that are, and as of when; `None` when it cannot be
    /// read or is too old.
    pub fn recall_stock(&self, bytes: &[u8]) -> Option<(usize, Timestamp)> {
        let recalled = self.0.parts.shelf.recall(bytes)?;
        let left = std::mem::take(&mut *self.0.left.lock().unwrap_or_else(PoisonError::into_inner));
        for draft in left {
            self.0.parts.shelf.judge(&draft);
        }
        Some(recalled)
    }

    /// What is known of the stock, for another run; `None` when that is kept already.
    pub fn stock_to_keep(&self) -> Option<Vec<u8>> {
        self.0.parts.shelf.to_keep()
    }

    /// What is known of goods, for another run; `None` when that is kept already.
    pub fn to_keep(&self) -> Option<Vec<u8>> {
        self.0.goods.write().unwrap_or_else(PoisonError::into_inner).take_news()
    }

    /// What was to be kept of goods or of their stock is not.
    pub fn not_kept(&self) {
        self.0.goods.write().unwrap_or_else(PoisonError::into_inner).not_kept();
        self.0.parts.shelf.not_kept();
    }

    /// Ends when there is something to keep that should not wait.
    pub async fn learned(&self) {
        self.0.learned.notified().await;
    }

    /// Posts them, or keeps them while the ledger cannot be asked.
    pub async fn post(&self, drafts: Vec<Draft>) -> Result<Took, Problem> {
        if !drafts.iter().all(|draft| KINDS.contains(&draft.kind)) {
            return Ok(Took::Decided(self.0.parts.writer.post(drafts).await?));
        }
        // What waits goes first, so that goods are received before they are sold.
        if self.must_wait() && self.knows(&drafts) {
            let _beside_others = self.0.gate.read().await;
            // While somebody handed on the last of it nobody was let in here; then there may be nothing to wait behind.
            if self.must_wait() {
                return self.keep(drafts, Problem::unavailable(PATIENCE)).await;
            }
        }
        let refusal = match self.in_time(self.0.parts.writer.post(drafts.clone())).await {
            Some(Ok(outcomes)) => return Ok(Took::Decided(outcomes)),
            Some(Err(error)) if self.is_outage(&error) => Problem::from(error),
            Some(Err(error)) => return Err(error.into()),
            None => Problem::unavailable(PATIENCE).log("the ledger did not answer in time"),
        };
        let _beside_others = self.0.gate.read().await;
        self.keep(drafts, refusal).await
    }

    fn must_wait(&self) -> bool {
        self.0.files.waiting.figures().pending > 0 || !(self.0.parts.worth_asking)()
    }

    /// What memory does not know may be right all the same; only the database can tell.
    fn knows(&self, drafts: &[Draft]) -> bool {
        self.0.goods.read().unwrap_or_else(PoisonError::into_inner).knows_all(drafts)
    }

    /// `None` when there was no answer in time.
    async fn in_time<T>(&self, asked: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            // An answer that is there is never passed over.
            biased;
            answer = asked => Some(answer),
            () = self.silence() => None,
            () = tokio::time::sleep(PATIENCE) => None,
        }
    }

    async fn silence(&self) {
        match &self.0.parts.pulse {
            Some(pulse) => pulse.silence().await,
            None => std::future::pending().await,
        }
    }

    /// A disk that is full is ours only when the database is a file, and then the journal would fill it further.
    fn is_outage(&self, error: &store::Error) -> bool {
        use store::Error;
        match error {
            Error::Unavailable(_) | Error::Resting { .. } | Error::Locked(_) | Error::Late(_) => true,
            Error::DiskFull(_) | Error::ReadOnly(_) => self.0.parts.db.backend() == Backend::Postgres,
            _ => false,
        }
    }

    /// Keeps them all, or gives `refusal`.
    async fn keep(&self, mut drafts: Vec<Draft>, refusal: Problem) -> Result<Took, Problem> {
        let digests: Vec<_> = drafts.iter().map(|draft| (draft.id, canonical::draft_digest(draft))).collect();
        let waiting: Vec<bool> = {
            let ids = self.ids();
            if digests.iter().any(|(id, digest)| ids.get(id).is_some_and(|known| known != digest)) {
                return Err(Problem::conflict("idempotency_conflict"));
            }
            digests.iter().map(|(id, _)| ids.contains_key(id)).collect()
        };
        let before = self.0.parts.shelf.before(&drafts);
        let Some(refused) = self.judged(&drafts, &waiting) else {
            self.0.parts.shelf.put_back(before);
            return Err(refusal);
        };
        let now = self.0.parts.clock.now();
        drafts.iter_mut().for_each(|draft| draft.taken_at = Some(now));
        let is_new = waiting.iter().zip(&refused).map(|(waits, refused)| !waits && refused.is_none());
        let new = drafts.iter().zip(is_new).filter(|(_, is_new)| *is_new);
        let new = new.map(|(draft, _)| Entry::Posting(Box::new(draft.clone())).bytes());
        let new: Vec<Vec<u8>> = new.collect::<Result<_, _>>().map_err(|error| Problem::internal(&error))?;
        let count = new.len();
        if count > 0 {
            self.0.files.waiting.append(new).await.map_err(|error| {
                tracing::error!(%error, "a posting could not be kept");
                self.0.parts.shelf.put_back(before);
                refusal
            })?;
            let kept = digests.into_iter().zip(&refused).filter(|(_, refused)| refused.is_none());
            self.ids().extend(kept.map(|(digest, _)| digest));
            self.forget_settled();
            self.0.counts.add(KEPT, count);
            self.0.awake.notify_one();
        }
        Ok(Took::Kept(refused))
    }

    /// What the ledger would surely refuse of what does not wait already, as things were last known; `None` when nobody knows of one
    /// whether it could ever be written. What fits is taken off the stock that is shown. What the ledger took a short while ago is not judged:
    /// whoever got no answer asks again, and it is a repetition.
    fn judged(&self, drafts: &[Draft], waiting: &[bool]) -> Option<Vec<Option<Outcome>>> {
        let goods = self.0.goods.read().unwrap_or_else(PoisonError::into_inner);
        if !goods.is_known() && !waiting.iter().all(|waits| *waits) {
            return None;
        }
        let judge = |(draft, waits): (&Draft, &bool)| {
            if *waits || self.0.parts.shelf.was_posted_lately(draft.id) {
                return Some(None);
            }
            let refused = match self.0.parts.shelf.judge(draft) {
                Judged::Fits => None,
                Judged::Refused(rejection) => Some(rejection),
                Judged::Unknown => goods.missing(draft),
            };
            let is_unsure = matches!(refused, Some(Rejection::UnknownSite { .. } | Rejection::UnknownProduct { .. }));
            (!is_unsure || !self.is_behind()).then(|| refused.map(Outcome::Rejected))
        };
        drafts.iter().zip(waiting).map(judge).collect()
    }

    /// Nothing is taken off the shelf for what no longer waits.
    async fn settle_shelf(&self) {
        if self.0.files.waiting.figures().pending == 0 && self.0.parts.shelf.is_ahead() {
            let _alone = self.0.gate.write().await;
            self.forget_all();
        }
    }

    /// With nothing waiting no id is. Whatever was appended and is not among the ids yet counts as waiting, so none is lost.
    fn forget_settled(&self) {
        let mut ids = self.ids();
        if self.0.files.waiting.figures().pending == 0 {
            ids.clear();
            self.0.left.lock().unwrap_or_else(PoisonError::into_inner).clear();
            self.0.parts.shelf.caught_up();
        }
    }

    /// The same, while nobody keeps anything.
    fn forget_all(&self) {
        self.forget_settled();
        if self.0.files.waiting.figures().pending == 0 {
            self.sheets().forget_lines();
        }
    }

    fn ids(&self) -> MutexGuard<'_, HashMap<Uuid, [u8; 32]>> {
        self.0.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sheets(&self) -> MutexGuard<'_, Sheets> {
        self.0.sheets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
