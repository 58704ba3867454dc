//! Adding and changing thousands of products in a handful of statements.

use std::collections::HashMap;

use domain::{Timestamp, Unit};

use super::{Barcode, Clash, Pack, Patch, Product, barcode, pack, patch, price, read, row, update::counted_otherwise};
use crate::{Bulk, Result, Rows, Tx, catalog, catalog::Change, dialect::Kind, sequence};

/// A product as a file or a form gives it: new when its SKU is, else what changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// Its code.
    pub sku: String,
    /// What it says of the product.
    pub patch: Patch,
    /// Barcodes to add.
    pub barcodes: Vec<Barcode>,
    /// Packs to add or change.
    pub packs: Vec<Pack>,
}

impl Incoming {
    /// The product before anything is said of it.
    pub(super) fn blank(&self, at: Timestamp) -> Product {
        Product::blank(&self.sku, self.patch.unit.unwrap_or(Unit::Piece), at)
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upserted {
    /// Products added.
    pub created: usize,
    /// Products of which something changed.
    pub updated: usize,
    /// Products of which nothing changed.
    pub unchanged: usize,
    /// Barcodes left out because another product has them.
    pub clashes: Vec<Clash>,
    /// SKUs of which the unit or the keeping of lots stayed as it was, because they have moved.
    pub kept_counting: Vec<String>,
    /// SKUs that stayed active, because there is stock of them.
    pub kept_active: Vec<String>,
}

/// Adds the products whose SKUs are new and changes the others. A SKU that comes twice is taken once, the later word
/// counting. A product with movements keeps its unit and the way its lots are kept, one with stock stays active.
pub async fn upsert(tx: &mut Tx, batch: &[Incoming], change: Change<'_>) -> Result<Upserted> {
    let changed = catalog::begin_change(tx).await?;
    let merged = merge(batch);
    let patches: Vec<&Patch> = merged.iter().map(|incoming| &incoming.patch).collect();
    let names = patch::resolve(tx, &patches, change).await?;
    let known = read::by_skus(tx, merged.iter().map(|incoming| incoming.sku.as_str())).await?;
    let moved = moved(tx, &known).await?;
    let mut plan = Plan::default();
    for incoming in &merged {
        let before = known.get(&incoming.sku);
        let mut after = before.cloned().unwrap_or_else(|| incoming.blank(change.at));
        incoming.patch.apply(&mut after, &names);
        plan.add(before, after, &moved, change.at);
    }
    plan.number(tx).await?;
    plan.write(tx, changed, change).await?;
    finish(tx, &merged, plan, changed, change).await
}

/// One of each SKU, the later word counting.
fn merge(batch: &[Incoming]) -> Vec<Incoming> {
    let mut place: HashMap<&str, usize> = HashMap::with_capacity(batch.len());
    let mut merged: Vec<Incoming> = Vec::with_capacity(batch.len());
    for incoming in batch {
        let Some(at) = place.get(incoming.sku.as_str()) else {
            place.insert(&incoming.sku, merged.len());
            merged.push(incoming.clone());
            continue;
        };
        let earlier = &mut merged[*at];
        earlier.patch.then(&incoming.patch);
        earlier.barcodes.extend(incoming.barcodes.iter().cloned());
        earlier.packs.extend(incoming.packs.iter().cloned());
    }
    merged
}

static MOVED: Bulk = Bulk::new(
    &[("id", Kind::Int)],
    "SELECT input.id, CAST(CASE WHEN EXISTS (SELECT 1 FROM balance b JOIN location l ON l.id = b.location
         WHERE b.product = input.id AND b.quantity <> 0 AND l.kind IN (0, 6)) THEN 1 ELSE 0 END AS BIGINT) AS has_stock
     FROM input WHERE EXISTS (SELECT 1 FROM movement m WHERE m.product = input.id)",
);

/// The products that have movements, and whether there is stock of them.
async fn moved(tx: &mut Tx, products: &HashMap<String, Product>) -> Result<HashMap<i64, bool>> {
    let mut rows = Rows::new(&MOVED, tx.backend());
    for product in products.values() {
        rows.int(product.id);
    }
    let found: Vec<(i64, i64)> = rows.all(tx).await?;
    Ok(found.into_iter().map(|(id, has_stock)| (id, has_stock != 0)).collect())
}

/// What is to be written, place by place as in the merged batch.
#[derive(Debug, Default)]
struct Plan {
    products: Vec<Product>,
    created: Vec<usize>,
    updated: Vec<usize>,
    priced: Vec<usize>,
    kept_counting: Vec<String>,
    kept_active: Vec<String>,
}

impl Plan {
    fn add(&mut self, before: Option<&Product>, mut after: Product, moved: &HashMap<i64, bool>, at: Timestamp) {
        let place = self.products.len();
        if let Some(before) = before {
            if before.active && !after.active && moved.get(&before.id) == Some(&true) {
                after.active = true;
                self.kept_active.push(before.sku.clone());
            }
            if counted_otherwise(before, &after) && moved.contains_key(&before.id) {
                (after.unit, after.tracks_lots, after.tracks_expiry) =
                    (before.unit, before.tracks_lots, before.tracks_expiry);
                self.kept_counting.push(before.sku.clone());
            }
            if after != *before {
                after.updated_at = at;
                self.updated.push(place);
            }
        } else {
            self.created.push(place);
        }
        if after.price.is_some() && after.price != before.and_then(|before| before.price) {
            self.priced.push(place);
        }
        self.products.push(after);
    }

    /// Numbers the new products and counts the change of all.
    async fn number(&mut self, tx: &mut Tx) -> Result<()> {
        if !self.created.is_empty() {
            let count = i64::try_from(self.created.len()).unwrap_or(i64::MAX);
            let first = sequence::take(tx, "product", count).await?;
            for (id, place) in (first..).zip(&self.created) {
                self.products[*place].id = id;
            }
        }
        for place in self.created.iter().chain(&self.updated) {
            self.products[*place].version += 1;
        }
        Ok(())
    }

    async fn write(&self, tx: &mut Tx, changed: i64, change: Change<'_>) -> Result<()> {
        row::insert(tx, &self.at(&self.created), changed).await?;
        row::rewrite(tx, &self.at(&self.updated), changed).await?;
        let prices: Vec<_> = self.at(&self.priced).iter().map(|product| (product.id, product.price)).collect();
        price::record(tx, &prices, change).await
    }

    fn at(&self, places: &[usize]) -> Vec<&Product> {
        places.iter().map(|place| &self.products[*place]).collect()
    }
}

/// Barcodes and packs, once the products are there.
async fn finish(tx: &mut Tx, merged: &[Incoming], plan: Plan, changed: i64, change: Change<'_>) -> Result<Upserted> {
    let both = || plan.products.iter().zip(merged);
    let codes: Vec<(&Product, &Barcode)> =
        both().flat_map(|(product, incoming)| incoming.barcodes.iter().map(move |code| (product, code))).collect();
    let placed = barcode::place(tx, &codes).await?;
    let named: HashMap<(i64, &str), &Pack> = both()
        .flat_map(|(product, incoming)| incoming.packs.iter().map(move |pack| ((product.id, pack.name.as_str()), pack)))
        .collect();
    let packs: Vec<(i64, &Pack)> = named.into_iter().map(|((id, _), pack)| (id, pack)).collect();
    let repacked = pack::write(tx, &packs).await?;
    let written: HashMap<i64, ()> =
        plan.at(&plan.created).iter().chain(&plan.at(&plan.updated)).map(|product| (product.id, ())).collect();
    let mut touched: Vec<i64> = placed.touched.into_iter().chain(repacked).collect();
    touched.retain(|id| !written.contains_key(id));
    touched.sort_unstable();
    touched.dedup();
    row::touch(tx, &touched, changed, change.at).await?;
    let (created, updated) = (plan.created.len(), plan.updated.len() + touched.len());
    Ok(Upserted {
        created,
        updated,
        unchanged: merged.len() - created - updated,
        clashes: placed.clashes,
        kept_counting: plan.kept_counting,
        kept_active: plan.kept_active,
    })
}
