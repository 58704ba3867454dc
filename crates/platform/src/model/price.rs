//! What tokens cost.
//!
//! Invariant: exact. A price is in millionths for a million tokens, so a token costs whole millionths of a millionth, and nothing is rounded.

use std::fmt;

use domain::decimal::{format_scaled, parse_scaled};

use super::Usage;

/// Decimal places of a cost.
const PLACES: usize = 12;
const ONE: u128 = 1_000_000_000_000;

/// An amount in the currency of the prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u128);

impl Cost {
    /// A decimal of at most six places, not negative.
    pub(crate) fn parse(text: &str) -> Option<Cost> {
        Some(Cost(u128::from(millionths(text)?) * 1_000_000))
    }

    pub(super) const fn of_parts(parts: u128) -> Cost {
        Cost(parts)
    }

    pub(super) const fn parts(self) -> u128 {
        self.0
    }

    /// As a figure, which is no amount to reckon with.
    pub(super) fn about(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::MAX)
    }

    pub(super) const fn plus(self, other: Cost) -> Cost {
        Cost(self.0.saturating_add(other.0))
    }

    pub(super) const fn less(self, other: Cost) -> Cost {
        Cost(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Cost {
    /// All places that are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / ONE, self.0 % ONE);
        let places = format!("{rest:0PLACES$}");
        match places.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            places => write!(f, "{whole}.{places}"),
        }
    }
}

/// Prices for a million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prices {
    pub(crate) question: u64,
    pub(crate) answer: u64,
}

impl Prices {
    /// Each in millionths of the currency.
    pub(crate) const fn of_millionths(question: u64, answer: u64) -> Prices {
        Prices { question, answer }
    }

    /// What so many tokens cost.
    pub fn of(self, used: Usage) -> Cost {
        let part = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        Cost(part(used.question, self.question) + part(used.answer, self.answer))
    }
}

/// A decimal, not negative, in millionths.
pub(crate) fn millionths(text: &str) -> Option<u64> {
    parse_scaled(text, 6).ok().and_then(|value| u64::try_from(value).ok())
}

/// A price as a decimal.
pub(crate) fn shown(millionths: u64) -> String {
    format_scaled(i64::try_from(millionths).unwrap_or(i64::MAX), 6, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_costs_its_part_to_the_last_place() {
        let prices = Prices::of_millionths(millionths("0.15").unwrap(), millionths("0.6").unwrap());
        assert_eq!(prices.of(Usage { question: 1, answer: 0 }).to_string(), "0.00000015");
        assert_eq!(prices.of(Usage { question: 1_000_000, answer: 2_000_000 }).to_string(), "1.35");
        assert_eq!(prices.of(Usage { question: 3, answer: 7 }).to_string(), "0.00000465");
        assert_eq!(Prices::default().of(Usage { question: u64::MAX, answer: u64::MAX }).to_string(), "0");
        let dear =
            Prices::of_millionths(millionths("1000000000").unwrap(), 0).of(Usage { question: u64::MAX, answer: 0 });
        assert_eq!(dear.to_string(), "18446744073709551615000");
    }

    #[test]
    fn an_amount_is_read_exactly_or_not_at_all() {
        assert_eq!(Cost::parse("2.50").unwrap().to_string(), "2.5");
        assert_eq!(Cost::parse("0.000001").unwrap(), Cost(1_000_000));
        for odd in ["", "-1", "0.0000001", "1,5", "mucho"] {
            assert_eq!(Cost::parse(odd), None, "{odd}");
        }
    }
}
