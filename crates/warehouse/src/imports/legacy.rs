//! The older system's database: suppliers, categories, products, orders and movements.
//!
//! Invariant: names that differ only by case, accents or punctuation are one product; every row of the older tables is taken,
//! or told with its table and number.

pub mod file;
mod goods;
mod movements;
mod opening;
mod orders;
mod retire;

use access::supplier::Contact;
use domain::{Timestamp, ids, ledger::Outcome};
use platform::vault::Vault;
use store::{
    Tx, catalog, category,
    legacy::{self, Legacy},
    product::Upserted,
    site::Site,
    supplier::{self, NewSupplier},
};

use super::{
    Code, Context, Control, Ending, ImportError, Issue, Kind, Report, Request, SPACE, ending,
    opening::open_from,
    post::{self, Ledger, Origin},
    products,
    report::Sums,
    sales::sums::Tally,
};
use goods::Goods;
use movements::Moved;
use retire::Retiring;

/// Takes over a database of the older system.
pub(super) async fn run(context: &Context, request: Request, control: Control) -> Result<Report, ImportError> {
    let site = request.site()?.clone();
    let mut report = Report::new(Kind::Legacy, request.source());
    report.site = Some(site.code.clone());
    let old = file::read(context, &request.input).await?;
    let mut issues = Vec::new();
    let goods = Goods::gather(&old, &mut issues);
    let moved = movements::read(&old, &goods, &site.zone, context.clock.now(), &mut issues);
    let orders = orders::read(&old, &goods, &site.zone, &mut issues);
    leave_out(&old, &mut issues);
    leave_out_contacts(&old, &context.vault, &mut issues);
    count(&mut report, &old, &moved, orders.len());
    report.take_issues(issues);
    report.ending = ending(&report, &request.options);
    let origin = Origin { site: site.code.clone(), actor: context.actor.clone(), source: report.source.clone() };
    let space = ids::named(SPACE, &format!("legacy\0{}\0{}", site.code, report.source));
    let ledger = Ledger::of(context, request.options.dry_run);
    let open_from = open_from(context, &site).await?;
    let (old, goods, moved) = (&old, &goods, moved.as_slice());
    let work = Work { context, control: &control, ledger, old, goods, moved, origin, space, site, open_from };
    if report.ending == Ending::DryRun && !(request.options.strict && report.has_errors()) {
        work.rehearse(&mut report, orders).await?;
        return Ok(report);
    }
    if report.ending != Ending::Done {
        report.take_issues(work.not_done().await?);
        return Ok(report);
    }
    work.write(&mut report, orders).await?;
    Ok(report)
}

/// What has no place here yet.
fn leave_out(old: &Legacy, issues: &mut Vec<Issue>) {
    for (table, count) in [("facturas_ocr", old.invoices), ("configuracion_sistema", old.settings)] {
        if count > 0 {
            issues.push(Issue::new(0, Code::LeftOut).at(table).detail(format!("{table}: {count}")));
        }
    }
}

/// Without a key nothing can be kept of people whom suppliers are reached by.
fn leave_out_contacts(old: &Legacy, vault: &Vault, issues: &mut Vec<Issue>) {
    let reached = old.suppliers.iter().filter(|supplier| !contact(supplier).is_empty()).count();
    if reached > 0 && !vault.is_open() {
        issues.push(Issue::new(0, Code::ContactsLeftOut).at("proveedores").value(&reached.to_string()));
    }
}

fn count(report: &mut Report, old: &Legacy, moved: &[Moved], orders: usize) {
    report.count("supplier", old.suppliers.len() as u64);
    report.count("category", old.categories.len() as u64);
    report.count("product", old.products.len() as u64);
    report.count("order", orders as u64);
    report.count("order_line", old.orders.iter().map(|order| order.lines.len()).sum::<usize>() as u64);
    for one in moved {
        report.count(one.kind.name(), 1);
    }
    let named = old.suppliers.len() + old.categories.len() + old.products.len() + old.movements.len();
    report.rows.read = (named + old.orders.len()) as u64 + report.classes["order_line"];
    report.postings.planned = moved.len() as u64;
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
    site: Site,
    /// What happened before is of a closed day.
    open_from: Option<Timestamp>,
}

impl Work<'_> {
    async fn write(&self, report: &mut Report, orders: Vec<orders::Order>) -> Result<(), ImportError> {
        let (mut issues, mut retiring) = (Vec::new(), Retiring::of(self.context, self.goods).await?);
        let mut tx = self.context.db.write().await?;
        self.write_names(&mut tx).await?;
        tx.commit().await?;
        let written = products::write(self.context, self.control, &self.goods.incoming()).await?;
        tell(&written, report, &mut issues);
        retiring.add(self.open(report, &mut issues).await?.into_iter().enumerate());
        self.post(report, &mut retiring, &mut issues).await?;
        let gone = self.retire(&retiring, report, &mut issues);
        products::write(self.context, self.control, &gone).await?;
        let mut tx = self.context.db.write().await?;
        let added = orders::write(&mut tx, orders, self.goods, self.space).await?;
        tx.commit().await?;
        report.others.insert("orders_added", added);
        report.take_issues(issues);
        Ok(())
    }

    /// What would become of it, with nothing written.
    async fn rehearse(&self, report: &mut Report, orders: Vec<orders::Order>) -> Result<(), ImportError> {
        let (products, mut issues) = (self.goods.incoming(), Vec::new());
        let mut retiring = Retiring::of(self.context, self.goods).await?;
        let mut tx = self.context.db.write().await?;
        self.write_names(&mut tx).await?;
        let written = products::within(&mut tx, self.context, self.control, &products).await?;
        let added = orders::write(&mut tx, orders, self.goods, self.space).await?;
        tx.rollback().await?;
        tell(&written, report, &mut issues);
        self.ledger.invent(&products).await;
        retiring.add(self.open(report, &mut issues).await?.into_iter().enumerate());
        self.post(report, &mut retiring, &mut issues).await?;
        self.retire(&retiring, report, &mut issues);
        report.others.insert("orders_added", added);
        report.take_issues(issues);
        Ok(())
    }

    /// Suppliers under the codes they have and how they are reached, and all categories, also those without products.
    async fn write_names(&self, tx: &mut Tx) -> Result<(), ImportError> {
        catalog::begin_change(tx).await?;
        let suppliers: Vec<NewSupplier> = self.old.suppliers.iter().map(new_supplier).collect();
        let known = supplier::ensure_all(tx, &suppliers, self.context.clock.now()).await?;
        if self.context.vault.is_open() {
            let number = |old: &legacy::Supplier| known.get(&supplier::key_of(&old.name)).map(|named| named.id);
            let reached = |old| number(old).map(|id| (id, contact(old)));
            let contacts: Vec<(i64, Contact)> = self.old.suppliers.iter().filter_map(reached).collect();
            access::supplier::bring_in(&self.context.vault, tx, &contacts).await?;
        }
        let names: Vec<&str> = self.old.categories.iter().map(|category| category.name.as_str()).collect();
        category::ensure_all(tx, &names).await?;
        Ok(())
    }

    async fn post(
        &self,
        report: &mut Report,
        retiring: &mut Retiring,
        issues: &mut Vec<Issue>,
    ) -> Result<(), ImportError> {
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
                    retiring.add([one.change()].into_iter());
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
        rules: old.rules.clone(),
    }
}

fn contact(old: &legacy::Supplier) -> Contact {
    let legacy::Supplier { contact, phone, email, address, .. } = old.clone();
    Contact { contact, phone, email, address }
}

/// An instant of the older system, whose clocks were local.
fn instant(text: &str, zone: &domain::Zone) -> Result<Timestamp, Code> {
    super::moment::instant(text, "", super::moment::DateOrder::DayFirst, zone)
}

#[cfg(test)]
mod tests;
