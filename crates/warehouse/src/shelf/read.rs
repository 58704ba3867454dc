//! Showing what is remembered, as the database would have.
//!
//! Invariant: a list skips nothing that it cannot show: then it is not shown at all.

use std::ops::Bound;

use domain::{
    Money, Quantity, Timestamp,
    fold::fold,
    ledger::{
        LotDraft,
        books::SiteBook,
        cost::Valuation,
        lots::{LotBalance, fefo_key},
    },
};
use store::{
    ledger::whole::{Good, Stand},
    stock::{After, AtPlace, AtSite, Place, ProductStock, StockItem, share},
};

use super::{Held, MOST, Shelf};

/// Which lines of the stock.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Code of a location.
    pub location: Option<String>,
    /// Words of the name, brand or code, in their order.
    pub words: Option<String>,
    /// Only what a site has no more of than its minimum.
    pub below_minimum: bool,
    /// Only lots that expire within so many days.
    pub expiring_within: Option<i64>,
}

impl Shelf {
    /// The stock of a product at the sites whose codes are wanted, and as of when; `None` when that is not surely known.
    pub fn product(&self, sku: &str, includes: impl Fn(&str) -> bool) -> Option<(ProductStock, Timestamp)> {
        let (now, held) = (self.0.clock.now(), self.read());
        let as_of = held.believed(now)?;
        Some((held.product(sku, includes)?, as_of))
    }

    /// Whether there is a site of that code; `None` when no site is known.
    pub fn has_site(&self, code: &str) -> Option<bool> {
        let held = self.read();
        (!held.sites.is_empty()).then(|| held.sites.contains_key(code))
    }

    /// The lines after that key at the sites whose codes are wanted, at most `limit`, and as of when; `None` when they are not surely known.
    pub fn list(
        &self,
        wanted: &Wanted,
        includes: impl Fn(&str) -> bool,
        after: &After,
        limit: usize,
    ) -> Option<(Vec<StockItem>, Timestamp)> {
        let now = self.0.clock.now();
        let held = self.read();
        let as_of = held.believed(now)?;
        // What another run kept is whole as it was, until the first of it is read anew.
        let is_part = !held.is_whole && !held.followed.is_empty();
        if is_part || held.goods.len() >= MOST {
            return None;
        }
        let sites: Vec<(&str, &SiteBook)> = held.sites_wanted(&includes);
        let words: Option<Vec<String>> =
            wanted.words.as_deref().map(|words| fold(words).split(' ').map(str::to_owned).collect());
        let found = |good: &&Good| words.as_ref().is_none_or(|words| holds_in_order(&good.search_key, words));
        let goods = held
            .goods
            .range::<str, _>((Bound::Included(after.sku.as_str()), Bound::Unbounded))
            .map(|(_, good)| &**good);
        let mut items = Vec::new();
        for good in goods.filter(found) {
            if !held.is_sure(good) {
                return None;
            }
            for (code, site) in &sites {
                let lines = held.lines(good, (code, site), wanted, now);
                items.extend(lines.into_iter().filter(|item| item.key > *after));
            }
            if items.len() >= limit {
                break;
            }
        }
        items.truncate(limit);
        Some((items, as_of))
    }
}

/// As `LIKE '%a%b%'` finds them.
fn holds_in_order(text: &str, words: &[String]) -> bool {
    let mut rest = text;
    words.iter().all(|word| {
        rest.find(word.as_str()).is_some_and(|at| {
            rest = &rest[at + word.len()..];
            true
        })
    })
}

impl Held {
    fn product(&self, sku: &str, includes: impl Fn(&str) -> bool) -> Option<ProductStock> {
        let good = self.good(sku)?;
        let mut stock = ProductStock {
            product: good.card.id,
            sku: good.card.sku.to_string(),
            name: good.name.to_string(),
            unit: good.card.unit,
            minimum: good.minimum,
            sites: Vec::new(),
            on_hand: Quantity::ZERO,
            value: Money::ZERO,
        };
        for (code, site) in self.sites.iter().filter(|(code, _)| includes(code)) {
            let Some((stand, valuation)) = self.valued(site.id, good.card.id) else { continue };
            stock.on_hand += valuation.quantity;
            stock.value += valuation.value;
            stock.sites.push(AtSite {
                site: code.clone(),
                on_hand: valuation.quantity,
                value: valuation.value,
                last_cost: valuation.last_cost,
                places: self.places(site, stand, valuation),
            });
        }
        Some(stock)
    }

    fn valued(&self, site: i64, product: i64) -> Option<(&Stand, Valuation)> {
        let stand = self.stand(site, product)?;
        Some((stand, stand.valuation?))
    }

    fn places(&self, site: &SiteBook, stand: &Stand, valuation: Valuation) -> Vec<AtPlace> {
        let mut held = stand.held.to_vec();
        held.sort_by_key(|(location, balance)| {
            (*location, fefo_key(self.lot(balance.lot).and_then(|lot| lot.expires_on), balance.lot))
        });
        let place = |(location, balance): (i64, LotBalance)| {
            let quantity = balance.quantity;
            Some(AtPlace {
                location: site.by_id(location)?.code.to_string(),
                lot: self.lot(balance.lot),
                quantity,
                value: share(quantity.milli(), valuation.quantity.milli(), valuation.value.minor()),
            })
        };
        held.into_iter().filter_map(place).collect()
    }

    fn lot(&self, lot: i64) -> Option<LotDraft> {
        self.lots.get(&lot).map(|lot| lot.name.clone())
    }

    /// In the order of their numbers, as a page of stock has them.
    fn sites_wanted(&self, includes: impl Fn(&str) -> bool) -> Vec<(&str, &SiteBook)> {
        let wanted = self.sites.iter().filter(|(code, _)| includes(code));
        let mut sites: Vec<(&str, &SiteBook)> = wanted.map(|(code, site)| (code.as_str(), &**site)).collect();
        sites.sort_by_key(|(_, site)| site.id);
        sites
    }

    fn lines(&self, good: &Good, (code, site): (&str, &SiteBook), wanted: &Wanted, now: Timestamp) -> Vec<StockItem> {
        let (stand, valuation) = self.valued(site.id, good.card.id).unzip();
        let worth = valuation.unwrap_or_default();
        if wanted.below_minimum && good.minimum.is_none_or(|minimum| worth.quantity > minimum) {
            return Vec::new();
        }
        let last =
            wanted.expiring_within.map(|days| site.zone.day_of(now).plus(i32::try_from(days).unwrap_or(i32::MAX)));
        let item = |(location, place): (i64, Option<String>), (number, lot), quantity: Quantity| StockItem {
            key: After { sku: good.card.sku.to_string(), site: site.id, location, lot: number },
            name: good.name.to_string(),
            unit: good.card.unit,
            place: Place { site: code.to_owned(), location: place },
            lot,
            quantity,
            on_hand: worth.quantity,
            minimum: good.minimum,
            value: share(quantity.milli(), worth.quantity.milli(), worth.value.minor()),
        };
        let mut lines = Vec::new();
        for (location, balance) in stand.map_or(&[][..], |stand| &stand.held[..]) {
            let Some(place) = site.by_id(*location).map(|place| place.code.to_string()) else { continue };
            let elsewhere = wanted.location.as_ref().is_some_and(|asked| *asked != place);
            let lot = self.lot(balance.lot);
            let expires_on = lot.as_ref().and_then(|lot| lot.expires_on);
            let lasts = last.is_some_and(|last| expires_on.is_none_or(|day| day > last));
            if !elsewhere && !lasts {
                lines.push(item((*location, Some(place)), (balance.lot, lot), balance.quantity));
            }
        }
        lines.sort_by(|a, b| a.key.cmp(&b.key));
        let is_missing = stand.is_none_or(|stand| stand.held.is_empty()) && good.card.active;
        let should_be = valuation.is_some() || good.minimum.is_some_and(|minimum| minimum > Quantity::ZERO);
        if is_missing && should_be && wanted.location.is_none() && last.is_none() && worth.quantity == Quantity::ZERO {
            lines.push(item((0, None), (0, None), Quantity::ZERO));
        }
        lines
    }
}
