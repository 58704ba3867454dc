//! The tables that can leave, read page by page.
//!
//! Invariant: the filters are those of the list the table stands for; an unknown one is refused.

use domain::{Day, Zone, ledger::PostingKind};
use futures_util::{FutureExt, future::BoxFuture};
use platform::http::{
    Principal, Problem,
    fields::{Fields, boolean, day, text},
    sheets::{Cell, Pages, Rows},
};
use store::{
    ledger::read::{self, Before, MovementFilter, PostingFilter, Span},
    product,
    site::{Site, Sites},
    stock::After,
    supplier,
};

use super::{
    documents::{Documents, Mark, Places},
    rows,
};
use crate::{
    api::{
        places,
        postings::draft::kind,
        stock::{list::StockQuery, valuation::worth},
        walk,
    },
    state::Warehouse,
};

/// Rows read at once.
const PAGE: usize = 500;

/// A table with what narrows it.
pub(super) enum Table {
    Products(product::Filter),
    Prices { sku: Option<String> },
    Suppliers,
    Stock(StockQuery),
    Valuation { site: Option<String>, as_of: Option<Day> },
    Movements(Narrowed),
    Postings(Narrowed),
    Documents(Documents),
}

/// What narrows a table of postings or movements.
pub(super) struct Narrowed {
    site: Option<String>,
    sku: Option<String>,
    kind: Option<PostingKind>,
    actor: Option<String>,
    span: Span,
}

impl Table {
    /// The table of that name with its filters; `None` when there is no such table.
    pub(super) fn read(name: &str, query: &str) -> Result<Option<Table>, Problem> {
        let fields = Fields::from_query(query)?;
        let site = |fields: &mut Fields<'_>| fields.optional("site", text(1..=64));
        Ok(Some(match name {
            "products" => fields.read(|f| Some(Table::Products(products(f))))?,
            "prices" => fields.read(|f| Some(Table::Prices { sku: f.optional("sku", text(1..=64)) }))?,
            "suppliers" => fields.read(|_| Some(Table::Suppliers))?,
            "counts" | "transfers" | "orders" => fields.read(|f| Documents::read(name, f).map(Table::Documents))?,
            "stock" => fields.read(|f| Some(Table::Stock(StockQuery::read(f))))?,
            "valuation" => {
                fields.read(|f| Some(Table::Valuation { site: site(f), as_of: f.optional("as_of", day) }))?
            }
            "movements" => fields.read(|f| Some(Table::Movements(narrowed(f, false))))?,
            "postings" => fields.read(|f| Some(Table::Postings(narrowed(f, true))))?,
            _ => return Ok(None),
        }))
    }

    /// The names of its columns.
    pub(super) fn header(&self) -> &'static [&'static str] {
        match self {
            Table::Products(_) => rows::PRODUCTS,
            Table::Prices { .. } => rows::PRICES,
            Table::Suppliers => rows::SUPPLIERS,
            Table::Stock(_) => rows::STOCK,
            Table::Valuation { .. } => rows::VALUATION,
            Table::Movements(_) => rows::MOVEMENTS,
            Table::Postings(_) => rows::POSTINGS,
            Table::Documents(documents) => documents.header(),
        }
    }

    /// Begins to read it; whatever its filters name must be there.
    pub(super) async fn open(self, warehouse: Warehouse, principal: Principal) -> Result<Reader, Problem> {
        let position = match &self {
            Table::Products(_) => Position::Products(String::new()),
            Table::Prices { sku } => {
                let product = asked(&warehouse, sku.as_deref()).await?;
                Position::Prices(product, String::new(), i64::MIN)
            }
            Table::Suppliers => principal.everywhere().map(|()| Position::Suppliers)?,
            Table::Documents(documents) => Position::Documents(documents.places(&warehouse, &principal).await?, None),
            Table::Stock(_) => Position::Stock(After::default()),
            Table::Valuation { site, .. } => {
                let sites = places::reading(&warehouse.db, &principal, site.as_deref()).await?;
                Position::Valuation(sites, String::new(), 0)
            }
            Table::Movements(narrowed) | Table::Postings(narrowed) => {
                let sites = places::sites_asked(&warehouse.db, &principal, narrowed.site.as_deref()).await?;
                let product = asked(&warehouse, narrowed.sku.as_deref()).await?;
                let starts = sites.iter().map(|site| (Before::newest(site.id), site.zone.clone())).collect();
                Position::Chains { sites, product, starts }
            }
        };
        Ok(Reader { table: self, warehouse, principal, position: Some(position) })
    }
}

/// The product that is asked for, if one is.
async fn asked(warehouse: &Warehouse, sku: Option<&str>) -> Result<Option<i64>, Problem> {
    match sku {
        Some(sku) => Ok(Some(places::product_asked(&warehouse.db, sku).await?)),
        None => Ok(None),
    }
}

fn products(fields: &mut Fields<'_>) -> product::Filter {
    product::Filter {
        category: fields.optional("category", text(1..=500)),
        supplier: fields.optional("supplier", text(1..=200)),
        brand: fields.optional("brand", text(1..=200)),
        active: fields.optional("active", boolean),
    }
}

fn narrowed(fields: &mut Fields<'_>, by_actor: bool) -> Narrowed {
    Narrowed {
        site: fields.optional("site", text(1..=64)),
        sku: fields.optional("sku", text(1..=64)),
        kind: fields.optional("kind", kind),
        actor: if by_actor { fields.optional("actor", text(1..=200)) } else { None },
        span: walk::span(fields),
    }
}

enum Position {
    Products(String),
    Prices(Option<i64>, String, i64),
    Suppliers,
    Documents(Places, Option<Mark>),
    Stock(After),
    Valuation(Sites, String, i64),
    Chains { sites: Vec<Site>, product: Option<i64>, starts: Vec<(Before, Zone)> },
}

/// A table being read.
pub(super) struct Reader {
    table: Table,
    warehouse: Warehouse,
    principal: Principal,
    position: Option<Position>,
}

impl Pages for Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Rows>, Problem>> {
        self.page().boxed()
    }
}

impl Reader {
    async fn page(&mut self) -> Result<Option<Rows>, Problem> {
        let Some(position) = self.position.take() else { return Ok(None) };
        let (rows, next) = match (&self.table, position) {
            (Table::Products(filter), Position::Products(after)) => {
                let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
                let page = product::list(&self.warehouse.db, filter, &after, most).await?;
                let next = page.last().filter(|_| page.len() == PAGE).map(|last| Position::Products(last.sku.clone()));
                (page.iter().map(rows::product).collect(), next)
            }
            (Table::Prices { .. }, Position::Prices(product, sku, at)) => {
                let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
                let page = product::past_prices(&self.warehouse.db, product, (&sku, at), most).await?;
                let last = page.last().filter(|_| page.len() == PAGE);
                let next = last.map(|one| Position::Prices(product, one.sku.clone(), one.entry.valid_from.micros()));
                (page.iter().map(rows::price).collect(), next)
            }
            (Table::Suppliers, Position::Suppliers) => {
                (supplier::list(&self.warehouse.db).await?.iter().map(rows::supplier).collect(), None)
            }
            (Table::Documents(documents), Position::Documents(places, before)) => {
                let (rows, next) = documents.page(&self.warehouse.db, &places, before).await?;
                (rows, next.map(|mark| Position::Documents(places, Some(mark))))
            }
            (Table::Stock(query), Position::Stock(after)) => {
                let page = query.page((&self.warehouse, &self.principal), &after, PAGE).await?;
                let next = page.last().filter(|_| page.len() == PAGE).map(|last| Position::Stock(last.key.clone()));
                (page.iter().map(rows::stock).collect(), next)
            }
            (Table::Valuation { as_of, .. }, Position::Valuation(sites, sku, at)) => {
                let page = worth(&self.warehouse, (&sites, *as_of), (&sku, at), PAGE).await?.items;
                let last = page.last().filter(|_| page.len() == PAGE);
                let next = last.map(|last| Position::Valuation(sites, last.sku.clone(), last.site));
                (page.iter().map(rows::valued).collect(), next)
            }
            (Table::Movements(narrowed) | Table::Postings(narrowed), Position::Chains { sites, product, starts }) => {
                let movements = matches!(self.table, Table::Movements(_));
                chains(&self.warehouse, (narrowed, movements), (sites, product, starts)).await?
            }
            _ => return Err(Problem::bug("a table was read at the place of another")),
        };
        self.position = next;
        Ok(Some(rows))
    }
}

type Walked = (Vec<Site>, Option<i64>, Vec<(Before, Zone)>);

async fn chains(
    warehouse: &Warehouse,
    (narrowed, movements): (&Narrowed, bool),
    (sites, product, starts): Walked,
) -> Result<(Vec<Vec<Cell>>, Option<Position>), Problem> {
    let db = &warehouse.db;
    let find = |number: i64| sites.iter().find(|site| site.id == number);
    let (rows, next): (Vec<Vec<Cell>>, Vec<Before>) = if movements {
        let filter = MovementFilter { kind: narrowed.kind, span: narrowed.span };
        let page = read::movements(db, product, &starts, &filter, PAGE).await?;
        (page.items.iter().filter_map(|one| find(one.site).map(|site| rows::movement(one, site))).collect(), page.next)
    } else {
        let filter = PostingFilter { product, kind: narrowed.kind, actor: narrowed.actor.clone(), span: narrowed.span };
        let page = read::postings(db, &starts, &filter, PAGE).await?;
        (page.items.iter().filter_map(|one| find(one.site).map(|site| rows::posting(one, site))).collect(), page.next)
    };
    let starts: Vec<(Before, Zone)> =
        next.into_iter().zip(&starts).map(|(before, (_, zone))| (before, zone.clone())).collect();
    let position = (!starts.is_empty()).then_some(Position::Chains { sites, product, starts });
    Ok((rows, position))
}
