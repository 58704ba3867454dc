//! Whether what a shop asks costs more the more has happened: the same questions after ten thousand, a million and ten
//! million movements.
//!
//! Invariant: a ledger is measured on a copy, so that a filled one can be measured again.

mod ask;
pub(crate) mod fill;
mod ledgers;
mod server;

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use domain::{
    Clock, Stopwatch, SystemClock, Zone,
    ledger::{Outcome, PostingKind},
};
use store::{
    Db,
    ledger::{Writer, WriterOptions, verify},
    site::Site,
};
use testkit::postgres;

use crate::{
    post::{Run, Shape, post},
    shop,
    table::{Table, grouped},
    times::Times,
};
use ask::Asker;
pub(crate) use fill::Stage;
use ledgers::Ledgers;

/// How much.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Movements of the largest ledger.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(shop::PRODUCTS..))]
    movements: u64,
    /// Lines of a posting of the history, about.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    lines: u64,
    /// Folder of the filled ledgers; those it has are not filled again [default: a temporary one].
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Leaves the filled ledgers in the folder.
    #[arg(long, requires = "folder")]
    keep: bool,
    /// Then the same on a PostgreSQL server of its own, filled anew.
    #[arg(long)]
    postgres: bool,
}

/// Where it is looked at, those below the largest ledger.
const STOPS: [u64; 3] = [shop::PRODUCTS, 1_000_000, 10_000_000];
/// Receipts of each of two products, each alone.
const RECEIPTS: u64 = 300;
/// Those before them, not counted, which bring the pages of a fresh copy into memory.
const WARMING: u64 = 20;
/// A product that is received again and again here but moved little before, and one that is hardly moved at all.
const LIGHT: u64 = shop::PRODUCTS - 1;
const RARE: u64 = shop::PRODUCTS - 2;

/// A ledger to measure.
struct Subject {
    /// Its database.
    kind: &'static str,
    /// Setting that makes the program use it.
    setting: (&'static str, String),
    url: String,
    stage: Stage,
    /// Movements of the product that has the most.
    heavy: u64,
    bytes: u64,
}

/// Measures.
pub async fn run(arguments: &Arguments, seconds: u64) -> Result<Table> {
    let mut table = Table::default();
    let ledgers = Ledgers::open(arguments.folder.as_deref(), arguments.keep)?;
    let stages = stages(arguments);
    for stage in &stages {
        ledgers.filled(*stage).await?;
    }
    for stage in &stages {
        // The smallest ledger again each time, so that both rates are of the same minute.
        let first = if stage.from > 0 { Some(singles(&ledgers.at(stages[0]).await?, seconds).await?) } else { None };
        let subject = ledgers.at(*stage).await?;
        measure(&subject, seconds, first, &mut table).await?;
    }
    ledgers.finish()?;
    if arguments.postgres {
        on_postgres(&stages, seconds, &mut table).await?;
    }
    Ok(table)
}

async fn on_postgres(stages: &[Stage], seconds: u64, table: &mut Table) -> Result<()> {
    let server = postgres::Server::start()?;
    let database = server.fresh_database()?;
    let (mut first, mut heavy) = (None, 0);
    for stage in stages.iter().copied() {
        heavy += fill::fill(database.url(), stage).await?;
        let bytes = database.execute("SELECT pg_database_size(current_database())")?.parse()?;
        let setting = ("GONDOLA_DATABASE_URL", database.url().to_owned());
        let subject = Subject { kind: "PostgreSQL", setting, url: database.url().to_owned(), stage, heavy, bytes };
        let rate = measure(&subject, seconds, first, table).await?;
        first.get_or_insert(rate);
    }
    Ok(())
}

/// From each stop to the next, the last one being the largest ledger.
fn stages(arguments: &Arguments) -> Vec<Stage> {
    let today = Zone::named(shop::ZONE).unwrap_or_else(|_| Zone::utc()).day_of(SystemClock.now());
    let first_day = today.plus(-fill::DAYS);
    let below = STOPS.into_iter().filter(|stop| *stop < arguments.movements);
    let mut from = 0;
    let stage = |to| {
        let stage = Stage { from, to, lines: arguments.lines, first_day };
        from = to;
        stage
    };
    below.chain([arguments.movements]).map(stage).collect()
}

/// Single postings a second, once the writer knows the ledger.
async fn singles(subject: &Subject, seconds: u64) -> Result<f64> {
    let db = fill::open(&subject.url).await?;
    let shape = Shape { clients: 64, postings: 1, lines: 1 };
    post(&db, shape, seconds.min(2)).await?;
    let rate = post(&db, shape, seconds).await?;
    db.close().await;
    Ok(rate)
}

/// Everything about one ledger. Gives its single postings a second.
async fn measure(subject: &Subject, seconds: u64, first: Option<f64>, table: &mut Table) -> Result<f64> {
    let name = format!("{}, {} movements", subject.kind, grouped(subject.stage.to));
    let rate = singles(subject, seconds).await?;
    let beside = first.map_or_else(String::new, |first| format!("{:.2} of the smallest, {first:.0}/s", rate / first));
    table.row(&format!("{name}: single postings, 64 clients"), format!("{rate:.0}/s"), "as the smallest", beside);
    let db = fill::open(&subject.url).await?;
    receipts(&db, (&name, subject), table).await?;
    let site = store::site::get(&db, shop::SITE).await?.ok_or_else(|| anyhow::anyhow!("no site"))?;
    reads(&db, site, (&name, subject), table).await?;
    verified(&db, &name, table).await?;
    let bytes_each = format!("{} bytes a movement", subject.bytes / subject.stage.to);
    table.row(&format!("{name}: database"), format!("{} MB", subject.bytes / 1_000_000), "", bytes_each);
    if server::is_there() {
        db.close().await;
        server::measure(subject, &name, table)?;
        return Ok(rate);
    }
    let times = Times::measure(100, |_| ask::home(&db)).await?;
    table.row(&format!("{name}: what the first page reads"), times.to_string(), "50 ms", String::new());
    db.close().await;
    Ok(rate)
}

async fn verified(db: &Db, name: &str, table: &mut Table) -> Result<()> {
    let watch = Stopwatch::start();
    let report = verify::verify(db, None, &mut |_, _| {}).await?;
    anyhow::ensure!(report.faults.is_empty(), "{:?}", report.faults);
    let movements: u64 = report.sites.iter().map(|site| site.movements).sum();
    let elapsed = watch.elapsed().as_secs_f64();
    let rate = format!("{:.0} movements/s", movements as f64 / elapsed);
    table.row(&format!("{name}: verify"), rate, "500 000 movements/s", format!("{elapsed:.2} s"));
    Ok(())
}

async fn reads(db: &Db, site: Site, (name, subject): (&str, &Subject), table: &mut Table) -> Result<()> {
    let asker = &Asker::new(db, site, subject.stage.first_day);
    let all = format!("all {} products", grouped(shop::PRODUCTS));
    for (what, times) in [
        ("stock as of a day, a page", Times::measure(100, |i| asker.stock_page(i)).await?),
        ("valuation as of a day, a page and the total", Times::measure(100, |i| asker.valuation_page(i)).await?),
    ] {
        table.row(&format!("{name}: {what}"), times.to_string(), "100 ms", String::new());
    }
    for (what, times) in [
        ("stock as of a day", Times::measure(7, |i| asker.stock_of_all(i)).await?),
        ("valuation as of a day", Times::measure(7, |i| asker.valuation_of_all(i)).await?),
    ] {
        table.row(&format!("{name}: {what}, {all}"), times.to_string(), "100 ms", String::new());
    }
    let times = Times::measure(20, |_| asker.newest_movements(RARE)).await?;
    table.row(&format!("{name}: the newest 50 movements of a product with few"), times.to_string(), "", String::new());
    let heavy = format!("{name}: of a product with {} movements", grouped(subject.heavy));
    for (what, times) in [
        ("the newest 50", Times::measure(100, |_| asker.newest_movements(fill::HEAVY)).await?),
        ("those of a day", Times::measure(20, |i| asker.movements_of_a_day(i)).await?),
        ("the newest 50 returns", Times::measure(20, |_| asker.returns()).await?),
    ] {
        table.row(&format!("{heavy}, {what}"), times.to_string(), "", String::new());
    }
    Ok(())
}

async fn receipts(db: &Db, (name, subject): (&str, &Subject), table: &mut Table) -> Result<()> {
    let (writer, task) = Writer::start(db.clone(), Arc::new(SystemClock), WriterOptions::default());
    let run = Run::begin();
    let one = async |number: u64, product: u64| {
        let line = fill::received(shop::line(product, 12));
        let outcome = writer.post(vec![shop::draft(run.id(number), PostingKind::Receipt, vec![line])]).await?;
        let posted = matches!(outcome[..], [Outcome::Posted(_)]);
        anyhow::ensure!(posted, "{outcome:?}");
        anyhow::Ok(())
    };
    // In turns, so that neither has the warmer memory or the better minute.
    let (mut heavy, mut light) = (Vec::new(), Vec::new());
    for i in 0..WARMING + RECEIPTS {
        for (product, times, number) in [(fill::HEAVY, &mut heavy, 2 * i), (LIGHT, &mut light, 2 * i + 1)] {
            let watch = Stopwatch::start();
            one(number, product).await?;
            if i >= WARMING {
                times.push(watch.elapsed());
            }
        }
    }
    let (heavy, light) = (Times::of(heavy)?, Times::of(light)?);
    drop(writer);
    task.await?;
    table.row(
        &format!("{name}: receipt of a product with {} movements", grouped(subject.heavy)),
        heavy.to_string(),
        "5 ms",
        format!("of one with few: {light}"),
    );
    Ok(())
}
