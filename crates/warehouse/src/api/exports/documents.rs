//! Documents with their lines: count sheets, transfers, purchase orders.
//!
//! Invariant: a row is a line with what its document says; a document without lines is a row without a line, so that none is missing.

use std::borrow::Cow;

use domain::{Timestamp, Zone};
use platform::http::{
    Principal, Problem,
    fields::{Fields, one_of, text},
    sheets::Cell,
};
use store::{
    Db,
    count::{self, SheetFilter},
    order,
    site::{self, Site, Sites},
    transfer::{self, TransferFilter},
};
use uuid::Uuid;

use super::rows::lot_cells;
use crate::{api::places, state::Warehouse};

/// Documents read at once.
const PAGE: usize = 50;

/// Documents with what narrows them.
pub(super) enum Documents {
    Counts { site: Option<String>, status: Option<count::Status> },
    Transfers { site: Option<String>, status: Option<transfer::Status> },
    Orders { supplier: Option<String> },
}

/// The sites of which the caller may see documents, and all there are, by whose zones instants are told.
pub(super) struct Places {
    asked: Sites,
    all: Vec<Site>,
}

/// The last document of a page: the instant they go by, and its identity.
pub(super) type Mark = (Timestamp, Uuid);

/// A page, and where the next one goes on.
pub(super) type Page = (Vec<Vec<Cell>>, Option<Mark>);

impl Documents {
    /// The documents of that name; `None` when it is none of theirs.
    pub(super) fn read(name: &str, fields: &mut Fields<'_>) -> Option<Documents> {
        let short = text(1..=200);
        Some(match name {
            "counts" => Documents::Counts {
                site: fields.optional("site", text(1..=64)),
                status: fields.optional("status", one_of(&["open", "closed"], count::Status::from_name)),
            },
            "transfers" => {
                let statuses = &transfer::Status::ALL.map(transfer::Status::name);
                Documents::Transfers {
                    site: fields.optional("site", text(1..=64)),
                    status: fields.optional("status", one_of(statuses, transfer::Status::from_name)),
                }
            }
            "orders" => Documents::Orders { supplier: fields.optional("supplier", short) },
            _ => return None,
        })
    }

    /// The names of their columns.
    pub(super) const fn header(&self) -> &'static [&'static str] {
        match self {
            Documents::Counts { .. } => COUNTS,
            Documents::Transfers { .. } => TRANSFERS,
            Documents::Orders { .. } => ORDERS,
        }
    }

    /// The sites of which the caller may see them. Orders are the whole house's: whoever sees one site alone is given none.
    pub(super) async fn places(&self, warehouse: &Warehouse, principal: &Principal) -> Result<Places, Problem> {
        match self {
            Documents::Counts { site, .. } | Documents::Transfers { site, .. } => {
                let asked = places::reading(&warehouse.db, principal, site.as_deref()).await?;
                Ok(Places { asked, all: site::list(&warehouse.db).await? })
            }
            Documents::Orders { .. } => {
                principal.everywhere().map(|()| Places { asked: Sites::Every, all: Vec::new() })
            }
        }
    }

    /// The newest of those before the mark.
    pub(super) async fn page(&self, db: &Db, places: &Places, before: Option<Mark>) -> Result<Page, Problem> {
        match self {
            Documents::Counts { status, .. } => {
                let filter = SheetFilter { sites: places.asked.clone(), status: *status, before };
                counts(db, places, &filter).await
            }
            Documents::Transfers { status, .. } => {
                let filter = TransferFilter { sites: places.asked.clone(), status: *status, before };
                transfers(db, places, &filter).await
            }
            Documents::Orders { supplier } => orders(db, supplier.as_deref(), before).await,
        }
    }
}

impl Places {
    /// All sites, these among them: one that was opened after they were listed has them listed again.
    async fn with<'c>(&self, db: &Db, mut codes: impl Iterator<Item = &'c str>) -> Result<Cow<'_, [Site]>, Problem> {
        let is_known = |code| self.all.iter().any(|site| site.code == code);
        Ok(if codes.all(is_known) { Cow::Borrowed(&self.all) } else { Cow::Owned(site::list(db).await?) })
    }
}

/// Where the next page goes on after one of so many that ends there.
fn next(found: usize, last: Option<Mark>) -> Option<Mark> {
    last.filter(|_| found == PAGE)
}

fn identities<D>(documents: &[D], of: impl Fn(&D) -> Uuid) -> Vec<Uuid> {
    documents.iter().map(of).collect()
}

fn most() -> i64 {
    i64::try_from(PAGE).unwrap_or(i64::MAX)
}

/// The rows of a document: what it says itself, before each of its lines or alone.
fn rows(head: &[Cell], lines: Vec<Vec<Cell>>, header: &[&str]) -> Vec<Vec<Cell>> {
    let alone = if lines.is_empty() { vec![vec![Cell::Empty; header.len() - head.len()]] } else { Vec::new() };
    let whole = |line: Vec<Cell>| head.iter().cloned().chain(line).collect();
    alone.into_iter().chain(lines).map(whole).collect()
}

/// The zone of the site of that code.
fn zone_of<'a>(sites: &'a [Site], code: &str) -> Result<&'a Zone, Problem> {
    let site = sites.iter().find(|site| site.code == code);
    site.map(|site| &site.zone).ok_or_else(|| Problem::bug(format!("site {code} is gone")))
}

const COUNTS: &[&str] = &[
    "id",
    "site",
    "location",
    "status",
    "blind",
    "opened_at",
    "opened_by",
    "closed_at",
    "note",
    "sku",
    "name",
    "lot",
    "expires_on",
    "counted",
    "counted_at",
    "counted_by",
    "recount",
    "first_counted",
    "expected",
    "difference",
];

async fn counts(db: &Db, places: &Places, filter: &SheetFilter) -> Result<Page, Problem> {
    let sheets = count::list(db, filter, most()).await?;
    let sites = places.with(db, sheets.iter().map(|sheet| sheet.site_code.as_str())).await?;
    let mut lines = count::lines_of(db, &identities(&sheets, |sheet| sheet.id)).await?;
    let mut page = Vec::new();
    for sheet in &sheets {
        let zone = zone_of(&sites, &sheet.site_code)?;
        let closed_at = sheet.closed_at.filter(|_| sheet.status == count::Status::Closed);
        let head = [
            Cell::text(sheet.id.to_string()),
            Cell::text(&sheet.site_code),
            Cell::text(&sheet.location_code),
            Cell::text(sheet.status.name()),
            Cell::truth(sheet.blind),
            Cell::text(sheet.opened_at.in_zone(zone)),
            Cell::text(&sheet.actor),
            Cell::optional(closed_at.map(|at| at.in_zone(zone))),
            Cell::text(&sheet.note),
        ];
        let lines = lines.remove(&sheet.id).unwrap_or_default();
        page.extend(rows(&head, lines.iter().map(|line| counted(line, zone)).collect(), COUNTS));
    }
    Ok((page, next(sheets.len(), sheets.last().map(|sheet| (sheet.opened_at, sheet.id)))))
}

/// What there should have been is known once a sheet is closed.
fn counted(line: &count::Line, zone: &Zone) -> Vec<Cell> {
    let [lot, expires_on] = lot_cells(line.lot_name.as_ref());
    vec![
        Cell::text(&line.sku),
        Cell::text(&line.name),
        lot,
        expires_on,
        line.counted.into(),
        Cell::text(line.counted_at.in_zone(zone)),
        Cell::text(&line.actor),
        Cell::truth(line.recount),
        line.first_counted.map_or(Cell::Empty, Cell::from),
        line.expected.map_or(Cell::Empty, Cell::from),
        line.expected.map_or(Cell::Empty, |expected| (line.counted - expected).into()),
    ]
}

const TRANSFERS: &[&str] = &[
    "id",
    "from_site",
    "to_site",
    "status",
    "sent_at",
    "actor",
    "note",
    "sku",
    "name",
    "lot",
    "expires_on",
    "quantity",
    "value",
    "received",
    "received_value",
    "returned",
    "missing",
];

async fn transfers(db: &Db, places: &Places, filter: &TransferFilter) -> Result<Page, Problem> {
    let found = transfer::list(db, filter, most()).await?;
    let sites = places.with(db, found.iter().map(|one| one.from_site.as_str())).await?;
    let mut lines = transfer::lines_of(db, &identities(&found, |one| one.id)).await?;
    let mut page = Vec::new();
    for one in &found {
        let head = [
            Cell::text(one.id.to_string()),
            Cell::text(&one.from_site),
            Cell::text(&one.to_site),
            Cell::text(one.status.name()),
            Cell::text(one.sent_at.in_zone(zone_of(&sites, &one.from_site)?)),
            Cell::text(&one.actor),
            Cell::text(&one.note),
        ];
        let lines = lines.remove(&one.id).unwrap_or_default();
        page.extend(rows(&head, lines.iter().map(on_the_way).collect(), TRANSFERS));
    }
    Ok((page, next(found.len(), found.last().map(|one| (one.sent_at, one.id)))))
}

fn on_the_way(line: &transfer::Line) -> Vec<Cell> {
    let [lot, expires_on] = lot_cells(line.lot_name.as_ref());
    vec![
        Cell::text(&line.sku),
        Cell::text(&line.name),
        lot,
        expires_on,
        line.quantity.into(),
        line.value.into(),
        line.received.into(),
        line.received_value.into(),
        line.returned.into(),
        line.missing().into(),
    ]
}

const ORDERS: &[&str] = &[
    "id",
    "supplier",
    "supplier_name",
    "number",
    "status",
    "ordered_at",
    "note",
    "sku",
    "name",
    "quantity",
    "unit_cost",
    "line_note",
];

async fn orders(db: &Db, supplier: Option<&str>, before: Option<Mark>) -> Result<Page, Problem> {
    let found = order::list(db, supplier, before, most()).await?;
    let mut lines = order::lines_of(db, &identities(&found, |one| one.id)).await?;
    let mut page = Vec::new();
    for one in &found {
        let head = [
            Cell::text(one.id.to_string()),
            Cell::text(&one.supplier),
            Cell::text(&one.supplier_name),
            Cell::text(&one.number),
            Cell::text(&one.status),
            Cell::text(one.ordered_at.to_string()),
            Cell::text(&one.note),
        ];
        let lines = lines.remove(&one.id).unwrap_or_default();
        page.extend(rows(&head, lines.iter().map(ordered).collect(), ORDERS));
    }
    Ok((page, next(found.len(), found.last().map(|one| (one.ordered_at, one.id)))))
}

fn ordered(line: &order::NamedLine) -> Vec<Cell> {
    vec![
        Cell::text(&line.sku),
        Cell::text(&line.name),
        line.quantity.into(),
        line.unit_cost.map_or(Cell::Empty, Cell::from),
        Cell::text(&line.note),
    ]
}
