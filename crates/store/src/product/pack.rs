//! Packs: named multiples of a product's unit.

use super::{Pack, Product, row};
use crate::{Bulk, Result, Rows, Tx, catalog, catalog::Change, dialect::Kind};

// `WHERE true` keeps SQLite from reading ON CONFLICT as part of a join.
static WRITE: Bulk = Bulk::new(
    &[("product", Kind::Int), ("name", Kind::Text), ("numerator", Kind::Int), ("denominator", Kind::Int)],
    "INSERT INTO pack (product, name, numerator, denominator)
     SELECT product, name, numerator, denominator FROM input WHERE true
     ON CONFLICT (product, name) DO UPDATE SET numerator = excluded.numerator, denominator = excluded.denominator
       WHERE pack.numerator <> excluded.numerator OR pack.denominator <> excluded.denominator
     RETURNING product",
);

/// Adds packs or changes their factors; gives the products for which something changed. The names within a product must
/// differ.
pub(super) async fn write(tx: &mut Tx, packs: &[(i64, &Pack)]) -> Result<Vec<i64>> {
    let mut rows = Rows::new(&WRITE, tx.backend());
    let part = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    for (product, pack) in packs {
        rows.int(*product).text(pack.name.as_str());
        rows.int(part(pack.factor.numerator())).int(part(pack.factor.denominator()));
    }
    let changed: Vec<(i64,)> = rows.all(tx).await?;
    Ok(changed.into_iter().map(|(product,)| product).collect())
}

/// Adds a pack to a product or changes its factor.
pub async fn put_pack(tx: &mut Tx, product: &Product, pack: &Pack, change: Change<'_>) -> Result<()> {
    let changed = catalog::begin_change(tx).await?;
    let touched = write(tx, &[(product.id, pack)]).await?;
    row::touch(tx, &touched, changed, change.at).await
}

/// Takes a pack from a product; whether the product had it.
pub async fn remove_pack(tx: &mut Tx, product: &Product, name: &str, change: Change<'_>) -> Result<bool> {
    let changed = catalog::begin_change(tx).await?;
    let removed = tx
        .query("DELETE FROM pack WHERE product = $1 AND name = $2")
        .bind(product.id)
        .bind(name.to_owned())
        .run()
        .await?;
    if removed > 0 {
        row::touch(tx, &[product.id], changed, change.at).await?;
    }
    Ok(removed > 0)
}
