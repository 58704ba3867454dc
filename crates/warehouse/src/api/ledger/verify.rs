//! Proving a chain, as a job.

use std::{
    path::Path as FilePath,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{audit::Action, ledger::canonical};
use platform::{
    audit,
    http::{Principal, Problem, idempotency::Keyed, problem::ProblemDocument},
    jobs::{JobDocument, JobHandle, Of, Stopped},
};
use serde_json::{Value, json};
use store::{
    Db,
    ledger::verify::{self, Fault, SiteReport},
};

use crate::{
    api::{ledger::sign, places},
    checkpoints,
    state::Warehouse,
};

/// How often a watcher is told how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(250);

/// Prove a chain
///
/// A job. It recomputes every link, the sums and the checkpoints, and compares the copies of checkpoints kept apart. The job is done
/// when it has looked at everything; its result says in `ok` whether all holds and in `faults` what does not.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/{site}/verify",
    tag = "ledger",
    params(
        ("site" = String, Path, description = "Code of the site"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat"),
    ),
    responses(
        (status = 202, description = "The job that proves it", body = JobDocument, headers(("Location" = String, description = "The job: `/api/v1/jobs/{id}`"))),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn verify(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(code): Path<String>,
    keyed: Keyed,
) -> Result<Response, Problem> {
    let site = places::site_in_path(&warehouse.db, &principal, &code).await?;
    let (db, data_dir) = (warehouse.db.clone(), warehouse.data_dir.clone());
    let of = site.code.clone();
    let by = audit::by(&principal, Action::LedgerVerified).site(&site.code).on("ledger", &site.code);
    let (audit, clock) = (warehouse.audit.clone(), warehouse.clock.clone());
    let work = |handle| async move {
        let proved = prove(db, &data_dir, site.code, handle).await?;
        let by = by.detail("faults", &proved["faults"]);
        crate::metrics::proved(&code, proved["faults"].as_array().map_or(0, Vec::len));
        let holds = proved["ok"] == true;
        audit.record(if holds { by } else { by.failed() }.at(clock.now()));
        Ok(proved)
    };
    warehouse.jobs.accept(("verify", &keyed), Of { actor: principal.signature(), site: Some(&of) }, work).await
}

async fn prove(db: Db, data_dir: &FilePath, site: String, mut handle: JobHandle) -> Result<Value, Stopped> {
    let (done, total) = (AtomicI64::new(0), AtomicI64::new(0));
    let mut told = |proved: i64, all: i64| {
        done.store(proved, Ordering::Relaxed);
        total.store(all, Ordering::Relaxed);
    };
    let proof = verify::verify(&db, Some(&site), &mut told);
    tokio::pin!(proof);
    let report = loop {
        match tokio::time::timeout(TOLD_EVERY, &mut proof).await {
            Ok(report) => break report?,
            Err(_) => {
                let count = |number: &AtomicI64| u64::try_from(number.load(Ordering::Relaxed)).unwrap_or(0);
                handle.progress(count(&done), Some(count(&total))).await?;
            }
        }
    };
    let mut faults = report.faults;
    let apart = checkpoints::compare(&db, data_dir).await.map_err(sign::problem)?;
    faults.extend(apart.into_iter().filter(|fault| fault.site == site));
    Ok(json!({
        "ok": faults.is_empty(),
        "sites": report.sites.iter().map(proved).collect::<Vec<_>>(),
        "faults": faults.iter().map(fault).collect::<Vec<_>>(),
    }))
}

fn proved(site: &SiteReport) -> Value {
    json!({
        "site": site.site,
        "postings": site.postings,
        "movements": site.movements,
        "hash": canonical::hex(&site.hash),
        "value": site.value.to_string(),
        "checkpoints": site.checkpoints,
    })
}

fn fault(fault: &Fault) -> Value {
    json!({ "site": fault.site, "seq": fault.seq, "posting": fault.posting, "what": fault.what })
}
