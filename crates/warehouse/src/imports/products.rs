//! The catalogue.
//!
//! Invariant: a code that occurs several times is one product; where its rows disagree the report says so, and nothing is
//! invented.

mod gather;
mod row;

use domain::Money;
use store::{
    Tx,
    catalog::Change,
    product::{self, Incoming, Upserted},
};

use super::{
    Code, Context, Control, Ending, Hints, ImportError, Input, Issue, Kind, Report, Request, Stage, blocking, ending,
    fields,
    scan::{Scan, Telling},
};
use gather::Gathered;

const TELLING: Telling = Telling { numbers: &["price", "minimum", "maximum"], dates: &[] };

/// Products written in one transaction.
const BATCH: usize = 5000;

/// Rows between two words about progress.
const WORD_EVERY_ROWS: u64 = 8192;

/// A price that stands for "no price": a cent, or nothing at all.
pub(super) fn is_placeholder(price: Money) -> bool {
    price <= Money::from_cents(1)
}

struct Read {
    gathered: Gathered,
    issues: Vec<Issue>,
    report: Report,
}

fn read(input: &Input, hints: &Hints, mut report: Report, control: &Control) -> Result<Read, ImportError> {
    let mut scan = Scan::open(input, fields::PRODUCTS, TELLING, hints)?;
    let claims = row::Claims::of(&scan.layout);
    let (mut gathered, mut issues) = (Gathered::default(), Vec::new());
    loop {
        if scan.rows.is_multiple_of(WORD_EVERY_ROWS) {
            let (done, total) = scan.progress();
            control.at(Stage::Reading, done, total)?;
        }
        let Some(mut reading) = scan.next(&mut issues)? else { break };
        if reading.is_broken() {
            continue;
        }
        if let Some(found) = row::read(&mut reading, claims) {
            gathered.add(found);
        }
    }
    let (done, total) = scan.progress();
    control.at(Stage::Reading, done, total)?;
    report.of_scan(&scan);
    Ok(Read { gathered, issues, report })
}

/// Adds and changes the products of a file.
pub(super) async fn run(context: &Context, request: Request, control: Control) -> Result<Report, ImportError> {
    let options = request.options.clone();
    let report = Report::new(Kind::Products, request.source());
    let watch = control.clone();
    let work = move || read(&request.input, &request.options.hints, report, &watch);
    let Read { gathered, mut issues, mut report } = blocking(work).await?;
    gathered.count(&mut report);
    let rows = gathered.rows();
    let products = gathered.finish(&mut issues);
    report.take_issues(issues);
    report.ending = ending(&report, &options);
    if report.ending != Ending::Refused && !(options.strict && report.has_errors()) {
        let written = match report.ending {
            Ending::DryRun => rehearse(context, &control, &products).await?,
            _ => write(context, &control, &products).await?,
        };
        let issues = tell(&written, |sku| rows.get(sku).copied().unwrap_or_default());
        report.products.created = written.created as u64;
        report.products.updated = written.updated as u64;
        report.products.unchanged = written.unchanged as u64;
        report.take_issues(issues);
    }
    Ok(report)
}

/// Writes products, a batch in a transaction.
pub(super) async fn write(
    context: &Context,
    control: &Control,
    products: &[Incoming],
) -> Result<Upserted, ImportError> {
    let mut all = Upserted::default();
    for (i, batch) in products.chunks(BATCH).enumerate() {
        control.at(Stage::Products, (i * BATCH) as u64, products.len() as u64)?;
        let mut tx = context.db.write().await?;
        add(&mut all, upsert(&mut tx, context, batch).await?);
        tx.commit().await?;
    }
    control.at(Stage::Products, products.len() as u64, products.len() as u64)?;
    Ok(all)
}

/// What writing them would come to, with nothing written.
async fn rehearse(context: &Context, control: &Control, products: &[Incoming]) -> Result<Upserted, ImportError> {
    let mut tx = context.db.write().await?;
    let all = within(&mut tx, context, control, products).await?;
    tx.rollback().await?;
    Ok(all)
}

/// Writes products in a transaction of its caller's.
pub(super) async fn within(
    tx: &mut Tx,
    context: &Context,
    control: &Control,
    products: &[Incoming],
) -> Result<Upserted, ImportError> {
    let mut all = Upserted::default();
    for (i, batch) in products.chunks(BATCH).enumerate() {
        control.at(Stage::Products, (i * BATCH) as u64, products.len() as u64)?;
        add(&mut all, upsert(tx, context, batch).await?);
    }
    Ok(all)
}

async fn upsert(tx: &mut Tx, context: &Context, batch: &[Incoming]) -> store::Result<Upserted> {
    product::upsert(tx, batch, Change { at: context.clock.now(), actor: &context.actor }).await
}

fn add(all: &mut Upserted, one: Upserted) {
    all.created += one.created;
    all.updated += one.updated;
    all.unchanged += one.unchanged;
    all.clashes.extend(one.clashes);
    all.kept_counting.extend(one.kept_counting);
    all.kept_active.extend(one.kept_active);
}

/// What the catalogue did not take over, as issues of the rows that said it.
fn tell(written: &Upserted, row: impl Fn(&str) -> u64) -> Vec<Issue> {
    let clash = |clash: &product::Clash| {
        Issue::new(row(&clash.sku), Code::BarcodeTaken).value(&clash.code).detail(clash.owner.as_str())
    };
    let kept = |code: Code| {
        let row = &row;
        move |sku: &String| Issue::new(row(sku), code).value(sku)
    };
    let counting = written.kept_counting.iter().map(kept(Code::KeptCounting));
    let active = written.kept_active.iter().map(kept(Code::KeptActive));
    written.clashes.iter().map(clash).chain(counting).chain(active).collect()
}

#[cfg(test)]
mod tests;
