//! What the first page shows: how the stock stands, what it is worth, what moved on a day.
//!
//! Invariant: read from balances, valuations and flows, in one transaction of the caller, so that the numbers of a page agree
//! with each other; what a page costs does not grow with the number of movements.

mod day;
mod latest;
mod standing;
mod stock;

use domain::Quantity;
use sqlx::FromRow;

use crate::{Result, Tx};

pub use day::{DayKind, DayPostings, Moved, POSTINGS_COUNTED, day_from, day_until, moved, postings};
pub use latest::{Latest, latest};
pub use standing::{Standing, Version, standing, version};
pub use stock::{Held, StockPage, StockQuery, StockRow, stock};

/// A place that holds goods.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Shelf {
    /// Number of the location.
    pub location: i64,
    /// Number of its site.
    pub site: i64,
    /// Name people know it by.
    pub name: String,
}

/// Every place that holds goods, each site's in the order they were added.
pub async fn shelves(tx: &mut Tx) -> Result<Vec<Shelf>> {
    tx.query("SELECT id AS location, site, name FROM location WHERE kind = 0 ORDER BY site, id").all().await
}

/// What a place holds of a product, all lots together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnShelf {
    /// Number of the location.
    pub location: i64,
    /// How much.
    pub quantity: Quantity,
}
