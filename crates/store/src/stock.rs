//! What there is: by place and lot, by product, in value, now and as of a day.
//!
//! Invariant: read from balances, valuations and flows, never from the raw movements; a page follows keys.

mod as_of;
mod impact;
mod item;
mod list;
mod list_as_of;
mod of_product;
mod valuation;

pub use impact::daily_stock;
pub use item::{After, Place, StockItem, share};
pub use list::{StockFilter, list};
pub use list_as_of::list_as_of;
pub use of_product::{AtPlace, AtSite, ProductStock, of_product};
pub use valuation::{Valued, Worth, valuation, valuation_as_of};
