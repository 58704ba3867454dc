//! Rehearsing: what would become of drafts, batch after batch, with nothing written.
//!
//! Invariant: each batch sees what the batches before it would have left, and nobody else sees anything of it.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Timestamp, Unit,
    ledger::{Batch, Books, Draft, Outcome, books::ProductCard},
};

use super::{
    known::Known,
    load::{self, Loaded},
};
use crate::{Db, Result, product::Incoming};

/// Drafts that are tried one batch after the other.
#[derive(Debug)]
pub struct Rehearsal {
    db: Db,
    carried: Books,
    invented: HashMap<String, Arc<ProductCard>>,
}

impl Rehearsal {
    /// Nothing tried yet.
    pub fn new(db: Db) -> Rehearsal {
        Rehearsal { db, carried: Books::default(), invented: HashMap::new() }
    }

    /// Goes on as if that product had been added, unless it is there.
    pub fn invent(&mut self, product: &Incoming) {
        let patch = &product.patch;
        let card = ProductCard {
            // Numbers of products are positive.
            id: -1 - i64::try_from(self.invented.len()).unwrap_or(i64::MAX - 1),
            sku: product.sku.as_str().into(),
            unit: patch.unit.unwrap_or(Unit::Piece),
            tracks_lots: patch.tracks_lots.unwrap_or(false),
            tracks_expiry: patch.tracks_expiry.unwrap_or(false),
            active: patch.active.unwrap_or(true),
        };
        self.invented.entry(product.sku.clone()).or_insert_with(|| Arc::new(card));
    }

    /// What would become of the drafts after all that were tried before.
    pub async fn post(&mut self, drafts: &[Draft], now: Timestamp) -> Result<Vec<Outcome>> {
        let drafts: Vec<&Draft> = drafts.iter().collect();
        let mut tx = self.db.write_ledger().await?;
        let Loaded { mut books, .. } = load::books(&mut tx, &mut Known::default(), &drafts).await?;
        tx.rollback().await?;
        self.carry_into(&mut books);
        let mut batch = Batch::new(books, now);
        let outcomes = drafts.iter().map(|draft| batch.apply(draft)).collect();
        self.carried = batch.finish().1;
        Ok(outcomes)
    }

    /// What was tried before stands above what was loaded.
    fn carry_into(&mut self, books: &mut Books) {
        let carried = std::mem::take(&mut self.carried);
        books.chains.extend(carried.chains);
        books.balances.extend(carried.balances);
        books.valuations.extend(carried.valuations);
        books.lots.extend(carried.lots);
        books.earlier.extend(carried.earlier);
        books.next_lot = books.next_lot.max(carried.next_lot);
        for (sku, card) in &self.invented {
            books.products.entry(sku.clone()).or_insert_with(|| Arc::clone(card));
        }
    }
}
