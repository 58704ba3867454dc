//! Postings and movements of a slice, as each database hands them over fastest.
//!
//! Invariant: what is read of either is the same.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Money, Quantity,
    ledger::{Entry, Movement},
};

use super::{super::rows, binary, packed};
use crate::{
    Db, Error, Result, Sql,
    db::{Backend, Copied},
};

/// Columns of a movement, seq first and its line last.
pub(super) const MOVEMENT: usize = 11;

// SQLite hands over one text, PostgreSQL copies rows out.
const POSTINGS: Sql = Sql::per_backend(
    "SELECT string_agg(concat_ws(' ', g.seq, g.kind, g.effective_at, g.recorded_at, g.business_day,
       hex(g.id), hex(g.corrects), hex(g.digest), hex(g.hash), hex(g.reference_kind), hex(g.reference_number), hex(g.actor),
       hex(g.device), hex(g.note)), ';')
     FROM (SELECT * FROM posting WHERE site = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq) AS g",
    "SELECT seq, kind, effective_at, recorded_at, business_day, id, corrects, digest, hash, reference_kind, reference_number, actor,
       device, note
     FROM posting WHERE site = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq",
);

const MOVEMENTS: Sql = Sql::per_backend(
    "SELECT string_agg(concat_ws(' ', m.seq, m.product, m.lot, m.from_location, m.to_location, m.quantity, m.value,
       m.settled, m.revenue, m.on_hand_after, m.line), ';')
     FROM (SELECT * FROM movement WHERE site = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq, line) AS m",
    "SELECT seq, product, lot, from_location, to_location, quantity, value, settled, revenue, on_hand_after, line
     FROM movement WHERE site = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq, line",
);

/// A slice.
pub(super) enum Raw {
    Packed { postings: String, movements: String },
    Copied { postings: Copied, movements: Copied },
}

/// Reads a slice.
pub(super) async fn slice(db: &Db, site: i64, (first, last): (i64, i64)) -> Result<Raw> {
    let text = async |sql: Sql| -> Result<String> {
        let found = db.query(sql).bind(site).bind(first).bind(last).scalar::<Option<String>>().await?;
        Ok(found.flatten().unwrap_or_default())
    };
    let copied = async |sql: Sql| db.copied(sql, [site, first, last]).await;
    Ok(match db.backend() {
        Backend::Sqlite => Raw::Packed { postings: text(POSTINGS).await?, movements: text(MOVEMENTS).await? },
        Backend::Postgres => Raw::Copied { postings: copied(POSTINGS).await?, movements: copied(MOVEMENTS).await? },
    })
}

impl Raw {
    /// Its postings, without movements yet.
    pub(super) fn postings(&self, site: i64) -> Result<Vec<Entry>> {
        match self {
            Raw::Packed { postings, .. } => packed::postings(site, postings).collect(),
            Raw::Copied { postings, .. } => binary::postings(site, postings)?.collect(),
        }
    }

    /// Its movements.
    pub(super) fn movements(&self) -> Result<Vec<[i64; MOVEMENT]>> {
        match self {
            Raw::Packed { movements, .. } => rows::unpack(movements),
            Raw::Copied { movements, .. } => binary::movements(movements)?.collect(),
        }
    }
}

/// The movement of a row.
pub(super) fn movement(row: &[i64; MOVEMENT], skus: &HashMap<i64, Arc<str>>) -> Result<Movement> {
    let [_, product, lot, from, to, quantity, value, settled, revenue, on_hand_after, _] = *row;
    let unknown = || Error::Broken { table: "movement", detail: format!("unknown product number {product}") };
    Ok(Movement {
        product,
        sku: Arc::clone(skus.get(&product).ok_or_else(unknown)?),
        lot,
        from,
        to,
        quantity: Quantity::from_milli(quantity),
        value: Money::from_minor(value),
        settled: Money::from_minor(settled),
        revenue: Money::from_minor(revenue),
        on_hand_after: Quantity::from_milli(on_hand_after),
    })
}
