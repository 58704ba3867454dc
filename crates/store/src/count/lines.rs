//! The lines of a sheet.

use std::collections::HashMap;

use domain::{Quantity, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Line, Sheet};
use crate::{
    Bulk, Db, Result, Rows, Tx,
    dialect::Kind::{Int, Text, Uuid as Id},
    ledger::read::lot_name,
};

/// What somebody counted.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Number of the product.
    pub product: i64,
    /// Number of the lot, 0 when all lots were counted together.
    pub lot: i64,
    /// How much.
    pub counted: Quantity,
    /// When.
    pub counted_at: Timestamp,
    /// Whether whoever counted said when. It may come late then, and does not replace what was counted after it.
    pub is_dated: bool,
}

impl Counted {
    /// Whether it is what the line says already: sent twice, not counted twice.
    pub fn is_the_same_as(&self, line: &Line) -> bool {
        (self.counted, self.counted_at) == (line.counted, line.counted_at)
    }

    /// Whether it comes after what was counted later, at that instant, which stands.
    pub fn is_late_for(&self, counted_at: Timestamp) -> bool {
        self.is_dated && self.counted_at < counted_at
    }
}

#[derive(FromRow)]
struct Row {
    line: i64,
    product: i64,
    sku: String,
    name: String,
    lot: i64,
    lot_code: Option<String>,
    expires_on: Option<i64>,
    counted: i64,
    counted_at: i64,
    counted_seq: i64,
    expected: Option<i64>,
    first_counted: Option<i64>,
    actor: String,
    recount: i64,
}

impl Row {
    fn line(self) -> Result<Line> {
        Ok(Line {
            line: self.line,
            product: self.product,
            sku: self.sku,
            name: self.name,
            lot: self.lot,
            lot_name: lot_name(self.lot_code, self.expires_on)?,
            counted: Quantity::from_milli(self.counted),
            counted_at: Timestamp::from_micros(self.counted_at),
            counted_seq: self.counted_seq,
            expected: self.expected.map(Quantity::from_milli),
            first_counted: self.first_counted.map(Quantity::from_milli),
            actor: self.actor,
            recount: self.recount == 1,
        })
    }
}

#[derive(FromRow)]
struct OfSheet {
    sheet: Uuid,
    #[sqlx(flatten)]
    row: Row,
}

static LINES_OF: Bulk = Bulk::new(
    &[("sheet", Id)],
    "SELECT n.sheet, n.line, n.product, p.sku, p.name, n.lot, o.code AS lot_code, o.expires_on, n.counted, n.counted_at, n.counted_seq,
            n.expected, n.first_counted, n.actor, n.recount
     FROM input i JOIN count_line n ON n.sheet = i.sheet JOIN product p ON p.id = n.product LEFT JOIN lot o ON o.id = n.lot
     ORDER BY n.sheet, n.line",
);

/// The lines of a sheet, in their order.
pub async fn lines(db: &Db, sheet: Uuid) -> Result<Vec<Line>> {
    Ok(lines_of(db, &[sheet]).await?.remove(&sheet).unwrap_or_default())
}

/// The lines of several sheets, in their order; a sheet without any is not among them.
pub async fn lines_of(db: &Db, sheets: &[Uuid]) -> Result<HashMap<Uuid, Vec<Line>>> {
    let rows: Vec<OfSheet> = LINES_OF.read_of(db, sheets).await?;
    let mut found = HashMap::<Uuid, Vec<Line>>::new();
    for OfSheet { sheet, row } in rows {
        found.entry(sheet).or_default().push(row.line()?);
    }
    Ok(found)
}

static PUT: Bulk = Bulk::new(
    &[
        ("sheet", Id),
        ("line", Int),
        ("product", Int),
        ("lot", Int),
        ("counted", Int),
        ("counted_at", Int),
        ("counted_seq", Int),
        ("actor", Text),
    ],
    "INSERT INTO count_line (sheet, line, product, lot, counted, counted_at, counted_seq, expected, first_counted, actor, recount)
     SELECT sheet, line, product, lot, counted, counted_at, counted_seq, NULL, NULL, actor, 0 FROM input WHERE true
     ON CONFLICT (sheet, line) DO UPDATE SET counted = excluded.counted, counted_at = excluded.counted_at,
       counted_seq = excluded.counted_seq, actor = excluded.actor, recount = 1,
       first_counted = COALESCE(count_line.first_counted, count_line.counted)
     WHERE count_line.counted <> excluded.counted OR count_line.counted_at <> excluded.counted_at",
);

/// Adds lines to a sheet that the caller has locked; what was counted before is replaced and marked as counted again;
/// the very same line sent twice is not, and one that comes after what was counted later changes nothing.
pub async fn add_lines(tx: &mut Tx, sheet: &Sheet, counted: &[Counted], actor: &str) -> Result<()> {
    let seq: Option<i64> = tx.query("SELECT seq FROM chain WHERE site = $1").bind(sheet.site).scalar().await?;
    let known: Vec<(i64, i64, i64, i64)> =
        tx.query("SELECT line, product, lot, counted_at FROM count_line WHERE sheet = $1").bind(sheet.id).all().await?;
    let mut next = known.iter().map(|(line, ..)| *line).max().unwrap_or(0) + 1;
    let mut places: HashMap<(i64, i64), (i64, Option<Timestamp>)> = known
        .into_iter()
        .map(|(line, product, lot, at)| ((product, lot), (line, Some(Timestamp::from_micros(at)))))
        .collect();
    let mut input = Rows::new(&PUT, tx.backend());
    for one in counted {
        let (line, stands) = *places.entry((one.product, one.lot)).or_insert_with(|| {
            next += 1;
            (next - 1, None)
        });
        if stands.is_some_and(|stands| one.is_late_for(stands)) {
            continue;
        }
        input.uuid(sheet.id).int(line).int(one.product).int(one.lot).int(one.counted.milli());
        input.int(one.counted_at.micros()).int(seq.unwrap_or(0)).text(actor);
    }
    input.run(tx).await?;
    tx.query("UPDATE count_sheet SET version = version + 1 WHERE id = $1").bind(sheet.id).run().await.map(drop)
}

static EXPECTED: Bulk = Bulk::new(
    &[("sheet", Id), ("line", Int), ("expected", Int)],
    "UPDATE count_line SET expected = input.expected FROM input
     WHERE count_line.sheet = input.sheet AND count_line.line = input.line",
);

/// Closes a sheet that the caller has locked, with what there should have been by line.
pub async fn settle(tx: &mut Tx, sheet: &Sheet, expected: &[(i64, Quantity)], at: Timestamp) -> Result<()> {
    let mut input = Rows::new(&EXPECTED, tx.backend());
    for (line, quantity) in expected {
        input.uuid(sheet.id).int(*line).int(quantity.milli());
    }
    input.run(tx).await?;
    tx.query("UPDATE count_sheet SET status = 'closed', closed_at = $2, version = version + 1 WHERE id = $1 AND status = 'open'")
        .bind(sheet.id)
        .bind(at.micros())
        .run()
        .await
        .map(drop)
}
