//! A shop with stock to measure on.

use anyhow::{Result, bail};
use domain::{
    Money, Quantity, SystemClock, Unit, Zone,
    clock::Clock,
    ledger::{Draft, LineDraft, Outcome, PostingKind, Reference},
};
use store::{
    Db, Options,
    catalog::Change,
    ledger::commit,
    migrate, product,
    site::{NewSite, SiteKind},
};
use uuid::Uuid;

/// Products of the shop.
pub const PRODUCTS: u64 = 10_000;

/// Opens and fills a fresh database: one site, [`PRODUCTS`] products with plenty of stock each.
pub async fn fresh(url: &str) -> Result<Db> {
    let db = Db::open(&Options::new(url)).await?;
    migrate::up(&db).await?;
    let now = SystemClock.now();
    let mut tx = db.write().await?;
    let zone = Zone::named("America/Argentina/Buenos_Aires")?;
    store::site::create(
        &mut tx,
        &NewSite { code: "centro".into(), name: "Centro".into(), kind: SiteKind::Store, zone },
        now,
    )
    .await?;
    let incoming = |i| product::Incoming {
        sku: sku(i),
        patch: product::Patch { name: Some(format!("Producto {i}")), unit: Some(Unit::Piece), ..Default::default() },
        barcodes: Vec::new(),
        packs: Vec::new(),
    };
    let products: Vec<_> = (0..PRODUCTS).map(incoming).collect();
    product::upsert(&mut tx, &products, Change { at: now, actor: "bench" }).await?;
    tx.commit().await?;
    for chunk in (0..PRODUCTS).collect::<Vec<_>>().chunks(2_000) {
        let lines = chunk
            .iter()
            .map(|i| LineDraft { line_cost: Some(Money::from_cents(1_000_000_000)), ..line(*i, 100_000_000) });
        let opening = draft(u128::from(chunk[0]) + 1, PostingKind::Opening, lines.collect());
        let outcome = commit::commit(&db, &[&opening], now).await?.remove(0);
        let Outcome::Posted(_) = outcome else { bail!("{outcome:?}") };
    }
    Ok(db)
}

fn sku(i: u64) -> String {
    format!("SKU-{i:06}")
}

/// A line of so many units of the i-th product.
pub fn line(i: u64, units: i64) -> LineDraft {
    LineDraft { sku: sku(i % PRODUCTS), quantity: Quantity::units(units), ..LineDraft::default() }
}

/// A draft at the site, happening now.
pub fn draft(id: u128, kind: PostingKind, lines: Vec<LineDraft>) -> Draft {
    Draft {
        id: Uuid::from_u128(id),
        site: "centro".to_owned(),
        kind,
        effective_at: None,
        reference: Reference { kind: "ticket".into(), number: "0001-00000001".into() },
        actor: "bench".to_owned(),
        device: "caja-1".to_owned(),
        note: String::new(),
        corrects: None,
        lines,
        may_back_date: false,
    }
}
