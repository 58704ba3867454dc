//! The same goods on two sheets.
//!
//! Invariant: a difference that another sheet posted after a line was counted is never posted again by that line.

use domain::Zone;
use uuid::Uuid;

use super::{Line, Sheet, expected::first_since};
use crate::{Bulk, Db, Result, Rows, Sql, Tx, dialect::Kind::Int};

/// A line whose goods another sheet adjusted after they were counted for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Place on the sheet.
    pub line: i64,
    /// The other sheet.
    pub sheet: String,
}

// Count postings that stand, on the later side of the line's instant: the same side as in what was expected.
static SINCE: Bulk = Bulk::new(
    &[
        ("line", Int),
        ("location", Int),
        ("product", Int),
        ("lot", Int),
        ("site", Int),
        ("first", Int),
        ("counted_at", Int),
        ("counted_seq", Int),
    ],
    "SELECT i.line, MAX(g.reference_number)
     FROM input i JOIN movement m ON m.product = i.product AND m.site = i.site AND m.seq >= i.first
       JOIN posting g ON g.site = m.site AND g.seq = m.seq
     WHERE g.kind = 12 AND (m.from_location = i.location OR m.to_location = i.location) AND (m.lot = i.lot OR i.lot = 0)
       AND (g.effective_at > i.counted_at OR (g.effective_at = i.counted_at AND m.seq > i.counted_seq))
       AND NOT EXISTS (SELECT 1 FROM posting c WHERE c.corrects = g.id AND c.kind = 15)
     GROUP BY i.line ORDER BY i.line",
);

/// The lines of a sheet that is not posted yet, of whose goods another sheet posted a difference after they were counted.
pub async fn elsewhere(db: &Db, sheet: &Sheet, zone: &Zone, lines: &[Line]) -> Result<Vec<Elsewhere>> {
    let mut tx = db.read().await?;
    let Some(first) = first_since(&mut tx, sheet, zone, lines).await? else { return Ok(Vec::new()) };
    let mut since = Rows::new(&SINCE, tx.backend());
    for line in lines {
        since.int(line.line).int(sheet.location).int(line.product).int(line.lot).int(sheet.site);
        since.int(first).int(line.counted_at.micros()).int(line.counted_seq);
    }
    let found: Vec<(i64, String)> = since.all(&mut tx).await?;
    tx.rollback().await?;
    Ok(found.into_iter().map(|(line, sheet)| Elsewhere { line, sheet }).collect())
}

/// Another sheet of the same place that is being closed and counts some of the same goods. Of two that ask at once one waits
/// for the other.
pub async fn closing_too(tx: &mut Tx, sheet: &Sheet) -> Result<Option<Uuid>> {
    let place = Sql::per_backend(
        "SELECT id FROM location WHERE id = $1",
        "SELECT id FROM location WHERE id = $1 FOR NO KEY UPDATE",
    );
    tx.query(place).bind(sheet.location).scalar::<i64>().await?;
    tx.query(
        "SELECT c.id FROM count_sheet c
         WHERE c.location = $1 AND c.site = $2 AND c.status = 'open' AND c.closed_at IS NOT NULL AND c.id <> $3
           AND EXISTS (SELECT 1 FROM count_line a JOIN count_line b ON b.product = a.product WHERE a.sheet = c.id AND b.sheet = $3)
         ORDER BY c.id LIMIT 1",
    )
    .bind(sheet.location)
    .bind(sheet.site)
    .bind(sheet.id)
    .scalar()
    .await
}
