//! Proving the log.
//!
//! Invariant: reads one consistent state, a slice at a time, so memory does not grow with the log; the first event that does not
//! hold is named.

use std::collections::{HashMap, VecDeque};

use domain::audit::{Action, ActorKind, Record, canonical};

use super::{
    anchor::{self, Anchor, Kind},
    read,
    row::EventRow,
};
use crate::{Db, Result, Tx};

/// Events read at a time.
const SLICE: i64 = 2000;

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The place in the log, when it is one.
    pub seq: Option<i64>,
    /// What is wrong.
    pub what: String,
}

/// What was proved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Events that hold.
    pub events: u64,
    /// Place of the oldest that is kept, less one: up to there they were removed, their time being over.
    pub cut: i64,
    /// Events whose names or details were taken out.
    pub redacted: u64,
    /// Signed places that agree.
    pub anchors: u64,
    /// The newest place.
    pub seq: i64,
    /// Its link.
    pub hash: [u8; 32],
    /// The first thing that does not hold.
    pub fault: Option<Fault>,
}

/// Follows the chain while it holds.
struct Walk {
    report: Report,
    anchors: VecDeque<Anchor>,
    /// For whom something was taken out, and the last place where it was.
    taken_out: HashMap<String, i64>,
    /// For whom the log says that it was, and the last place that says so.
    told: HashMap<String, i64>,
    cut_told: bool,
}

/// Proves the log; `progress` is told the place reached and the newest.
pub async fn verify(db: &Db, progress: &mut (dyn FnMut(i64, i64) + Send)) -> Result<Report> {
    let mut tx = db.read().await?;
    let report = verify_in(&mut tx, progress).await;
    tx.rollback().await?;
    report
}

async fn verify_in(tx: &mut Tx, progress: &mut (dyn FnMut(i64, i64) + Send)) -> Result<Report> {
    let (last, hash) = read::head(tx).await?;
    let mut walk = match Walk::begin(anchor::all(tx).await?) {
        Ok(walk) => walk,
        Err(fault) => return Ok(Report { fault: Some(fault), ..Report::default() }),
    };
    let ended = walk.follow(tx, last, progress).await?.and_then(|()| walk.end(last, &hash));
    walk.report.fault = ended.err();
    Ok(walk.report)
}

type Step = std::result::Result<(), Fault>;

fn fault(seq: i64, what: impl Into<String>) -> Fault {
    Fault { seq: Some(seq), what: what.into() }
}

impl Walk {
    /// From the newest cut on.
    fn begin(anchors: Vec<Anchor>) -> std::result::Result<Walk, Fault> {
        if let Some(anchor) = anchors.iter().find(|anchor| !anchor.is_signed()) {
            return Err(fault(anchor.seq, "the signature of this place is not valid"));
        }
        let cut = anchors.iter().rfind(|anchor| anchor.kind == Kind::Cut);
        let (seq, hash) = cut.map_or((0, canonical::GENESIS), |cut| (cut.seq, cut.hash));
        let report = Report { cut: seq, seq, hash, ..Report::default() };
        let anchors = anchors.into_iter().filter(|anchor| anchor.seq > seq).collect();
        Ok(Walk { report, anchors, taken_out: HashMap::new(), told: HashMap::new(), cut_told: seq == 0 })
    }

    async fn follow(&mut self, tx: &mut Tx, last: i64, progress: &mut (dyn FnMut(i64, i64) + Send)) -> Result<Step> {
        loop {
            let rows = match read::rows_after(tx, self.report.seq, SLICE).await {
                Ok(rows) => rows,
                Err(error) if error.is_outage() => return Err(error),
                // A row that the driver cannot read stands alone when they are read one by one.
                Err(_) => match read::rows_after(tx, self.report.seq, 1).await {
                    Ok(rows) => rows,
                    Err(error) => return Ok(Err(fault(self.report.seq + 1, error.to_string()))),
                },
            };
            if rows.is_empty() {
                return Ok(Ok(()));
            }
            for row in rows {
                if let Err(fault) = self.row(row, last) {
                    return Ok(Err(fault));
                }
            }
            progress(self.report.seq, last);
        }
    }

    fn row(&mut self, row: EventRow, last: i64) -> Step {
        let seq = row.seq;
        if seq != self.report.seq + 1 {
            return Err(fault(self.report.seq + 1, "the event is missing"));
        }
        if seq > last {
            return Err(fault(seq, "the event stands past the head of the log"));
        }
        let record = row.record().map_err(|error| fault(seq, error.to_string()))?;
        match canonical::fault(&self.report.hash, &record) {
            Some(what) => return Err(fault(seq, what)),
            None => self.take(&record),
        }
        self.anchored()
    }

    fn take(&mut self, record: &Record) {
        self.report.events += 1;
        (self.report.seq, self.report.hash) = (record.link.seq, record.link.hash);
        let Record { event, link, who_salt, details_salt } = record;
        self.report.redacted += u64::from(who_salt.is_none() || details_salt.is_none());
        if who_salt.is_none() {
            // Nobody stands for whoever it was done to.
            let whose = match event.actor.kind {
                ActorKind::Nobody => event.resource.clone(),
                kind => format!("{}:{}", kind.name(), event.actor.id),
            };
            self.taken_out.insert(whose, link.seq);
        }
        if details_salt.is_none() {
            self.taken_out.insert(event.resource.clone(), link.seq);
        }
        match event.action {
            Action::AuditRedacted => drop(self.told.insert(event.resource.clone(), link.seq)),
            Action::AuditPurged => self.cut_told |= event.resource == format!("audit:{}", self.report.cut),
            _ => {}
        }
    }

    /// Whether the signed places there agree.
    fn anchored(&mut self) -> Step {
        while let Some(anchor) = self.anchors.pop_front_if(|anchor| anchor.seq <= self.report.seq) {
            if anchor.hash != self.report.hash {
                return Err(fault(anchor.seq, "this place was signed with another link"));
            }
            self.report.anchors += 1;
        }
        Ok(())
    }

    fn end(&self, last: i64, hash: &[u8; 32]) -> Step {
        if self.report.seq != last {
            return Err(fault(self.report.seq + 1, "the event is missing"));
        }
        if self.report.hash != *hash {
            return Err(fault(last, "the head of the log has another link"));
        }
        if let Some(anchor) = self.anchors.front() {
            return Err(fault(anchor.seq, "this place was signed, and the log does not reach that far"));
        }
        if !self.cut_told {
            return Err(fault(self.report.cut, "events up to there were removed, and the log does not say so"));
        }
        let untold = |(who, seq): &(&String, &i64)| self.told.get(*who).is_none_or(|told| told < seq);
        match self.taken_out.iter().filter(untold).min_by_key(|(_, seq)| **seq) {
            Some((_, seq)) => Err(fault(*seq, "something was taken out, and the log does not say so")),
            None => Ok(()),
        }
    }
}
