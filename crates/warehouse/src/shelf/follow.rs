//! Following what changes in the database, whoever changes it.
//!
//! Invariant: nothing is held between two questions but what both were answered with; a round that fails is begun again where it was.

use std::sync::Arc;

use domain::ledger::books::SiteBook;
use store::{
    Db, Result,
    ledger::whole::{self, Good, Place},
};

use super::{Held, MOST, Shelf};

/// Products read at a time.
const CHUNK: i64 = 1000;

impl Shelf {
    /// Reads what changed since the last time, and everything the first time.
    pub async fn follow(&self, db: &Db) -> Result<()> {
        if !self.0.is_used {
            return Ok(());
        }
        let now = self.0.clock.now();
        let places = whole::places(db).await?;
        if self.read().is_other(&places) {
            let sites = whole::sites(db).await?;
            self.write().learn_sites(sites, &places);
            self.follow_goods(db).await?;
            self.write().settle(&places);
        }
        for place in places {
            self.follow_site(db, place).await?;
        }
        let again: Vec<i64> = self.read().again.keys().copied().collect();
        self.read_again(db, again).await?;
        let mut held = self.write();
        held.as_of = held.as_of.max(Some(now));
        held.is_whole = true;
        Ok(())
    }

    async fn follow_goods(&self, db: &Db) -> Result<()> {
        loop {
            let position = self.read().position;
            let goods = whole::goods_since(db, position, CHUNK).await?;
            let Some(last) = goods.last() else { return Ok(()) };
            let (position, products) = (last.position, goods.iter().map(|good| good.card.id).collect::<Vec<_>>());
            let standing = whole::standing(db, &products).await?;
            let mut held = self.write();
            goods.into_iter().for_each(|good| held.learn_good(good));
            held.learn(standing);
            held.position = position;
        }
    }

    async fn follow_site(&self, db: &Db, place: Place) -> Result<()> {
        let after = self.read().followed.get(&place.site).map_or(place.seq, |known| known.seq);
        if after >= place.seq {
            return Ok(());
        }
        // They are read at the end of the round, each once however many sites it moved at; what is not read in time is in the next.
        let moved = whole::moved(db, place.site, after, place.seq).await?;
        let mut held = self.write();
        moved.into_iter().for_each(|product| held.ask_again(product));
        if let Some(known) = held.followed.get_mut(&place.site) {
            known.seq = known.seq.max(place.seq);
        }
        Ok(())
    }

    async fn read_again(&self, db: &Db, products: Vec<i64>) -> Result<()> {
        for some in products.chunks(usize::try_from(CHUNK).unwrap_or(1)) {
            let before = self.read().changes;
            let standing = whole::standing(db, some).await?;
            let mut held = self.write();
            held.learn(standing);
            for product in some {
                if held.again.get(product).is_some_and(|since| *since <= before) {
                    held.again.remove(product);
                    held.unkept = true;
                }
            }
        }
        Ok(())
    }
}

impl Held {
    /// Whether a site or the catalogue is not as it was read.
    fn is_other(&self, places: &[Place]) -> bool {
        let is_known =
            |place: &Place| self.followed.get(&place.site).is_some_and(|known| known.revision == place.revision);
        places.len() != self.followed.len() || !places.iter().all(is_known)
    }

    fn learn_sites(&mut self, sites: Vec<(String, Arc<SiteBook>)>, places: &[Place]) {
        self.sites = sites.into_iter().collect();
        for place in places {
            // Known at that revision only when the goods were read after it.
            self.followed.entry(place.site).or_insert(Place { revision: -1, ..*place });
        }
        self.unkept = true;
    }

    fn settle(&mut self, places: &[Place]) {
        for place in places {
            if let Some(known) = self.followed.get_mut(&place.site) {
                known.revision = place.revision;
            }
        }
    }

    fn learn_good(&mut self, good: Good) {
        let (id, sku) = (good.card.id, Arc::clone(&good.card.sku));
        if let Some(before) = self.codes.get(&id).filter(|before| **before != sku) {
            self.goods.remove(before);
        }
        if self.goods.len() < MOST || self.goods.contains_key(&sku) {
            self.codes.insert(id, Arc::clone(&sku));
            self.goods.insert(sku, Box::new(good));
            self.unkept = true;
        }
    }
}
