//! Barcodes: each belongs to one product and stands for a number of its units.

use std::collections::HashMap;

use super::{Barcode, Product, read, row};
use crate::{Bulk, Result, Rows, Tx, catalog, catalog::Change, dialect::Kind};

/// A barcode that was not added because another product has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The barcode.
    pub code: String,
    /// Who wanted it.
    pub sku: String,
    /// Who has it.
    pub owner: String,
}

static INSERT: Bulk = Bulk::new(
    &[("code", Kind::Text), ("product", Kind::Int), ("pack_quantity", Kind::Int)],
    "INSERT INTO barcode (code, product, pack_quantity) SELECT code, product, pack_quantity FROM input",
);

static REWRITE: Bulk = Bulk::new(
    &[("code", Kind::Text), ("pack_quantity", Kind::Int)],
    "UPDATE barcode SET pack_quantity = input.pack_quantity FROM input WHERE barcode.code = input.code",
);

static OWNERS: Bulk = Bulk::new(
    &[("code", Kind::Text)],
    "SELECT b.code, b.product, b.pack_quantity, p.sku FROM input
     JOIN barcode b ON b.code = input.code JOIN product p ON p.id = b.product",
);

/// Adds barcodes that are known to be free.
pub(super) async fn insert(tx: &mut Tx, codes: &[(i64, &Barcode)]) -> Result<()> {
    let mut rows = Rows::new(&INSERT, tx.backend());
    for (product, barcode) in codes {
        rows.text(barcode.code.as_str()).int(*product).int(barcode.pack_quantity.milli());
    }
    rows.run(tx).await?;
    Ok(())
}

/// What became of barcodes that were wanted.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// Products that gained a barcode or had one changed.
    pub(super) touched: Vec<i64>,
    /// Those another product has.
    pub(super) clashes: Vec<Clash>,
}

/// Adds barcodes, changes the pack quantity of those the product has, and reports those another product has.
pub(super) async fn place(tx: &mut Tx, wanted: &[(&Product, &Barcode)]) -> Result<Placed> {
    let mut find = Rows::new(&OWNERS, tx.backend());
    for (_, barcode) in wanted {
        find.text(barcode.code.as_str());
    }
    let found: Vec<(String, i64, i64, String)> = find.all(tx).await?;
    let mut owners: HashMap<String, (i64, i64, String)> =
        found.into_iter().map(|(code, id, quantity, sku)| (code, (id, quantity, sku))).collect();
    let (mut free, mut placed) = (Vec::new(), Placed::default());
    let mut rewrite = Rows::new(&REWRITE, tx.backend());
    for (product, barcode) in wanted {
        let quantity = barcode.pack_quantity.milli();
        match owners.get_mut(&barcode.code) {
            None => {
                owners.insert(barcode.code.clone(), (product.id, quantity, product.sku.clone()));
                free.push((product.id, *barcode));
                placed.touched.push(product.id);
            }
            Some((id, ..)) if *id != product.id => {
                let owner = owners.get(&barcode.code).map(|(.., sku)| sku.clone()).unwrap_or_default();
                placed.clashes.push(Clash { code: barcode.code.clone(), sku: product.sku.clone(), owner });
            }
            Some((_, had, _)) if *had != quantity => {
                *had = quantity;
                rewrite.text(barcode.code.as_str()).int(quantity);
                placed.touched.push(product.id);
            }
            Some(_) => {}
        }
    }
    insert(tx, &free).await?;
    rewrite.run(tx).await?;
    Ok(placed)
}

/// Adds barcodes to a product, or changes how many units they stand for; `None` when the product is not there.
/// Barcodes of other products are given back.
pub async fn add_barcodes(
    tx: &mut Tx,
    sku: &str,
    barcodes: &[Barcode],
    change: Change<'_>,
) -> Result<Option<(Product, Vec<Clash>)>> {
    let changed = catalog::begin_change(tx).await?;
    let Some(product) = read::get_in(tx, sku).await? else { return Ok(None) };
    let wanted: Vec<_> = barcodes.iter().map(|barcode| (&product, barcode)).collect();
    let placed = place(tx, &wanted).await?;
    row::touch(tx, &placed.touched, changed, change.at).await?;
    Ok(read::get_in(tx, sku).await?.map(|product| (product, placed.clashes)))
}

/// Takes a barcode from a product; whether the product had it.
pub async fn remove_barcode(tx: &mut Tx, product: &Product, code: &str, change: Change<'_>) -> Result<bool> {
    let changed = catalog::begin_change(tx).await?;
    let removed = tx
        .query("DELETE FROM barcode WHERE code = $1 AND product = $2")
        .bind(code.to_owned())
        .bind(product.id)
        .run()
        .await?;
    if removed > 0 {
        row::touch(tx, &[product.id], changed, change.at).await?;
    }
    Ok(removed > 0)
}
