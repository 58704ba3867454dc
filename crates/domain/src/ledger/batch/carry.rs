//! Carrying goods from place to place.
//!
//! Invariant: every change of a balance or a valuation is noted before the next, so that it can be taken back.

use std::sync::Arc;

use super::{Batch, Undo, is_internal};
use crate::{
    Money,
    ledger::{
        Movement,
        books::SiteBook,
        picking::{Asked, Pick},
    },
};

impl Batch {
    /// Carries what was picked for a line, its cost and revenue split by quantity.
    pub(super) fn carry_all(
        &mut self,
        asked: &Asked<'_>,
        picks: &[Pick],
        cost: Option<Money>,
        revenue: Money,
    ) -> Vec<Movement> {
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
    pub(super) fn carry(&mut self, site: &SiteBook, product: Article<'_>, pick: Pick, terms: Terms) -> Movement {
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
}

/// A product, as a movement names it.
#[derive(Clone, Copy)]
pub(super) struct Article<'a> {
    pub(super) id: i64,
    pub(super) sku: &'a Arc<str>,
}

/// What goods are carried for.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    /// Cost given by the caller or known from an earlier posting.
    pub(super) cost: Option<Money>,
    pub(super) revenue: Money,
}
