//! The catalogue in memory while a file is imported.
//!
//! Invariant: a code in a file is first somebody's SKU and only then a barcode; barcodes are compared in the form they are
//! kept in.

use std::collections::HashMap;

use domain::{Quantity, Unit};
use store::{
    Db,
    product::{self, Filter, Product, normal_barcode},
};

use super::ImportError;

/// What an import needs to know of a product.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) id: i64,
    pub(super) sku: String,
    pub(super) unit: Unit,
    pub(super) active: bool,
}

/// The products there are.
#[derive(Debug, Default)]
pub(super) struct Known {
    cards: Vec<Card>,
    skus: HashMap<String, usize>,
    barcodes: HashMap<String, (usize, Quantity)>,
}

/// What a code in a file stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) card: &'a Card,
    /// Units in one of what the code is on.
    pub(super) pack: Quantity,
}

/// Products loaded at once.
const PAGE: i64 = 5000;

impl Known {
    /// Loads the catalogue.
    pub(super) async fn load(db: &Db) -> Result<Known, ImportError> {
        let mut known = Known::default();
        let mut after = String::new();
        loop {
            let page = product::list(db, &Filter::default(), &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(known) };
            last.sku.clone_into(&mut after);
            page.into_iter().for_each(|product| known.add(product));
        }
    }

    fn add(&mut self, product: Product) {
        let place = self.cards.len();
        for barcode in product.barcodes {
            self.barcodes.insert(barcode.code, (place, barcode.pack_quantity));
        }
        self.skus.insert(product.sku.clone(), place);
        self.cards.push(Card { id: product.id, sku: product.sku, unit: product.unit, active: product.active });
    }

    /// Whether there is a product of that SKU that is not active.
    pub(super) fn is_inactive(&self, sku: &str) -> bool {
        self.skus.get(sku).is_some_and(|place| !self.cards[*place].active)
    }

    /// The product that has that code.
    pub(super) fn find(&self, code: &str) -> Option<Found<'_>> {
        if let Some(place) = self.skus.get(code) {
            return Some(Found { card: &self.cards[*place], pack: Quantity::ONE });
        }
        let (place, pack) = self.barcodes.get(&normal_barcode(code))?;
        Some(Found { card: &self.cards[*place], pack: *pack })
    }
}

/// How many units `quantity` packs of `pack` units are; `None` when that is not exact or too many.
pub(super) fn in_units(quantity: Quantity, pack: Quantity) -> Option<Quantity> {
    let product = i128::from(quantity.milli()) * i128::from(pack.milli());
    let milli = i64::try_from(product / 1000).ok().filter(|_| product % 1000 == 0)?;
    (milli.unsigned_abs() <= Quantity::MAX.milli().unsigned_abs()).then(|| Quantity::from_milli(milli))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_convert_exactly_or_not_at_all() {
        let milli = Quantity::from_milli;
        assert_eq!(in_units(milli(-2000), milli(12_000)), Some(milli(-24_000)));
        assert_eq!(in_units(milli(500), milli(500)), Some(milli(250)));
        assert_eq!(in_units(milli(1), milli(1)), None);
        assert_eq!(in_units(Quantity::MAX, milli(2000)), None);
    }
}
