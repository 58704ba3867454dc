//! How everything stands, read for whoever has to know it when nobody can be asked.
//!
//! Invariant: what is read together is of one instant, at the heads that the chains had then.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use domain::{
    Money, Quantity,
    ledger::{
        Books, LocationKind, LotDraft,
        books::{ProductCard, SiteBook},
        cost::Valuation,
        lots::{Lot, LotBalance},
    },
};
use sqlx::FromRow;

use super::{
    load::{NEVER, chains, products},
    rows,
};
use crate::{Bulk, Db, Result, Rows, catalog::Position, dialect::Kind::Int};

/// The head of a chain, and what its site was read at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Place {
    /// Number of the site.
    pub site: i64,
    /// Last place taken in its chain.
    pub seq: i64,
    /// Moves on with what its postings are judged by.
    pub revision: i64,
}

/// A product with what it is found by.
#[derive(Debug, Clone)]
pub struct Good {
    /// Where it stands among the changes of the catalogue.
    pub position: Position,
    /// What the ledger needs to know of it.
    pub card: Arc<ProductCard>,
    /// Its name.
    pub name: Box<str>,
    /// Folded name, brand and code.
    pub search_key: Box<str>,
    /// How much each site should have at least.
    pub minimum: Option<Quantity>,
}

/// How a product stands at a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// Last place of the chain at which this is so.
    pub seq: i64,
    /// On hand, and its value; `None` where it never was.
    pub valuation: Option<Valuation>,
    /// What internal locations hold, by location.
    pub held: Box<[(i64, LotBalance)]>,
}

/// How products stand, by site and product, and the lots of what is held.
#[derive(Debug, Default)]
pub struct Standing {
    /// Those that a site ever had.
    pub stands: HashMap<(i64, i64), Stand>,
    /// By number.
    pub lots: Vec<Lot>,
}

/// How a product stands at a site by the books of a batch.
pub fn stand_in(books: &Books, site: &SiteBook, product: i64, seq: i64) -> Stand {
    let internal = site.locations.iter().filter(|location| location.kind == LocationKind::Internal);
    let held = internal.flat_map(|location| {
        let balances = books.balances.get(&(location.id, product)).into_iter().flatten();
        balances.filter(|balance| balance.quantity != Quantity::ZERO).map(|balance| (location.id, *balance))
    });
    Stand { seq, valuation: books.valuations.get(&(site.id, product)).copied(), held: held.collect() }
}

/// How all that a batch touched stands by its books, by site and product.
pub(super) fn stands_in(books: &Books, touched: &BTreeSet<(i64, i64)>) -> Vec<((i64, i64), Stand)> {
    let mut stands = Vec::with_capacity(touched.len());
    for site in books.sites.values() {
        let Some(head) = books.chains.get(&site.id) else { continue };
        let products = touched.range((site.id, i64::MIN)..=(site.id, i64::MAX));
        stands.extend(products.map(|key| (*key, stand_in(books, site, key.1, head.seq))));
    }
    stands
}

/// The heads of all chains.
pub async fn places(db: &Db) -> Result<Vec<Place>> {
    db.query("SELECT c.site, c.seq, c.revision FROM chain c ORDER BY c.site").all().await
}

/// All sites by their codes.
pub async fn sites(db: &Db) -> Result<Vec<(String, Arc<SiteBook>)>> {
    let mut tx = db.read().await?;
    let found = chains::all(&mut tx).await?;
    tx.rollback().await?;
    Ok(found)
}

#[derive(FromRow)]
struct GoodRow {
    changed: i64,
    name: String,
    search_key: String,
    minimum: Option<i64>,
    #[sqlx(flatten)]
    card: products::ProductRow,
}

/// The products changed after that position, oldest change first, at most `limit`.
pub async fn goods_since(db: &Db, after: Position, limit: i64) -> Result<Vec<Good>> {
    let rows: Vec<GoodRow> = db
        .query(
            "SELECT p.id, p.changed, p.sku, p.name, p.search_key, p.minimum, p.unit, p.tracks_lots, p.tracks_expiry, p.active
             FROM product p WHERE p.changed >= $1 AND (p.changed > $1 OR p.id > $2) ORDER BY p.changed, p.id LIMIT $3",
        )
        .bind(after.changed)
        .bind(after.id)
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(good).collect()
}

fn good(row: GoodRow) -> Result<Good> {
    let card = Arc::new(products::card(&row.card)?);
    Ok(Good {
        position: Position { changed: row.changed, id: card.id },
        card,
        name: row.name.into(),
        search_key: row.search_key.into(),
        minimum: row.minimum.map(Quantity::from_milli),
    })
}

/// The products that were moved at a site after one place of its chain and up to another.
pub async fn moved(db: &Db, site: i64, after: i64, until: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = db
        .query("SELECT DISTINCT m.product FROM movement m WHERE m.site = $1 AND m.seq > $2 AND m.seq <= $3")
        .bind(site)
        .bind(after)
        .bind(until)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

static VALUATIONS: Bulk = Bulk::new(
    &[("product", Int)],
    "SELECT v.site, v.product, v.quantity, v.value, v.last_cost FROM input i JOIN valuation v ON v.product = i.product",
);

static BALANCES: Bulk = Bulk::new(
    &[("product", Int)],
    "SELECT l.site, b.location, b.product, b.lot, b.quantity FROM input i JOIN balance b ON b.product = i.product
     JOIN location l ON l.id = b.location WHERE b.quantity <> 0 AND l.kind = 0 ORDER BY b.product, b.location, b.lot",
);

static LOTS: Bulk = Bulk::new(
    &[("product", Int)],
    "SELECT DISTINCT o.id, o.product, o.code, o.expires_on FROM input i JOIN balance b ON b.product = i.product
     JOIN lot o ON o.id = b.lot WHERE b.quantity <> 0",
);

/// How these products stand at every site.
pub async fn standing(db: &Db, products: &[i64]) -> Result<Standing> {
    let asked = |statement: &'static Bulk| {
        let mut input = Rows::new(statement, db.backend());
        for product in products {
            input.int(*product);
        }
        input
    };
    let mut tx = db.read().await?;
    let heads: Vec<Place> = tx.query("SELECT c.site, c.seq, c.revision FROM chain c ORDER BY c.site").all().await?;
    let valuations: Vec<(i64, i64, i64, i64, i64)> = asked(&VALUATIONS).all(&mut tx).await?;
    let balances: Vec<(i64, i64, i64, i64, i64)> = asked(&BALANCES).all(&mut tx).await?;
    let lots: Vec<(i64, i64, String, i64)> = asked(&LOTS).all(&mut tx).await?;
    tx.rollback().await?;
    let seqs: HashMap<i64, i64> = heads.iter().map(|head| (head.site, head.seq)).collect();
    let stands = stands(&seqs, valuations, balances);
    let lots = lots.into_iter().map(|(id, product, code, expires_on)| {
        let expires_on = if expires_on == NEVER { None } else { Some(rows::day(expires_on)?) };
        Ok(Lot { id, product, name: LotDraft { code, expires_on } })
    });
    Ok(Standing { stands, lots: lots.collect::<Result<_>>()? })
}

fn stands(
    seqs: &HashMap<i64, i64>,
    valuations: Vec<(i64, i64, i64, i64, i64)>,
    balances: Vec<(i64, i64, i64, i64, i64)>,
) -> HashMap<(i64, i64), Stand> {
    let mut held: HashMap<(i64, i64), Vec<(i64, LotBalance)>> = HashMap::new();
    for (site, location, product, lot, quantity) in balances {
        let balance = LotBalance { lot, quantity: Quantity::from_milli(quantity) };
        held.entry((site, product)).or_default().push((location, balance));
    }
    let stand = |(site, product, quantity, value, last_cost)| {
        let (value, last_cost) = (Money::from_minor(value), Money::from_minor(last_cost));
        let valuation = Some(Valuation { quantity: Quantity::from_milli(quantity), value, last_cost });
        let held = held.remove(&(site, product)).unwrap_or_default().into();
        ((site, product), Stand { seq: seqs.get(&site).copied().unwrap_or_default(), valuation, held })
    };
    valuations.into_iter().map(stand).collect()
}
