//! Landed cost: freight and the like, spread over the goods they brought.
//!
//! Invariant: the parts add up exactly to what was paid (largest remainder first).

use crate::{Money, Quantity};

/// By what a cost is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// In proportion to what the goods cost.
    Value,
    /// In proportion to how many they are, whatever their unit.
    Quantity,
    /// In proportion to what they weigh.
    Weight,
    /// The same for each line.
    Evenly,
}

impl Spread {
    /// Every way with its name in documents.
    pub const ALL: [(Spread, &'static str); 4] = [
        (Spread::Value, "value"),
        (Spread::Quantity, "quantity"),
        (Spread::Weight, "weight"),
        (Spread::Evenly, "evenly"),
    ];

    /// The way of that name.
    pub fn from_name(name: &str) -> Option<Spread> {
        Spread::ALL.into_iter().find(|(_, known)| *known == name).map(|(spread, _)| spread)
    }

    /// What a line has of that by which is spread.
    pub fn basis(self, line: &Share) -> u64 {
        let positive = |value: i64| u64::try_from(value).unwrap_or(0);
        match self {
            Spread::Value => positive(line.cost.minor()),
            Spread::Quantity => positive(line.quantity.milli()),
            Spread::Weight => line.weight_grams,
            Spread::Evenly => 1,
        }
    }
}

/// What a line gives to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// What the goods cost.
    pub cost: Money,
    /// How many there are.
    pub quantity: Quantity,
    /// What they weigh, in grams.
    pub weight_grams: u64,
}

/// The part of `amount` that each line bears. Evenly when the lines give nothing to go by.
pub fn spread(amount: Money, by: Spread, lines: &[Share]) -> Vec<Money> {
    amount.split(&lines.iter().map(|line| by.basis(line)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(pesos: i64, units: i64, weight_grams: u64) -> Share {
        Share { cost: Money::from_cents(pesos * 100), quantity: Quantity::units(units), weight_grams }
    }

    #[test]
    fn each_way_gives_its_own_parts_and_loses_nothing() {
        let lines = [line(100, 1, 2_000), line(300, 1, 1_000), line(0, 2, 0)];
        let freight = Money::from_cents(10_000);
        for (by, expect) in [
            (Spread::Value, [2_500, 7_500, 0]),
            (Spread::Quantity, [2_500, 2_500, 5_000]),
            (Spread::Weight, [6_667, 3_333, 0]),
            (Spread::Evenly, [3_333, 3_333, 3_333]),
        ] {
            let parts = spread(freight, by, &lines);
            assert_eq!(parts.iter().copied().sum::<Money>(), freight);
            for (part, cents) in parts.iter().zip(expect) {
                assert!((part.minor() - cents * 100).abs() <= 100, "{by:?}: {part}");
            }
        }
    }

    #[test]
    fn with_nothing_to_go_by_it_is_spread_evenly() {
        let parts = spread(Money::from_cents(100), Spread::Weight, &[Share::default(), Share::default()]);
        assert_eq!(parts, [Money::from_cents(50), Money::from_cents(50)]);
    }
}
