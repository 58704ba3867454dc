//! What a posting that links to an earlier one may still take from it.
//!
//! Invariant: of every product, what linked postings took from a posting, less what corrections of those gave back, is never more
//! than the posting moved. So nothing comes back that did not leave, and nothing arrives that was not sent.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Books, Entry, LineDraft, Movement, PostingKind, Rejection};
use crate::Quantity;

/// Product, lot, from, to: of movements alike in these, any stands for any.
type Way = (i64, i64, i64, i64);

/// A movement and how much of it a correction takes back.
pub(super) struct Part<'e> {
    pub(super) index: usize,
    pub(super) movement: &'e Movement,
    pub(super) quantity: Quantity,
}

fn way(movement: &Movement) -> Way {
    (movement.product, movement.lot, movement.from, movement.to)
}

fn moved(entry: &Entry, product: i64) -> Quantity {
    entry.movements.iter().filter(|m| m.product == product).fold(Quantity::ZERO, |sum, m| sum + m.quantity)
}

impl Books {
    fn linked(&self, id: Uuid) -> impl Iterator<Item = &Entry> {
        self.earlier.values().map(|entry| &**entry).filter(move |entry| entry.corrects == Some(id))
    }

    fn corrections(&self, id: Uuid) -> impl Iterator<Item = &Entry> {
        self.linked(id).filter(|entry| entry.kind == PostingKind::Correction)
    }

    /// How much of a product a posting moved, less what corrections of it took back.
    fn holds(&self, entry: &Entry, product: i64) -> Quantity {
        self.corrections(entry.id).fold(moved(entry, product), |sum, back| sum - self.holds(back, product))
    }

    /// How much of a product may still be taken from a posting.
    pub(super) fn remaining(&self, original: &Entry, product: i64) -> Quantity {
        self.linked(original.id).fold(moved(original, product), |sum, took| sum - self.holds(took, product))
    }

    /// What corrections took back of a posting, by the way its goods went.
    fn taken_back(&self, id: Uuid) -> HashMap<Way, Quantity> {
        let mut taken: HashMap<Way, Quantity> = HashMap::new();
        for back in self.corrections(id) {
            for movement in &back.movements {
                let (product, lot, from, to) = way(movement);
                *taken.entry((product, lot, to, from)).or_default() += movement.quantity;
            }
            for ((product, lot, from, to), again) in self.taken_back(back.id) {
                *taken.entry((product, lot, to, from)).or_default() += -again;
            }
        }
        taken
    }

    /// What of a posting's movements was not taken back yet, last first.
    pub(super) fn untouched<'e>(&self, original: &'e Entry) -> Vec<Part<'e>> {
        let mut taken = self.taken_back(original.id);
        let part = |(index, movement): (usize, &'e Movement)| {
            let gone = taken.get_mut(&way(movement)).map_or(Quantity::ZERO, |left| {
                let gone = (*left).min(movement.quantity);
                *left += -gone;
                gone
            });
            Part { index, movement, quantity: movement.quantity - gone }
        };
        let parts = original.movements.iter().enumerate().rev().map(part);
        parts.filter(|part| part.quantity > Quantity::ZERO).collect()
    }

    /// Refuses lines that together take more of a product from a posting than remains.
    pub(super) fn within(&self, original: &Entry, lines: &[LineDraft]) -> Result<(), Rejection> {
        let mut asked: HashMap<&str, Quantity> = HashMap::new();
        for (line, draft) in lines.iter().enumerate() {
            let Some(product) = self.products.get(&draft.sku) else { continue };
            let before = asked.entry(&draft.sku).or_default();
            let available = self.remaining(original, product.id) - *before;
            if draft.quantity > available {
                let (sku, requested) = (draft.sku.clone(), draft.quantity);
                return Err(Rejection::ExceedsOriginal { line, sku, available, requested });
            }
            *before += draft.quantity;
        }
        Ok(())
    }
}
