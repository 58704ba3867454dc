//! Places inside a site, and its virtual counterparts.
//!
//! Invariant: only internal locations are added by people; the virtual ones come with the site.

use domain::ledger::LocationKind;
use sqlx::FromRow;

use crate::{Db, Error, Result, Tx, ledger::known, sequence};

/// A place goods can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its number.
    pub id: i64,
    /// Short name used in requests, unique within the site.
    pub code: String,
    /// Name people know it by.
    pub name: String,
    /// What it is.
    pub kind: LocationKind,
}

#[derive(Debug, FromRow)]
struct LocationRow {
    id: i64,
    code: String,
    name: String,
    kind: i64,
}

impl TryFrom<LocationRow> for Location {
    type Error = Error;
    fn try_from(row: LocationRow) -> Result<Location> {
        let kind = LocationKind::from_code(row.kind)
            .ok_or_else(|| Error::Broken { table: "location", detail: format!("{}: kind {}", row.code, row.kind) })?;
        Ok(Location { id: row.id, code: row.code, name: row.name, kind })
    }
}

/// Adds an internal location. A code already taken is [`Rule::LocationCode`](crate::Rule::LocationCode).
pub async fn create(tx: &mut Tx, site: i64, code: &str, name: &str) -> Result<Location> {
    let id = sequence::take(tx, "location", 1).await?;
    tx.query("INSERT INTO location (id, site, code, name, kind) VALUES ($1, $2, $3, $4, 0)")
        .bind(id)
        .bind(site)
        .bind(code.to_owned())
        .bind(name.to_owned())
        .run()
        .await?;
    known::change_site(tx, site).await?;
    Ok(Location { id, code: code.to_owned(), name: name.to_owned(), kind: LocationKind::Internal })
}

/// Every location of a site, in the order they were added: the first two are where receipts go and sales leave.
pub async fn list(db: &Db, site: i64) -> Result<Vec<Location>> {
    let rows: Vec<LocationRow> =
        db.query("SELECT id, code, name, kind FROM location WHERE site = $1 ORDER BY id").bind(site).all().await?;
    rows.into_iter().map(Location::try_from).collect()
}

/// The location of that code.
pub async fn get(tx: &mut Tx, site: i64, code: &str) -> Result<Option<Location>> {
    let row: Option<LocationRow> = tx
        .query("SELECT id, code, name, kind FROM location WHERE site = $1 AND code = $2")
        .bind(site)
        .bind(code.to_owned())
        .one()
        .await?;
    row.map(Location::try_from).transpose()
}
