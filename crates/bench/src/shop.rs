//! A shop with stock to measure on.

use anyhow::{Result, bail};
use domain::{
    Money, Quantity, SystemClock, Timestamp, Unit, Zone,
    clock::Clock,
    ledger::{Draft, Limits, LineDraft, Outcome, PostingKind, Reference},
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
/// Its site.
pub const SITE: &str = "centro";
/// Where the site's days begin.
pub const ZONE: &str = "America/Argentina/Buenos_Aires";

/// Units of each product that the shop begins with, and what they cost.
const OPENING: (i64, Money) = (100_000_000, Money::from_cents(1_000_000_000));

/// Opens and fills a fresh database: one site, [`PRODUCTS`] products with plenty of stock each.
pub async fn fresh(url: &str) -> Result<Db> {
    let db = listed(url).await?;
    stock_up(&db, None).await?;
    Ok(db)
}

/// Opens a fresh database with one site and the products, of which there is nothing yet.
pub async fn listed(url: &str) -> Result<Db> {
    let db = Db::open(&Options::new(url)).await?;
    migrate::up(&db).await?;
    let now = SystemClock.now();
    let mut tx = db.write().await?;
    let zone = Zone::named(ZONE)?;
    store::site::create(
        &mut tx,
        &NewSite { code: SITE.into(), name: "Centro".into(), kind: SiteKind::Store, zone },
        now,
    )
    .await?;
    let products: Vec<_> = (0..PRODUCTS).map(incoming).collect();
    product::upsert(&mut tx, &products, Change { at: now, actor: "bench" }).await?;
    tx.commit().await?;
    Ok(db)
}

fn incoming(i: u64) -> product::Incoming {
    let patch = product::Patch {
        name: Some(format!("Producto {i} de prueba")),
        category: Some(Some(format!("Rubro {}", i % 20))),
        unit: Some(Unit::Piece),
        minimum: Some(Some(Quantity::units(10))),
        price: Some(Some(Money::from_cents(185_000))),
        ..Default::default()
    };
    product::Incoming { sku: sku(i), patch, barcodes: Vec::new(), packs: Vec::new() }
}

/// Brings in the opening stock, a movement a product, now or at an instant that has passed.
pub async fn stock_up(db: &Db, at: Option<Timestamp>) -> Result<()> {
    for chunk in (0..PRODUCTS).collect::<Vec<_>>().chunks(2_000) {
        let (units, cost) = OPENING;
        let lines = chunk.iter().map(|i| LineDraft { line_cost: Some(cost), ..line(*i, units) });
        let mut opening = draft(u128::from(chunk[0]) + 1, PostingKind::Opening, lines.collect());
        (opening.effective_at, opening.may_back_date) = (at, at.is_some());
        let outcome = commit::commit(db, &[&opening], SystemClock.now()).await?.remove(0);
        let Outcome::Posted(_) = outcome else { bail!("{outcome:?}") };
    }
    Ok(())
}

/// Code of the i-th product.
pub fn sku(i: u64) -> String {
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
        site: SITE.to_owned(),
        kind,
        effective_at: None,
        reference: Reference { kind: "ticket".into(), number: "0001-00000001".into() },
        actor: "bench".to_owned(),
        device: "caja-1".to_owned(),
        note: String::new(),
        corrects: None,
        lines,
        may_back_date: false,
        taken_at: None,
        limits: Limits::NONE,
    }
}
