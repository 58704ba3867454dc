//! The stock as it was last known, for when the database cannot be asked.
//!
//! Invariant: what it shows is never older than what anybody was answered before: the ledger's writer tells it before it answers, a reader
//! who saw something else has it read again, and what is not surely known is not shown, nor anything longer than [`BELIEVED_SECONDS`] after
//! the database last told of it. Sales that wait in the journal are taken off.

mod follow;
mod judge;
mod kept;
mod read;
mod stands;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use domain::{
    Clock, Quantity, Timestamp,
    ledger::{
        Draft, Outcome,
        books::SiteBook,
        lots::{Lot, LotBalance},
    },
};
use platform::health::Pulse;
use store::{
    Error,
    catalog::Position,
    ledger::{
        Stood,
        whole::{Good, Place, Stand, Standing},
    },
};

use uuid::Uuid;

pub use judge::{Before, Judged};
pub use read::Wanted;

use stands::Stands;

/// Products it holds at most; of the rest nothing is known.
pub const MOST: usize = 100_000;
/// How long it is believed that nobody can be asked about: as long as keys are.
pub const BELIEVED_SECONDS: i64 = 24 * 3600;
/// Lots it holds before those that nobody has are let go.
const MOST_LOTS: usize = 200_000;
/// Postings whose ids are remembered: whoever got no answer asks again within seconds.
const MOST_LATELY: usize = 20_000;
/// Numbers of lots that only the journal knows of begin here.
const FIRST_OWN_LOT: i64 = 1 << 62;
/// How long a reader waits for the database before memory answers.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is remembered of the stock. Cheap to clone.
#[derive(Clone)]
pub struct Shelf(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    pulse: Option<Pulse>,
    /// Over a database that is a file it stays empty: whoever can read the one can read the other.
    is_used: bool,
    held: RwLock<Held>,
    lately: Mutex<Lately>,
}

/// The postings that the ledger took last, the oldest first.
#[derive(Default)]
struct Lately {
    order: VecDeque<Uuid>,
    ids: HashSet<Uuid>,
}

#[derive(Default)]
struct Held {
    as_of: Option<Timestamp>,
    /// Whether this run has read everything at least once: until then what was read is a part of what there is.
    is_whole: bool,
    /// As of when another run would know it.
    kept_as_of: Option<Timestamp>,
    /// By code.
    sites: BTreeMap<String, Arc<SiteBook>>,
    /// Up to which place of each chain everything is known.
    followed: HashMap<i64, Place>,
    position: Position,
    /// By code.
    goods: BTreeMap<Arc<str>, Box<Good>>,
    codes: HashMap<i64, Arc<str>>,
    stands: Stands,
    lots: HashMap<i64, Lot>,
    /// How things stand after what waits in the journal.
    ahead: HashMap<(i64, i64), Stand>,
    /// Products that changed in the ledger while sales of them waited: how they stand after those is not known.
    unsure: HashSet<i64>,
    /// Products of which somebody knows more, and since which change.
    again: HashMap<i64, u64>,
    own_lots: i64,
    changes: u64,
    unkept: bool,
}

struct Known {
    changed: u64,
    stand: Stand,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("products", &self.products()).finish_non_exhaustive()
    }
}

impl Shelf {
    /// An empty one; `pulse` says whether the database server answers. One that is not used stays empty.
    pub fn new(clock: Arc<dyn Clock>, pulse: Option<Pulse>, is_used: bool) -> Shelf {
        Shelf(Arc::new(Inner { clock, pulse, is_used, held: RwLock::default(), lately: Mutex::default() }))
    }

    /// Whether it is; over a database that is a file it is not.
    pub fn is_used(&self) -> bool {
        self.0.is_used
    }

    /// How many products it would show.
    pub fn products(&self) -> usize {
        let (now, held) = (self.0.clock.now(), self.read());
        if held.believed(now).is_none() {
            return 0;
        }
        held.goods.len() - held.again.keys().filter(|product| held.codes.contains_key(*product)).count()
    }

    /// How many it holds, whether or not they would be shown now.
    pub fn held(&self) -> usize {
        self.read().goods.len()
    }

    /// Whether a product was posted that it does not hold yet.
    pub fn is_behind(&self) -> bool {
        let held = self.read();
        held.again.keys().any(|product| !held.codes.contains_key(product))
    }

    /// What a reading gives, or that the database does not answer, as soon as that is known.
    pub async fn ask<T, E: From<Error>>(&self, reading: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        if !self.0.is_used {
            return reading.await;
        }
        let in_time = async { tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| Err(resting().into())) };
        self.ask_long(in_time).await
    }

    /// What a reading gives that memory cannot stand in for: it takes what time it needs, unless the server does not answer at all.
    pub async fn ask_long<T, E: From<Error>>(&self, reading: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        tokio::select! {
            read = reading => read,
            () = self.silence() => Err(resting().into()),
        }
    }

    async fn silence(&self) {
        match &self.0.pulse {
            Some(pulse) => pulse.silence().await,
            None => std::future::pending().await,
        }
    }

    /// How often something changed: hand it to [`Shelf::saw`] with what was read after.
    pub fn changes(&self) -> u64 {
        if self.0.is_used { self.read().changes } else { 0 }
    }

    /// Somebody read how much a site has. Where that is news, the product is read again before it is shown.
    pub fn saw<'s>(&self, changes: u64, seen: impl Iterator<Item = (&'s str, &'s str, Quantity)>) {
        if !self.0.is_used {
            return;
        }
        let news: Vec<i64> = {
            let held = self.read();
            seen.filter_map(|(sku, site, on_hand)| held.is_news(changes, sku, site, on_hand)).collect()
        };
        if !news.is_empty() {
            let mut held = self.write();
            news.into_iter().for_each(|product| held.ask_again(product));
        }
    }

    /// The ledger committed.
    pub fn stood(&self, stood: &Stood<'_>) {
        if self.0.is_used {
            let now = self.0.clock.now();
            self.write().take(stood, now);
        }
    }

    /// The ledger has these postings.
    pub fn posted(&self, drafts: &[&Draft], outcomes: &[Outcome]) {
        if self.0.is_used {
            let mut lately = self.lately();
            let there = |outcome: &Outcome| matches!(outcome, Outcome::Posted(_) | Outcome::Duplicate(_));
            drafts
                .iter()
                .zip(outcomes)
                .filter(|(_, outcome)| there(outcome))
                .for_each(|(draft, _)| lately.add(draft.id));
        }
    }

    /// Whether the ledger took it a short while ago.
    pub fn was_posted_lately(&self, posting: Uuid) -> bool {
        self.lately().ids.contains(&posting)
    }

    /// Whether something is taken off for what waits in the journal.
    pub fn is_ahead(&self) -> bool {
        let held = self.read();
        !held.ahead.is_empty() || !held.unsure.is_empty()
    }

    /// Nothing waits in the journal any more.
    pub fn caught_up(&self) {
        if self.is_ahead() {
            let mut held = self.write();
            held.ahead.clear();
            held.unsure.clear();
            held.lots.retain(|id, _| *id < FIRST_OWN_LOT);
            held.own_lots = 0;
        }
    }

    fn lately(&self) -> MutexGuard<'_, Lately> {
        self.0.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.0.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lately {
    fn add(&mut self, posting: Uuid) {
        if self.ids.insert(posting) {
            self.order.push_back(posting);
        }
        if self.order.len() > MOST_LATELY
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

impl Held {
    /// The product, when the reading is of another quantity than what stood here before it began.
    fn is_news(&self, changes: u64, sku: &str, site: &str, on_hand: Quantity) -> Option<i64> {
        let (product, site) = (self.goods.get(sku)?.card.id, self.sites.get(site)?.id);
        let known = self.stands.get((site, product));
        let quantity = known.and_then(|known| known.stand.valuation).unwrap_or_default().quantity;
        // What changed meanwhile may be the younger one.
        let is_older = known.is_none_or(|known| known.changed <= changes);
        (quantity != on_hand && is_older).then_some(product)
    }

    fn take(&mut self, stood: &Stood<'_>, now: Timestamp) {
        self.changes += 1;
        for site in stood.books.sites.values() {
            let Some(head) = stood.books.chains.get(&site.id) else { continue };
            if let Some(place) =
                self.followed.get_mut(&site.id).filter(|place| stood.seq_before(site.id) == Some(place.seq))
            {
                place.seq = head.seq;
            }
        }
        for (key, stand) in stood.stands {
            match self.codes.contains_key(&key.1) {
                true => self.put(*key, stand.clone()),
                // It may be being read just now, as it was before.
                false => self.ask_again(key.1),
            }
        }
        let held = stood.books.lots.values().filter(|lot| self.codes.contains_key(&lot.product));
        self.lots.extend(held.map(|lot| (lot.id, lot.clone())));
        if self.is_whole {
            self.as_of = Some(now);
        }
    }

    /// As of when it is; `None` when nothing was ever read whole, and when that is too long ago.
    fn believed(&self, now: Timestamp) -> Option<Timestamp> {
        self.as_of.filter(|as_of| !is_too_old(*as_of, now))
    }

    /// The younger of two stays.
    fn put(&mut self, key: (i64, i64), stand: Stand) {
        let changed = self.changes;
        match self.stands.get_mut(key) {
            Some(known) if known.stand.seq > stand.seq => {}
            Some(known) if known.stand.valuation == stand.valuation && known.stand.held == stand.held => {
                known.stand.seq = stand.seq;
            }
            _ => {
                self.unkept = true;
                self.stands.insert(key, Known { changed, stand });
                if self.ahead.remove(&key).is_some() {
                    self.unsure.insert(key.1);
                }
            }
        }
    }

    fn ask_again(&mut self, product: i64) {
        self.changes += 1;
        self.again.insert(product, self.changes);
    }

    fn learn(&mut self, standing: Standing) {
        self.changes += 1;
        for (key, stand) in
            standing.stands.into_iter().filter(|((_, product), _)| self.codes.contains_key(product)).collect::<Vec<_>>()
        {
            self.put(key, stand);
        }
        let lots = standing.lots.into_iter().filter(|lot| self.codes.contains_key(&lot.product));
        self.lots.extend(lots.map(|lot| (lot.id, lot)));
        if self.lots.len() > MOST_LOTS {
            let used: HashSet<i64> = self.stands.all().flat_map(|known| &known.stand.held).map(lot_of).collect();
            self.lots.retain(|id, _| used.contains(id));
        }
    }

    /// How a product stands at a site, with what waits in the journal.
    fn stand(&self, site: i64, product: i64) -> Option<&Stand> {
        let key = (site, product);
        self.ahead.get(&key).or_else(|| self.stands.get(key).map(|known| &known.stand))
    }

    /// A product of which all is surely known.
    fn good(&self, sku: &str) -> Option<&Good> {
        self.goods.get(sku).map(|good| &**good).filter(|good| self.is_sure(good))
    }

    fn is_sure(&self, good: &Good) -> bool {
        !self.again.contains_key(&good.card.id) && !self.unsure.contains(&good.card.id)
    }
}

const fn resting() -> Error {
    Error::Resting { wait: PATIENCE }
}

fn is_too_old(as_of: Timestamp, now: Timestamp) -> bool {
    now >= as_of.plus_seconds(BELIEVED_SECONDS)
}

fn lot_of((_, balance): &(i64, LotBalance)) -> i64 {
    balance.lot
}
