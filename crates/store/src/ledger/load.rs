//! Loading the books of a batch: one statement for each kind of thing, whatever the number of drafts.
//!
//! Invariant: the chains of the sites are locked first and in order, so that concurrent writers of one site follow each
//! other and writers of different sites never wait in a circle. Everything read after that cannot change before the commit.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use domain::{
    Money, Quantity, Unit, Zone,
    ledger::{
        Books, Draft, LocationKind, LotDraft,
        books::{Chain, Earlier, Location, ProductCard, SiteBook},
        cost::Valuation,
        lots::{Lot, LotBalance},
    },
};
use uuid::Uuid;

use super::rows::{self, MovementRow, PostingRow, movement_columns, posting_columns};
use crate::{
    Bulk, Error, Result, Rows, Sql, Tx,
    db::Backend,
    dialect::Kind::{Int, Text, Uuid as Id},
    sequence,
};

/// Loads everything that the drafts touch and locks the chains of their sites.
pub(crate) async fn books(tx: &mut Tx, drafts: &[&Draft]) -> Result<Books> {
    let mut books = Books::default();
    sites(tx, drafts, &mut books).await?;
    earlier(tx, drafts, &mut books).await?;
    products(tx, drafts, &mut books).await?;
    balances(tx, &mut books).await?;
    valuations(tx, &mut books).await?;
    lots(tx, drafts, &mut books).await?;
    Ok(books)
}

#[derive(sqlx::FromRow)]
struct SiteRow {
    id: i64,
    code: String,
    timezone: String,
    allow_oversell: i64,
    receive_at: Option<i64>,
    sell_from: Option<i64>,
    seq: i64,
    hash: Vec<u8>,
    closed_through: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct LocationRow {
    id: i64,
    site: i64,
    code: String,
    kind: i64,
}

static LOCK_CHAINS: Bulk = Bulk::new(
    &[("code", Text)],
    "SELECT s.id, s.code, s.timezone, s.allow_oversell, s.receive_at, s.sell_from, c.seq, c.hash, c.closed_through
     FROM input i JOIN site s ON s.code = i.code JOIN chain c ON c.site = s.id ORDER BY s.id /* FOR UPDATE OF c */",
);

static LOCATIONS: Bulk = Bulk::new(
    &[("site", Int)],
    "SELECT l.id, l.site, l.code, l.kind FROM input i JOIN location l ON l.site = i.site ORDER BY l.id",
);

async fn sites(tx: &mut Tx, drafts: &[&Draft], books: &mut Books) -> Result<()> {
    let codes: BTreeSet<&str> = drafts.iter().map(|draft| draft.site.as_str()).collect();
    plan_by_index(tx).await?;
    let mut input = Rows::new(&LOCK_CHAINS, tx.backend());
    for code in &codes {
        input.text(*code);
    }
    let found: Vec<SiteRow> = input.all(tx).await?;
    let mut input = Rows::new(&LOCATIONS, tx.backend());
    for site in &found {
        input.int(site.id);
    }
    let mut places: HashMap<i64, Vec<Location>> = HashMap::new();
    for row in input.all::<LocationRow>(tx).await? {
        let broken = || Error::Broken { table: "location", detail: format!("kind {} of {}", row.kind, row.code) };
        let kind = LocationKind::from_code(row.kind).ok_or_else(broken)?;
        places.entry(row.site).or_default().push(Location { id: row.id, code: row.code.as_str().into(), kind });
    }
    for row in found {
        books.chains.insert(row.id, Chain { seq: row.seq, hash: rows::hash(&row.hash)? });
        let locations = places.remove(&row.id).unwrap_or_default();
        books.sites.insert(row.code.clone(), Arc::new(site_book(&row, locations)?));
    }
    Ok(())
}

/// Tells PostgreSQL to look rows up by index for the rest of the transaction. A plan made while a table was small would read
/// it whole for every batch after it has grown, until its statistics are renewed.
async fn plan_by_index(tx: &mut Tx) -> Result<()> {
    if tx.backend() == Backend::Postgres {
        let settings = "SELECT set_config('enable_seqscan', 'off', true) || set_config('enable_hashjoin', 'off', true)
           || set_config('enable_mergejoin', 'off', true)";
        tx.query(Sql::per_backend("SELECT ''", settings)).scalar::<String>().await?;
    }
    Ok(())
}

fn site_book(row: &SiteRow, locations: Vec<Location>) -> Result<SiteBook> {
    let broken = |_| Error::Broken { table: "site", detail: format!("time zone {} of {}", row.timezone, row.code) };
    // Unless the site says otherwise, goods come into its first place and are sold from its second.
    let mut internal = locations.iter().filter(|l| l.kind == LocationKind::Internal).map(|l| l.id);
    let (first, second) = (internal.next(), internal.next());
    Ok(SiteBook {
        id: row.id,
        zone: Zone::named(&row.timezone).map_err(broken)?,
        allow_oversell: row.allow_oversell == 1,
        closed_through: row.closed_through.map(rows::day).transpose()?,
        receive_at: row.receive_at.or(first),
        sell_from: row.sell_from.or(second).or(first),
        locations,
    })
}

static EARLIER: Bulk =
    Bulk::new(&[("id", Id)], concat!("SELECT ", posting_columns!(), " FROM input i JOIN posting g ON g.id = i.id"));

static EARLIER_MOVEMENTS: Bulk = Bulk::new(
    &[("site", Int), ("seq", Int)],
    concat!(
        "SELECT m.site AS at_site, ",
        movement_columns!(),
        ", p.sku FROM input i JOIN movement m ON m.site = i.site AND m.seq = i.seq JOIN product p ON p.id = m.product
         ORDER BY m.site, m.seq, m.line"
    ),
);

static CORRECTED: Bulk =
    Bulk::new(&[("id", Id)], "SELECT g.corrects FROM input i JOIN posting g ON g.corrects = i.id WHERE g.kind = 15");

#[derive(sqlx::FromRow)]
struct EarlierMovement {
    at_site: i64,
    sku: String,
    #[sqlx(flatten)]
    row: MovementRow,
}

/// Postings that have the id of a draft, and those that a draft corrects or takes back from.
async fn earlier(tx: &mut Tx, drafts: &[&Draft], books: &mut Books) -> Result<()> {
    let corrects: HashSet<Uuid> = drafts.iter().filter_map(|draft| draft.corrects).collect();
    let mut input = Rows::new(&EARLIER, tx.backend());
    let ids: HashSet<Uuid> = drafts.iter().map(|draft| draft.id).chain(corrects.iter().copied()).collect();
    for id in &ids {
        input.uuid(*id);
    }
    let mut entries = HashMap::new();
    for row in input.all::<PostingRow>(tx).await? {
        entries.insert((row.site, row.seq), row.entry()?);
    }
    if entries.is_empty() {
        return Ok(());
    }
    let mut input = Rows::new(&EARLIER_MOVEMENTS, tx.backend());
    for (site, seq) in entries.keys() {
        input.int(*site).int(*seq);
    }
    for found in input.all::<EarlierMovement>(tx).await? {
        let sku = HashMap::from([(found.row.product, Arc::from(found.sku.as_str()))]);
        if let Some(entry) = entries.get_mut(&(found.at_site, found.row.seq)) {
            entry.movements.push(found.row.movement(&sku)?);
        }
    }
    let corrected = corrected(tx, &corrects).await?;
    for entry in entries.into_values() {
        let corrected = corrected.contains(&entry.id);
        books.earlier.insert(entry.id, Earlier { entry: Arc::new(entry), corrected });
    }
    Ok(())
}

async fn corrected(tx: &mut Tx, ids: &HashSet<Uuid>) -> Result<HashSet<Uuid>> {
    let mut input = Rows::new(&CORRECTED, tx.backend());
    for id in ids {
        input.uuid(*id);
    }
    Ok(input.all::<(Uuid,)>(tx).await?.into_iter().map(|row| row.0).collect())
}

/// Position of the SKU asked for, number, position of the unit in [`Unit::ALL`], lots, expiry, active.
static PRODUCTS: Bulk = Bulk::new(
    &[("position", Int), ("sku", Text)],
    "SELECT string_agg(i.position || ' ' || p.id || ' '
       || CASE p.unit WHEN 'unit' THEN 0 WHEN 'kg' THEN 1 WHEN 'l' THEN 2 WHEN 'm' THEN 3 ELSE -1 END
       || ' ' || p.tracks_lots || ' ' || p.tracks_expiry || ' ' || p.active, ';')
     FROM input i JOIN product p ON p.sku = i.sku",
);

/// Products that lines name, and those of postings to reverse.
async fn products(tx: &mut Tx, drafts: &[&Draft], books: &mut Books) -> Result<()> {
    let named = drafts.iter().flat_map(|draft| &draft.lines).map(|line| line.sku.as_str());
    let reversed = books.earlier.values().flat_map(|earlier| &earlier.entry.movements).map(|movement| &*movement.sku);
    let skus: HashSet<&str> = named.chain(reversed).collect();
    let skus: Vec<Arc<str>> = skus.into_iter().map(Arc::from).collect();
    let mut input = Rows::new(&PRODUCTS, tx.backend());
    for (position, sku) in (0_i64..).zip(&skus) {
        input.int(position).text(&**sku);
    }
    for [position, id, unit, tracks_lots, tracks_expiry, active] in packed(input, tx).await? {
        let broken = || Error::Broken { table: "product", detail: format!("product number {id}") };
        let place = |index: i64| usize::try_from(index).map_err(|_| broken());
        let sku = skus.get(place(position)?).ok_or_else(broken)?;
        let card = ProductCard {
            id,
            sku: Arc::clone(sku),
            unit: Unit::ALL.get(place(unit)?).copied().ok_or_else(broken)?,
            tracks_lots: tracks_lots == 1,
            tracks_expiry: tracks_expiry == 1,
            active: active == 1,
        };
        books.products.insert(sku.to_string(), Arc::new(card));
    }
    Ok(())
}

/// The rows of a statement that joins them into one text.
async fn packed<const N: usize>(input: Rows<'_>, tx: &mut Tx) -> Result<Vec<[i64; N]>> {
    let found: Vec<(Option<String>,)> = input.all(tx).await?;
    rows::unpack(found.first().and_then(|row| row.0.as_deref()).unwrap_or_default())
}

static BALANCES: Bulk = Bulk::new(
    &[("location", Int), ("product", Int)],
    "SELECT string_agg(b.location || ' ' || b.product || ' ' || b.lot || ' ' || b.quantity, ';') FROM input i
     JOIN balance b ON b.location = i.location AND b.product = i.product WHERE b.quantity <> 0",
);

async fn balances(tx: &mut Tx, books: &mut Books) -> Result<()> {
    let places = books.sites.values().flat_map(|site| &site.locations);
    let internal: Vec<i64> = places.filter(|l| l.kind == LocationKind::Internal).map(|l| l.id).collect();
    let mut input = Rows::new(&BALANCES, tx.backend());
    for location in internal {
        for product in books.products.values() {
            input.int(location).int(product.id);
        }
    }
    for [location, product, lot, quantity] in packed(input, tx).await? {
        let balance = LotBalance { lot, quantity: Quantity::from_milli(quantity) };
        books.balances.entry((location, product)).or_default().push(balance);
    }
    Ok(())
}

static VALUATIONS: Bulk = Bulk::new(
    &[("site", Int), ("product", Int)],
    "SELECT string_agg(v.site || ' ' || v.product || ' ' || v.quantity || ' ' || v.value || ' ' || v.last_cost, ';') FROM input i
     JOIN valuation v ON v.site = i.site AND v.product = i.product",
);

async fn valuations(tx: &mut Tx, books: &mut Books) -> Result<()> {
    let mut input = Rows::new(&VALUATIONS, tx.backend());
    for site in books.sites.values() {
        for product in books.products.values() {
            input.int(site.id).int(product.id);
        }
    }
    for [site, product, quantity, value, last_cost] in packed(input, tx).await? {
        let (value, last_cost) = (Money::from_minor(value), Money::from_minor(last_cost));
        let quantity = Quantity::from_milli(quantity);
        books.valuations.insert((site, product), Valuation { quantity, value, last_cost });
    }
    Ok(())
}

static LOTS_BY_ID: Bulk =
    Bulk::new(&[("id", Int)], "SELECT l.id, l.product, l.code, l.expires_on FROM input i JOIN lot l ON l.id = i.id");

static LOTS_BY_CODE: Bulk = Bulk::new(
    &[("product", Int), ("code", Text)],
    "SELECT l.id, l.product, l.code, l.expires_on FROM input i JOIN lot l ON l.product = i.product AND l.code = i.code",
);

/// The day stored for a lot without expiry: later than any real one.
pub(crate) const NEVER: i64 = 9_999_999;

async fn lots(tx: &mut Tx, drafts: &[&Draft], books: &mut Books) -> Result<()> {
    let held = books.balances.values().flatten().map(|balance| balance.lot);
    let moved = books.earlier.values().flat_map(|earlier| &earlier.entry.movements).map(|movement| movement.lot);
    let ids: HashSet<i64> = held.chain(moved).filter(|lot| *lot != 0).collect();
    let lines = drafts.iter().flat_map(|draft| &draft.lines);
    let named: HashSet<(i64, &str)> =
        lines.filter_map(|line| Some((books.products.get(&line.sku)?.id, line.lot.as_ref()?.code.as_str()))).collect();
    let mut by_id = Rows::new(&LOTS_BY_ID, tx.backend());
    for id in ids {
        by_id.int(id);
    }
    let mut by_code = Rows::new(&LOTS_BY_CODE, tx.backend());
    for (product, code) in &named {
        by_code.int(*product).text(*code);
    }
    let names_lots = !named.is_empty();
    let mut found: Vec<(i64, i64, String, i64)> = by_id.all(tx).await?;
    found.extend(by_code.all::<(i64, i64, String, i64)>(tx).await?);
    for (id, product, code, expires_on) in found {
        let expires_on = if expires_on == NEVER { None } else { Some(rows::day(expires_on)?) };
        books.lots.insert(id, Lot { id, product, name: LotDraft { code, expires_on } });
    }
    if names_lots {
        books.next_lot = sequence::peek(tx, "lot").await?;
    }
    Ok(())
}
