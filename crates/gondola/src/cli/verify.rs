//! `gondola verify`.

mod log;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use domain::{Clock, Stopwatch, SystemClock, ledger::canonical::hex};
use platform::config::Settings;
use store::ledger::verify::{Fault, Report, verify};

use super::{Outcome, Words, open, progress::Progress};

/// What to prove.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only this site.
    #[arg(long)]
    site: Option<String>,
    /// A ledger file written by `gondola export ledger`, instead of the database.
    #[arg(long, value_name = "FILE", conflicts_with = "site")]
    file: Option<PathBuf>,
    /// Write a certificate to this file when all holds.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    let watch = Stopwatch::start();
    let mut bar = Progress::new(words.say("verificando", "verifying"));
    let mut progress = |done: i64, total: i64| bar.set(done.unsigned_abs(), Some(total.unsigned_abs()));
    let proved = match &arguments.file {
        Some(file) => Proved { ledger: warehouse::archive::verify(file, &mut progress)?, log: None },
        None => database(arguments.site.as_deref(), &settings, &mut progress).await?,
    };
    bar.finish();
    if arguments.json {
        answer!("{}", as_json(&proved));
    } else {
        tell(&proved, words, watch.elapsed().as_secs_f64());
    }
    if let Some(path) = arguments.certificate.filter(|_| proved.holds()) {
        std::fs::write(&path, certificate(&proved.ledger, words))?;
    }
    Ok(if proved.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was looked at.
struct Proved {
    ledger: Report,
    /// The audit log, unless only one site or a file was asked for.
    log: Option<store::audit::Report>,
}

impl Proved {
    fn holds(&self) -> bool {
        self.ledger.faults.is_empty() && self.log.as_ref().is_none_or(|log| log.fault.is_none())
    }
}

async fn database(
    site: Option<&str>,
    settings: &Settings,
    progress: &mut (dyn FnMut(i64, i64) + Send),
) -> anyhow::Result<Proved> {
    let db = open::readable(settings).await?;
    if let Some(code) = site {
        open::site(&db, Some(code)).await?;
    }
    let mut ledger = verify(&db, site, progress).await?;
    ledger.faults.extend(warehouse::checkpoints::compare(&db, &settings.data_dir).await?);
    let log = match site {
        Some(_) => None,
        None => Some(log::prove(&db, settings).await?),
    };
    Ok(Proved { ledger, log })
}

fn tell(proved: &Proved, words: Words, seconds: f64) {
    let report = &proved.ledger;
    for site in &report.sites {
        answer!(
            "{}: {} {}, {} {}, {} {}",
            site.site,
            site.postings,
            words.say("asientos", "postings"),
            site.movements,
            words.say("movimientos", "movements"),
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
    remark!("{movements} {}, {seconds:.2} s", words.say("movimientos", "movements"));
}

fn one_line(fault: &Fault, words: Words) -> String {
    let place = fault.seq.map_or_else(String::new, |seq| format!(" {seq}"));
    let posting = fault.posting.map_or_else(String::new, |id| format!(" {} {id}", words.say("asiento", "posting")));
    format!("{}{place}{posting}: {}", fault.site, fault.what)
}

fn as_json(proved: &Proved) -> serde_json::Value {
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

/// What an accountant keeps: what was proved, when, and how anyone can prove it again.
fn certificate(report: &Report, words: Words) -> String {
    let mut text = format!(
        "{}\n{} {}\n{} gondola {}\n\n",
        words.say("CERTIFICADO DE INTEGRIDAD DEL LIBRO DE STOCK", "CERTIFICATE OF INTEGRITY OF THE STOCK LEDGER"),
        words.say("Emitido:", "Issued:"),
        SystemClock.now(),
        words.say("Programa:", "Program:"),
        env!("CARGO_PKG_VERSION")
    );
    for site in &report.sites {
        text.push_str(&format!(
            "{} {}\n  {} {}\n  {} {}\n  {} {}\n  {} {}\n  {} {}\n\n",
            words.say("Sucursal", "Site"),
            site.site,
            words.say("Asientos:", "Postings:"),
            site.postings,
            words.say("Movimientos:", "Movements:"),
            site.movements,
            words.say("Valor contable:", "Book value:"),
            site.value,
            words.say("Puntos de control firmados:", "Signed checkpoints:"),
            site.checkpoints,
            words.say("Último eslabón (SHA-256):", "Last link (SHA-256):"),
            hex(&site.hash)
        ));
    }
    text.push_str(words.say(
        "Cada asiento está encadenado al anterior; saldos, costos y flujos se recalcularon desde los movimientos y coinciden.\n",
        "Every posting is chained to the one before it; balances, costs and flows were computed again from the movements and agree.\n",
    ));
    text
}
