//! Proving the ledger in a database.
//!
//! Invariant: reads only. Entries are immutable, so they are read and hashed in parallel, a range of the chain at a time; what
//! is kept beside them is read in one consistent state together with the head up to which it must follow from them.

use std::{collections::HashMap, iter::Peekable, sync::Arc};

use domain::{
    Day, Money, Quantity,
    ledger::{
        Entry, LocationKind,
        audit::{Auditor, FlowSum},
        canonical,
        cost::Valuation,
        effects::Flow,
    },
};
use tokio::{sync::mpsc, task::JoinHandle};
use uuid::Uuid;

mod strays;

use super::{
    checkpoint::{self, Checkpoint},
    closings::Closings,
    range::{self, Slice},
    rows,
};
use crate::{Db, Error, Result, Tx};

/// Slices being read and hashed at once.
const READERS: usize = 2;

/// Something that does not hold, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Code of the site.
    pub site: String,
    /// Place in its chain, when it is about one posting.
    pub seq: Option<i64>,
    /// The posting, when it could be read.
    pub posting: Option<Uuid>,
    /// What does not hold.
    pub what: String,
}

/// What was found about a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteReport {
    /// Its code.
    pub site: String,
    /// Postings proved.
    pub postings: i64,
    /// Movements proved.
    pub movements: u64,
    /// Head of the chain.
    pub hash: [u8; 32],
    /// Book value at the head.
    pub value: Money,
    /// Checkpoints proved.
    pub checkpoints: usize,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Site by site.
    pub sites: Vec<SiteReport>,
    /// What does not hold; the first of each site.
    pub faults: Vec<Fault>,
}

/// Told after each slice: postings proved so far and in all.
pub type Progress<'a> = &'a mut (dyn FnMut(i64, i64) + Send);

struct Snapshot {
    sites: Vec<Site>,
    /// Rows that belong to no chain.
    strays: Vec<Fault>,
    skus: Arc<HashMap<i64, Arc<str>>>,
}

struct Site {
    id: i64,
    code: String,
    seq: i64,
    hash: Vec<u8>,
    closed_through: Option<Day>,
    kinds: HashMap<i64, LocationKind>,
    balances: HashMap<(i64, i64, i64), Quantity>,
    books: HashMap<i64, Valuation>,
    flows: FlowSum,
    months: FlowSum,
    checkpoints: Vec<Checkpoint>,
}

/// Proves every site, or only the one named.
pub async fn verify(db: &Db, only: Option<&str>, progress: Progress<'_>) -> Result<Report> {
    let snapshot = snapshot(db, only).await?;
    let total = snapshot.sites.iter().map(|site| site.seq).sum();
    let mut report = Report { faults: snapshot.strays, ..Report::default() };
    let mut before = 0;
    for site in snapshot.sites {
        let seq = site.seq;
        let mut site_progress = |done: i64| progress(before + done, total);
        match prove(db, site, &snapshot.skus, &mut site_progress).await? {
            Ok(found) => report.sites.push(found),
            Err(fault) => report.faults.push(fault),
        }
        before += seq;
    }
    Ok(report)
}

async fn prove(
    db: &Db,
    mut site: Site,
    skus: &Arc<HashMap<i64, Arc<str>>>,
    progress: &mut (dyn FnMut(i64) + Send),
) -> Result<std::result::Result<SiteReport, Fault>> {
    let mut auditor = Auditor::new(std::mem::take(&mut site.kinds));
    let mut witnesses = Witnesses { checkpoints: site.checkpoints.iter().peekable(), closings: Closings::default() };
    let mut slices = read_ahead(db.clone(), site.id, site.seq, Arc::clone(skus));
    let fault = |seq: Option<i64>, posting: Option<Uuid>, what: String| {
        Ok(Err(Fault { site: site.code.clone(), seq, posting, what }))
    };
    if let Err(what) = witnesses.at(&auditor) {
        return fault(None, None, what);
    }
    while let Some(slice) = slices.recv().await {
        let slice = slice.await.map_err(|_| Error::Stopped)??;
        for entry in &slice.entries {
            if let Err(breach) = auditor.follow(entry) {
                return fault(Some(entry.seq), Some(entry.id), breach.to_string());
            }
            if let Err(what) = witnesses.closings.posting(entry).and_then(|()| witnesses.at(&auditor)) {
                return fault(Some(entry.seq), Some(entry.id), what);
            }
        }
        if let Some(bad) = slice.fault {
            return fault(Some(bad.seq), bad.posting, bad.what);
        }
        progress(auditor.chain().seq);
    }
    let kept = compare(&site, &auditor).map_or(Ok(()), Err);
    if let Err(what) = kept.and_then(|()| witnesses.end(site.closed_through)) {
        return fault(None, None, what);
    }
    Ok(Ok(SiteReport {
        postings: auditor.chain().seq,
        movements: auditor.movements(),
        hash: auditor.chain().hash,
        value: auditor.totals().value,
        checkpoints: site.checkpoints.len(),
        site: site.code,
    }))
}

/// The checkpoints of a site, each taken at its place.
struct Witnesses<'c> {
    checkpoints: Peekable<std::slice::Iter<'c, Checkpoint>>,
    closings: Closings,
}

impl Witnesses<'_> {
    /// Holds those of the place that has been reached against what was found there.
    fn at(&mut self, auditor: &Auditor) -> std::result::Result<(), String> {
        let here = auditor.chain();
        while let Some(checkpoint) = self.checkpoints.next_if(|checkpoint| checkpoint.seq == here.seq) {
            checkpoint::check(checkpoint, &here.hash, auditor.totals())?;
            self.closings.checkpoint(checkpoint)?;
        }
        Ok(())
    }

    /// Holds what is kept of closed days against them. None may be left: a chain that lost its end keeps those of what it lost.
    fn end(mut self, closed_through: Option<Day>) -> std::result::Result<(), String> {
        match self.checkpoints.next() {
            Some(left) => Err(format!("the chain ends before the checkpoint at {}", left.seq)),
            None => self.closings.kept(closed_through),
        }
    }
}

/// Reads and hashes slices of a chain in parallel, handing them over in order.
fn read_ahead(
    db: Db,
    site: i64,
    last: i64,
    skus: Arc<HashMap<i64, Arc<str>>>,
) -> mpsc::Receiver<JoinHandle<Result<Slice>>> {
    let (queue, slices) = mpsc::channel(READERS);
    tokio::spawn(async move {
        let mut first = 1;
        while first <= last {
            // A range whose end cannot be found is read whole and traced like any other damage.
            let upto = range::end(&db, site, first, last).await.unwrap_or(last);
            let (db, skus) = (db.clone(), Arc::clone(&skus));
            let reading = tokio::spawn(async move { range::read(&db, site, (first, upto), &skus).await });
            if queue.send(reading).await.is_err() {
                break;
            }
            first = upto + 1;
        }
    });
    slices
}

/// What is kept beside the entries against what follows from them.
fn compare(site: &Site, auditor: &Auditor) -> Option<String> {
    let chain = auditor.chain();
    if chain.seq != site.seq || chain.hash.as_slice() != site.hash {
        return Some(format!(
            "the head says {} {}, the chain ends at {} {}",
            site.seq,
            canonical::hex(&site.hash),
            chain.seq,
            canonical::hex(&chain.hash)
        ));
    }
    let kept = |key: &(i64, i64, i64)| site.balances.get(key).copied().unwrap_or_default();
    if let Some((key, sum)) = auditor.balances().iter().find(|(key, sum)| kept(key) != **sum) {
        return Some(format!(
            "balance of product {} at location {} is {}, its movements sum to {sum}",
            key.1,
            key.0,
            kept(key)
        ));
    }
    if let Some((key, kept)) =
        site.balances.iter().find(|(key, kept)| **kept != Quantity::ZERO && !auditor.balances().contains_key(key))
    {
        return Some(format!("balance of product {} at location {} is {kept} without any movement", key.1, key.0));
    }
    let book = |product: &i64| site.books.get(product).copied().unwrap_or_default();
    if let Some((product, expected)) = auditor.books().iter().find(|(product, expected)| book(product) != **expected) {
        let found = book(product);
        return Some(format!(
            "valuation of product {product} is {} for {}, its movements give {} for {}",
            found.quantity, found.value, expected.quantity, expected.value
        ));
    }
    if site.books.len() != auditor.books().len() {
        return Some("a product has a valuation without any movement".to_owned());
    }
    if site.flows != auditor.flows() {
        return Some("the daily flows do not follow from the movements".to_owned());
    }
    (site.months != auditor.months()).then(|| "the monthly flows do not follow from the movements".to_owned())
}

async fn snapshot(db: &Db, only: Option<&str>) -> Result<Snapshot> {
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

/// The next entries of a chain in order, for exports: from `first`, none past `last`.
pub async fn entries(
    db: &Db,
    site: i64,
    (first, last): (i64, i64),
    skus: &HashMap<i64, Arc<str>>,
) -> Result<Vec<Entry>> {
    let upto = range::end(db, site, first, last).await?;
    let slice = range::read(db, site, (first, upto), skus).await?;
    match slice.fault {
        Some(fault) => Err(Error::Broken { table: "posting", detail: format!("{}: {}", fault.seq, fault.what) }),
        None => Ok(slice.entries),
    }
}

/// Codes of all products by number.
pub async fn skus(db: &Db) -> Result<HashMap<i64, Arc<str>>> {
    let rows: Vec<(i64, String)> = db.query("SELECT id, sku FROM product").all().await?;
    Ok(rows.into_iter().map(|(id, sku)| (id, Arc::from(sku))).collect())
}
