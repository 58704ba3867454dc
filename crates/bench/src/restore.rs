//! How long a backup takes, and how long until what is in it is back and proved.
//!
//! Invariant: the program's own commands do it, on a ledger filled for this and on an empty place of the same kind.

use std::path::PathBuf;

use anyhow::{Context, Result};
use domain::{Clock, Stopwatch, SystemClock, Zone};
use serde_json::Value;
use testkit::{binary::Installation, postgres};

use crate::{
    growth::{Stage, fill},
    shop,
    table::{Table, grouped},
};

/// How much.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Movements of the ledger.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(shop::PRODUCTS + 1..))]
    movements: u64,
    /// Then the same on PostgreSQL.
    #[arg(long)]
    postgres: bool,
}

/// Measures.
pub async fn run(arguments: &Arguments) -> Result<Table> {
    let mut table = Table::default();
    let (from, to) = (Installation::new()?, Installation::new()?);
    let file = from.data_folder().join("gondola.db");
    std::fs::create_dir_all(from.data_folder())?;
    let url = format!("sqlite://{}", file.display());
    measure("SQLite", (from, &url), to, arguments, &mut table).await?;
    if arguments.postgres {
        let (one, other) = (postgres::fresh_database()?, postgres::fresh_database()?);
        let (from, to) = (Installation::on_postgres(one.url())?, Installation::on_postgres(other.url())?);
        measure("PostgreSQL", (from, one.url()), to, arguments, &mut table).await?;
    }
    Ok(table)
}

async fn measure(
    kind: &str,
    (from, url): (Installation, &str),
    to: Installation,
    arguments: &Arguments,
    table: &mut Table,
) -> Result<()> {
    let today = Zone::named(shop::ZONE)?.day_of(SystemClock.now());
    let mut before = 0;
    for stop in [shop::PRODUCTS, arguments.movements] {
        let stage = Stage { from: before, to: stop, lines: 1_000, first_day: today.plus(-fill::DAYS) };
        fill::fill(url, stage).await?;
        before = stop;
    }
    let identity = from.folder().join("identity.txt").display().to_string();
    let recipient = from.ok(&["backup", "key", &identity])?.trim().to_owned();
    let from = from.with("GONDOLA_BACKUP_RECIPIENT", &recipient).with("GONDOLA_BACKUP_IDENTITY_FILE", &identity);
    let to = to.with("GONDOLA_BACKUP_IDENTITY_FILE", &identity);
    let name = format!("{kind}, {} movements", grouped(arguments.movements));
    let watch = Stopwatch::start();
    let made: Value = serde_json::from_str(&from.ok(&["backup", "--json"])?)?;
    let file = PathBuf::from(made["file"].as_str().context("no file")?);
    let size = format!("{} MB", made["bytes"].as_u64().unwrap_or(0) / 1_000_000);
    table.row(&format!("{name}: backup"), format!("{:.2} s", watch.elapsed().as_secs_f64()), "", size);
    let watch = Stopwatch::start();
    let back: Value = serde_json::from_str(&to.ok(&["restore", &file.display().to_string(), "--json"])?)?;
    let took = watch.elapsed().as_secs_f64();
    let proving = back["verify_ms"].as_u64().unwrap_or(0) as f64 / 1000.0;
    // The target is a quarter of an hour for ten million.
    let target = format!("{:.0} s", 900.0 * arguments.movements as f64 / 10_000_000.0);
    table.row(
        &format!("{name}: restore, verified"),
        format!("{took:.2} s"),
        &target,
        format!("{proving:.2} s of it proving"),
    );
    let drill: Value = serde_json::from_str(&from.ok(&["drill", "--json"])?)?;
    let rto = drill["rto_ms"].as_u64().unwrap_or(0) as f64 / 1000.0;
    table.row(&format!("{name}: drill"), format!("{rto:.2} s"), &target, format!("{} B", drill["bytes"]));
    Ok(())
}
