//! `gondola verify`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use domain::{Clock, Stopwatch, SystemClock, ledger::canonical::hex};
use platform::config::Settings;
use store::ledger::verify::Report;

use super::{
    Outcome, Words, open,
    progress::Progress,
    proof::{self, Proved},
};

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
        answer!("{}", proof::as_json(&proved));
    } else {
        proof::tell(&proved, words, watch.elapsed().as_secs_f64());
    }
    if let Some(path) = arguments.certificate.filter(|_| proved.holds()) {
        std::fs::write(&path, certificate(&proved.ledger, words))?;
    }
    Ok(if proved.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(
    site: Option<&str>,
    settings: &Settings,
    progress: &mut (dyn FnMut(i64, i64) + Send),
) -> anyhow::Result<Proved> {
    let db = open::readable(settings).await?;
    let Some(code) = site else { return proof::prove(&db, &settings.data_dir, progress).await };
    open::site(&db, Some(code)).await?;
    let ledger = proof::ledger(&db, site, &settings.data_dir, progress).await?;
    Ok(Proved { ledger, log: None })
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
