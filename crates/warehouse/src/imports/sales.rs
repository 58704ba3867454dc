//! Ticket lines of another system, into the ledger.
//!
//! Invariant: every row that can be read is posted or has a reason why not; what the ledger confirms is held against the file,
//! code by code.

mod class;
mod complete;
mod names;
mod opening;
mod plan;
mod rows;
mod standing;
pub(crate) mod sums;
mod words;

use domain::{
    Unit, ids,
    ledger::{Outcome, Rejection},
};
use store::{
    product::{Incoming, Patch},
    site::Site,
};
use uuid::Uuid;

use super::{
    Code, Context, Control, Ending, Hints, ImportError, Input, Issue, Kind, Message, Opening, Options, Report, Request,
    SPACE, Stage, blocking, fields,
    known::Known,
    post::{self, Ledger, Origin},
    products,
    report::Sums,
};
use class::Class;
use names::Names;
use plan::{Drafter, Group, Plan};
use rows::Sales;
use standing::{Standing, State};
use sums::Tally;

/// An import under way.
struct Work<'a> {
    context: &'a Context,
    control: &'a Control,
    ledger: Ledger,
    options: Options,
    site: Site,
    origin: Origin,
    space: Uuid,
    sales: Sales,
    report: Report,
    issues: Vec<Issue>,
}

/// Posts the lines of a file.
pub(super) async fn run(context: &Context, request: Request, control: Control) -> Result<Report, ImportError> {
    let site = request.site()?.clone();
    let (source, zone, options) = (request.source(), request.zone(), request.options.clone());
    check_location(context, &site, &options).await?;
    let mut report = Report::new(Kind::Sales, source.clone());
    report.site = Some(site.code.clone());
    let watch = control.clone();
    let work = move || rows::read(&request.input, &request.options.hints, &zone, report, &watch);
    let (mut sales, report) = blocking(work).await?;
    let space = ids::named(SPACE, &format!("sales\0{}\0{source}", site.code));
    let origin = Origin { site: site.code.clone(), actor: context.actor.clone(), source };
    let issues = std::mem::take(&mut sales.issues);
    let ledger = Ledger::of(context, options.dry_run);
    let mut work = Work { context, control: &control, ledger, options, site, origin, space, sales, report, issues };
    work.go().await?;
    Ok(work.finish())
}

async fn check_location(context: &Context, site: &Site, options: &Options) -> Result<(), ImportError> {
    let Some(code) = &options.location else { return Ok(()) };
    let places = store::location::list(&context.db, site.id).await?;
    let known = places.iter().any(|place| place.code == *code && place.kind == domain::ledger::LocationKind::Internal);
    if known { Ok(()) } else { Err(ImportError::UnknownLocation(code.clone())) }
}

impl Work<'_> {
    async fn go(&mut self) -> Result<(), ImportError> {
        let known = Known::load(&self.context.db).await?;
        let names = Names::choose(&self.sales);
        let missing = self.missing(&names, &known);
        let mut plan = Plan::make(&self.sales, &names, &known, &self.options, &mut self.issues);
        self.count(&plan, missing.len());
        self.refuse_the_future(&mut plan);
        let wrong = self.issues.iter().any(Issue::is_error);
        self.report.ending = match self.options {
            Options { dry_run: true, .. } => Ending::DryRun,
            Options { strict: true, .. } if wrong => Ending::Refused,
            _ => Ending::Done,
        };
        if wrong && self.options.strict && !self.options.dry_run {
            return Ok(());
        }
        let stock = self.stock(&plan).await?;
        let standing = self.standing(&plan).await?;
        let wanted = stock.map(|stock| stock.wanted(&plan, &standing)).unwrap_or_default();
        if self.options.dry_run && self.options.opening == Opening::Auto {
            self.report.others.insert("products_to_open", wanted.products());
        }
        if wrong && self.options.strict {
            return Ok(());
        }
        if self.options.dry_run {
            self.ledger.invent(&missing).await;
            self.report.products.created = missing.len() as u64;
        } else if !missing.is_empty() {
            self.report.products.created = products::write(self.context, self.control, &missing).await?.created as u64;
        }
        self.open(&plan, &standing, wanted).await?;
        self.post(&plan, standing).await
    }

    /// The products of the file that the catalogue does not have.
    fn missing(&self, names: &Names, known: &Known) -> Vec<Incoming> {
        if !self.options.create_missing {
            return Vec::new();
        }
        let mut fractions = vec![false; self.sales.codes.len()];
        for row in &self.sales.rows {
            fractions[row.code as usize] |= !row.quantity.is_whole();
        }
        let incoming = |(place, code): (usize, &str)| {
            let text = u32::try_from(place).ok().and_then(|place| names.place(place));
            let name = text.map_or(code, |text| self.sales.texts.get(text)).to_owned();
            let unit = if fractions[place] { Unit::Kilogram } else { Unit::Piece };
            Incoming {
                sku: code.to_owned(),
                patch: Patch { name: Some(name), unit: Some(unit), ..Patch::default() },
                ..Incoming::default()
            }
        };
        let unknown = |(_, code): &(usize, &str)| known.find(code).is_none();
        self.sales.codes.iter().enumerate().filter(unknown).map(incoming).collect()
    }

    fn count(&mut self, plan: &Plan, missing: usize) {
        for class in Class::ALL {
            self.report.count(class.name(), plan.classes.get(&class).copied().unwrap_or(0));
        }
        self.report.others.insert("sale_at_zero", plan.sales_at_zero);
        self.report.others.insert("missing_products", missing as u64);
        self.report.postings.planned = plan.groups.len() as u64;
    }

    /// What has not happened yet cannot be posted.
    fn refuse_the_future(&mut self, plan: &mut Plan) {
        let now = self.context.clock.now();
        let (sales, issues) = (&self.sales, &mut self.issues);
        plan.groups.retain(|group| {
            let past = group.at <= now;
            if !past {
                issues.extend(group.lines.iter().map(|line| {
                    let row = u64::from(sales.rows[line.row as usize].row);
                    Issue::new(row, Code::InFuture).at("at").value(&group.at.to_string())
                }));
            }
            past
        });
    }

    fn drafter<'b>(&'b self, plan: &'b Plan) -> Drafter<'b> {
        let location = self.options.location.as_deref();
        Drafter { sales: &self.sales, plan, origin: &self.origin, space: self.space, location }
    }

    async fn post(&mut self, plan: &Plan, standing: Standing) -> Result<(), ImportError> {
        let drafter = self.drafter(plan);
        let both = plan.groups.iter().zip(&standing.states);
        let whole = both.filter(|(_, state)| matches!(state, State::Missing | State::Stands));
        let whole: Vec<&Group> = whole.map(|(group, _)| group).collect();
        let drafts = whole.iter().map(|group| drafter.draft(group));
        let (mut postings, mut tally, mut issues) = (self.report.postings, Tally::default(), Vec::new());
        post::all(&self.ledger, self.control, drafts, plan.lines(), |place, outcome| {
            let group = whole[place];
            match outcome {
                Outcome::Posted(posted) => {
                    postings.posted += 1;
                    tally.take(group, &posted);
                }
                Outcome::Duplicate(posted) => {
                    postings.duplicate += 1;
                    tally.take(group, &posted);
                }
                Outcome::Rejected(rejection) => {
                    postings.rejected += 1;
                    issues.extend(self.rejected(group, &rejection));
                }
            }
        })
        .await?;
        self.issues.append(&mut issues);
        self.complete(plan, standing, (&mut postings, &mut tally)).await?;
        self.report.postings = postings;
        self.compare(plan, tally);
        Ok(())
    }

    /// The issues of the rows of a posting that the ledger did not take: the one at fault, and those with it.
    fn rejected(&self, group: &Group, rejection: &Rejection) -> Vec<Issue> {
        let at_fault = rejection.line();
        let issue = |(place, line): (usize, &plan::Line)| {
            let row = &self.sales.rows[line.row as usize];
            let own = at_fault.is_none_or(|fault| fault == place);
            let issue = Issue::new(u64::from(row.row), if own { Code::Rejected } else { Code::WithRejected });
            let value = if own { self.sales.codes.get(row.code) } else { self.sales.invoices.get(row.invoice) };
            issue.value(value).detail(if own { Message::from(rejection) } else { Message::default() })
        };
        group.lines.iter().enumerate().map(issue).collect()
    }

    /// Holds the ledger's sums against the file's. A code that stands for a case is compared in units of its product.
    fn compare(&mut self, plan: &Plan, mut posted: Tally) {
        for (code, sum) in std::mem::take(&mut self.sales.tally).file_sums() {
            let (sku, units) = plan.in_units(&self.sales, &code, sum);
            posted.in_file(sku.unwrap_or(&code), units);
        }
        self.report.sums = Some(Sums::from(posted));
    }

    fn finish(mut self) -> Report {
        let issues = std::mem::take(&mut self.issues);
        self.report.take_issues(issues);
        self.report
    }
}

#[cfg(test)]
mod tests;
