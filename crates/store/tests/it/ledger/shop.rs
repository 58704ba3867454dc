//! A small shop to post into.

use anyhow::Result;
use domain::{
    Money, Quantity, Timestamp, Unit, Zone,
    ledger::{Draft, Limits, LineDraft, Outcome, PostingKind, Reference},
};
use store::{
    Db,
    ledger::{commit, verify},
    product,
    site::{NewSite, SiteKind},
};
use uuid::Uuid;

use crate::both::{CHANGE, NOW};

/// Opens a site in Buenos Aires.
pub async fn open_site(db: &Db, code: &str) -> Result<()> {
    let mut tx = db.write().await?;
    let zone = Zone::named("America/Argentina/Buenos_Aires")?;
    let new = NewSite { code: code.to_owned(), name: code.to_owned(), kind: SiteKind::Store, zone };
    store::site::create(&mut tx, &new, NOW).await?;
    Ok(tx.commit().await?)
}

/// Adds a product counted in pieces.
pub async fn add_product(db: &Db, sku: &str, change: impl FnOnce(&mut product::Patch)) -> Result<()> {
    let mut tx = db.write().await?;
    let mut patch = product::Patch { name: Some(sku.to_owned()), unit: Some(Unit::Piece), ..product::Patch::default() };
    change(&mut patch);
    let new = product::Incoming { sku: sku.to_owned(), patch, barcodes: Vec::new(), packs: Vec::new() };
    product::create(&mut tx, &new, CHANGE).await?;
    Ok(tx.commit().await?)
}

/// A line of so many units.
pub fn line(sku: &str, units: i64) -> LineDraft {
    LineDraft { sku: sku.to_owned(), quantity: Quantity::units(units), ..LineDraft::default() }
}

/// A line that costs so many pesos in all.
pub fn costing(sku: &str, units: i64, pesos: i64) -> LineDraft {
    LineDraft { line_cost: Some(Money::from_cents(pesos * 100)), ..line(sku, units) }
}

/// A draft at the site `centro`, happening now.
pub fn draft(id: u128, kind: PostingKind, lines: Vec<LineDraft>) -> Draft {
    Draft {
        id: Uuid::from_u128(id),
        site: "centro".to_owned(),
        kind,
        effective_at: None,
        reference: Reference::default(),
        actor: "ana".to_owned(),
        device: String::new(),
        note: String::new(),
        corrects: None,
        lines,
        may_back_date: false,
        taken_at: None,
        limits: Limits::NONE,
    }
}

/// Posts one draft.
pub async fn post(db: &Db, draft: &Draft) -> Result<Outcome> {
    post_at(db, draft, NOW).await
}

/// Posts one draft when the ledger's clock says `now`.
pub async fn post_at(db: &Db, draft: &Draft, now: Timestamp) -> Result<Outcome> {
    Ok(commit::commit(db, &[draft], now).await?.remove(0))
}

/// What verification finds wrong, in words.
pub async fn faults(db: &Db) -> Result<Vec<String>> {
    let report = verify::verify(db, None, &mut |_, _| {}).await?;
    Ok(report.faults.into_iter().map(|f| format!("{} {:?} {:?} {}", f.site, f.seq, f.posting, f.what)).collect())
}
