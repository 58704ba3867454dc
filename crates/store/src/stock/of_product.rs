//! The stock of one product over all places.
//!
//! Invariant: the places of a site add up to what it has on hand.

use domain::{Money, Quantity, Unit, ledger::LotDraft};
use serde::Deserialize;

use super::item::{share, unit_of};
use crate::{Db, Gather, Result, ledger::read::lot_name};

/// What a location holds of a product in one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtPlace {
    /// Code of the location.
    pub location: String,
    /// The lot, when it has one.
    pub lot: Option<LotDraft>,
    /// How much is there.
    pub quantity: Quantity,
    /// What it is worth at the site's average cost.
    pub value: Money,
}

/// What a site holds of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtSite {
    /// Code of the site.
    pub site: String,
    /// Over all its locations.
    pub on_hand: Quantity,
    /// Book value.
    pub value: Money,
    /// Cost of one unit when goods last came in.
    pub last_cost: Money,
    /// Place by place.
    pub places: Vec<AtPlace>,
}

/// What there is of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductStock {
    /// Number of the product.
    pub product: i64,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub unit: Unit,
    /// How much each site should have at least.
    pub minimum: Option<Quantity>,
    /// Site by site, those that ever had it.
    pub sites: Vec<AtSite>,
    /// Over all of those.
    pub on_hand: Quantity,
    /// Book value over all of those.
    pub value: Money,
}

/// The columns of [`OF_PRODUCT`], those of a site and of a place null when there is none.
#[derive(Deserialize)]
struct Row {
    product: i64,
    sku: String,
    name: String,
    unit: String,
    minimum: Option<i64>,
    site: Option<String>,
    on_hand: Option<i64>,
    value: Option<i64>,
    last_cost: Option<i64>,
    location: Option<String>,
    lot: Option<String>,
    expires_on: Option<i64>,
    quantity: Option<i64>,
}

// One statement, so that what the places hold and what the site holds are of the same instant.
static OF_PRODUCT: Gather = Gather::new(
    &[
        "product",
        "sku",
        "name",
        "unit",
        "minimum",
        "site",
        "on_hand",
        "value",
        "last_cost",
        "location",
        "lot",
        "expires_on",
        "quantity",
    ],
    "SELECT p.id AS product, p.sku, p.name, p.unit, p.minimum, s.code AS site, v.quantity AS on_hand, v.value, v.last_cost,
       h.code AS location, o.code AS lot, o.expires_on, h.quantity
     FROM product p LEFT JOIN valuation v ON v.product = p.id LEFT JOIN site s ON s.id = v.site
       LEFT JOIN (SELECT l.site, l.id, l.code, b.lot, b.quantity FROM balance b JOIN location l ON l.id = b.location
         WHERE b.product = (SELECT id FROM product WHERE sku = $1) AND b.quantity <> 0 AND l.kind = 0) h ON h.site = v.site
       LEFT JOIN lot o ON o.id = h.lot
     WHERE p.sku = $1 ORDER BY s.code, h.id, o.expires_on, h.lot",
);

/// The stock of the product of that SKU at the sites whose codes are wanted, `None` when there is no such product.
pub async fn of_product(db: &Db, sku: &str, wanted: impl Fn(&str) -> bool) -> Result<Option<ProductStock>> {
    let rows: Vec<Row> = db.query(OF_PRODUCT.sql()).bind(sku.to_owned()).gathered().await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut stock = nothing_yet(first)?;
    for row in rows.into_iter().filter(|row| row.site.as_deref().is_none_or(&wanted)) {
        stock.add(row)?;
    }
    Ok(Some(stock))
}

fn nothing_yet(row: &Row) -> Result<ProductStock> {
    Ok(ProductStock {
        product: row.product,
        sku: row.sku.clone(),
        name: row.name.clone(),
        unit: unit_of(&row.unit)?,
        minimum: row.minimum.map(Quantity::from_milli),
        sites: Vec::new(),
        on_hand: Quantity::ZERO,
        value: Money::ZERO,
    })
}

impl ProductStock {
    fn add(&mut self, row: Row) -> Result<()> {
        let (Some(code), Some(on_hand), Some(value)) = (row.site, row.on_hand, row.value) else { return Ok(()) };
        if self.sites.last().is_none_or(|site| site.site != code) {
            self.on_hand += Quantity::from_milli(on_hand);
            self.value += Money::from_minor(value);
            self.sites.push(AtSite {
                site: code,
                on_hand: Quantity::from_milli(on_hand),
                value: Money::from_minor(value),
                last_cost: Money::from_minor(row.last_cost.unwrap_or_default()),
                places: Vec::new(),
            });
        }
        if let (Some(site), Some(location), Some(quantity)) = (self.sites.last_mut(), row.location, row.quantity) {
            site.places.push(AtPlace {
                location,
                lot: lot_name(row.lot, row.expires_on)?,
                quantity: Quantity::from_milli(quantity),
                value: share(quantity, on_hand, value),
            });
        }
        Ok(())
    }
}
