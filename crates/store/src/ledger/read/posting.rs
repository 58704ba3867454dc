//! One posting, whole.
//!
//! Invariant: what is given is enough to recompute its hash.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Money, Quantity,
    ledger::{Entry, LotDraft, PostingKind},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Db, Error, Result,
    ledger::{
        load::NEVER,
        rows::{self, MovementRow, PostingRow, movement_columns, posting_columns},
    },
};

/// A posting with the names of the places and lots it touches.
#[derive(Debug, Clone)]
pub struct NamedPosting {
    /// As it stands in the ledger.
    pub entry: Entry,
    /// The correction that undid or mended it.
    pub corrected_by: Option<Uuid>,
    /// Names for each movement, in the same order.
    pub names: Vec<NamedMovement>,
}

/// The names a movement's numbers stand for.
#[derive(Debug, Clone)]
pub struct NamedMovement {
    /// Code of the location it leaves.
    pub from: String,
    /// Code of the location it enters.
    pub to: String,
    /// The lot, when it has one.
    pub lot: Option<LotDraft>,
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    movement: MovementRow,
    sku: String,
    from_code: String,
    to_code: String,
    lot_code: Option<String>,
    expires_on: Option<i64>,
}

const POSTING: &str = concat!("SELECT ", posting_columns!(), " FROM posting g WHERE g.id = $1");

const MOVEMENTS: &str = concat!(
    "SELECT ",
    movement_columns!(),
    ", p.sku, f.code AS from_code, t.code AS to_code, o.code AS lot_code, o.expires_on
     FROM movement m JOIN product p ON p.id = m.product JOIN location f ON f.id = m.from_location
       JOIN location t ON t.id = m.to_location LEFT JOIN lot o ON o.id = m.lot
     WHERE m.site = $1 AND m.seq = $2 ORDER BY m.line"
);

/// The posting of that id.
pub async fn posting(db: &Db, id: Uuid) -> Result<Option<NamedPosting>> {
    let Some(row) = db.query(POSTING).bind(id).one::<PostingRow>().await? else { return Ok(None) };
    let mut entry = row.entry()?;
    let rows: Vec<Row> = db.query(MOVEMENTS).bind(entry.site).bind(entry.seq).all().await?;
    let mut names = Vec::with_capacity(rows.len());
    for row in rows {
        let sku = HashMap::from([(row.movement.product, Arc::from(row.sku.as_str()))]);
        entry.movements.push(row.movement.movement(&sku)?);
        names.push(NamedMovement {
            from: row.from_code,
            to: row.to_code,
            lot: lot_name(row.lot_code, row.expires_on)?,
        });
    }
    let corrected_by = db
        .query("SELECT id FROM posting WHERE corrects = $1 AND kind = $2 ORDER BY seq LIMIT 1")
        .bind(id)
        .bind(PostingKind::Correction.code())
        .scalar()
        .await?;
    Ok(Some(NamedPosting { entry, corrected_by, names }))
}

/// A lot's code and expiry as stored.
pub(crate) fn lot_name(code: Option<String>, expires_on: Option<i64>) -> Result<Option<LotDraft>> {
    let expires_on = expires_on.filter(|day| *day != NEVER).map(rows::day).transpose()?;
    Ok(code.map(|code| LotDraft { code, expires_on }))
}

/// A kind as stored.
pub(crate) fn kind_of(code: i64) -> Result<PostingKind> {
    let broken = || Error::Broken { table: "posting", detail: format!("kind {code}") };
    PostingKind::from_code(code).ok_or_else(broken)
}

impl NamedPosting {
    /// What it was sold for, less what was given back.
    pub fn revenue(&self) -> Money {
        self.entry.movements.iter().fold(Money::ZERO, |sum, movement| sum + movement.revenue)
    }

    /// How much it moved of that product.
    pub fn moved(&self, product: i64) -> Quantity {
        let own = self.entry.movements.iter().filter(|movement| movement.product == product);
        own.fold(Quantity::ZERO, |sum, movement| sum + movement.quantity)
    }
}
