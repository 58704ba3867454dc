//! How products stand, site by site, in little room.
//!
//! Invariant: a product has one entry for each site that ever had it.

use std::collections::HashMap;

use super::Known;

/// A table of products, each with its few sites in a row: with a table of both together half of its places would be empty.
#[derive(Default)]
pub(super) struct Stands(HashMap<i64, Vec<(i64, Known)>>);

impl Stands {
    pub(super) fn get(&self, (site, product): (i64, i64)) -> Option<&Known> {
        self.0.get(&product)?.iter().find(|(at, _)| *at == site).map(|(_, known)| known)
    }

    pub(super) fn get_mut(&mut self, (site, product): (i64, i64)) -> Option<&mut Known> {
        self.0.get_mut(&product)?.iter_mut().find(|(at, _)| *at == site).map(|(_, known)| known)
    }

    /// In the place of what stood there.
    pub(super) fn insert(&mut self, (site, product): (i64, i64), known: Known) {
        if let Some(before) = self.get_mut((site, product)) {
            *before = known;
            return;
        }
        let sites = self.0.entry(product).or_default();
        sites.reserve_exact(1);
        sites.push((site, known));
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Known> {
        self.0.values().flatten().map(|(_, known)| known)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Stand, *};

    #[test]
    fn each_product_has_one_entry_for_each_site() {
        let known = |seq| Known { changed: 0, stand: Stand { seq, valuation: None, held: Box::default() } };
        let mut stands = Stands::default();
        for (key, seq) in [((1, 7), 1), ((2, 7), 2), ((1, 8), 3), ((2, 7), 4)] {
            stands.insert(key, known(seq));
        }
        let seq = |key| stands.get(key).map(|known| known.stand.seq);
        assert_eq!([(1, 7), (2, 7), (1, 8), (2, 8)].map(seq), [Some(1), Some(4), Some(3), None]);
        assert_eq!(stands.all().count(), 3);
    }
}
