//! How goods stood when a chain had the head it has.
//!
//! Invariant: balances and valuations of a site change only with its chain, in the same transaction. So what was true at a head is
//! true as long as the chain has that head, whoever else may write to the database.

use std::collections::HashMap;

use domain::ledger::{
    Books,
    books::{Chain, SiteBook},
};

use super::Touched;
use crate::ledger::whole::{Stand, stand_in};

/// Products remembered at most over all sites.
const MOST: usize = 200_000;

#[derive(Debug, Default)]
pub(super) struct Goods(HashMap<i64, AtSite>);

#[derive(Debug)]
struct AtSite {
    head: Chain,
    products: HashMap<i64, Stand>,
}

impl Goods {
    pub(super) fn forget(&mut self, site: i64) {
        self.0.remove(&site);
    }

    pub(super) fn at_head(&mut self, site: i64, head: Chain) {
        if self.0.get(&site).is_some_and(|known| known.head != head) {
            self.0.remove(&site);
        }
    }

    pub(super) fn head(&self, site: i64) -> Option<Chain> {
        self.0.get(&site).map(|known| known.head)
    }

    pub(super) fn recall(&self, site: &SiteBook, product: i64, books: &mut Books) -> bool {
        let Some(standing) = self.0.get(&site.id).and_then(|known| known.products.get(&product)) else { return false };
        if let Some(valuation) = standing.valuation {
            books.valuations.insert((site.id, product), valuation);
        }
        for (location, balance) in &standing.held {
            books.balances.entry((*location, product)).or_default().push(*balance);
        }
        true
    }

    pub(super) fn learn(&mut self, site: &SiteBook, touched: &Touched, books: &Books) {
        if self.0.values().map(|known| known.products.len()).sum::<usize>() > MOST {
            self.0.clear();
        }
        let Some(head) = books.chains.get(&site.id).copied() else { return };
        let known = self.0.entry(site.id).or_insert_with(|| AtSite { head, products: HashMap::new() });
        known.head = head;
        for (_, product) in touched.range((site.id, i64::MIN)..=(site.id, i64::MAX)) {
            known.products.insert(*product, stand_in(books, site, *product, head.seq));
        }
    }
}
