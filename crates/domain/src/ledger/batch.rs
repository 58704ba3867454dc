//! Applying drafts one by one to the books of a batch.
//!
//! Invariant: a draft is applied whole or leaves no trace; the next one sees exactly what stands after it. The outcome is a
//! function of the books, the drafts and the instant alone.

mod carry;
mod consent;
mod lines;
mod take_back;

use std::sync::Arc;

use super::{
    Draft, Effects, Entry, Limits, LocationKind, Movement, Outcome, Posted, PostedLine, PostingKind, Rejection,
    books::{Books, Chain, ProductCard, SiteBook},
    canonical,
    cost::Valuation,
};
use crate::{Day, Quantity, Timestamp};

/// How far ahead of the ledger's clock a caller's may be, in seconds.
const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// Drafts being applied to books.
#[derive(Debug)]
pub struct Batch {
    books: Books,
    effects: Effects,
    now: Timestamp,
    undo: Vec<Undo>,
}

#[derive(Debug)]
enum Undo {
    Balance { location: i64, product: i64, lot: i64, change: Quantity },
    Valuation { site: i64, product: i64, before: Option<Valuation> },
    Lot(i64),
}

/// Where a draft stands in time.
struct Moment {
    effective_at: Timestamp,
    day: Day,
}

impl Batch {
    /// Nothing applied yet; everything is recorded at `now`.
    pub fn new(books: Books, now: Timestamp) -> Batch {
        Batch { books, effects: Effects::default(), now, undo: Vec::new() }
    }

    /// Applies a draft.
    pub fn apply(&mut self, draft: &Draft) -> Outcome {
        let digest = canonical::draft_digest(draft);
        if let Some(earlier) = self.books.earlier.get(&draft.id) {
            if earlier.digest != digest {
                return Outcome::Rejected(Rejection::IdempotencyConflict);
            }
            return Outcome::Duplicate(self.posted(earlier));
        }
        // What a second person has before them, or refused, is not posted by sending it again once it is within the limit.
        if let Some((asked, since)) = self.books.asked.get(&draft.id).filter(|_| draft.limits != Limits::NONE) {
            let same = *asked == digest;
            return Outcome::Rejected(if same { since.clone() } else { Rejection::IdempotencyConflict });
        }
        match self.write(draft, digest) {
            Ok(entry) => {
                self.undo.clear();
                Outcome::Posted(self.posted(&entry))
            }
            Err(rejection) => {
                self.roll_back();
                Outcome::Rejected(rejection)
            }
        }
    }

    /// What was changed, and the books that follow.
    pub fn finish(self) -> (Effects, Books) {
        (self.effects, self.books)
    }

    /// The books as they stand.
    pub fn books(&self) -> &Books {
        &self.books
    }

    fn write(&mut self, draft: &Draft, digest: [u8; 32]) -> Result<Arc<Entry>, Rejection> {
        let unknown = || Rejection::UnknownSite { site: draft.site.clone() };
        let site = Arc::clone(self.books.sites.get(&draft.site).ok_or_else(unknown)?);
        let moment = self.moment(draft, &site)?;
        let original = self.original(draft, &site)?;
        let movements = match &original {
            Some(original) if draft.kind == PostingKind::Correction => self.take_back(&site, original, &draft.lines)?,
            _ => self.lines(draft, &site, &moment, original.as_deref())?,
        };
        let chain = self.books.chains.get(&site.id).copied().ok_or_else(unknown)?;
        let mut entry = entry(draft, site.id, &moment, movements);
        self.within_limits(draft, &site, &entry)?;
        entry.seq = chain.seq + 1;
        entry.recorded_at = self.now;
        entry.digest = digest;
        entry.hash = canonical::link(&chain.hash, &entry);
        self.books.chains.insert(site.id, Chain { seq: entry.seq, hash: entry.hash });
        let entry = Arc::new(entry);
        self.books.earlier.insert(draft.id, Arc::clone(&entry));
        self.effects.take(Arc::clone(&entry), &site);
        Ok(entry)
    }

    fn moment(&self, draft: &Draft, site: &SiteBook) -> Result<Moment, Rejection> {
        let learned = draft.taken_at.map_or(self.now, |taken| taken.min(self.now));
        let effective_at = draft.effective_at.unwrap_or(learned);
        if effective_at > learned.plus_seconds(CLOCK_TOLERANCE_SECONDS) {
            return Err(Rejection::InFuture);
        }
        let day = site.zone.day_of(effective_at);
        if let Some(closed_through) = site.closed_through.filter(|closed| day <= *closed) {
            return Err(Rejection::ClosedDay { closed_through });
        }
        if !draft.may_back_date && day < site.zone.day_of(learned) {
            return Err(Rejection::BackDatingForbidden);
        }
        Ok(Moment { effective_at, day })
    }

    /// The posting a draft links to. One of another site may be linked to only by what that site sent, and only while its chain
    /// is locked too.
    fn original(&self, draft: &Draft, site: &SiteBook) -> Result<Option<Arc<Entry>>, Rejection> {
        let Some(id) = draft.corrects else {
            return if draft.kind.must_link() { Err(Rejection::CorrectedNotFound) } else { Ok(None) };
        };
        let reachable = |entry: &&Arc<Entry>| {
            entry.site == site.id
                || draft.kind == PostingKind::TransferIn && self.books.chains.contains_key(&entry.site)
        };
        let entry = self.books.earlier.get(&id).filter(reachable).ok_or(Rejection::CorrectedNotFound)?;
        if !draft.kind.may_link_to(entry.kind) {
            return Err(Rejection::WrongLink { kind: draft.kind, original: entry.kind });
        }
        Ok(Some(Arc::clone(entry)))
    }

    fn roll_back(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Balance { location, product, lot, change } => self.books.add(location, product, lot, -change),
                Undo::Valuation { site, product, before } => match before {
                    Some(before) => drop(self.books.valuations.insert((site, product), before)),
                    None => drop(self.books.valuations.remove(&(site, product))),
                },
                Undo::Lot(id) => {
                    self.books.lots.remove(&id);
                    self.effects.lots.retain(|lot| lot.id != id);
                }
            }
        }
    }

    /// The answer for an entry.
    fn posted(&self, entry: &Entry) -> Posted {
        let site = self.books.sites.values().find(|site| site.id == entry.site);
        let code = |id| site.and_then(|s| s.by_id(id)).map_or_else(|| Arc::from(""), |l| Arc::clone(&l.code));
        let line = |movement: &Movement| PostedLine {
            sku: Arc::clone(&movement.sku),
            from: code(movement.from),
            to: code(movement.to),
            lot: self.books.lots.get(&movement.lot).map(|lot| lot.name.clone()),
            quantity: movement.quantity,
            on_hand_after: movement.on_hand_after,
            value: movement.value,
        };
        Posted { id: entry.id, seq: entry.seq, hash: entry.hash, lines: entry.movements.iter().map(line).collect() }
    }
}

fn is_internal(site: &SiteBook, location: i64) -> bool {
    site.by_id(location).is_some_and(|l| l.kind == LocationKind::Internal)
}

fn entry(draft: &Draft, site: i64, moment: &Moment, movements: Vec<Movement>) -> Entry {
    Entry {
        site,
        seq: 0,
        id: draft.id,
        kind: draft.kind,
        reference: draft.reference.clone(),
        actor: draft.actor.clone(),
        device: draft.device.clone(),
        note: draft.note.clone(),
        corrects: draft.corrects,
        effective_at: moment.effective_at,
        recorded_at: moment.effective_at,
        business_day: moment.day,
        digest: [0; 32],
        hash: [0; 32],
        movements,
    }
}
