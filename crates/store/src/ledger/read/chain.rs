//! The head of a site's chain and its checkpoints.
//!
//! Invariant: pages of checkpoints follow the chain backwards.

use domain::{Day, Money, Timestamp, ledger::audit::Totals};
use sqlx::FromRow;

use crate::{
    Db, Error, Result,
    ledger::{checkpoint::Checkpoint, rows},
};

/// The head of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Last place taken, 0 when there is no posting.
    pub seq: i64,
    /// Last link; zeros when there is no posting.
    pub hash: [u8; 32],
    /// Last day that takes no postings any more.
    pub closed_through: Option<Day>,
}

#[derive(FromRow)]
struct Row {
    site: String,
    seq: i64,
    day: i64,
    hash: Vec<u8>,
    products: i64,
    quantity: i64,
    value: i64,
    public_key: Vec<u8>,
    signature: Vec<u8>,
    created_at: i64,
}

/// The head of the chain of a site.
pub async fn head(db: &Db, site: i64) -> Result<Option<Head>> {
    let row: Option<(i64, Vec<u8>, Option<i64>)> =
        db.query("SELECT seq, hash, closed_through FROM chain WHERE site = $1").bind(site).one().await?;
    let Some((seq, hash, closed_through)) = row else { return Ok(None) };
    Ok(Some(Head { seq, hash: rows::hash(&hash)?, closed_through: closed_through.map(rows::day).transpose()? }))
}

/// The checkpoints of a site before that place, newest first.
pub async fn checkpoints(db: &Db, site: i64, before: i64, limit: i64) -> Result<Vec<Checkpoint>> {
    let rows: Vec<Row> = db
        .query(
            "SELECT s.code AS site, c.seq, c.day, c.hash, c.products, c.quantity, c.value, c.public_key, c.signature, c.created_at
             FROM checkpoint c JOIN site s ON s.id = c.site WHERE c.site = $1 AND c.seq < $2 ORDER BY c.seq DESC LIMIT $3",
        )
        .bind(site)
        .bind(before)
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Row::checkpoint).collect()
}

impl Row {
    fn checkpoint(self) -> Result<Checkpoint> {
        let broken = |_| Error::Broken { table: "checkpoint", detail: format!("{} {}", self.site, self.seq) };
        Ok(Checkpoint {
            seq: self.seq,
            day: rows::day(self.day)?,
            hash: rows::hash(&self.hash)?,
            totals: Totals { products: self.products, quantity: self.quantity, value: Money::from_minor(self.value) },
            public_key: rows::hash(&self.public_key)?,
            signature: self.signature.as_slice().try_into().map_err(broken)?,
            created_at: Timestamp::from_micros(self.created_at),
            site: self.site,
        })
    }
}
