//! What may change of a product.

use std::collections::HashMap;

use domain::{Money, Quantity, Unit};

use super::Product;
use crate::{Result, Tx, catalog::Change, category, supplier};

/// The fields that change; `None` leaves one as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// What people call it.
    pub name: Option<String>,
    /// Path of its category, created when it is not there.
    pub category: Option<Option<String>>,
    /// Its brand.
    pub brand: Option<String>,
    /// Name or code of its supplier, created when it is not there.
    pub supplier: Option<Option<String>>,
    /// What it is counted in.
    pub unit: Option<Unit>,
    /// Stock to keep at least.
    pub minimum: Option<Option<Quantity>>,
    /// Stock to keep at most.
    pub maximum: Option<Option<Quantity>>,
    /// Name of its tax rate.
    pub vat_rate: Option<Option<String>>,
    /// Shelf price of one unit, tax included.
    pub price: Option<Option<Money>>,
    /// Whether its lots are told apart.
    pub tracks_lots: Option<bool>,
    /// Whether its lots expire.
    pub tracks_expiry: Option<bool>,
    /// Whether it takes postings.
    pub active: Option<bool>,
}

impl Patch {
    /// Takes over what a later patch of the same product says.
    pub(super) fn then(&mut self, later: &Patch) {
        fn over<T: Clone>(mine: &mut Option<T>, theirs: &Option<T>) {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        }
        over(&mut self.name, &later.name);
        over(&mut self.category, &later.category);
        over(&mut self.brand, &later.brand);
        over(&mut self.supplier, &later.supplier);
        over(&mut self.unit, &later.unit);
        over(&mut self.minimum, &later.minimum);
        over(&mut self.maximum, &later.maximum);
        over(&mut self.vat_rate, &later.vat_rate);
        over(&mut self.price, &later.price);
        over(&mut self.tracks_lots, &later.tracks_lots);
        over(&mut self.tracks_expiry, &later.tracks_expiry);
        over(&mut self.active, &later.active);
    }

    /// Writes what changes into `product`.
    pub(super) fn apply(&self, product: &mut Product, names: &Names) {
        fn set<T: Clone>(field: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
        set(&mut product.name, &self.name);
        set(&mut product.brand, &self.brand);
        set(&mut product.unit, &self.unit);
        set(&mut product.minimum, &self.minimum);
        set(&mut product.maximum, &self.maximum);
        set(&mut product.vat_rate, &self.vat_rate);
        set(&mut product.price, &self.price);
        set(&mut product.tracks_lots, &self.tracks_lots);
        set(&mut product.tracks_expiry, &self.tracks_expiry);
        set(&mut product.active, &self.active);
        if let Some(path) = &self.category {
            let named = path.as_deref().and_then(|path| names.categories.get(&category::key_of(path)));
            (product.category_id, product.category) = named.map(|n| (n.id, n.path.clone())).unzip();
        }
        if let Some(name) = &self.supplier {
            let named = name.as_deref().and_then(|name| names.suppliers.get(&supplier::key_of(name)));
            (product.supplier_id, product.supplier) = named.map(|n| (n.id, n.code.clone())).unzip();
        }
    }
}

/// The categories and suppliers that patches name.
#[derive(Debug, Default)]
pub(super) struct Names {
    categories: HashMap<String, category::Named>,
    suppliers: HashMap<String, supplier::Named>,
}

/// Finds or creates what patches name.
pub(super) async fn resolve(tx: &mut Tx, patches: &[&Patch], change: Change<'_>) -> Result<Names> {
    let named = |text: &Option<Option<String>>| text.clone().flatten().filter(|text| !text.trim().is_empty());
    let paths: Vec<String> = patches.iter().filter_map(|patch| named(&patch.category)).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let suppliers: Vec<supplier::NewSupplier> = patches
        .iter()
        .filter_map(|patch| named(&patch.supplier))
        .map(|name| supplier::NewSupplier { name, ..supplier::NewSupplier::default() })
        .collect();
    Ok(Names {
        categories: category::ensure_all(tx, &paths).await?,
        suppliers: supplier::ensure_all(tx, &suppliers, change.at).await?,
    })
}
