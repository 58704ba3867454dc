//! The ledger's writer without HTTP: what group commit yields on each database.

use std::{fs::File, io::Write, time::Duration};

use anyhow::Result;
use domain::{Stopwatch, SystemClock, ledger::PostingKind};
use store::{
    Db,
    ledger::{commit, verify},
};

use crate::{
    post::{Run, Shape, post},
    shop::{self, draft, line},
    table::Table,
};

/// A database to measure on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// A file in this folder.
    Sqlite,
    /// A server of its own.
    Postgres,
}

/// Measures.
pub async fn run(seconds: u64, on: Option<Engine>) -> Result<Table> {
    let mut table = Table::default();
    let folder = tempfile::tempdir_in(".")?;
    let syncs = syncs_per_second(folder.path(), seconds.min(3))?;
    table.row("append 4 KiB and fsync (reference)", format!("{syncs:.0}/s"), "", String::new());
    if on != Some(Engine::Postgres) {
        let url = format!("sqlite://{}", folder.path().join("bench.db").display());
        measure("SQLite", &shop::fresh(&url).await?, seconds, &mut table).await?;
    }
    if on != Some(Engine::Sqlite) {
        let server = testkit::postgres::Server::start()?;
        let database = server.fresh_database()?;
        measure("PostgreSQL", &shop::fresh(database.url()).await?, seconds, &mut table).await?;
    }
    Ok(table)
}

async fn measure(name: &str, db: &Db, seconds: u64, table: &mut Table) -> Result<()> {
    let single = one_by_one(db, seconds.min(3)).await?;
    table.row(
        &format!("{name}: one transaction per movement (reference)"),
        format!("{single:.0}/s"),
        "",
        String::new(),
    );
    let (must, hope) = if name == "SQLite" { ("8 000/s", "–") } else { ("6 000/s", "12 000/s") };
    for (clients, target) in [(64, must), (256, hope)] {
        let rate = post(db, Shape { clients, postings: 1, lines: 1 }, seconds).await?;
        table.row(
            &format!("{name}: single postings, {clients} clients"),
            format!("{rate:.0}/s"),
            target,
            format!("{:.1}× one by one", rate / single),
        );
    }
    for (what, shape) in [
        ("postings of 1 000 lines", Shape { clients: 4, postings: 1, lines: 1_000 }),
        ("1 000 postings a request", Shape { clients: 4, postings: 1_000, lines: 1 }),
    ] {
        let rate = post(db, shape, seconds).await?;
        table.row(
            &format!("{name}: {what}"),
            format!("{rate:.0} movements/s"),
            "25 000/s",
            format!("{:.1}× one by one", rate / single),
        );
    }
    let watch = Stopwatch::start();
    let report = verify::verify(db, None, &mut |_, _| {}).await?;
    anyhow::ensure!(report.faults.is_empty(), "{:?}", report.faults);
    let movements = report.sites.iter().map(|site| site.movements).sum::<u64>();
    let rate = movements as f64 / watch.elapsed().as_secs_f64();
    table.row(
        &format!("{name}: verify {movements} movements"),
        format!("{rate:.0} movements/s"),
        "500 000/s",
        String::new(),
    );
    Ok(())
}

async fn one_by_one(db: &Db, seconds: u64) -> Result<f64> {
    let run = Run::begin();
    let watch = Stopwatch::start();
    let mut done = 0;
    while watch.elapsed() < Duration::from_secs(seconds) {
        let sale = draft(run.id(done), PostingKind::Sale, vec![line(done * 7919, 1)]);
        commit::commit(db, &[&sale], domain::Clock::now(&SystemClock)).await?;
        done += 1;
    }
    Ok(done as f64 / watch.elapsed().as_secs_f64())
}

fn syncs_per_second(folder: &std::path::Path, seconds: u64) -> Result<f64> {
    let mut file = File::create(folder.join("sync"))?;
    let watch = Stopwatch::start();
    let mut done = 0_u32;
    while watch.elapsed() < Duration::from_secs(seconds) {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        done += 1;
    }
    Ok(f64::from(done) / watch.elapsed().as_secs_f64())
}
