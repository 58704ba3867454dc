//! `gondola export`: a table as CSV, or a site's ledger as a file that anyone can verify.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use platform::config::Settings;

use super::{Outcome, Words, open, progress::Progress};

/// What to take out.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The whole ledger of a site, with its hashes and checkpoints (JSON lines; compressed when FILE ends in .gz).
    Ledger(Target),
    /// The catalogue, as CSV.
    Products(Target),
    /// What there is, where, as CSV.
    Stock(Target),
    /// What it is worth, as CSV.
    Valuation(Target),
    /// Every movement, as CSV.
    Movements(Target),
}

#[derive(Args)]
struct Target {
    /// Where to write it.
    file: PathBuf,
    /// Which site [default: the only one].
    #[arg(long)]
    site: Option<String>,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    match arguments.what {
        What::Ledger(target) => ledger(&target, &settings).await,
        What::Products(target) => table("products", &target, &settings).await,
        What::Stock(target) => table("stock", &target, &settings).await,
        What::Valuation(target) => table("valuation", &target, &settings).await,
        What::Movements(target) => table("movements", &target, &settings).await,
    }
}

async fn ledger(target: &Target, settings: &Settings) -> Outcome {
    let words = Words(settings.language);
    let db = open::readable(settings).await?;
    let site = open::site(&db, target.site.as_deref()).await?;
    let mut bar = Progress::new(words.say("exportando", "exporting"));
    let mut progress = |done: i64, total: i64| bar.set(done.unsigned_abs(), Some(total.unsigned_abs()));
    let postings = warehouse::archive::export(&db, &site, &target.file, &mut progress).await?;
    bar.finish();
    println!("{postings} {}", words.say("asientos", "postings"));
    Ok(ExitCode::SUCCESS)
}

async fn table(name: &str, target: &Target, settings: &Settings) -> Outcome {
    let words = Words(settings.language);
    let db = open::readable(settings).await?;
    if let Some(code) = &target.site {
        open::site(&db, Some(code)).await?;
    }
    let rows = warehouse::exports::to_file(&db, name, target.site.as_deref(), &target.file).await?;
    println!("{rows} {}", words.say("filas", "rows"));
    Ok(ExitCode::SUCCESS)
}
