//! The older system's database: suppliers, categories, products, orders and movements.
//!
//! Invariant: names that differ only by case, accents or punctuation are one product; every row of the older tables is taken,
//! or told with its table and number.

mod goods;
mod movements;
mod orders;

use std::collections::HashMap;

use domain::{Quantity, Timestamp, ids, ledger::Outcome};
use store::{
    Tx, catalog, category,
    ledger::read,
    legacy::{self, Legacy},
    product::Upserted,
    stock::{self, After, StockFilter},
    supplier::{self, NewSupplier},
};

use super::{
    Code, Context, Control, Ending, ImportError, Input, Issue, Kind, Message, ReadError, Report, Request, SPACE,
    ending,
    post::{self, Ledger, Origin},
    products,
    report::Sums,
    sales::sums::Tally,
};
use goods::Goods;
use movements::Moved;

/// How long before the first movement the openings are.
const BEFORE_SECONDS: i64 = 1;

/// Takes over a database of the older system.
pub(super) async fn run(context: &Context, request: Request, control: Control) -> Result<Report, ImportError> {
    let site = request.site()?.clone();
    let mut report = Report::new(Kind::Legacy, request.source());
    report.site = Some(site.code.clone());
    let old = read_file(&request.input).await?;
    let mut issues = Vec::new();
    let goods = Goods::gather(&old, &mut issues);
    let moved = movements::read(&old, &goods, &site.zone, context.clock.now(), &mut issues);
    let orders = orders::read(&old, &goods, &site.zone, &mut issues);
    leave_out(&old, &mut issues);
    count(&mut report, &old, &moved, orders.len());
    report.take_issues(issues);
    report.ending = ending(&report, &request.options);
    let origin = Origin { site: site.code.clone(), actor: context.actor.clone(), source: report.source.clone() };
    let space = ids::named(SPACE, &format!("legacy\0{}\0{}", site.code, report.source));
    let ledger = Ledger::of(context, request.options.dry_run);
    let work = Work { context, control: &control, ledger, old: &old, goods: &goods, moved: &moved, origin, space };
    if report.ending == Ending::DryRun && !(request.options.strict && report.has_errors()) {
        work.rehearse(&mut report, site.id, orders).await?;
        return Ok(report);
    }
    if report.ending != Ending::Done {
        let wanted = work.openings(&HashMap::new());
        report.take_issues(wanted.into_iter().flat_map(|opening| opening.issues).collect());
        return Ok(report);
    }
    work.write(&mut report, site.id, orders).await?;
    Ok(report)
}

async fn read_file(input: &Input) -> Result<Legacy, ImportError> {
    let name = input.name();
    let wrong =
        |es: &str, en: &str| ImportError::NotLegacy(Message { es: format!("{name} {es}"), en: format!("{name} {en}") });
    let Input::Path(path) = input else {
        return Err(wrong("tiene que ser un archivo de esta máquina", "has to be a file of this machine"));
    };
    match std::fs::metadata(path) {
        Ok(about) if !about.is_file() => return Err(wrong("no es un archivo", "is not a file")),
        Ok(_) => {}
        Err(source) => return Err(ImportError::Read(ReadError::Io { name, source })),
    }
    legacy::read(path).await.map_err(|error| match error {
        store::Error::Broken { detail, .. } => {
            wrong(&format!("no es del sistema anterior: {detail}"), &format!("is not of the older system: {detail}"))
        }
        store::Error::Damaged(_) => wrong("no es una base de datos SQLite", "is not an SQLite database"),
        error => ImportError::Store(error),
    })
}

/// What has no place here yet.
fn leave_out(old: &Legacy, issues: &mut Vec<Issue>) {
    for (table, count) in [("facturas_ocr", old.invoices), ("configuracion_sistema", old.settings)] {
        if count > 0 {
            issues.push(Issue::new(0, Code::LeftOut).at(table).detail(format!("{table}: {count}")));
        }
    }
}

fn count(report: &mut Report, old: &Legacy, moved: &[Moved], orders: usize) {
    report.count("supplier", old.suppliers.len() as u64);
    report.count("category", old.categories.len() as u64);
    report.count("product", old.products.len() as u64);
    report.count("order", orders as u64);
    report.count("order_line", old.order_lines.iter().filter(|line| line.line_id.is_some()).count() as u64);
    for one in moved {
        report.count(one.kind.name(), 1);
    }
    let lines = old.order_lines.len() as u64;
    report.rows.read =
        (old.suppliers.len() + old.categories.len() + old.products.len() + old.movements.len()) as u64 + lines;
    report.postings.planned = moved.len() as u64;
}

/// What is opened of a product, and what there is to say about it.
struct Opened {
    product: usize,
    quantity: Quantity,
    issues: Vec<Issue>,
}

struct Work<'a> {
    context: &'a Context,
    control: &'a Control,
    ledger: Ledger,
    old: &'a Legacy,
    goods: &'a Goods,
    moved: &'a [Moved],
    origin: Origin,
    space: uuid::Uuid,
}

impl Work<'_> {
    async fn write(&self, report: &mut Report, site: i64, orders: Vec<orders::Order>) -> Result<(), ImportError> {
        let mut issues = Vec::new();
        let mut tx = self.context.db.write().await?;
        self.write_names(&mut tx).await?;
        tx.commit().await?;
        let written = products::write(self.context, self.control, &self.goods.incoming()).await?;
        tell(&written, report, &mut issues);
        self.open(site, report, &mut issues).await?;
        self.post(report, &mut issues).await?;
        let mut tx = self.context.db.write().await?;
        let added = orders::write(&mut tx, orders, self.goods, self.space).await?;
        tx.commit().await?;
        report.others.insert("orders_added", added);
        report.take_issues(issues);
        Ok(())
    }

    /// What would become of it, with nothing written.
    async fn rehearse(&self, report: &mut Report, site: i64, orders: Vec<orders::Order>) -> Result<(), ImportError> {
        let (products, mut issues) = (self.goods.incoming(), Vec::new());
        let mut tx = self.context.db.write().await?;
        self.write_names(&mut tx).await?;
        let written = products::within(&mut tx, self.context, self.control, &products).await?;
        let added = orders::write(&mut tx, orders, self.goods, self.space).await?;
        tx.rollback().await?;
        tell(&written, report, &mut issues);
        self.ledger.invent(&products).await;
        self.open(site, report, &mut issues).await?;
        self.post(report, &mut issues).await?;
        report.others.insert("orders_added", added);
        report.take_issues(issues);
        Ok(())
    }

    /// Suppliers under the codes they have, and all categories, also those without products.
    async fn write_names(&self, tx: &mut Tx) -> store::Result<()> {
        catalog::begin_change(tx).await?;
        let suppliers: Vec<NewSupplier> = self.old.suppliers.iter().map(new_supplier).collect();
        supplier::ensure_all(tx, &suppliers, self.context.clock.now()).await?;
        let names: Vec<&str> = self.old.categories.iter().map(|category| category.name.as_str()).collect();
        category::ensure_all(tx, &names).await?;
        Ok(())
    }

    /// What each product lacks, or is said to have beyond its movements.
    fn openings(&self, held: &HashMap<String, Quantity>) -> Vec<Opened> {
        let mut balance: Vec<Quantity> =
            self.goods.all.iter().map(|product| held.get(&product.sku).copied().unwrap_or(Quantity::ZERO)).collect();
        let before = balance.clone();
        let mut lowest = vec![Quantity::ZERO; balance.len()];
        for one in self.moved {
            balance[one.product] += if one.comes_in() { one.quantity } else { -one.quantity };
            lowest[one.product] = lowest[one.product].min(balance[one.product]);
        }
        let open = |product: usize| self.opening(product, before[product], balance[product], lowest[product]);
        (0..balance.len()).filter_map(open).collect()
    }

    fn opening(&self, product: usize, before: Quantity, after: Quantity, lowest: Quantity) -> Option<Opened> {
        let goods = &self.goods.all[product];
        let lacking = -lowest;
        // Stock that is stated and that no movement explains was there from the beginning.
        let unexplained = goods.stated.map_or(Quantity::ZERO, |stated| stated - after);
        let quantity = if before > Quantity::ZERO { lacking } else { lacking.max(unexplained) };
        let mut issues = Vec::new();
        if lacking > Quantity::ZERO {
            let issue = Issue::new(0, Code::Oversold).at("movimientos_stock").value(&goods.name);
            issues.push(issue.detail(quantity.to_string()));
        }
        if let Some(stated) = goods.stated.filter(|stated| *stated != after + quantity) {
            let issue = Issue::new(goods.row, Code::StatedStock).at("productos").value(&stated.to_string());
            issues.push(issue.detail(format!("{}: {}", goods.name, after + quantity)));
        }
        (quantity > Quantity::ZERO || !issues.is_empty()).then_some(Opened { product, quantity, issues })
    }

    async fn open(&self, site: i64, report: &mut Report, issues: &mut Vec<Issue>) -> Result<(), ImportError> {
        let held = self.held(site).await?;
        let openings = self.openings(&held);
        let id = ids::named(self.space, "opening");
        let begun = match self.moved.first() {
            Some(first) => self.stands(first.id(self.space)).await?,
            None => false,
        };
        let first = self.moved.first().map_or_else(|| self.context.clock.now(), |first| first.at);
        // What was said the first time is said again from the file alone, not from what the first time left behind.
        let told = if begun { self.openings(&HashMap::new()) } else { Vec::new() };
        if begun || self.stands(id).await? {
            issues.extend(told.into_iter().flat_map(|opening| opening.issues));
            return Ok(());
        }
        let at = first.plus_seconds(-BEFORE_SECONDS);
        let draft =
            movements::opening(&self.origin, self.goods, id, at, openings.iter().map(|o| (o.product, o.quantity)));
        issues.extend(openings.into_iter().flat_map(|opening| opening.issues));
        let Some(draft) = draft else { return Ok(()) };
        let lines = draft.lines.len() as u64;
        let mut refused = None;
        post::all(&self.ledger, self.control, [draft], lines, |_, outcome| {
            if let Outcome::Rejected(rejection) = outcome {
                refused = Some(rejection);
            }
        })
        .await?;
        match refused {
            None => report.postings.openings = 1,
            Some(why) => issues.push(Issue::new(0, Code::Rejected).value("opening").detail(&why)),
        }
        Ok(())
    }

    async fn post(&self, report: &mut Report, issues: &mut Vec<Issue>) -> Result<(), ImportError> {
        let drafts = self.moved.iter().map(|one| one.draft(&self.origin, self.goods, self.space));
        let mut tally = Tally::default();
        for one in self.moved {
            tally.in_file(&self.goods.all[one.product].sku, one.signed(one.quantity));
        }
        let (mut postings, total) = (report.postings, self.moved.len() as u64);
        post::all(&self.ledger, self.control, drafts, total, |place, outcome| {
            let one = &self.moved[place];
            let posted = match outcome {
                Outcome::Posted(posted) => {
                    postings.posted += 1;
                    posted
                }
                Outcome::Duplicate(posted) => {
                    postings.duplicate += 1;
                    posted
                }
                Outcome::Rejected(rejection) => {
                    postings.rejected += 1;
                    let issue = Issue::new(one.row, Code::Rejected).at("movimientos_stock");
                    issues.push(issue.value(&self.goods.all[one.product].name).detail(&rejection));
                    return;
                }
            };
            tally.confirm(1);
            posted.lines.iter().for_each(|line| tally.in_ledger(&line.sku, one.signed(line.quantity)));
        })
        .await?;
        report.postings = postings;
        report.sums = Some(Sums::from(tally));
        Ok(())
    }

    async fn held(&self, site: i64) -> Result<HashMap<String, Quantity>, ImportError> {
        let filter = StockFilter { sites: site.into(), ..StockFilter::default() };
        let (mut held, mut after) = (HashMap::new(), After::default());
        loop {
            let page = stock::list(&self.context.db, &filter, &after, 5000).await?;
            let Some(last) = page.last() else { return Ok(held) };
            after = last.key.clone();
            for item in page {
                *held.entry(item.key.sku).or_insert(Quantity::ZERO) += item.quantity;
            }
        }
    }

    async fn stands(&self, id: uuid::Uuid) -> Result<bool, ImportError> {
        Ok(read::posting(&self.context.db, id).await?.is_some())
    }
}

/// What became of the products.
fn tell(written: &Upserted, report: &mut Report, issues: &mut Vec<Issue>) {
    report.products.created = written.created as u64;
    report.products.updated = written.updated as u64;
    report.products.unchanged = written.unchanged as u64;
    issues.extend(written.clashes.iter().map(|clash| {
        Issue::new(0, Code::BarcodeTaken).at("productos").value(&clash.code).detail(clash.owner.as_str())
    }));
}

fn new_supplier(old: &legacy::Supplier) -> NewSupplier {
    NewSupplier {
        code: Some(old.code.clone()).filter(|code| !code.trim().is_empty()),
        name: old.name.clone(),
        contact: old.contact.clone(),
        phone: old.phone.clone(),
        email: old.email.clone(),
        address: old.address.clone(),
        rules: old.rules.clone(),
    }
}

/// An instant of the older system, whose clocks were local.
fn instant(text: &str, zone: &domain::Zone) -> Result<Timestamp, Code> {
    super::moment::instant(text, "", super::moment::DateOrder::DayFirst, zone)
}

#[cfg(test)]
mod tests;
