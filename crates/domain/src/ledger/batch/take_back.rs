//! Taking back what an earlier posting moved.
//!
//! Invariant: every movement taken back goes the way it came, at the value it had, and never more than is left of it.

use super::{
    super::{Entry, LineDraft, LotDraft, Movement, PostingKind, Rejection, links::Part, picking::Pick},
    Batch, ProductCard, SiteBook,
    carry::{Article, Terms},
    is_internal,
};
use crate::{Money, Quantity};

impl Batch {
    /// The opposite of what a posting moved, last first, at the values it had: all that is left of it, or what the lines name.
    pub(super) fn take_back(
        &mut self,
        site: &SiteBook,
        original: &Entry,
        lines: &[LineDraft],
    ) -> Result<Vec<Movement>, Rejection> {
        let mut parts = self.books.untouched(original);
        if parts.is_empty() {
            return Err(Rejection::AlreadyCorrected);
        }
        if !lines.is_empty() {
            parts = self.named(site, parts, lines)?;
        }
        for part in &parts {
            let (product, available) = (part.movement.product, self.books.remaining(original, part.movement.product));
            let same = parts.iter().filter(|other| other.movement.product == product);
            let requested = same.fold(Quantity::ZERO, |sum, part| sum + part.quantity);
            if requested > available {
                let (line, sku) = (part.index, part.movement.sku.to_string());
                return Err(Rejection::ExceedsOriginal { line, sku, available, requested });
            }
        }
        parts.iter().map(|part| self.reverse(site, part)).collect()
    }

    /// The parts of a posting that lines name, by product and, where they say so, lot and places.
    fn named<'e>(
        &self,
        site: &SiteBook,
        mut parts: Vec<Part<'e>>,
        lines: &[LineDraft],
    ) -> Result<Vec<Part<'e>>, Rejection> {
        let mut named = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let product = self.product(index, line, PostingKind::Correction)?;
            let mut left = line.quantity;
            for part in parts.iter_mut().filter(|part| self.fits(site, line, &product, part.movement)) {
                let quantity = part.quantity.min(left);
                if quantity > Quantity::ZERO {
                    named.push(Part { index, movement: part.movement, quantity });
                    part.quantity += -quantity;
                    left += -quantity;
                }
            }
            if left > Quantity::ZERO {
                let (available, requested) = (line.quantity - left, line.quantity);
                return Err(Rejection::ExceedsOriginal { line: index, sku: line.sku.clone(), available, requested });
            }
        }
        Ok(named)
    }

    fn fits(&self, site: &SiteBook, line: &LineDraft, product: &ProductCard, movement: &Movement) -> bool {
        let at = |code: &Option<String>, id: i64| {
            code.as_ref().is_none_or(|code| site.by_id(id).is_some_and(|location| *location.code == **code))
        };
        let lot = |name: &LotDraft| self.books.lots_named(product.id, name).any(|lot| lot.id == movement.lot);
        movement.product == product.id
            && at(&line.from, movement.to)
            && at(&line.to, movement.from)
            && line.lot.as_ref().is_none_or(lot)
    }

    fn reverse(&mut self, site: &SiteBook, part: &Part<'_>) -> Result<Movement, Rejection> {
        let (done, quantity) = (part.movement, part.quantity);
        let pick = Pick { from: done.to, to: done.from, lot: done.lot, quantity };
        if is_internal(site, pick.from) {
            let available = self.books.balance(pick.from, done.product, pick.lot);
            if available < quantity {
                let (line, sku) = (part.index, done.sku.to_string());
                return Err(Rejection::InsufficientStock { line, sku, available, requested: quantity });
            }
        }
        let of_it = |amount: Money| amount.share(quantity.milli(), done.quantity.milli());
        let terms = Terms { cost: Some(of_it(done.value)), revenue: -of_it(done.revenue) };
        Ok(self.carry(site, Article { id: done.product, sku: &done.sku }, pick, terms))
    }
}
