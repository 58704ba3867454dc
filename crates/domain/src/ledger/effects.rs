//! What a batch changes, gathered so that the store writes it with a handful of statements.
//!
//! Invariant: derived from the entries alone, by the same function that verification uses: balances and flows cannot drift
//! from the movements.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Entry, LocationKind, Movement, books::SiteBook, lots::Lot};
use crate::{Day, Money, Quantity};

/// Sums of a product at a location on a day for a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// In less out.
    pub quantity: Quantity,
    /// Book value in less out.
    pub value: Money,
    /// Sold for, less given back.
    pub revenue: Money,
}

impl Flow {
    /// Adds another.
    pub fn add(&mut self, other: Flow) {
        self.quantity += other.quantity;
        self.value += other.value;
        self.revenue += other.revenue;
    }
}

/// Which flow: location, day, product, code of the kind.
pub type FlowKey = (i64, Day, i64, i64);

/// What a movement does to the two locations it touches: (number, flow) for each that is internal, and the change of balance
/// for both.
pub fn sides(movement: &Movement, from: LocationKind, to: LocationKind) -> [Option<(i64, Flow)>; 2] {
    let (out, into) = (from == LocationKind::Internal, to == LocationKind::Internal);
    // Revenue belongs to the shop's side of a sale or return.
    let revenue = |own: bool| if own { movement.revenue } else { Money::ZERO };
    let leaving = Flow { quantity: -movement.quantity, value: -movement.value, revenue: revenue(out) };
    let value = if out { movement.value } else { movement.value - movement.settled };
    let entering = Flow { quantity: movement.quantity, value, revenue: revenue(into && !out) };
    [out.then_some((movement.from, leaving)), into.then_some((movement.to, entering))]
}

/// Everything a batch changes.
#[derive(Debug, Default)]
pub struct Effects {
    /// New entries, each site's in order.
    pub entries: Vec<Arc<Entry>>,
    /// Changes of balances by (location, product, lot), virtual locations included.
    pub balances: BTreeMap<(i64, i64, i64), Quantity>,
    /// (site, product) whose valuation changed.
    pub valued: BTreeSet<(i64, i64)>,
    /// Daily flows of internal locations.
    pub flows: BTreeMap<FlowKey, Flow>,
    /// Monthly flows of internal locations by (location, month since 1970-01, product).
    pub months: BTreeMap<(i64, i32, i64), Flow>,
    /// Lots named for the first time.
    pub lots: Vec<Lot>,
}

impl Effects {
    /// Takes an entry in with everything that follows from it.
    pub fn take(&mut self, entry: Arc<Entry>, site: &SiteBook) {
        for movement in &entry.movements {
            self.take_movement(&entry, movement, site);
        }
        self.entries.push(entry);
    }

    fn take_movement(&mut self, entry: &Entry, movement: &Movement, site: &SiteBook) {
        *self.balances.entry((movement.from, movement.product, movement.lot)).or_default() += -movement.quantity;
        *self.balances.entry((movement.to, movement.product, movement.lot)).or_default() += movement.quantity;
        self.valued.insert((entry.site, movement.product));
        let kind_of = |id| site.by_id(id).map_or(LocationKind::Internal, |location| location.kind);
        let (day, month) = (entry.business_day, entry.business_day.month());
        for (location, flow) in sides(movement, kind_of(movement.from), kind_of(movement.to)).into_iter().flatten() {
            self.flows.entry((location, day, movement.product, entry.kind.code())).or_default().add(flow);
            self.months.entry((location, month, movement.product)).or_default().add(flow);
        }
    }
}
