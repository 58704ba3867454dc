//! What proving a database comes to.
//!
//! Invariant: proving writes nothing, so that evidence can be proved as it is.

mod log;

use std::path::Path;

use domain::ledger::canonical::hex;
use platform::texts::Locale;
use store::{
    Db,
    ledger::verify::{Fault, Report, verify},
};

use super::Words;

/// What was looked at.
pub(crate) struct Proved {
    /// Of each site.
    pub(super) ledger: Report,
    /// The audit log, unless only one site or a file was asked for.
    pub(super) log: Option<store::audit::Report>,
}

impl Proved {
    /// Whether all holds.
    pub(crate) fn holds(&self) -> bool {
        self.ledger.faults.is_empty() && self.log.as_ref().is_none_or(|log| log.fault.is_none())
    }

    /// What does not, a line each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let log = self.log.iter().filter_map(|log| log.fault.as_ref()).map(|fault| fault.what.clone());
        self.ledger.faults.iter().map(|fault| one_line(fault, Words(Locale::En))).chain(log).collect()
    }
}

/// Proves everything: the ledger and the audit log, also against the copies of signed places in a folder.
pub(crate) async fn prove(
    db: &Db,
    signed: &Path,
    progress: &mut (dyn FnMut(i64, i64) + Send),
) -> anyhow::Result<Proved> {
    let ledger = ledger(db, None, signed, progress).await?;
    Ok(Proved { ledger, log: Some(log::prove(db, signed).await?) })
}

/// Proves the audit log alone.
pub(super) async fn log(db: &Db, signed: &Path) -> anyhow::Result<store::audit::Report> {
    log::prove(db, signed).await
}

/// Proves the ledger of one site, or of all.
pub(super) async fn ledger(
    db: &Db,
    site: Option<&str>,
    signed: &Path,
    progress: &mut (dyn FnMut(i64, i64) + Send),
) -> anyhow::Result<Report> {
    let mut ledger = verify(db, site, progress).await?;
    ledger.faults.extend(warehouse::checkpoints::compare(db, signed).await?);
    Ok(ledger)
}

/// Tells it, line by line.
pub(super) fn tell(proved: &Proved, words: Words, seconds: f64) {
    let report = &proved.ledger;
    for site in &report.sites {
        answer!(
            "{}: {}, {}, {} {}",
            site.site,
            words.postings(site.postings),
            words.movements(site.movements),
            words.say("cadena", "chain"),
            hex(&site.hash)
        );
    }
    for fault in &report.faults {
        answer!("{}", one_line(fault, words));
    }
    if let Some(log) = &proved.log {
        log::tell(log, words);
    }
    let movements: u64 = report.sites.iter().map(|site| site.movements).sum();
    let verdict = if proved.holds() {
        words.say("todo en orden", "everything holds")
    } else {
        words.say("HAY FALLAS", "FAULTS FOUND")
    };
    // The answer, which ends the answer: the same each time, for whoever keeps or compares it. How long it took is beside the point.
    answer!("{verdict}");
    remark!("{}, {seconds:.2} s", words.movements(movements));
}

fn one_line(fault: &Fault, words: Words) -> String {
    let place = fault.seq.map_or_else(String::new, |seq| format!(" {seq}"));
    let posting = fault.posting.map_or_else(String::new, |id| format!(" {} {id}", words.say("asiento", "posting")));
    format!("{}{place}{posting}: {}", fault.site, fault.what)
}

/// The same for a script.
pub(super) fn as_json(proved: &Proved) -> serde_json::Value {
    let report = &proved.ledger;
    let site = |s: &store::ledger::verify::SiteReport| {
        serde_json::json!({"site": s.site, "postings": s.postings, "movements": s.movements, "hash": hex(&s.hash),
            "value": s.value.to_string(), "checkpoints": s.checkpoints})
    };
    let fault = |f: &Fault| serde_json::json!({"site": f.site, "seq": f.seq, "posting": f.posting.map(|id| id.to_string()), "what": f.what});
    serde_json::json!({
        "ok": proved.holds(),
        "sites": report.sites.iter().map(site).collect::<Vec<_>>(),
        "faults": report.faults.iter().map(fault).collect::<Vec<_>>(),
        "audit": proved.log.as_ref().map(log::as_json),
    })
}
