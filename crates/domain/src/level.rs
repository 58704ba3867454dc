//! How a stock stands against the least that should be kept.
//!
//! Invariant: one function, [`Level::of`], decides for every screen, list and alert.

use crate::Quantity;

/// How well a product is stocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// None left.
    Out,
    /// Half of the minimum or less.
    Critical,
    /// The minimum or less.
    Low,
    /// More than the minimum, or none is set.
    Ok,
}

impl Level {
    /// Every level, the worst first.
    pub const ALL: [Level; 4] = [Level::Out, Level::Critical, Level::Low, Level::Ok];

    /// The level of that much on hand.
    pub fn of(on_hand: Quantity, minimum: Option<Quantity>) -> Level {
        let minimum = minimum.map_or(0, Quantity::milli);
        match on_hand.milli() {
            have if have <= 0 => Level::Out,
            have if have <= minimum / 2 => Level::Critical,
            have if have <= minimum => Level::Low,
            _ => Level::Ok,
        }
    }

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Out => "out",
            Level::Critical => "critical",
            Level::Low => "low",
            Level::Ok => "ok",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(on_hand: i64, minimum: Option<i64>, expected: Level) {
        assert_eq!(Level::of(Quantity::units(on_hand), minimum.map(Quantity::units)), expected);
    }

    #[test]
    fn half_of_the_minimum_is_critical_and_the_minimum_itself_is_low() {
        check(0, Some(10), Level::Out);
        check(-3, None, Level::Out);
        check(5, Some(10), Level::Critical);
        check(6, Some(10), Level::Low);
        check(10, Some(10), Level::Low);
        check(11, Some(10), Level::Ok);
        check(1, None, Level::Ok);
    }
}
