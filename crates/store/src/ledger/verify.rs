//! Proving the ledger in a database.
//!
//! Invariant: reads only. Entries are immutable, so they are read and hashed in parallel, a range of the chain at a time; what
//! is kept beside them is read in one consistent state together with the head up to which it must follow from them.

use std::{collections::HashMap, iter::Peekable, sync::Arc};

use domain::{
    Day, Money,
    ledger::{Entry, audit::Auditor},
};
use tokio::{sync::mpsc, task::JoinHandle};
use uuid::Uuid;

mod compare;
mod kept;
mod strays;

use self::{compare::compare, kept::Site};
use super::{
    checkpoint::{self, Checkpoint},
    closings::Closings,
    range::{self, Slice},
};
use crate::{Db, Error, Result};

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

/// Proves every site, or only the one named.
pub async fn verify(db: &Db, only: Option<&str>, progress: Progress<'_>) -> Result<Report> {
    let snapshot = kept::snapshot(db, only).await?;
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
