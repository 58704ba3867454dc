//! What is kept beside the entries, read in one consistent state together with the heads of the chains.
//!
//! Invariant: memory does not grow with history: flows are summed up as they are read.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Day, Money, Quantity,
    ledger::{LocationKind, audit::FlowSum, cost::Valuation, effects::Flow},
};

use super::{
    super::{
        checkpoint::{self, Checkpoint},
        rows,
    },
    Fault, strays,
};
use crate::{Db, Error, Result, Tx};

/// Everything, in one consistent state.
pub(super) struct Snapshot {
    pub(super) sites: Vec<Site>,
    /// Rows that belong to no chain.
    pub(super) strays: Vec<Fault>,
    pub(super) skus: Arc<HashMap<i64, Arc<str>>>,
}

/// A site.
pub(super) struct Site {
    pub(super) id: i64,
    pub(super) code: String,
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
    pub(super) closed_through: Option<Day>,
    pub(super) kinds: HashMap<i64, LocationKind>,
    pub(super) balances: HashMap<(i64, i64, i64), Quantity>,
    pub(super) books: HashMap<i64, Valuation>,
    pub(super) flows: FlowSum,
    pub(super) months: FlowSum,
    pub(super) checkpoints: Vec<Checkpoint>,
}

/// Reads it, of every site or only the one named.
pub(super) async fn snapshot(db: &Db, only: Option<&str>) -> Result<Snapshot> {
    let mut tx = db.read().await?;
    let heads: Vec<Head> = tx
        .query("SELECT s.id, s.code, c.seq, c.hash, c.closed_through FROM site s JOIN chain c ON c.site = s.id ORDER BY s.id")
        .all()
        .await?;
    let mut strays = if only.is_none() { strays::of_no_site(&mut tx).await? } else { Vec::new() };
    let mut sites = Vec::new();
    for head in heads.into_iter().filter(|head| only.is_none_or(|code| code == head.1)) {
        strays.extend(strays::outside_chain(&mut tx, head.0, &head.1, head.2).await?);
        sites.push(site(&mut tx, head).await?);
    }
    let skus: Vec<(i64, String)> = tx.query("SELECT id, sku FROM product").all().await?;
    let skus = skus.into_iter().map(|(id, sku)| (id, Arc::from(sku))).collect();
    tx.rollback().await?;
    Ok(Snapshot { sites, strays, skus: Arc::new(skus) })
}

/// Number and code of a site, the head of its chain, through which day its books are closed.
type Head = (i64, String, i64, Vec<u8>, Option<i64>);

async fn site(tx: &mut Tx, (id, code, seq, hash, closed_through): Head) -> Result<Site> {
    let places: Vec<(i64, i64)> = tx.query("SELECT id, kind FROM location WHERE site = $1").bind(id).all().await?;
    let broken = |kind: i64| Error::Broken { table: "location", detail: format!("kind {kind}") };
    let kinds =
        places.into_iter().map(|(id, kind)| Ok((id, LocationKind::from_code(kind).ok_or_else(|| broken(kind))?)));
    let balances: Vec<(i64, i64, i64, i64)> = tx
        .query("SELECT b.location, b.product, b.lot, b.quantity FROM balance b JOIN location l ON l.id = b.location WHERE l.site = $1")
        .bind(id)
        .all()
        .await?;
    let books: Vec<(i64, i64, i64, i64)> =
        tx.query("SELECT product, quantity, value, last_cost FROM valuation WHERE site = $1").bind(id).all().await?;
    let book = |(product, quantity, value, last_cost): (i64, i64, i64, i64)| {
        let (value, last_cost) = (Money::from_minor(value), Money::from_minor(last_cost));
        (product, Valuation { quantity: Quantity::from_milli(quantity), value, last_cost })
    };
    Ok(Site {
        kinds: kinds.collect::<Result<_>>()?,
        balances: balances.into_iter().map(|(l, p, lot, q)| ((l, p, lot), Quantity::from_milli(q))).collect(),
        books: books.into_iter().map(book).collect(),
        flows: flows(tx, id).await?,
        months: months(tx, id).await?,
        checkpoints: checkpoint::of_site(tx, id).await?,
        closed_through: closed_through.map(rows::day).transpose()?,
        id,
        code,
        seq,
        hash,
    })
}

async fn internal(tx: &mut Tx, site: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = tx.query("SELECT id FROM location WHERE site = $1 ORDER BY id").bind(site).all().await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Daily flows, a month of days at a time so that memory does not grow with history.
async fn flows(tx: &mut Tx, site: i64) -> Result<FlowSum> {
    let mut sum = FlowSum::default();
    for location in internal(tx, site).await? {
        let mut after = Some(i64::MIN);
        while let Some(day) = after {
            let last: Option<i64> = tx
                .query("SELECT MAX(day) FROM (SELECT day FROM flow WHERE location = $1 AND day > $2 ORDER BY day LIMIT 20000) AS d")
                .bind(location)
                .bind(day)
                .scalar::<Option<i64>>()
                .await?
                .flatten();
            after = last;
            let Some(last) = last else { break };
            let rows: Vec<(i64, i64, i64, i64, i64, i64)> = tx
                .query("SELECT day, product, kind, quantity, value, revenue FROM flow WHERE location = $1 AND day > $2 AND day <= $3")
                .bind(location)
                .bind(day)
                .bind(last)
                .all()
                .await?;
            for (day, product, kind, quantity, value, revenue) in rows {
                sum.add([location, day, product, kind], flow(quantity, value, revenue));
            }
        }
    }
    Ok(sum)
}

async fn months(tx: &mut Tx, site: i64) -> Result<FlowSum> {
    let mut sum = FlowSum::default();
    for location in internal(tx, site).await? {
        let rows: Vec<(i64, i64, i64, i64)> = tx
            .query("SELECT month, product, quantity, value FROM flow_month WHERE location = $1")
            .bind(location)
            .all()
            .await?;
        for (month, product, quantity, value) in rows {
            sum.add([location, month, product, 0], flow(quantity, value, 0));
        }
    }
    Ok(sum)
}

fn flow(quantity: i64, value: i64, revenue: i64) -> Flow {
    Flow {
        quantity: Quantity::from_milli(quantity),
        value: Money::from_minor(value),
        revenue: Money::from_minor(revenue),
    }
}
