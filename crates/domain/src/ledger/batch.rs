//! Applying drafts one by one to the books of a batch.
//!
//! Invariant: a draft is applied whole or leaves no trace; the next one sees exactly what stands after it. The outcome is a
//! function of the books, the drafts and the instant alone.

mod consent;
mod take_back;

use std::sync::Arc;

use super::{
    Draft, Effects, Entry, Limits, LineDraft, LocationKind, Movement, Outcome, Posted, PostedLine, PostingKind,
    Rejection,
    books::{Books, Chain, Location, ProductCard, SiteBook},
    canonical,
    cost::Valuation,
    lots::{Lot, NO_LOT},
    picking::{Asked, Pick},
};
use crate::{Day, Money, Quantity, Timestamp};

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

    fn lines(
        &mut self,
        draft: &Draft,
        site: &SiteBook,
        moment: &Moment,
        original: Option<&Entry>,
    ) -> Result<Vec<Movement>, Rejection> {
        if let Some(original) = original {
            self.books.within(original, &draft.lines)?;
        }
        let mut movements = Vec::with_capacity(draft.lines.len());
        for (index, line) in draft.lines.iter().enumerate() {
            let product = self.product(index, line, draft.kind)?;
            let oversells = site.allow_oversell || draft.taken_at.is_some();
            let asked = Asked { index, line, product: &product, site, kind: draft.kind, day: moment.day, oversells };
            let picks = self.picks(&asked)?;
            let known = original.filter(|_| draft.kind != PostingKind::Loss);
            let said = line.line_cost.filter(|_| draft.kind.takes_cost());
            let cost = said.or_else(|| known.and_then(|entry| cost_in(entry, &product, line.quantity)));
            let revenue = revenue(draft.kind, line).ok_or(Rejection::OutOfRange { line: index })?;
            self.check_range(&asked, &picks, cost)?;
            movements.extend(self.carry_all(&asked, &picks, cost, revenue));
        }
        Ok(movements)
    }

    fn product(&self, index: usize, line: &LineDraft, kind: PostingKind) -> Result<Arc<ProductCard>, Rejection> {
        let sku = || line.sku.clone();
        let product =
            self.books.products.get(&line.sku).ok_or_else(|| Rejection::UnknownProduct { line: index, sku: sku() })?;
        if !product.active && kind != PostingKind::Correction {
            return Err(Rejection::InactiveProduct { line: index, sku: sku() });
        }
        if !product.unit.divisible() && !line.quantity.is_whole() {
            return Err(Rejection::FractionOfPiece { line: index, sku: sku() });
        }
        if line.quantity <= Quantity::ZERO {
            return Err(Rejection::OutOfRange { line: index });
        }
        if line.lot.is_some() && !product.tracks_lots && !product.tracks_expiry {
            return Err(Rejection::LotNotTracked { line: index, sku: sku() });
        }
        Ok(Arc::clone(product))
    }

    fn picks(&mut self, asked: &Asked<'_>) -> Result<Vec<Pick>, Rejection> {
        let from = self.side(asked, asked.line.from.as_deref(), asked.kind.default_from())?;
        let to = self.side(asked, asked.line.to.as_deref(), asked.kind.default_to())?;
        let kind = |side: &Option<Location>| side.as_ref().map_or(LocationKind::Internal, |l| l.kind);
        let code =
            |side: &Option<Location>| side.as_ref().map_or_else(|| "internal".to_owned(), |l| l.code.to_string());
        if !asked.kind.allows(kind(&from), kind(&to)) {
            return Err(Rejection::WrongLocation {
                line: asked.index,
                kind: asked.kind,
                from: code(&from),
                to: code(&to),
            });
        }
        if from.is_some() && from == to {
            return Err(Rejection::SameLocation { line: asked.index, location: code(&from) });
        }
        match from {
            Some(from) if from.kind != LocationKind::Internal => {
                let lot = if kind(&to) == LocationKind::Internal { self.lot_in(asked)? } else { NO_LOT };
                self.books.pick_in(asked, &from, to.as_ref(), lot)
            }
            from => {
                let missing = || Rejection::UnknownLocation { line: asked.index, location: String::new() };
                let to = to.or_else(|| self.other_internal(asked, from.as_ref())).ok_or_else(missing)?;
                self.books.pick_out(asked, from.as_ref(), &to)
            }
        }
    }

    /// The location a line names, or the one counterpart of its kind; `None` leaves an internal one to be picked.
    fn side(
        &self,
        asked: &Asked<'_>,
        code: Option<&str>,
        default: LocationKind,
    ) -> Result<Option<Location>, Rejection> {
        let missing = |code: &str| Rejection::UnknownLocation { line: asked.index, location: code.to_owned() };
        match code {
            Some(code) => asked.site.by_code(code).cloned().map(Some).ok_or_else(|| missing(code)),
            None if default == LocationKind::Internal => Ok(None),
            None => asked.site.counterpart(default).cloned().map(Some).ok_or_else(|| missing(default.name())),
        }
    }

    /// Where a move goes when its line does not say: the floor, or the store room when it comes from the floor.
    fn other_internal(&self, asked: &Asked<'_>, from: Option<&Location>) -> Option<Location> {
        let order = asked.site.internal(&[asked.site.sell_from, asked.site.receive_at]);
        order.into_iter().find(|l| from.is_none_or(|from| from.id != l.id)).cloned()
    }

    /// The lot goods come in with; made when its name is new.
    fn lot_in(&mut self, asked: &Asked<'_>) -> Result<i64, Rejection> {
        let product = asked.product;
        let first_entry = matches!(asked.kind, PostingKind::Receipt | PostingKind::Opening | PostingKind::Production);
        let (line, sku) = (asked.index, asked.line.sku.clone());
        let Some(name) = &asked.line.lot else {
            return match (product.tracks_lots, product.tracks_expiry) {
                (true, _) if first_entry => Err(Rejection::LotRequired { line, sku }),
                (_, true) if first_entry => Err(Rejection::ExpiryRequired { line, sku }),
                _ => Ok(NO_LOT),
            };
        };
        if first_entry && product.tracks_lots && name.code.is_empty() {
            return Err(Rejection::LotRequired { line, sku });
        }
        if first_entry && product.tracks_expiry && name.expires_on.is_none() {
            return Err(Rejection::ExpiryRequired { line, sku });
        }
        if let Some(lot) = self.books.lots_named(product.id, name).map(|lot| lot.id).min() {
            return Ok(lot);
        }
        let lot = Lot { id: self.books.next_lot, product: product.id, name: name.clone() };
        self.books.next_lot += 1;
        self.undo.push(Undo::Lot(lot.id));
        self.effects.lots.push(lot.clone());
        self.books.lots.insert(lot.id, lot.clone());
        Ok(lot.id)
    }

    /// Refuses what would carry a sum out of the range that is kept exactly.
    fn check_range(&self, asked: &Asked<'_>, picks: &[Pick], cost: Option<Money>) -> Result<(), Rejection> {
        let key = (asked.site.id, asked.product.id);
        let book = self.books.valuations.get(&key).copied().unwrap_or_default();
        let out_of_range = Rejection::OutOfRange { line: asked.index };
        let comes_in = picks.iter().any(|pick| !is_internal(asked.site, pick.from));
        // What the ledger itself would take it to cost is no smaller a danger than what its caller says.
        let cost = match cost {
            None if comes_in => book.estimate(asked.line.quantity).ok_or_else(|| out_of_range.clone())?,
            cost => cost.unwrap_or_default(),
        };
        let quantity = book.quantity.milli().saturating_abs().saturating_add(asked.line.quantity.milli());
        let value = book.value.minor().saturating_add(cost.minor().saturating_abs());
        let limit = crate::decimal::LIMIT;
        if quantity > limit || value > limit { Err(out_of_range) } else { Ok(()) }
    }

    fn carry_all(&mut self, asked: &Asked<'_>, picks: &[Pick], cost: Option<Money>, revenue: Money) -> Vec<Movement> {
        let product = Article { id: asked.product.id, sku: &asked.product.sku };
        if let [pick] = picks {
            return vec![self.carry(asked.site, product, *pick, Terms { cost, revenue })];
        }
        let weights: Vec<u64> = picks.iter().map(|pick| pick.quantity.milli().unsigned_abs()).collect();
        let costs = cost.map(|cost| cost.split(&weights));
        let revenues = revenue.split(&weights);
        let terms = |i: usize| Terms { cost: costs.as_ref().map(|costs| costs[i]), revenue: revenues[i] };
        picks.iter().enumerate().map(|(i, pick)| self.carry(asked.site, product, *pick, terms(i))).collect()
    }

    /// Carries goods: changes balances and valuation, gives the movement.
    fn carry(&mut self, site: &SiteBook, product: Article<'_>, pick: Pick, terms: Terms) -> Movement {
        let key = (site.id, product.id);
        let before = self.books.valuations.get(&key).copied();
        let mut book = before.unwrap_or_default();
        let (value, settled) = match (is_internal(site, pick.from), is_internal(site, pick.to)) {
            (false, true) => {
                let cost = terms.cost.or_else(|| book.estimate(pick.quantity)).unwrap_or(Money::ZERO);
                (cost, book.receive(pick.quantity, cost))
            }
            (true, false) => {
                let relieved = match terms.cost {
                    Some(cost) => book.issue_at(pick.quantity, cost),
                    None => book.issue(pick.quantity),
                };
                (relieved, Money::ZERO)
            }
            (true, true) => (book.cost_of(pick.quantity), Money::ZERO),
            (false, false) => (Money::ZERO, Money::ZERO),
        };
        self.undo.push(Undo::Valuation { site: site.id, product: product.id, before });
        self.books.valuations.insert(key, book);
        self.shift(site, product.id, pick);
        Movement {
            product: product.id,
            sku: Arc::clone(product.sku),
            lot: pick.lot,
            from: pick.from,
            to: pick.to,
            quantity: pick.quantity,
            value,
            settled,
            revenue: terms.revenue,
            on_hand_after: book.quantity,
        }
    }

    fn shift(&mut self, site: &SiteBook, product: i64, pick: Pick) {
        for (location, change) in [(pick.from, -pick.quantity), (pick.to, pick.quantity)] {
            if is_internal(site, location) {
                self.books.add(location, product, pick.lot, change);
                self.undo.push(Undo::Balance { location, product, lot: pick.lot, change });
            }
        }
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

#[derive(Clone, Copy)]
struct Article<'a> {
    id: i64,
    sku: &'a Arc<str>,
}

#[derive(Clone, Copy)]
struct Terms {
    /// Cost given by the caller or known from an earlier posting.
    cost: Option<Money>,
    revenue: Money,
}

fn is_internal(site: &SiteBook, location: i64) -> bool {
    site.by_id(location).is_some_and(|l| l.kind == LocationKind::Internal)
}

/// What a line sells for; `None` when that is more than is kept exactly.
fn revenue(kind: PostingKind, line: &LineDraft) -> Option<Money> {
    let price = line.unit_price.filter(|_| kind.takes_price()).unwrap_or_default();
    let most = crate::decimal::LIMIT.unsigned_abs();
    let amount = price.times(line.quantity).filter(|amount| amount.minor().unsigned_abs() <= most)?;
    Some(if kind == PostingKind::CustomerReturn { -amount } else { amount })
}

/// What that many of a product cost in an earlier posting.
fn cost_in(entry: &Entry, product: &ProductCard, quantity: Quantity) -> Option<Money> {
    let same = entry.movements.iter().filter(|movement| movement.product == product.id);
    let (moved, value) = same.fold((0, Money::ZERO), |(moved, value), m| (moved + m.quantity.milli(), value + m.value));
    (moved > 0).then(|| value.share(quantity.milli(), moved))
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
