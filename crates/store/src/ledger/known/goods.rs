//! How goods stood when a chain had the head it has.
//!
//! Invariant: balances and valuations of a site change only with its chain, in the same transaction. So what was true at a head is
//! true as long as the chain has that head, whoever else may write to the database.

use std::collections::HashMap;

use domain::ledger::{
    Books,
    books::{Chain, SiteBook},
};

use crate::ledger::whole::Stand;

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

    pub(super) fn learn(&mut self, books: &Books, stands: Vec<((i64, i64), Stand)>) {
        if self.0.values().map(|known| known.products.len()).sum::<usize>() > MOST {
            self.0.clear();
        }
        for (site, head) in &books.chains {
            self.0.entry(*site).or_insert_with(|| AtSite { head: *head, products: HashMap::new() }).head = *head;
        }
        for ((site, product), stand) in stands {
            if let Some(known) = self.0.get_mut(&site) {
                known.products.insert(product, stand);
            }
        }
    }
}
