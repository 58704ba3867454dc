//! What there is to begin with: one opening for each product, place and lot.
//!
//! Invariant: a row is a posting of its own, known within the source by its product, place and lot as they are written and by how many
//! rows of these came before it, whether or not those could be taken; so a file may be imported again after some of its rows were mended.
//! Where something else stands of such goods than the file says, no other row of them is posted: it may be the one that stands.

use std::collections::{HashMap, HashSet};

use domain::{
    Money, Quantity, Unit, ids,
    ledger::{Draft, LineDraft, LotDraft, Outcome, PostingKind, canonical},
};
use store::{ledger::read as ledger, product};
use uuid::Uuid;

use super::{
    Code, Context, Control, Ending, Hints, ImportError, Input, Issue, Kind, Options, Report, Request, SPACE, Stage,
    blocking, ending, fields,
    known::{Known, in_units},
    post::{self, Ledger, Origin},
    report::Sums,
    sales::sums::Tally,
    scan::{Scan, Telling},
};

const TELLING: Telling = Telling { numbers: &["quantity", "unit_cost"], dates: &["expires_on"] };

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    row: u64,
    /// How many rows of the same goods came before.
    again: u32,
    code: String,
    name: String,
    quantity: Quantity,
    location: Option<String>,
    lot: Option<LotDraft>,
    unit_cost: Option<Money>,
}

struct Read {
    rows: Vec<Held>,
    issues: Vec<Issue>,
    report: Report,
}

fn read(input: &Input, hints: &Hints, mut report: Report, control: &Control) -> Result<Read, ImportError> {
    let mut scan = Scan::open(input, fields::STOCK, TELLING, hints)?;
    let (mut rows, mut issues, mut repeats) = (Vec::new(), Vec::new(), HashMap::new());
    while let Some(mut reading) = scan.next(&mut issues)? {
        if reading.is_broken() {
            continue;
        }
        let code = reading.sku("sku").map(str::to_owned);
        let quantity = reading.needed_quantity("quantity");
        if quantity.is_some_and(|quantity| quantity < Quantity::ZERO) {
            reading.note("quantity", Code::Negative, "");
        }
        let (name, location) = (reading.text("name").into_owned(), reading.text("location").into_owned());
        let (lot, expires_on) = (reading.code("lot").map(str::to_owned), reading.day("expires_on"));
        let unit_cost = reading.price("unit_cost");
        let location = Some(location).filter(|location| !location.is_empty());
        // Goods with an expiry but no lot code are a lot named by that day.
        let lot = lot.or_else(|| expires_on.map(|day| day.to_string())).map(|code| LotDraft { code, expires_on });
        let Some(code) = code else { continue };
        let goods = (code.clone(), location.clone(), lot.as_ref().map(|lot| lot.code.clone()));
        let again = *repeats.entry(goods).and_modify(|count| *count += 1).or_insert(0_u32);
        if let (Some(quantity), false) = (quantity, reading.failed()) {
            rows.push(Held { row: reading.number(), again, code, name, quantity, location, lot, unit_cost });
        }
    }
    let (done, total) = scan.progress();
    control.at(Stage::Reading, done, total)?;
    report.of_scan(&scan);
    Ok(Read { rows, issues, report })
}

/// Opens the stock of a file.
pub(super) async fn run(context: &Context, request: Request, control: Control) -> Result<Report, ImportError> {
    let site = request.site()?.clone();
    let options = request.options.clone();
    let mut report = Report::new(Kind::Stock, request.source());
    report.site = Some(site.code.clone());
    let watch = control.clone();
    let work = move || read(&request.input, &request.options.hints, report, &watch);
    let Read { rows, mut issues, mut report } = blocking(work).await?;
    let known = Known::load(&context.db).await?;
    let places: Vec<String> =
        store::location::list(&context.db, site.id).await?.into_iter().map(|location| location.code).collect();
    let planned = Plan { known: &known, places: &places, options: &options }.make(&rows, &mut issues);
    let space = ids::named(SPACE, &format!("stock\0{}\0{}", site.code, report.source));
    report.count("empty", rows.iter().filter(|row| row.quantity == Quantity::ZERO).count() as u64);
    report.count("opening", planned.len() as u64);
    report.postings.planned = planned.len() as u64;
    let mut tally = Tally::default();
    planned.iter().for_each(|one| tally.in_file(&one.sku, one.quantity));
    let origin = Origin { site: site.code, actor: context.actor.clone(), source: report.source.clone() };
    let drafts = drafts(&planned, &origin, space);
    let (planned, drafts) = as_it_stands(context, planned, drafts, &mut issues).await?;
    report.take_issues(Vec::new());
    let wrong = issues.iter().any(Issue::is_error);
    if options.strict && wrong {
        report.take_issues(issues);
        report.ending = ending(&report, &options);
        return Ok(report);
    }
    let ledger = Ledger::of(context, options.dry_run);
    if options.create_missing {
        let missing = missing(&rows, &known);
        ledger.invent(&missing).await;
        report.products.created = match options.dry_run {
            true => missing.len() as u64,
            false => super::products::write(context, &Control::none(), &missing).await?.created as u64,
        };
    }
    let total = drafts.len() as u64;
    post::all(&ledger, &control, drafts, total, |place, outcome| {
        settle(&planned[place], outcome, &mut report, &mut issues, &mut tally);
    })
    .await?;
    report.sums = Some(Sums::from(tally));
    report.take_issues(issues);
    report.ending = if options.dry_run { Ending::DryRun } else { Ending::Done };
    Ok(report)
}

fn settle(one: &Planned, outcome: Outcome, report: &mut Report, issues: &mut Vec<Issue>, tally: &mut Tally) {
    let posted = match outcome {
        Outcome::Posted(posted) => {
            report.postings.posted += 1;
            posted
        }
        Outcome::Duplicate(posted) => {
            report.postings.duplicate += 1;
            posted
        }
        Outcome::Rejected(rejection) => {
            report.postings.rejected += 1;
            let issue = Issue::new(one.row, Code::Rejected).value(&one.sku).detail(&rejection);
            issues.push(issue);
            return;
        }
    };
    tally.confirm(1);
    posted.lines.iter().for_each(|line| tally.in_ledger(&line.sku, line.quantity));
}

/// Without the rows of goods of which something else stands than the file says.
async fn as_it_stands(
    context: &Context,
    planned: Vec<Planned>,
    drafts: Vec<Draft>,
    issues: &mut Vec<Issue>,
) -> Result<(Vec<Planned>, Vec<Draft>), ImportError> {
    let ids: Vec<Uuid> = drafts.iter().map(|draft| draft.id).collect();
    let standing = ledger::digests(&context.db, &ids).await?;
    let stands = |draft: &Draft| standing.get(&draft.id).map(|digest| *digest == canonical::draft_digest(draft));
    let both = || planned.iter().zip(&drafts);
    let changed: HashSet<String> =
        both().filter(|(_, draft)| stands(draft) == Some(false)).map(|(one, _)| one.goods.clone()).collect();
    let rows = planned.into_iter().zip(drafts);
    let (kept, other): (Vec<_>, Vec<_>) =
        rows.partition(|(one, draft)| stands(draft) == Some(true) || !changed.contains(&one.goods));
    issues.extend(other.iter().map(|(one, _)| Issue::new(one.row, Code::ChangedDocument).value(&one.sku)));
    Ok(kept.into_iter().unzip())
}

/// A row with its product found.
#[derive(Debug, Clone)]
struct Planned {
    row: u64,
    /// Product, place and lot, as they are written.
    goods: String,
    again: u32,
    sku: String,
    quantity: Quantity,
    location: Option<String>,
    lot: Option<LotDraft>,
    line_cost: Option<Money>,
}

struct Plan<'a> {
    known: &'a Known,
    places: &'a [String],
    options: &'a Options,
}

impl Plan<'_> {
    fn make(&self, rows: &[Held], issues: &mut Vec<Issue>) -> Vec<Planned> {
        let filled = rows.iter().filter(|row| row.quantity != Quantity::ZERO);
        filled.filter_map(|row| self.one(row).map_err(|issue| issues.push(issue)).ok()).collect()
    }

    fn one(&self, held: &Held) -> Result<Planned, Issue> {
        let issue = |code, value: &str| Issue::new(held.row, code).value(value);
        let location = held.location.clone().or_else(|| self.options.location.clone());
        if let Some(unknown) = location.as_ref().filter(|code| !self.places.contains(code)) {
            return Err(issue(Code::UnknownLocation, unknown));
        }
        let out_of_range = || issue(Code::OutOfRange, &held.quantity.to_string());
        let cost = |cost: Money| cost.times(held.quantity).ok_or_else(out_of_range);
        let line_cost = held.unit_cost.map(cost).transpose()?;
        let (sku, quantity) = match self.known.find(&held.code) {
            None if self.options.create_missing => (held.code.clone(), held.quantity),
            None => return Err(issue(Code::UnknownProduct, &held.code)),
            Some(found) => {
                let quantity = in_units(held.quantity, found.pack).ok_or_else(out_of_range)?;
                if !found.card.active {
                    return Err(issue(Code::InactiveProduct, &held.code));
                }
                if !found.card.unit.divisible() && !quantity.is_whole() {
                    return Err(issue(Code::FractionOfPiece, &quantity.to_string()));
                }
                (found.card.sku.clone(), quantity)
            }
        };
        let lot = held.lot.clone();
        let lot_code = lot.as_ref().map_or("", |lot| lot.code.as_str());
        let goods = format!("{}\0{}\0{lot_code}", held.code, location.as_deref().unwrap_or_default());
        Ok(Planned { row: held.row, goods, again: held.again, sku, quantity, location, lot, line_cost })
    }
}

fn drafts(planned: &[Planned], origin: &Origin, space: Uuid) -> Vec<Draft> {
    let draft = |one: &Planned| {
        let line = LineDraft {
            sku: one.sku.clone(),
            quantity: one.quantity,
            to: one.location.clone(),
            lot: one.lot.clone(),
            line_cost: one.line_cost,
            ..LineDraft::default()
        };
        let id = ids::named(space, &format!("{}\0{}", one.goods, one.again));
        Draft { lines: vec![line], ..origin.draft(id, PostingKind::Opening) }
    };
    planned.iter().map(draft).collect()
}

/// The products of the file that the catalogue does not have.
fn missing(rows: &[Held], known: &Known) -> Vec<product::Incoming> {
    let mut unit: HashMap<&str, Unit> = HashMap::new();
    let mut missing: Vec<&Held> = Vec::new();
    for row in rows.iter().filter(|row| known.find(&row.code).is_none()) {
        let fraction = !row.quantity.is_whole();
        let entry = unit.entry(&row.code).or_insert_with(|| {
            missing.push(row);
            Unit::Piece
        });
        if fraction {
            *entry = Unit::Kilogram;
        }
    }
    let incoming = |row: &&Held| {
        let name = if row.name.is_empty() { row.code.clone() } else { row.name.clone() };
        let patch = product::Patch {
            name: Some(name),
            unit: unit.get(row.code.as_str()).copied(),
            ..product::Patch::default()
        };
        product::Incoming { sku: row.code.clone(), patch, ..product::Incoming::default() }
    };
    missing.iter().map(incoming).collect()
}
