//! Products: what a shop sells, how it is counted, found and priced.
//!
//! Invariant: a SKU never changes and names one product for ever; whatever is written takes a number of
//! [`catalog`](crate::catalog), so that copies in memory can follow.

mod barcode;
mod create;
mod deactivate;
mod list;
mod pack;
mod patch;
mod price;
mod read;
mod row;
mod update;
mod upsert;

use domain::{Money, Quantity, Timestamp, Unit, pack::PackFactor};

pub use barcode::{Clash, add_barcodes, remove_barcode};
pub use create::create;
pub use deactivate::{Deactivated, deactivate};
pub use list::{Filter, list};
pub use pack::{put_pack, remove_pack};
pub use patch::Patch;
pub use price::{PastPrice, PriceChange, PriceEntry, past_prices, price_history, set_prices};
pub use read::{by_ids, get, get_in, ids_of};
pub use update::{Updated, update};
pub use upsert::{Incoming, Upserted, upsert};

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its number.
    pub id: i64,
    /// Its code, unique, case-sensitive.
    pub sku: String,
    /// What people call it.
    pub name: String,
    /// Number of its category.
    pub category_id: Option<i64>,
    /// Path of its category.
    pub category: Option<String>,
    /// Its brand, empty when it has none.
    pub brand: String,
    /// Number of its supplier.
    pub supplier_id: Option<i64>,
    /// Code of its supplier.
    pub supplier: Option<String>,
    /// What it is counted in.
    pub unit: Unit,
    /// Stock to keep at least.
    pub minimum: Option<Quantity>,
    /// Stock to keep at most.
    pub maximum: Option<Quantity>,
    /// Name of its tax rate.
    pub vat_rate: Option<String>,
    /// Shelf price of one unit, tax included.
    pub price: Option<Money>,
    /// Whether its lots are told apart.
    pub tracks_lots: bool,
    /// Whether its lots expire.
    pub tracks_expiry: bool,
    /// Whether it takes postings.
    pub active: bool,
    /// Counts changes.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its barcodes.
    pub barcodes: Vec<Barcode>,
    /// Its packs.
    pub packs: Vec<Pack>,
}

impl Product {
    /// A product with nothing but a code, counted in that unit.
    pub fn blank(sku: &str, unit: Unit, at: Timestamp) -> Product {
        Product {
            id: 0,
            sku: sku.to_owned(),
            name: String::new(),
            category_id: None,
            category: None,
            brand: String::new(),
            supplier_id: None,
            supplier: None,
            unit,
            minimum: None,
            maximum: None,
            vat_rate: None,
            price: None,
            tracks_lots: false,
            tracks_expiry: false,
            active: true,
            version: 0,
            created_at: at,
            updated_at: at,
            barcodes: Vec::new(),
            packs: Vec::new(),
        }
    }

    /// What it is found by: name, brand and SKU, folded.
    pub fn search_key(&self) -> String {
        domain::fold::fold(&format!("{} {} {}", self.name, self.brand, self.sku))
    }
}

/// A barcode and how many units it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barcode {
    /// The code, in the form [`normal_barcode`] gives.
    pub code: String,
    /// Units of the product in what carries it.
    pub pack_quantity: Quantity,
}

/// A named pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its name, unique within the product.
    pub name: String,
    /// Units in it.
    pub factor: PackFactor,
}

/// The form in which a barcode is kept: a trade item number without the zeros in front that say nothing, anything else as it is.
pub fn normal_barcode(text: &str) -> String {
    let text = text.trim();
    text.parse::<domain::gtin::Gtin>().map_or_else(|_| text.to_owned(), |gtin| gtin.shortest().to_owned())
}
