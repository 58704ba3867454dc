//! What the stock that is remembered for when PostgreSQL is away takes of memory.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::{
    Money, Quantity, Stopwatch, SystemClock, Unit, Zone,
    clock::Clock,
    ledger::{Draft, LineDraft, Outcome, PostingKind},
};
use store::{
    Db, Options,
    catalog::Change,
    ledger::commit,
    migrate, product,
    site::{NewSite, SiteKind},
};
use warehouse::shelf::Shelf;

use crate::{
    search::{barcode, names::Name},
    shop::{self, ZONE},
    table::{Table, grouped},
};

/// How much there is to remember.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Products, each in stock at every site.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    products: u64,
    /// Sites.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=20))]
    sites: u64,
}

/// Lines of a posting, and products written at a time.
const AT_ONCE: usize = 2_000;
/// Shelves held beside each other. The first also takes what filling the database left free.
const SHELVES: u64 = 4;

/// Measures.
pub async fn run(arguments: &Arguments) -> Result<Table> {
    let mut table = Table::default();
    let database = testkit::postgres::fresh_database()?;
    let db = fill(database.url(), arguments).await?;
    let mut shelves = vec![followed(&db).await?];
    let (before, watch) = (own_kib()?, Stopwatch::start());
    for _ in 1..SHELVES {
        shelves.push(followed(&db).await?);
    }
    let (each, took) = ((own_kib()? - before) / (SHELVES - 1), watch.elapsed().as_millis() / u128::from(SHELVES - 1));
    let what = format!("{} products at {} sites", grouped(arguments.products), arguments.sites);
    let note = format!("{} bytes a product", each * 1024 / arguments.products);
    table.row(&format!("memory of the shelf, {what}"), format!("{} MB", each / 1024), "60 MB", note);
    table.row(&format!("reading it whole, {what}"), format!("{took} ms"), "", String::new());
    let kept = shelves.pop().and_then(|shelf| shelf.to_keep()).context("it is whole")?;
    table.row(&format!("kept for another run, {what}"), format!("{} MB", kept.len() / 1_048_576), "", String::new());
    Ok(table)
}

async fn followed(db: &Db) -> Result<Shelf> {
    let shelf = Shelf::new(Arc::new(SystemClock), None, true);
    shelf.follow(db).await?;
    Ok(shelf)
}

/// What this process holds that no file stands behind.
fn own_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}

async fn fill(url: &str, arguments: &Arguments) -> Result<Db> {
    let db = Db::open(&Options::new(url)).await?;
    migrate::up(&db).await?;
    let now = SystemClock.now();
    let mut tx = db.write().await?;
    for site in 0..arguments.sites {
        let (code, zone) = (code_of(site), Zone::named(ZONE)?);
        store::site::create(&mut tx, &NewSite { name: code.clone(), code, kind: SiteKind::Store, zone }, now).await?;
    }
    tx.commit().await?;
    let all: Vec<u64> = (0..arguments.products).collect();
    for some in all.chunks(AT_ONCE) {
        let mut tx = db.write().await?;
        let products: Vec<_> = some.iter().map(|i| incoming(*i)).collect();
        product::upsert(&mut tx, &products, Change { at: now, actor: "bench" }).await?;
        tx.commit().await?;
        for site in 0..arguments.sites {
            stock_up(&db, site, some).await?;
        }
    }
    Ok(db)
}

fn code_of(site: u64) -> String {
    format!("sucursal-{site}")
}

fn incoming(i: u64) -> product::Incoming {
    let name = Name::of(i);
    let patch = product::Patch {
        name: Some(name.text()),
        brand: Some(name.brand().to_owned()),
        unit: Some(Unit::Piece),
        minimum: Some(Some(Quantity::units(10))),
        ..Default::default()
    };
    product::Incoming { sku: barcode(i), patch, barcodes: Vec::new(), packs: Vec::new() }
}

async fn stock_up(db: &Db, site: u64, some: &[u64]) -> Result<()> {
    let line = |i: &u64| LineDraft {
        sku: barcode(*i),
        quantity: Quantity::units(100),
        line_cost: Some(Money::from_cents(1_000_000)),
        ..LineDraft::default()
    };
    let id = u128::from(some[0]) * 100 + u128::from(site) + 1;
    let opening = shop::draft(id, PostingKind::Opening, some.iter().map(line).collect());
    let opening = Draft { site: code_of(site), ..opening };
    let outcome = commit::commit(db, &[&opening], SystemClock.now()).await?.remove(0);
    let Outcome::Posted(_) = outcome else { bail!("{outcome:?}") };
    Ok(())
}
