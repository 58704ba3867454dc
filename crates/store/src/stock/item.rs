//! One line of a stock list.
//!
//! Invariant: ordered by SKU, site, location, lot; the key of the last line is where the next page begins.

use domain::{Level, Money, Quantity, Unit, ledger::LotDraft};

use crate::{Error, Result};

/// The key of a line of a stock list; a page begins after one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct After {
    /// The product's code.
    pub sku: String,
    /// Number of the site.
    pub site: i64,
    /// Number of the location, 0 when there is none.
    pub location: i64,
    /// Number of the lot, 0 when there is none.
    pub lot: i64,
}

/// A location with its site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Code of the site.
    pub site: String,
    /// Code of the location; `None` says that no location of the site has any.
    pub location: Option<String>,
}

/// What a location holds of a product in one lot.
#[derive(Debug, Clone)]
pub struct StockItem {
    /// Where it stands in the list.
    pub key: After,
    /// The product's name.
    pub name: String,
    /// What it is counted in.
    pub unit: Unit,
    /// Where it is.
    pub place: Place,
    /// The lot, when it has one.
    pub lot: Option<LotDraft>,
    /// How much is there.
    pub quantity: Quantity,
    /// How much the whole site has.
    pub on_hand: Quantity,
    /// How much there should be at least.
    pub minimum: Option<Quantity>,
    /// What it is worth at the site's average cost.
    pub value: Money,
}

impl StockItem {
    /// How the site stands with this product.
    pub fn level(&self) -> Level {
        Level::of(self.on_hand, self.minimum)
    }
}

/// A unit as stored.
pub(super) fn unit_of(name: &str) -> Result<Unit> {
    Unit::from_name(name).ok_or_else(|| Error::Broken { table: "product", detail: format!("unit {name}") })
}

/// The part of what a site's goods are worth that belongs to one place.
pub fn share(quantity: i64, on_hand: i64, value: i64) -> Money {
    match on_hand {
        0 => Money::ZERO,
        1.. => Money::from_minor(value).share(quantity, on_hand),
        // As of a past day a site may owe goods that carry a value.
        _ => Money::from_minor(value).share(-quantity, -on_hand),
    }
}
