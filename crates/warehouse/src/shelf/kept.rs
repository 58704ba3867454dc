//! What is remembered, as it is kept for another run.
//!
//! Invariant: what is read back stands as it stood; what cannot be read is none.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use domain::{
    Day, Money, Quantity, Timestamp, Unit, Zone,
    ledger::{
        LocationKind, LotDraft,
        books::{Location, ProductCard, SiteBook},
        cost::Valuation,
        lots::{Lot, LotBalance},
    },
};
use serde::{Deserialize, Serialize};
use store::{
    catalog::Position,
    ledger::whole::{Good, Stand},
};

use super::{Held, Known, Shelf, is_too_old};

/// Products written down at a time; the writer of the ledger waits for no more of them.
const CHUNK: usize = 500;
/// After so long it is kept again though nothing changed: it is believed for a while from when it was true.
const KEPT_EVERY_SECONDS: i64 = 3600;

#[derive(Default, Serialize, Deserialize)]
struct Document {
    as_of: i64,
    sites: Vec<SiteRow>,
    goods: Vec<GoodRow>,
}

#[derive(Serialize, Deserialize)]
struct SiteRow {
    id: i64,
    code: String,
    zone: String,
    oversells: bool,
    closed_through: Option<i32>,
    receive_at: Option<i64>,
    sell_from: Option<i64>,
    /// Number, code and kind.
    locations: Vec<(i64, String, i64)>,
}

#[derive(Serialize, Deserialize)]
struct GoodRow {
    id: i64,
    sku: String,
    name: String,
    key: String,
    unit: String,
    minimum: Option<i64>,
    lots: bool,
    expiry: bool,
    active: bool,
    stands: Vec<StandRow>,
    /// Number, code and last day.
    named: Vec<(i64, String, Option<i32>)>,
}

/// Site; quantity, value and last cost; location, lot and quantity.
type StandRow = (i64, Option<(i64, i64, i64)>, Vec<(i64, i64, i64)>);

impl Shelf {
    /// All of it, for another run; `None` when that has it already, and while only a part was read.
    pub fn to_keep(&self) -> Option<Vec<u8>> {
        let mut document = Document::default();
        {
            let mut held = self.write();
            let as_of = held.as_of.filter(|_| held.is_whole)?;
            let is_fresh = held.kept_as_of.is_some_and(|kept| as_of < kept.plus_seconds(KEPT_EVERY_SECONDS));
            if !std::mem::take(&mut held.unkept) && is_fresh {
                return None;
            }
            held.kept_as_of = Some(as_of);
            document.as_of = as_of.micros();
            document.sites = held.sites.iter().map(site_row).collect();
        }
        let mut last: Option<Arc<str>> = None;
        loop {
            let held = self.read();
            let after = last.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let some: Vec<(&Arc<str>, &Good)> = held
                .goods
                .range::<str, _>((after, Bound::Unbounded))
                .map(|(sku, good)| (sku, &**good))
                .take(CHUNK)
                .collect();
            let Some((sku, _)) = some.last() else { break };
            let next = Some(Arc::clone(sku));
            let sure = some.iter().filter(|(_, good)| !held.again.contains_key(&good.card.id));
            document.goods.extend(sure.map(|(_, good)| held.good_row(good)));
            last = next;
        }
        serde_json::to_vec(&document).ok()
    }

    /// What was to be kept is not.
    pub fn not_kept(&self) {
        self.write().unkept = true;
    }

    /// Takes what another run kept, in the place of everything. How many products that are, and as of when; `None` when it cannot be read or
    /// is too old. All of it is read again as soon as there is somebody to ask.
    pub fn recall(&self, bytes: &[u8]) -> Option<(usize, Timestamp)> {
        if !self.0.is_used {
            return None;
        }
        let document: Document = serde_json::from_slice(bytes).ok()?;
        let as_of = Timestamp::from_micros(document.as_of);
        if is_too_old(as_of, self.0.clock.now()) {
            tracing::warn!(%as_of, "the stock that was remembered is too old to be believed");
            return None;
        }
        let mut held = Held { as_of: Some(as_of), kept_as_of: Some(as_of), ..Held::default() };
        held.sites = document.sites.into_iter().map(site).collect::<Option<BTreeMap<_, _>>>()?;
        document.goods.into_iter().try_for_each(|row| held.recall(row))?;
        let products = held.goods.len();
        *self.write() = held;
        Some((products, as_of))
    }
}

fn site_row((code, site): (&String, &Arc<SiteBook>)) -> SiteRow {
    SiteRow {
        id: site.id,
        code: code.clone(),
        zone: site.zone.name().to_owned(),
        oversells: site.allow_oversell,
        closed_through: site.closed_through.map(Day::number),
        receive_at: site.receive_at,
        sell_from: site.sell_from,
        locations: site.locations.iter().map(|place| (place.id, place.code.to_string(), place.kind.code())).collect(),
    }
}

fn site(row: SiteRow) -> Option<(String, Arc<SiteBook>)> {
    let location = |(id, code, kind): (i64, String, i64)| {
        Some(Location { id, code: code.into(), kind: LocationKind::from_code(kind)? })
    };
    let book = SiteBook {
        id: row.id,
        zone: Zone::named(&row.zone).ok()?,
        allow_oversell: row.oversells,
        closed_through: row.closed_through.map(Day::from_number),
        receive_at: row.receive_at,
        sell_from: row.sell_from,
        locations: row.locations.into_iter().map(location).collect::<Option<_>>()?,
    };
    Some((row.code, Arc::new(book)))
}

impl Held {
    fn good_row(&self, good: &Good) -> GoodRow {
        let card = &good.card;
        let stands =
            self.sites.values().filter_map(|site| Some((site.id, &self.stands.get((site.id, card.id))?.stand)));
        let stands: Vec<(i64, &Stand)> = stands.collect();
        let lots =
            stands.iter().flat_map(|(_, stand)| &stand.held).filter_map(|(_, balance)| self.lots.get(&balance.lot));
        let named: BTreeMap<i64, &Lot> = lots.map(|lot| (lot.id, lot)).collect();
        GoodRow {
            id: card.id,
            sku: card.sku.to_string(),
            name: good.name.to_string(),
            key: good.search_key.to_string(),
            unit: card.unit.name().to_owned(),
            minimum: good.minimum.map(Quantity::milli),
            lots: card.tracks_lots,
            expiry: card.tracks_expiry,
            active: card.active,
            named: named
                .values()
                .map(|lot| (lot.id, lot.name.code.clone(), lot.name.expires_on.map(Day::number)))
                .collect(),
            stands: stands.into_iter().map(stand_row).collect(),
        }
    }

    fn recall(&mut self, row: GoodRow) -> Option<()> {
        let sku: Arc<str> = row.sku.into();
        let card = ProductCard {
            id: row.id,
            sku: Arc::clone(&sku),
            unit: Unit::from_name(&row.unit)?,
            tracks_lots: row.lots,
            tracks_expiry: row.expiry,
            active: row.active,
        };
        for (id, code, expires_on) in row.named {
            let name = LotDraft { code, expires_on: expires_on.map(Day::from_number) };
            self.lots.insert(id, Lot { id, product: row.id, name });
        }
        for (site, valuation, held) in row.stands {
            // Older than whatever is read.
            self.stands.insert((site, row.id), Known { changed: 0, stand: stand(valuation, &held) });
        }
        self.codes.insert(row.id, Arc::clone(&sku));
        let minimum = row.minimum.map(Quantity::from_milli);
        let (name, search_key) = (row.name.into(), row.key.into());
        let card = Arc::new(card);
        self.goods.insert(sku, Box::new(Good { position: Position::default(), card, name, search_key, minimum }));
        Some(())
    }
}

fn stand_row((site, stand): (i64, &Stand)) -> StandRow {
    let valuation = stand.valuation.map(|worth| (worth.quantity.milli(), worth.value.minor(), worth.last_cost.minor()));
    let held = stand.held.iter().map(|(location, balance)| (*location, balance.lot, balance.quantity.milli()));
    (site, valuation, held.collect())
}

fn stand(valuation: Option<(i64, i64, i64)>, held: &[(i64, i64, i64)]) -> Stand {
    let valuation = valuation.map(|(quantity, value, last_cost)| Valuation {
        quantity: Quantity::from_milli(quantity),
        value: Money::from_minor(value),
        last_cost: Money::from_minor(last_cost),
    });
    let balance = |(location, lot, quantity): &(i64, i64, i64)| {
        (*location, LotBalance { lot: *lot, quantity: Quantity::from_milli(*quantity) })
    };
    Stand { seq: -1, valuation, held: held.iter().map(balance).collect() }
}
