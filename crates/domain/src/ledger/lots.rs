//! Lots, their expiry, and which leaves first.
//!
//! Invariant: [`is_sellable`] is the only place that decides whether a lot may be sold on a day.

use super::LotDraft;
use crate::{Day, Quantity};

/// The number of "no lot".
pub const NO_LOT: i64 = 0;

/// A lot of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Its number.
    pub id: i64,
    /// The product it is of.
    pub product: i64,
    /// Code and expiry.
    pub name: LotDraft,
}

/// What a location holds of a product in one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotBalance {
    /// The lot's number, [`NO_LOT`] when there is none.
    pub lot: i64,
    /// How much; below zero while oversold.
    pub quantity: Quantity,
}

/// Whether goods with this last day may be sold on `day`.
pub fn is_sellable(expires_on: Option<Day>, day: Day) -> bool {
    expires_on.is_none_or(|last| day <= last)
}

/// The order in which lots leave: first expired first, lots without expiry after them, older numbers first.
pub fn fefo_key(expires_on: Option<Day>, lot: i64) -> (Day, i64) {
    (expires_on.unwrap_or(Day::from_number(i32::MAX)), lot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_may_be_sold_through_its_last_day() {
        let last = Day::from_number(100);
        assert!(is_sellable(Some(last), last));
        assert!(!is_sellable(Some(last), last.plus(1)));
        assert!(is_sellable(None, last));
    }
}
