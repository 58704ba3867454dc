//! The stock of one product over all places.
//!
//! Invariant: the places of a site add up to what it has on hand.

use domain::{Money, Quantity, ledger::LotDraft};
use sqlx::FromRow;

use super::item::share;
use crate::{Db, Result, ledger::read::lot_name};

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
    /// Site by site, those that ever had it.
    pub sites: Vec<AtSite>,
    /// Over all sites.
    pub on_hand: Quantity,
    /// Book value over all sites.
    pub value: Money,
}

#[derive(FromRow)]
struct Row {
    site_code: String,
    on_hand: i64,
    value: i64,
    last_cost: i64,
    location_code: Option<String>,
    lot_code: Option<String>,
    expires_on: Option<i64>,
    quantity: Option<i64>,
}

// One statement, so that what the places hold and what the site holds are of the same instant.
const OF_PRODUCT: &str =
    "SELECT s.code AS site_code, v.quantity AS on_hand, v.value, v.last_cost, h.location_code, o.code AS lot_code,
       o.expires_on, h.quantity
     FROM valuation v JOIN site s ON s.id = v.site
       LEFT JOIN (SELECT l.site, l.id AS location, l.code AS location_code, b.lot, b.quantity
         FROM balance b JOIN location l ON l.id = b.location WHERE b.product = $1 AND b.quantity <> 0 AND l.kind = 0) h
         ON h.site = v.site
       LEFT JOIN lot o ON o.id = h.lot
     WHERE v.product = $1 ORDER BY s.code, h.location, o.expires_on, h.lot";

/// The stock of the product of that number.
pub async fn of_product(db: &Db, product: i64) -> Result<ProductStock> {
    let rows: Vec<Row> = db.query(OF_PRODUCT).bind(product).all().await?;
    let mut stock = ProductStock { sites: Vec::new(), on_hand: Quantity::ZERO, value: Money::ZERO };
    for row in rows {
        if stock.sites.last().is_none_or(|site| site.site != row.site_code) {
            let site = AtSite {
                site: row.site_code,
                on_hand: Quantity::from_milli(row.on_hand),
                value: Money::from_minor(row.value),
                last_cost: Money::from_minor(row.last_cost),
                places: Vec::new(),
            };
            stock.on_hand += site.on_hand;
            stock.value += site.value;
            stock.sites.push(site);
        }
        if let (Some(site), Some(location), Some(quantity)) = (stock.sites.last_mut(), row.location_code, row.quantity)
        {
            site.places.push(AtPlace {
                location,
                lot: lot_name(row.lot_code, row.expires_on)?,
                quantity: Quantity::from_milli(quantity),
                value: share(quantity, row.on_hand, row.value),
            });
        }
    }
    Ok(stock)
}
