//! What the ledger says there was at the instant something was counted.
//!
//! Invariant: what there is now, less what happened after that instant. So what is sold meanwhile, and what is recorded
//! late, each stands on its own side of the count.

use std::collections::HashMap;

use domain::{Quantity, Zone};

use super::{Line, Sheet};
use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind::Int};

static NOW: Bulk = Bulk::new(
    &[("line", Int), ("location", Int), ("product", Int), ("lot", Int)],
    "SELECT i.line, CAST(SUM(b.quantity) AS BIGINT) FROM input i
       JOIN balance b ON b.location = i.location AND b.product = i.product AND (b.lot = i.lot OR i.lot = 0)
     GROUP BY i.line",
);

// What was recorded while the line was entered or before, at the very instant of the count, was there to be counted.
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
    "SELECT i.line, CAST(SUM(CASE WHEN m.to_location = i.location THEN m.quantity ELSE -m.quantity END) AS BIGINT)
     FROM input i JOIN movement m ON m.product = i.product AND m.site = i.site AND m.seq >= i.first
       JOIN posting g ON g.site = m.site AND g.seq = m.seq
     WHERE (m.from_location = i.location OR m.to_location = i.location) AND (m.lot = i.lot OR i.lot = 0)
       AND (g.effective_at > i.counted_at OR (g.effective_at = i.counted_at AND m.seq > i.counted_seq))
     GROUP BY i.line",
);

/// What there was of each line's product, at the sheet's location, when it was counted; by line.
pub async fn expected(db: &Db, sheet: &Sheet, zone: &Zone, lines: &[Line]) -> Result<HashMap<i64, Quantity>> {
    let mut tx = db.read().await?;
    let Some(first) = first_since(&mut tx, sheet, zone, lines).await? else { return Ok(HashMap::new()) };
    let (mut now, mut since) = (Rows::new(&NOW, tx.backend()), Rows::new(&SINCE, tx.backend()));
    for line in lines {
        now.int(line.line).int(sheet.location).int(line.product).int(line.lot);
        since.int(line.line).int(sheet.location).int(line.product).int(line.lot).int(sheet.site);
        since.int(first).int(line.counted_at.micros()).int(line.counted_seq);
    }
    let now: HashMap<i64, i64> = now.all::<(i64, i64)>(&mut tx).await?.into_iter().collect();
    let since: HashMap<i64, i64> = since.all::<(i64, i64)>(&mut tx).await?.into_iter().collect();
    tx.rollback().await?;
    let of = |map: &HashMap<i64, i64>, line: i64| map.get(&line).copied().unwrap_or(0);
    Ok(lines
        .iter()
        .map(|line| (line.line, Quantity::from_milli(of(&now, line.line) - of(&since, line.line))))
        .collect())
}

/// The first place of the chain that may be later than the earliest of the lines; `None` when there are no lines.
pub(super) async fn first_since(tx: &mut Tx, sheet: &Sheet, zone: &Zone, lines: &[Line]) -> Result<Option<i64>> {
    let Some(earliest) = lines.iter().map(|line| line.counted_at).min() else { return Ok(None) };
    // Whatever happened after the instant belongs to its day or a later one.
    let first: Option<Option<i64>> = tx
        .query("SELECT MIN(seq) FROM posting WHERE site = $1 AND business_day >= $2")
        .bind(sheet.site)
        .bind(i64::from(zone.day_of(earliest).number()))
        .scalar()
        .await?;
    Ok(Some(first.flatten().unwrap_or(i64::MAX)))
}
