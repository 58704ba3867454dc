//! Which places and lots a line takes goods from, and where goods that come in go.
//!
//! Invariant: reads the books, never changes them; picks add up exactly to the quantity asked for.

use super::{
    LineDraft, PostingKind, Rejection,
    books::{Books, Location, ProductCard, SiteBook},
    lots::{NO_LOT, fefo_key, is_sellable},
};
use crate::{Day, Quantity};

/// A part of a line: from where, to where, which lot, how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) lot: i64,
    pub(super) quantity: Quantity,
}

/// A line of a draft with what its codes stand for.
pub(super) struct Asked<'a> {
    pub(super) index: usize,
    pub(super) line: &'a LineDraft,
    pub(super) product: &'a ProductCard,
    pub(super) site: &'a SiteBook,
    pub(super) kind: PostingKind,
    pub(super) day: Day,
    /// Whether more may be sold than there is.
    pub(super) oversells: bool,
}

impl Asked<'_> {
    fn sells(&self) -> bool {
        self.kind == PostingKind::Sale
    }

    fn sku(&self) -> String {
        self.line.sku.clone()
    }

    /// Where goods leave from when the line does not say: sales and waste from the floor first, the rest from the store room.
    fn sources(&self) -> Vec<&Location> {
        let floor_first = matches!(
            self.kind,
            PostingKind::Sale | PostingKind::Waste | PostingKind::Loss | PostingKind::Consumption | PostingKind::Count
        );
        let (a, b) = (self.site.sell_from, self.site.receive_at);
        self.site.internal(&if floor_first { [a, b] } else { [b, a] })
    }

    /// Where goods go when the line does not say.
    fn destination(&self) -> Option<&Location> {
        let floor_first = matches!(self.kind, PostingKind::CustomerReturn | PostingKind::Found | PostingKind::Move);
        let (a, b) = (self.site.sell_from, self.site.receive_at);
        self.site.internal(&if floor_first { [a, b] } else { [b, a] }).into_iter().next()
    }
}

impl Books {
    /// Picks for goods that leave an internal location: one place when one has enough, else several; first expired first.
    pub(super) fn pick_out(
        &self,
        asked: &Asked<'_>,
        from: Option<&Location>,
        to: &Location,
    ) -> Result<Vec<Pick>, Rejection> {
        let sources = from.map_or_else(|| asked.sources(), |location| vec![location]);
        let lots = self.lots_wanted(asked)?;
        let mut offers: Vec<Vec<Pick>> = sources
            .iter()
            .filter(|l| l.id != to.id)
            .map(|source| self.offers(asked, source, to, lots.as_deref()))
            .collect();
        let total = |offers: &[Pick]| offers.iter().fold(Quantity::ZERO, |sum, pick| sum + pick.quantity);
        if let Some(enough) = offers.iter().position(|offer| total(offer) >= asked.line.quantity) {
            offers.swap(0, enough);
            offers.truncate(1);
        }
        let offers = offers.concat();
        let available = total(&offers);
        let mut picks = take(offers, asked.line.quantity);
        let short = asked.line.quantity - available;
        if short > Quantity::ZERO {
            let oversold = sources.first().filter(|_| asked.sells() && asked.oversells && lots.is_none());
            let Some(source) = oversold else {
                return Err(Rejection::InsufficientStock {
                    line: asked.index,
                    sku: asked.sku(),
                    available,
                    requested: asked.line.quantity,
                });
            };
            picks.push(Pick { from: source.id, to: to.id, lot: NO_LOT, quantity: short });
        }
        Ok(picks)
    }

    /// Picks for goods that come in. Places that were oversold are settled first, unless the line says where.
    pub(super) fn pick_in(
        &self,
        asked: &Asked<'_>,
        from: &Location,
        to: Option<&Location>,
        lot: i64,
    ) -> Result<Vec<Pick>, Rejection> {
        let into = |to: &Location, lot, quantity| Pick { from: from.id, to: to.id, lot, quantity };
        if let Some(to) = to {
            return Ok(vec![into(to, lot, asked.line.quantity)]);
        }
        let missing = || Rejection::UnknownLocation { line: asked.index, location: String::new() };
        let destination = asked.destination().ok_or_else(missing)?;
        let (mut picks, mut left) = (Vec::new(), asked.line.quantity);
        for location in asked.site.internal(&[asked.site.sell_from]) {
            let short = -self.balance(location.id, asked.product.id, NO_LOT);
            let settled = short.min(left);
            if settled > Quantity::ZERO {
                picks.push(into(location, NO_LOT, settled));
                left -= settled;
            }
        }
        if left > Quantity::ZERO {
            picks.push(into(destination, lot, left));
        }
        Ok(picks)
    }

    /// The numbers of the lots a line names, `None` when it names none.
    fn lots_wanted(&self, asked: &Asked<'_>) -> Result<Option<Vec<i64>>, Rejection> {
        let Some(name) = &asked.line.lot else { return Ok(None) };
        let lots: Vec<_> = self.lots_named(asked.product.id, name).collect();
        if lots.is_empty() {
            return Err(Rejection::UnknownLot { line: asked.index, sku: asked.sku(), lot: name.code.clone() });
        }
        let expired =
            lots.iter().find_map(|lot| lot.name.expires_on.filter(|last| !is_sellable(Some(*last), asked.day)));
        match expired {
            Some(expired_on) if asked.sells() && lots.len() == 1 => {
                Err(Rejection::LotExpired { line: asked.index, sku: asked.sku(), lot: name.code.clone(), expired_on })
            }
            _ => Ok(Some(lots.iter().map(|lot| lot.id).collect())),
        }
    }

    fn offers(&self, asked: &Asked<'_>, source: &Location, to: &Location, lots: Option<&[i64]>) -> Vec<Pick> {
        let held = self.balances.get(&(source.id, asked.product.id)).map_or(&[][..], Vec::as_slice);
        let usable = |lot: i64| {
            lots.is_none_or(|wanted| wanted.contains(&lot))
                && (!asked.sells() || is_sellable(self.expiry(lot), asked.day))
        };
        let mut held: Vec<_> = held.iter().filter(|b| b.quantity > Quantity::ZERO && usable(b.lot)).copied().collect();
        held.sort_by_key(|b| fefo_key(self.expiry(b.lot), b.lot));
        held.into_iter().map(|b| Pick { from: source.id, to: to.id, lot: b.lot, quantity: b.quantity }).collect()
    }
}

fn take(offers: Vec<Pick>, quantity: Quantity) -> Vec<Pick> {
    let mut left = quantity;
    let mut picks = Vec::with_capacity(1);
    for offer in offers {
        if left == Quantity::ZERO {
            break;
        }
        let taken = offer.quantity.min(left);
        left -= taken;
        picks.push(Pick { quantity: taken, ..offer });
    }
    picks
}
