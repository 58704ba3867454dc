//! Transfers as documents.
//!
//! Invariant: a document says what was sent and what came; the stock itself moves only by the postings it names.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Money, Quantity, Timestamp,
    ledger::{Movement, PostingKind},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Line, Status, Transfer};
use crate::{
    Bulk, Db, Error, Result, Rows, Sql, Tx,
    dialect::Kind::{Int, Uuid as Id},
    ledger::read::lot_name,
    site::Sites,
};

/// A transfer to write down.
#[derive(Debug, Clone)]
pub struct NewTransfer {
    /// Its identity.
    pub id: Uuid,
    /// Number of the site it leaves.
    pub from_site: i64,
    /// Number of the site it goes to.
    pub to_site: i64,
    /// Free words.
    pub note: String,
    /// Who sends it.
    pub actor: String,
}

/// Which transfers; `None` leaves a filter out.
#[derive(Debug, Clone, Default)]
pub struct TransferFilter {
    /// Sites at either end.
    pub sites: Sites,
    /// Where they stand.
    pub status: Option<Status>,
    /// Sent before this instant, or at it and of a lesser identity.
    pub before: Option<(Timestamp, Uuid)>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    from_site: String,
    to_site: String,
    status: String,
    note: String,
    actor: String,
    sent_at: i64,
    version: i64,
}

impl Row {
    fn transfer(self) -> Result<Transfer> {
        let broken = || Error::Broken { table: "transfer", detail: format!("status {}", self.status) };
        Ok(Transfer {
            id: self.id,
            from_site: self.from_site,
            to_site: self.to_site,
            status: Status::from_name(&self.status).ok_or_else(broken)?,
            note: self.note,
            actor: self.actor,
            sent_at: Timestamp::from_micros(self.sent_at),
            version: self.version,
            lines: Vec::new(),
        })
    }
}

#[derive(FromRow)]
struct LineRow {
    line: i64,
    product: i64,
    sku: String,
    name: String,
    lot: i64,
    lot_code: Option<String>,
    expires_on: Option<i64>,
    quantity: i64,
    value: i64,
    received: i64,
    received_value: i64,
    returned: i64,
}

#[derive(FromRow)]
struct OfTransfer {
    transfer: Uuid,
    #[sqlx(flatten)]
    row: LineRow,
}

impl LineRow {
    fn line(self) -> Result<Line> {
        Ok(Line {
            line: self.line,
            product: self.product,
            sku: self.sku,
            name: self.name,
            lot: self.lot,
            lot_name: lot_name(self.lot_code, self.expires_on)?,
            quantity: Quantity::from_milli(self.quantity),
            value: Money::from_minor(self.value),
            received: Quantity::from_milli(self.received),
            received_value: Money::from_minor(self.received_value),
            returned: Quantity::from_milli(self.returned),
        })
    }
}

/// Writes a transfer down before its goods leave; one of that identity that is there already stays as it is.
pub async fn begin(tx: &mut Tx, new: &NewTransfer, at: Timestamp) -> Result<Transfer> {
    tx.query(
        "INSERT INTO transfer (id, from_site, to_site, status, note, actor, sent_at, version)
         VALUES ($1, $2, $3, 'sending', $4, $5, $6, 1) ON CONFLICT (id) DO NOTHING",
    )
    .bind(new.id)
    .bind(new.from_site)
    .bind(new.to_site)
    .bind(new.note.clone())
    .bind(new.actor.clone())
    .bind(at.micros())
    .run()
    .await?;
    lock(tx, new.id).await?.ok_or_else(|| Error::Broken { table: "transfer", detail: new.id.to_string() })
}

/// Forgets a transfer whose goods never left.
pub async fn forget(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.query(
        "DELETE FROM transfer WHERE id = $1 AND status = 'sending' AND NOT EXISTS (SELECT 1 FROM posting g WHERE g.id = $2)",
    )
    .bind(id)
    .bind(super::posting_of(id))
    .run()
    .await
    .map(drop)
}

/// Every column of a transfer.
macro_rules! transfers {
    () => {
        "SELECT t.id, f.code AS from_site, o.code AS to_site, t.status, t.note, t.actor, t.sent_at, t.version
         FROM transfer t JOIN site f ON f.id = t.from_site JOIN site o ON o.id = t.to_site"
    };
}

/// Every column of a line.
macro_rules! transfer_line_columns {
    () => {
        "n.line, n.product, p.sku, p.name, n.lot, o.code AS lot_code, o.expires_on, n.quantity, n.value, n.received, n.received_value,
         n.returned"
    };
}

const LINES: &str = concat!(
    "SELECT ",
    transfer_line_columns!(),
    " FROM transfer_line n JOIN product p ON p.id = n.product LEFT JOIN lot o ON o.id = n.lot WHERE n.transfer = $1 ORDER BY n.line"
);

static LINES_OF: Bulk = Bulk::new(
    &[("transfer", Id)],
    concat!(
        "SELECT n.transfer, ",
        transfer_line_columns!(),
        " FROM input i JOIN transfer_line n ON n.transfer = i.transfer JOIN product p ON p.id = n.product LEFT JOIN lot o ON o.id = n.lot
          ORDER BY n.transfer, n.line"
    ),
);

/// The transfer of that identity, which nobody else changes until the caller's transaction ends.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Transfer>> {
    // SQLite has one writer at a time; PostgreSQL is told to lock the row.
    let sql = Sql::per_backend(
        concat!(transfers!(), " WHERE t.id = $1"),
        concat!(transfers!(), " WHERE t.id = $1 FOR UPDATE OF t"),
    );
    let Some(row) = tx.query(sql).bind(id).one::<Row>().await? else { return Ok(None) };
    let mut transfer = row.transfer()?;
    let lines: Vec<LineRow> = tx.query(LINES).bind(id).all().await?;
    transfer.lines = lines.into_iter().map(LineRow::line).collect::<Result<_>>()?;
    Ok(Some(transfer))
}

/// The transfer of that identity.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Transfer>> {
    let row: Option<Row> = db.query(concat!(transfers!(), " WHERE t.id = $1")).bind(id).one().await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Transfer { lines: lines(db, id).await?, ..row.transfer()? }))
}

/// The lines of a transfer, in their order.
pub async fn lines(db: &Db, id: Uuid) -> Result<Vec<Line>> {
    let lines: Vec<LineRow> = db.query(LINES).bind(id).all().await?;
    lines.into_iter().map(LineRow::line).collect()
}

/// The lines of several transfers, in their order; a transfer without any is not among them.
pub async fn lines_of(db: &Db, transfers: &[Uuid]) -> Result<HashMap<Uuid, Vec<Line>>> {
    let rows: Vec<OfTransfer> = LINES_OF.read_of(db, transfers).await?;
    let mut found = HashMap::<Uuid, Vec<Line>>::new();
    for OfTransfer { transfer, row } in rows {
        found.entry(transfer).or_default().push(row.line()?);
    }
    Ok(found)
}

/// Transfers without their lines, the newest first, at most `limit`.
pub async fn list(db: &Db, filter: &TransferFilter, limit: i64) -> Result<Vec<Transfer>> {
    let rows: Vec<Row> = db
        .query(
            concat!(transfers!(), " WHERE ($1 LIKE '%,' || t.from_site || ',%' OR $1 LIKE '%,' || t.to_site || ',%' OR $1 IS NULL) AND (t.status = $2 OR $2 IS NULL) AND t.sent_at <= $3
               AND (t.sent_at < $3 OR t.id < $4 OR $4 IS NULL)
             ORDER BY t.sent_at DESC, t.id DESC LIMIT $5"),
        )
        .bind(filter.sites.bound())
        .bind(filter.status.map(|status| status.name().to_owned()))
        .bind(filter.before.map_or(i64::MAX, |(at, _)| at.micros()))
        .bind(filter.before.map(|(_, id)| id))
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Row::transfer).collect()
}

/// Transfers of which something stands in the ledger that their document does not have.
pub async fn unsettled(db: &Db) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = db
        .query(
            "SELECT t.id FROM transfer t WHERE t.status = 'sending'
             UNION SELECT r.transfer FROM transfer_receipt r JOIN posting g ON g.id = r.posting WHERE r.applied = 0
             UNION SELECT r.transfer FROM transfer_receipt r JOIN posting g ON g.corrects = r.posting AND g.kind = $1
               WHERE NOT EXISTS (SELECT 1 FROM transfer_receipt o WHERE o.transfer = r.transfer AND o.posting = g.id)",
        )
        .bind(PostingKind::Correction.code())
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

static ADD_LINES: Bulk = Bulk::new(
    &[("transfer", Id), ("line", Int), ("product", Int), ("lot", Int), ("quantity", Int), ("value", Int)],
    "INSERT INTO transfer_line (transfer, line, product, lot, quantity, value, received, received_value, returned)
     SELECT transfer, line, product, lot, quantity, value, 0, 0, 0 FROM input",
);

/// Notes that the goods of a locked transfer left, by the movements of their posting. Once noted it stays so.
pub async fn mark_sent(tx: &mut Tx, transfer: &Transfer, movements: &[Movement], at: Timestamp) -> Result<()> {
    if transfer.status != Status::Sending {
        return Ok(());
    }
    let mut goods: BTreeMap<(i64, i64), (Quantity, Money)> = BTreeMap::new();
    for movement in movements {
        let (quantity, value) = goods.entry((movement.product, movement.lot)).or_default();
        *quantity += movement.quantity;
        *value += movement.value;
    }
    let mut input = Rows::new(&ADD_LINES, tx.backend());
    for (line, ((product, lot), (quantity, value))) in (1_i64..).zip(goods) {
        input.uuid(transfer.id).int(line).int(product).int(lot).int(quantity.milli()).int(value.minor());
    }
    input.run(tx).await?;
    tx.query("UPDATE transfer SET status = 'sent', sent_at = $2, version = version + 1 WHERE id = $1")
        .bind(transfer.id)
        .bind(at.micros())
        .run()
        .await
        .map(drop)
}
