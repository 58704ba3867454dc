//! Count sheets themselves.

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use super::{Sheet, Status};
use crate::{Db, Error, Result, Sql, Tx, site::Sites};

/// A sheet to open.
#[derive(Debug, Clone)]
pub struct NewSheet {
    /// Its identity.
    pub id: Uuid,
    /// Number of the site.
    pub site: i64,
    /// Number of the location.
    pub location: i64,
    /// Whether those who count are not shown what there should be.
    pub blind: bool,
    /// Free words.
    pub note: String,
    /// Who opens it.
    pub actor: String,
}

/// Which sheets; `None` leaves a filter out.
#[derive(Debug, Clone, Default)]
pub struct SheetFilter {
    /// Of which sites.
    pub sites: Sites,
    /// Where they stand.
    pub status: Option<Status>,
    /// Opened before this instant, or at it and of a lesser identity.
    pub before: Option<(Timestamp, Uuid)>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    site: i64,
    site_code: String,
    location: i64,
    location_code: String,
    status: String,
    blind: i64,
    note: String,
    actor: String,
    opened_at: i64,
    closed_at: Option<i64>,
    version: i64,
}

impl Row {
    fn sheet(self) -> Result<Sheet> {
        let broken = || Error::Broken { table: "count_sheet", detail: format!("status {}", self.status) };
        Ok(Sheet {
            id: self.id,
            site: self.site,
            site_code: self.site_code,
            location: self.location,
            location_code: self.location_code,
            status: Status::from_name(&self.status).ok_or_else(broken)?,
            blind: self.blind == 1,
            note: self.note,
            actor: self.actor,
            opened_at: Timestamp::from_micros(self.opened_at),
            closed_at: self.closed_at.map(Timestamp::from_micros),
            version: self.version,
        })
    }
}

/// Every column of a sheet.
macro_rules! sheets {
    () => {
        "SELECT c.id, c.site, s.code AS site_code, c.location, l.code AS location_code, c.status, c.blind, c.note, c.actor,
           c.opened_at, c.closed_at, c.version
         FROM count_sheet c JOIN site s ON s.id = c.site JOIN location l ON l.id = c.location"
    };
}

/// Opens a sheet; one of that identity that is there already stays as it is. Gives what is there.
pub async fn create(tx: &mut Tx, new: &NewSheet, at: Timestamp) -> Result<Sheet> {
    tx.query(
        "INSERT INTO count_sheet (id, site, location, status, blind, note, actor, opened_at, closed_at, version)
         VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, NULL, 1) ON CONFLICT (id) DO NOTHING",
    )
    .bind(new.id)
    .bind(new.site)
    .bind(new.location)
    .bind(i64::from(new.blind))
    .bind(new.note.clone())
    .bind(new.actor.clone())
    .bind(at.micros())
    .run()
    .await?;
    lock(tx, new.id).await?.ok_or_else(|| Error::Broken { table: "count_sheet", detail: new.id.to_string() })
}

/// The sheet of that identity, which nobody else changes until the caller's transaction ends.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Sheet>> {
    // SQLite has one writer at a time; PostgreSQL is told to lock the row.
    let sql = Sql::per_backend(
        concat!(sheets!(), " WHERE c.id = $1"),
        concat!(sheets!(), " WHERE c.id = $1 FOR UPDATE OF c"),
    );
    tx.query(sql).bind(id).one::<Row>().await?.map(Row::sheet).transpose()
}

/// Notes that an open sheet is being closed and takes no more lines, or with `None` that it takes them again.
pub async fn mark_closing(tx: &mut Tx, id: Uuid, at: Option<Timestamp>) -> Result<()> {
    tx.query("UPDATE count_sheet SET closed_at = $2 WHERE id = $1 AND status = 'open'")
        .bind(id)
        .bind(at.map(Timestamp::micros))
        .run()
        .await
        .map(drop)
}

/// The sheet of that identity.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Sheet>> {
    let row: Option<Row> = db.query(concat!(sheets!(), " WHERE c.id = $1")).bind(id).one().await?;
    row.map(Row::sheet).transpose()
}

/// An open sheet, as much as has to be known of it where nobody can be asked.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OpenSheet {
    /// Its identity.
    pub id: Uuid,
    /// Code of its site.
    pub site: String,
    /// When its closing began; it takes no lines from then on.
    pub closed_at: Option<i64>,
}

/// The open sheets, the newest first, at most `limit`.
pub async fn open(db: &Db, limit: i64) -> Result<Vec<OpenSheet>> {
    db.query(
        "SELECT c.id, s.code AS site, c.closed_at FROM count_sheet c JOIN site s ON s.id = c.site
         WHERE c.status = 'open' ORDER BY c.opened_at DESC, c.id DESC LIMIT $1",
    )
    .bind(limit)
    .all()
    .await
}

/// Sheets, the newest first, at most `limit`.
pub async fn list(db: &Db, filter: &SheetFilter, limit: i64) -> Result<Vec<Sheet>> {
    let rows: Vec<Row> = db
        .query(concat!(
            sheets!(),
            " WHERE ($1 LIKE '%,' || c.site || ',%' OR $1 IS NULL) AND (c.status = $2 OR $2 IS NULL) AND c.opened_at <= $3
               AND (c.opened_at < $3 OR c.id < $4 OR $4 IS NULL)
             ORDER BY c.opened_at DESC, c.id DESC LIMIT $5"
        ))
        .bind(filter.sites.bound())
        .bind(filter.status.map(|status| status.name().to_owned()))
        .bind(filter.before.map_or(i64::MAX, |(at, _)| at.micros()))
        .bind(filter.before.map(|(_, id)| id))
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Row::sheet).collect()
}
