//! What a batch needs to know: the sites, products, balances and earlier postings that its drafts touch.
//!
//! Invariant: complete for the drafts it was loaded for; what is not in here does not exist.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    Entry, LocationKind, LotDraft, Rejection,
    cost::Valuation,
    lots::{Lot, LotBalance},
};
use crate::{Day, Quantity, Unit, Zone};

/// A location of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its number.
    pub id: i64,
    /// Its code within the site.
    pub code: Arc<str>,
    /// What it is.
    pub kind: LocationKind,
}

/// A site with its places and policies.
#[derive(Debug, Clone)]
pub struct SiteBook {
    /// Its number.
    pub id: i64,
    /// Its zone, which decides the business day.
    pub zone: Zone,
    /// Whether sales may leave more than there is.
    pub allow_oversell: bool,
    /// Last day that takes no postings any more.
    pub closed_through: Option<Day>,
    /// Where goods come in.
    pub receive_at: Option<i64>,
    /// Where sales leave from first.
    pub sell_from: Option<i64>,
    /// All locations, in order of their numbers.
    pub locations: Vec<Location>,
}

/// The head of a site's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Last place taken.
    pub seq: i64,
    /// Last link.
    pub hash: [u8; 32],
}

impl SiteBook {
    /// The location with that code.
    pub fn by_code(&self, code: &str) -> Option<&Location> {
        self.locations.iter().find(|location| &*location.code == code)
    }

    /// The location with that number.
    pub fn by_id(&self, id: i64) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == id)
    }

    /// The one virtual location of that kind.
    pub fn counterpart(&self, kind: LocationKind) -> Option<&Location> {
        self.locations.iter().find(|location| location.kind == kind)
    }

    /// Internal locations, `first` before the others.
    pub fn internal(&self, first: &[Option<i64>]) -> Vec<&Location> {
        let mut found: Vec<&Location> = self.locations.iter().filter(|l| l.kind == LocationKind::Internal).collect();
        found.sort_by_key(|l| (first.iter().position(|id| *id == Some(l.id)).unwrap_or(usize::MAX), l.id));
        found
    }
}

/// What the ledger needs to know of a product.
#[derive(Debug, Clone)]
pub struct ProductCard {
    /// Its number.
    pub id: i64,
    /// Its code.
    pub sku: Arc<str>,
    /// What it is counted in.
    pub unit: Unit,
    /// Whether goods coming in must name their lot.
    pub tracks_lots: bool,
    /// Whether goods coming in must name their last day.
    pub tracks_expiry: bool,
    /// Whether it takes postings.
    pub active: bool,
}

/// Everything a batch of drafts touches.
#[derive(Debug, Default)]
pub struct Books {
    /// Sites by code.
    pub sites: HashMap<String, Arc<SiteBook>>,
    /// Heads of the chains by number of the site.
    pub chains: HashMap<i64, Chain>,
    /// Products by code.
    pub products: HashMap<String, Arc<ProductCard>>,
    /// What internal locations hold, by (location, product).
    pub balances: HashMap<(i64, i64), Vec<LotBalance>>,
    /// Book values by (site, product).
    pub valuations: HashMap<(i64, i64), Valuation>,
    /// Lots by number.
    pub lots: HashMap<i64, Lot>,
    /// Earlier postings by id: those with the id of a draft, those that drafts link to, and everything that links to these.
    pub earlier: HashMap<Uuid, Arc<Entry>>,
    /// Drafts that wait for a second person or were refused by one: what was asked for, as a digest, and what is said of it since.
    pub asked: HashMap<Uuid, ([u8; 32], Rejection)>,
    /// The number the next new lot takes.
    pub next_lot: i64,
}

impl Books {
    /// What a location holds of a product in one lot.
    pub fn balance(&self, location: i64, product: i64, lot: i64) -> Quantity {
        let lots = self.balances.get(&(location, product)).map_or(&[][..], Vec::as_slice);
        lots.iter().find(|b| b.lot == lot).map_or(Quantity::ZERO, |b| b.quantity)
    }

    /// Changes what a location holds of a product in one lot.
    pub fn add(&mut self, location: i64, product: i64, lot: i64, change: Quantity) {
        let lots = self.balances.entry((location, product)).or_default();
        match lots.iter_mut().find(|b| b.lot == lot) {
            Some(balance) => balance.quantity += change,
            None => lots.push(LotBalance { lot, quantity: change }),
        }
    }

    /// The lots of a product with that code, and with that expiry when one is given.
    pub fn lots_named<'a>(&'a self, product: i64, name: &'a LotDraft) -> impl Iterator<Item = &'a Lot> {
        let same = move |lot: &&Lot| {
            lot.product == product
                && lot.name.code == name.code
                && (name.expires_on.is_none() || lot.name.expires_on == name.expires_on)
        };
        self.lots.values().filter(same)
    }

    /// The last day of a lot, `None` when it has none.
    pub fn expiry(&self, lot: i64) -> Option<Day> {
        self.lots.get(&lot).and_then(|lot| lot.name.expires_on)
    }
}
