//! When a count is believed at once, when it is asked for again, and when somebody has to answer for it.
//!
//! Invariant: small differences pass, whatever there is much of; a difference asks for a second count only when it is large both by
//! itself and beside what was expected.

use crate::{Money, Quantity};

/// How far counts and books may be apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountPolicy {
    /// A difference up to this much is believed.
    pub tolerance: Quantity,
    /// So is one up to this many hundredths of what was expected.
    pub tolerance_percent: i64,
    /// Differences worth more than this, all added up, are closed by a manager or the owner.
    pub approval_above: Money,
}

impl Default for CountPolicy {
    fn default() -> CountPolicy {
        CountPolicy {
            tolerance: Quantity::units(2),
            tolerance_percent: 5,
            approval_above: Money::from_cents(10_000_000),
        }
    }
}

impl CountPolicy {
    /// Whether so much should be counted a second time before it is believed.
    pub fn asks_again(&self, expected: Quantity, counted: Quantity) -> bool {
        let difference = i128::from((counted - expected).milli()).abs();
        let beside = i128::from(expected.milli()).abs() * i128::from(self.tolerance_percent);
        difference > i128::from(self.tolerance.milli()) && difference * 100 > beside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_large_by_itself_and_beside_the_rest_is_asked_again() {
        let policy = CountPolicy::default();
        for (expected, counted, again) in [
            ("10", "10", false),
            ("10", "8", false),
            ("10", "7.999", true),
            ("10", "13", true),
            ("100", "95", false),
            ("100", "94.999", true),
            ("0", "2", false),
            ("0", "2.001", true),
            ("-5", "0", true),
        ] {
            let asked = policy.asks_again(expected.parse().unwrap(), counted.parse().unwrap());
            assert_eq!(asked, again, "{expected} {counted}");
        }
    }
}
