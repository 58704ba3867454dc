//! The ledger's own rules over books in memory, for a year of postings.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Quantity, Zone,
    ledger::{
        Batch, Draft, LocationKind, Outcome, PostingKind,
        books::{Books, Chain, Location, ProductCard, SiteBook},
    },
};

use crate::demo::{
    product,
    sites::{Place, SITES},
    world::World,
};

const LOCATIONS_PER_SITE: i64 = 16;

/// A ledger in memory.
pub(super) struct Ledger {
    books: Option<Books>,
    sums: HashMap<i64, i64>,
    seen: usize,
    pub(super) revenue: i64,
    pub(super) relieved: i64,
}

impl Ledger {
    pub(super) fn new(zone: &Zone) -> Ledger {
        let mut books = Books { next_lot: 1, ..Books::default() };
        for (index, site) in SITES.iter().enumerate() {
            let id = i64::try_from(index).unwrap() + 1;
            books.sites.insert(site.code.into(), Arc::new(site_book(id, zone)));
            books.chains.insert(id, Chain { seq: 0, hash: [0; 32] });
        }
        for (index, product) in product::all().iter().enumerate() {
            let card = ProductCard {
                id: i64::try_from(index).unwrap() + 1,
                sku: Arc::from(product.sku.as_str()),
                unit: product.section.unit,
                tracks_lots: product.tracks_lots(),
                tracks_expiry: product.tracks_lots(),
                active: true,
            };
            books.products.insert(product.sku.clone(), Arc::new(card));
        }
        Ledger { books: Some(books), sums: HashMap::new(), seen: 0, revenue: 0, relieved: 0 }
    }

    /// Posts a draft at the instant at which it happened; anything but `Posted` fails the test.
    pub(super) fn post(&mut self, draft: &Draft) {
        let mut batch = Batch::new(self.books.take().unwrap(), draft.effective_at.unwrap());
        match batch.apply(draft) {
            Outcome::Posted(_) => {}
            other => panic!("{} {} {:?}: {other:?}", draft.site, draft.kind.name(), draft.reference),
        }
        let (effects, books) = batch.finish();
        for ((_, product, _), change) in &effects.balances {
            *self.sums.entry(*product).or_default() += change.milli();
        }
        for movement in effects.entries.iter().flat_map(|entry| &entry.movements) {
            self.seen += 1;
            if draft.kind == PostingKind::Sale {
                self.revenue += movement.revenue.to_cents();
                self.relieved += movement.value.to_cents();
            }
        }
        self.books = Some(books);
    }

    /// What internal locations hold is what the demo thinks they hold, and nothing is below zero.
    pub(super) fn assert_holds(&self, world: &World) {
        let books = self.books.as_ref().unwrap();
        for (site, _) in SITES.iter().enumerate() {
            for place in Place::of_site(site) {
                for product in 0..world.products.len() {
                    let key = (location_id(site, place), i64::try_from(product).unwrap() + 1);
                    let lots = books.balances.get(&key).map_or(&[][..], Vec::as_slice);
                    assert!(lots.iter().all(|lot| lot.quantity >= Quantity::ZERO));
                    let held: i64 = lots.iter().map(|lot| lot.quantity.milli()).sum();
                    assert_eq!(held, world.stock.at(place, product), "{}", world.products[product].name);
                }
            }
        }
        let margin = (self.revenue - self.relieved) * 100 / self.revenue;
        assert!((25..50).contains(&margin), "a margin of {margin} % of sales, VAT included");
    }

    /// Over all locations, virtual ones included, every product sums to zero.
    pub(super) fn assert_sums_are_zero(&self) {
        assert!(self.seen > 150_000 && self.sums.len() == product::all().len());
        assert!(self.sums.values().all(|sum| *sum == 0));
    }
}

fn location_id(site: usize, place: Place) -> i64 {
    let base = (i64::try_from(site).unwrap() + 1) * LOCATIONS_PER_SITE;
    if place == Place::store_room(site) { base } else { base + 1 }
}

fn site_book(id: i64, zone: &Zone) -> SiteBook {
    let base = id * LOCATIONS_PER_SITE;
    let internal = ["deposito", "salon"].into_iter().map(|code| (code, LocationKind::Internal));
    let virtuals = LocationKind::virtuals().map(|kind| (kind.name(), kind));
    let locations = (base..)
        .zip(internal.chain(virtuals))
        .map(|(id, (code, kind))| Location { id, code: Arc::from(code), kind })
        .collect();
    SiteBook {
        id,
        zone: zone.clone(),
        allow_oversell: false,
        closed_through: None,
        receive_at: Some(base),
        sell_from: Some(base + 1),
        locations,
    }
}
