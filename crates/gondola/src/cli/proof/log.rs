//! The audit log's part of `gondola verify`.
//!
//! Invariant: proving writes nothing, so that evidence can be proved as it is.

use std::path::Path;

use domain::ledger::canonical::hex;
use serde_json::{Value, json};
use store::{Db, audit::Report};

use crate::cli::Words;

/// Proves the log, in the database and against the copies kept apart.
pub(super) async fn prove(db: &Db, signed: &Path) -> anyhow::Result<Report> {
    let mut report = store::audit::verify(db, &mut |_, _| {}).await?;
    if report.fault.is_none() {
        report.fault = access::audit::apart::compare(db, signed).await?;
    }
    Ok(report)
}

/// What was proved, in a line.
pub(super) fn tell(report: &Report, words: Words) {
    answer!(
        "{}: {}, {} {}",
        words.say("auditoría", "audit log"),
        words.counted(report.events, ["evento", "eventos"], ["event", "events"]),
        words.say("cadena", "chain"),
        hex(&report.hash)
    );
    if let Some(fault) = &report.fault {
        let place = fault.seq.map_or_else(String::new, |seq| format!(" {} {seq}", words.say("evento", "event")));
        answer!("{}{place}: {}", words.say("auditoría", "audit log"), fault.what);
    }
}

pub(super) fn as_json(report: &Report) -> Value {
    let fault = report.fault.as_ref().map(|fault| json!({ "seq": fault.seq, "what": fault.what }));
    json!({
        "ok": report.fault.is_none(), "events": report.events, "seq": report.seq, "hash": hex(&report.hash),
        "removed_through": report.cut, "redacted": report.redacted, "signed_places": report.anchors, "fault": fault,
    })
}
