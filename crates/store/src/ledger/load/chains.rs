//! The chains of a batch, locked, and their sites.
//!
//! Invariant: chains are locked first and in order, so that concurrent writers of one site follow each other and writers of
//! different sites never wait in a circle. Everything read after that cannot change before the commit.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use domain::{
    Zone,
    ledger::{
        Books, LocationKind,
        books::{Chain, Location, SiteBook},
    },
};

use crate::{
    Bulk, Error, Result, Rows, Tx,
    dialect::Kind::{Int, Text},
    ledger::{
        known::{Head, Heads, Known},
        rows,
    },
};

#[derive(sqlx::FromRow)]
struct ChainRow {
    id: i64,
    code: String,
    seq: i64,
    hash: Vec<u8>,
    revision: i64,
}

impl ChainRow {
    fn head(&self) -> Result<Chain> {
        Ok(Chain { seq: self.seq, hash: rows::hash(&self.hash)? })
    }
}

static LOCK: Bulk = Bulk::new(
    &[("code", Text)],
    "SELECT s.id, s.code, c.seq, c.hash, c.revision
     FROM input i JOIN site s ON s.code = i.code JOIN chain c ON c.site = s.id ORDER BY s.id /* FOR UPDATE OF c */",
);

/// Locks the chains of those sites and gives each its book.
pub(super) async fn lock(tx: &mut Tx, known: &mut Known, codes: BTreeSet<&str>) -> Result<(Books, Heads)> {
    let mut input = Rows::new(&LOCK, tx.backend());
    for code in &codes {
        input.text(*code);
    }
    let found: Vec<ChainRow> = input.all(tx).await?;
    for row in &found {
        known.at(&row.code, row.id, row.revision, row.head()?);
    }
    if found.iter().any(|row| known.site(&row.code).is_none()) {
        learn(tx, known, &found).await?;
    }
    let (mut books, mut heads) = (Books::default(), Heads::new());
    for row in found {
        let missing = || Error::Broken { table: "chain", detail: format!("of no site: {}", row.code) };
        let book = known.site(&row.code).ok_or_else(missing)?;
        let chain = row.head()?;
        heads.insert(row.id, Head { chain, revision: row.revision });
        books.chains.insert(row.id, chain);
        books.sites.insert(row.code.clone(), Arc::clone(book));
    }
    Ok((books, heads))
}

#[derive(sqlx::FromRow)]
struct SiteRow {
    id: i64,
    code: String,
    timezone: String,
    allow_oversell: i64,
    receive_at: Option<i64>,
    sell_from: Option<i64>,
    closed_through: Option<i64>,
    revision: i64,
}

#[derive(sqlx::FromRow)]
struct LocationRow {
    id: i64,
    site: i64,
    code: String,
    kind: i64,
}

static SITES: Bulk = Bulk::new(
    &[("site", Int)],
    "SELECT s.id, s.code, s.timezone, s.allow_oversell, s.receive_at, s.sell_from, c.closed_through, c.revision
     FROM input i JOIN site s ON s.id = i.site JOIN chain c ON c.site = s.id",
);

static LOCATIONS: Bulk = Bulk::new(
    &[("site", Int)],
    "SELECT l.id, l.site, l.code, l.kind FROM input i JOIN location l ON l.site = i.site ORDER BY l.id",
);

async fn learn(tx: &mut Tx, known: &mut Known, chains: &[ChainRow]) -> Result<()> {
    let (mut sites, mut locations) = (Rows::new(&SITES, tx.backend()), Rows::new(&LOCATIONS, tx.backend()));
    for chain in chains {
        sites.int(chain.id);
        locations.int(chain.id);
    }
    let mut places = places(locations.all(tx).await?)?;
    for row in sites.all::<SiteRow>(tx).await? {
        let book = site_book(&row, places.remove(&row.id).unwrap_or_default())?;
        known.learn_site(row.code, row.revision, Arc::new(book));
    }
    Ok(())
}

fn places(rows: Vec<LocationRow>) -> Result<HashMap<i64, Vec<Location>>> {
    let mut places: HashMap<i64, Vec<Location>> = HashMap::new();
    for row in rows {
        let broken = || Error::Broken { table: "location", detail: format!("kind {} of {}", row.kind, row.code) };
        let kind = LocationKind::from_code(row.kind).ok_or_else(broken)?;
        places.entry(row.site).or_default().push(Location { id: row.id, code: row.code.as_str().into(), kind });
    }
    Ok(places)
}

/// The books of all sites by their codes.
pub(in crate::ledger) async fn all(tx: &mut Tx) -> Result<Vec<(String, Arc<SiteBook>)>> {
    let sites: Vec<SiteRow> = tx
        .query(
            "SELECT s.id, s.code, s.timezone, s.allow_oversell, s.receive_at, s.sell_from, c.closed_through, c.revision
             FROM site s JOIN chain c ON c.site = s.id ORDER BY s.id",
        )
        .all()
        .await?;
    let locations = tx.query("SELECT l.id, l.site, l.code, l.kind FROM location l ORDER BY l.id").all().await?;
    let mut places = places(locations)?;
    let book = |row: SiteRow| {
        let book = site_book(&row, places.remove(&row.id).unwrap_or_default())?;
        Ok((row.code, Arc::new(book)))
    };
    sites.into_iter().map(book).collect()
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
