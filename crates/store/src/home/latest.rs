//! The newest postings of the shop.
//!
//! Invariant: found from the heads of the chains, whose places have no gaps, so that the newest cost no search.

use domain::{Money, Timestamp, ledger::PostingKind};
use sqlx::FromRow;

use crate::{Error, Result, Tx, site::Sites};

/// A posting in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// Number of its site.
    pub site: i64,
    /// Its place in the site's chain.
    pub seq: i64,
    /// Kind of event.
    pub kind: PostingKind,
    /// When it happened.
    pub effective_at: Timestamp,
    /// Who made it.
    pub actor: String,
    /// Number of the document it comes from.
    pub document: String,
    /// Name of the product of its first line.
    pub first_product: String,
    /// How many lines it has.
    pub lines: i64,
    /// Book value it moved.
    pub value: Money,
    /// Sold for, less what was given back.
    pub revenue: Money,
}

#[derive(Debug, FromRow)]
struct Row {
    site: i64,
    seq: i64,
    kind: i64,
    effective_at: i64,
    actor: String,
    reference_number: String,
    first_product: Option<String>,
    lines: i64,
    value: i64,
    revenue: i64,
}

impl TryFrom<Row> for Latest {
    type Error = Error;
    fn try_from(row: Row) -> Result<Latest> {
        let broken = || Error::Broken { table: "posting", detail: format!("kind {}", row.kind) };
        Ok(Latest {
            kind: PostingKind::from_code(row.kind).ok_or_else(broken)?,
            site: row.site,
            seq: row.seq,
            effective_at: Timestamp::from_micros(row.effective_at),
            actor: row.actor,
            document: row.reference_number,
            first_product: row.first_product.unwrap_or_default(),
            lines: row.lines,
            value: Money::from_minor(row.value),
            revenue: Money::from_minor(row.revenue),
        })
    }
}

// The inner list is cut first: what belongs to a posting is looked up only for those shown. CROSS JOIN makes SQLite begin with the
// few chains instead of all postings.
const LATEST: &str = "SELECT g.site, g.seq, g.kind, g.effective_at, g.actor, g.reference_number,
     (SELECT p.name FROM movement m JOIN product p ON p.id = m.product WHERE m.site = g.site AND m.seq = g.seq
       ORDER BY m.line LIMIT 1) AS first_product,
     (SELECT COUNT(*) FROM movement m WHERE m.site = g.site AND m.seq = g.seq) AS lines,
     (SELECT CAST(COALESCE(SUM(m.value), 0) AS BIGINT) FROM movement m WHERE m.site = g.site AND m.seq = g.seq) AS value,
     (SELECT CAST(COALESCE(SUM(m.revenue), 0) AS BIGINT) FROM movement m WHERE m.site = g.site AND m.seq = g.seq) AS revenue
   FROM (SELECT n.site, n.seq, n.kind, n.effective_at, n.recorded_at, n.actor, n.reference_number
     FROM chain c CROSS JOIN posting n
     WHERE n.site = c.site AND n.seq > c.seq - $1 AND ($2 LIKE '%,' || c.site || ',%' OR $2 IS NULL) ORDER BY n.recorded_at DESC, n.site, n.seq DESC LIMIT $1) g
   ORDER BY g.recorded_at DESC, g.site, g.seq DESC";

/// The newest postings of those sites, newest first, at most `limit`.
pub async fn latest(tx: &mut Tx, sites: &Sites, limit: u32) -> Result<Vec<Latest>> {
    let rows: Vec<Row> = tx.query(LATEST).bind(i64::from(limit)).bind(sites.bound()).all().await?;
    rows.into_iter().map(Latest::try_from).collect()
}
