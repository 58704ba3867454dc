//! Shelf prices.
//!
//! Invariant: a price is set from the day the file says, or from now; it never reaches into the future, where nobody could
//! see it wait.

use std::collections::BTreeMap;

use domain::{Money, Timestamp, Zone};
use store::{
    catalog::Change,
    product::{self, PriceChange},
};

use super::{
    Code, Context, Control, Ending, Hints, ImportError, Input, Issue, Kind, Report, Request, Stage, blocking, ending,
    fields,
    known::Known,
    products::is_placeholder,
    scan::{Scan, Telling},
};

const TELLING: Telling = Telling { numbers: &["price"], dates: &["valid_from"] };

/// Prices written in one transaction.
const BATCH: usize = 5000;

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Priced {
    row: u64,
    code: String,
    price: Money,
    valid_from: Option<Timestamp>,
}

struct Read {
    rows: Vec<Priced>,
    issues: Vec<Issue>,
    report: Report,
}

fn read(input: &Input, hints: &Hints, zone: &Zone, mut report: Report, control: &Control) -> Result<Read, ImportError> {
    let mut scan = Scan::open(input, fields::PRICES, TELLING, hints)?;
    let (mut rows, mut issues) = (Vec::new(), Vec::new());
    while let Some(mut reading) = scan.next(&mut issues)? {
        if reading.is_broken() {
            continue;
        }
        let (row, code) = (reading.number(), reading.sku("sku").map(str::to_owned));
        if reading.raw("price").trim().is_empty() {
            reading.note("price", Code::Missing, "");
        }
        let price = reading.price("price");
        let valid_from = reading.day("valid_from").map(|day| zone.start_of(day));
        if reading.failed() {
            continue;
        }
        let (Some(code), Some(price)) = (code, price) else { continue };
        if is_placeholder(price) {
            reading.note("price", Code::PlaceholderPrice, "");
            continue;
        }
        rows.push(Priced { row, code, price, valid_from });
    }
    let (done, total) = scan.progress();
    control.at(Stage::Reading, done, total)?;
    report.of_scan(&scan);
    Ok(Read { rows, issues, report })
}

/// Sets the prices of a file.
pub(super) async fn run(context: &Context, request: Request, control: Control) -> Result<Report, ImportError> {
    let (zone, options) = (request.zone(), request.options.clone());
    let report = Report::new(Kind::Prices, request.source());
    let watch = control.clone();
    let work = move || read(&request.input, &request.options.hints, &zone, report, &watch);
    let Read { rows, mut issues, mut report } = blocking(work).await?;
    let known = Known::load(&context.db).await?;
    let now = context.clock.now();
    let changes = resolve(&rows, &known, now, &mut issues);
    report.count("price", changes.len() as u64);
    report.take_issues(issues);
    report.ending = ending(&report, &options);
    if report.ending == Ending::Done {
        let changed = write(context, &control, &changes, now).await?;
        report.products.updated = changed;
        report.products.unchanged = changes.len() as u64 - changed.min(changes.len() as u64);
    }
    Ok(report)
}

/// The last price of each product and instant; other prices of the same row of goods are told.
fn resolve(rows: &[Priced], known: &Known, now: Timestamp, issues: &mut Vec<Issue>) -> Vec<PriceChange> {
    let mut wanted: BTreeMap<(i64, Timestamp), Money> = BTreeMap::new();
    for Priced { row, code, price, valid_from } in rows {
        let Some(found) = known.find(code) else {
            issues.push(Issue::new(*row, Code::UnknownProduct).at("sku").value(code));
            continue;
        };
        let valid_from = valid_from.unwrap_or(now);
        if valid_from > now {
            issues.push(Issue::new(*row, Code::InFuture).at("valid_from").value(&valid_from.to_string()));
            continue;
        }
        let earlier = wanted.insert((found.card.id, valid_from), *price);
        if let Some(earlier) = earlier.filter(|earlier| earlier != price) {
            let detail = format!("{earlier} → {price}");
            issues.push(Issue::new(*row, Code::PricesDiffer).value(code).detail(detail));
        }
    }
    let change = |((product, valid_from), price)| PriceChange { product, price, valid_from };
    wanted.into_iter().map(change).collect()
}

async fn write(
    context: &Context,
    control: &Control,
    changes: &[PriceChange],
    now: Timestamp,
) -> Result<u64, ImportError> {
    let (mut changed, mut done) = (0, 0);
    for batch in changes.chunks(BATCH) {
        control.at(Stage::Products, done, changes.len() as u64)?;
        let mut tx = context.db.write().await?;
        changed += product::set_prices(&mut tx, batch, Change { at: now, actor: &context.actor }).await? as u64;
        tx.commit().await?;
        done += batch.len() as u64;
    }
    control.at(Stage::Products, done, changes.len() as u64)?;
    Ok(changed)
}
