//! `gondola export`: a table as CSV or XLSX, or a site's ledger as a file that anyone can verify.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use axum::body::Body;
use clap::{Args, Subcommand};
use domain::{Role, SystemClock, audit::Action};
use futures_util::StreamExt;
use platform::{
    config::Settings,
    http::auth::{CallerKind, Principal},
};
use tokio::io::AsyncWriteExt;
use warehouse::api::exports::get as export;

use super::{Failure, Outcome, Words, audited, open, progress::Progress};
use crate::wiring;

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
    /// The catalogue, as CSV or XLSX.
    Products(Target),
    /// Every price that products have or had, as CSV or XLSX.
    Prices(Target),
    /// Who is bought from, as CSV or XLSX.
    Suppliers(Target),
    /// Purchase orders with their lines, as CSV or XLSX.
    Orders(Target),
    /// Count sheets with their lines, as CSV or XLSX.
    Counts(Target),
    /// Transfers between sites with their lines, as CSV or XLSX.
    Transfers(Target),
    /// What there is, where, as CSV or XLSX.
    Stock(Target),
    /// What it is worth, as CSV or XLSX.
    Valuation(Target),
    /// Every movement, as CSV or XLSX.
    Movements(Target),
    /// Every posting, as CSV or XLSX.
    Postings(Target),
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
        What::Prices(target) => table("prices", &target, &settings).await,
        What::Suppliers(target) => table("suppliers", &target, &settings).await,
        What::Orders(target) => table("orders", &target, &settings).await,
        What::Counts(target) => table("counts", &target, &settings).await,
        What::Transfers(target) => table("transfers", &target, &settings).await,
        What::Stock(target) => table("stock", &target, &settings).await,
        What::Valuation(target) => table("valuation", &target, &settings).await,
        What::Movements(target) => table("movements", &target, &settings).await,
        What::Postings(target) => table("postings", &target, &settings).await,
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
    let by = audited::by_cli(Action::Exported).site(&site.code).on("export", "ledger").detail("rows", postings);
    audited::write(&db, by, words).await;
    answer!("{}", words.postings(postings));
    Ok(ExitCode::SUCCESS)
}

/// A table, as the API gives it; the end of the file's name chooses CSV or XLSX.
async fn table(name: &str, target: &Target, settings: &Settings) -> Outcome {
    let words = Words(settings.language);
    let form = match target.file.extension().and_then(|extension| extension.to_str()) {
        Some("xlsx") => "xlsx",
        Some("csv") => "csv",
        _ => {
            return Err(Failure::new(
                "el archivo tiene que terminar en .csv o .xlsx",
                "the file must end in .csv or .xlsx",
            )
            .into());
        }
    };
    let db = open::readable(settings).await?;
    let query = match &target.site {
        Some(code) => format!("site={}", open::site(&db, Some(code)).await?.code),
        None => String::new(),
    };
    let (warehouse, keeper) = wiring::reading_warehouse(db, settings, Arc::new(SystemClock));
    // Whoever has the command line of the machine may see everything.
    let anybody = Principal::new(CallerKind::Service, "cli", "cli", Role::Owner);
    let (by, file) = (audited::by_cli(Action::Exported), format!("{name}.{form}"));
    let answer = export::take((warehouse, anybody), by, &file, &query).await;
    let answer = answer.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let bytes = save(answer.into_body(), &target.file).await?;
    audited::finish(keeper, words).await;
    answer!("{} ({bytes} bytes)", target.file.display());
    Ok(ExitCode::SUCCESS)
}

/// Writes what is given out to a file.
pub(super) async fn save(body: Body, path: &std::path::Path) -> anyhow::Result<usize> {
    let mut file = tokio::fs::File::create(path).await.with_context(|| path.display().to_string())?;
    let (mut parts, mut bytes) = (body.into_data_stream(), 0);
    while let Some(part) = parts.next().await {
        let part = part?;
        bytes += part.len();
        file.write_all(&part).await?;
    }
    file.sync_all().await?;
    Ok(bytes)
}
