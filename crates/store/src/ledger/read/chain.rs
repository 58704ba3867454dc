//! The head of a site's chain and its checkpoints.
//!
//! Invariant: pages of checkpoints follow the chain backwards.

use domain::Day;

use crate::{
    Db, Result, Tx,
    ledger::{
        checkpoint::{Checkpoint, CheckpointRow, checkpoint_columns},
        rows,
    },
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

/// The head of the chain of a site.
pub async fn head(db: &Db, site: i64) -> Result<Option<Head>> {
    db.query(HEAD).bind(site).one::<HeadRow>().await?.map(Head::of).transpose()
}

/// The same, within a transaction.
pub async fn head_in(tx: &mut Tx, site: i64) -> Result<Option<Head>> {
    tx.query(HEAD).bind(site).one::<HeadRow>().await?.map(Head::of).transpose()
}

const HEAD: &str = "SELECT seq, hash, closed_through FROM chain WHERE site = $1";

type HeadRow = (i64, Vec<u8>, Option<i64>);

impl Head {
    fn of((seq, hash, closed_through): HeadRow) -> Result<Head> {
        Ok(Head { seq, hash: rows::hash(&hash)?, closed_through: closed_through.map(rows::day).transpose()? })
    }
}

/// The checkpoints of a site before the one with that key ([`Checkpoint::key`]), the newest first.
pub async fn checkpoints(db: &Db, site: i64, before: (i64, i64), limit: i64) -> Result<Vec<Checkpoint>> {
    let rows: Vec<CheckpointRow> = db
        .query(concat!(
            "SELECT ",
            checkpoint_columns!(),
            " FROM checkpoint c JOIN site s ON s.id = c.site
              WHERE c.site = $1 AND (c.seq < $2 OR (c.seq = $2 AND c.closed_through < $3))
              ORDER BY c.seq DESC, c.closed_through DESC LIMIT $4"
        ))
        .bind(site)
        .bind(before.0)
        .bind(before.1)
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(CheckpointRow::checkpoint).collect()
}
