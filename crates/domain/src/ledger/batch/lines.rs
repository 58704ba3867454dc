//! What the lines of a draft ask for: which product, from where to where, in which lots, at what cost.
//!
//! Invariant: a line is refused before anything of it is carried, except for a lot it names anew, which is taken back with the rest.

use std::sync::Arc;

use super::{Batch, Moment, Undo, is_internal};
use crate::{
    Money, Quantity,
    ledger::{
        Draft, Entry, LineDraft, LocationKind, Movement, PostingKind, Rejection,
        books::{Location, ProductCard, SiteBook},
        lots::{Lot, NO_LOT},
        picking::{Asked, Pick},
    },
};

impl Batch {
    /// The movements that the lines of a draft ask for, carried out one after another.
    pub(super) fn lines(
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

    /// The product of a line, when it may be posted so.
    pub(super) fn product(
        &self,
        index: usize,
        line: &LineDraft,
        kind: PostingKind,
    ) -> Result<Arc<ProductCard>, Rejection> {
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
