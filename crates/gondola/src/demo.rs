//! The demo shop: an invented chain of two shops and a depot, with a year of trading.
//!
//! Invariant: everything here is invented, written for this program and made from a fixed seed; names of brands are facts,
//! people, prices and quantities are not.

mod barcode;
mod build;
mod calendar;
mod catalog;
mod counting;
mod day;
mod demand;
mod dice;
mod inflation;
mod mistakes;
mod prices;
mod product;
mod restock;
mod seasons;
mod sell;
mod shrink;
mod sites;
mod stock;
mod suppliers;
#[cfg(test)]
mod tests;
mod world;
mod year;

use domain::{Money, Timestamp, Zone, ledger::Draft, time::TimeError};

pub(crate) use build::{Built, DAYS_IN_ALL, build};
pub(crate) use suppliers::contacts;

/// Where the shops are.
pub(crate) fn zone() -> Result<Zone, TimeError> {
    Zone::named("America/Argentina/Buenos_Aires")
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A new shelf price.
    Price {
        /// Of which product.
        sku: String,
        /// The price, VAT included.
        price: Money,
        /// From when on.
        at: Timestamp,
        /// Who set it.
        actor: &'static str,
    },
    /// A posting for the ledger.
    Posting(Draft),
    /// A count sheet that was closed.
    Count {
        /// What was counted.
        sheet: counting::Sheet,
        /// The posting that closed it.
        posting: Draft,
    },
}

impl Event {
    /// When it happened.
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Event::Price { at, .. } => *at,
            Event::Posting(draft) | Event::Count { posting: draft, .. } => draft.effective_at.unwrap_or_default(),
        }
    }
}
