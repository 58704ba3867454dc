//! Money as an integer of 1/10 000 of the currency.
//!
//! Invariant: sums are exact; a value is rounded only where a rule says so (half away from zero).

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
    str::FromStr,
};

use crate::{
    Quantity,
    decimal::{self, DecimalError, divide_rounded},
};

/// An amount in 1/10 000 of the currency unit. Whole cents print with two decimals, anything finer with four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);
    /// Decimal places kept.
    pub const PLACES: u32 = 4;

    /// From 1/10 000 of the currency unit.
    pub const fn from_minor(minor: i64) -> Money {
        Money(minor)
    }

    /// From whole cents.
    pub const fn from_cents(cents: i64) -> Money {
        Money(cents * 100)
    }

    /// In 1/10 000 of the currency unit.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum, when it fits.
    pub const fn checked_add(self, other: Money) -> Option<Money> {
        match self.0.checked_add(other.0) {
            Some(minor) => Some(Money(minor)),
            None => None,
        }
    }

    /// This price per unit times a quantity, rounded half away from zero to 1/10 000; `None` when it does not fit.
    pub fn times(self, quantity: Quantity) -> Option<Money> {
        let product = i128::from(self.0) * i128::from(quantity.milli());
        i64::try_from(divide_rounded(product, 1000)).ok().map(Money)
    }

    /// This total per unit of `quantity`, rounded; `None` when the quantity is zero or the result does not fit.
    pub fn per(self, quantity: Quantity) -> Option<Money> {
        let milli = i128::from(quantity.milli());
        if milli == 0 {
            return None;
        }
        let numerator = i128::from(self.0) * 1000 * milli.signum();
        i64::try_from(divide_rounded(numerator, milli.abs())).ok().map(Money)
    }

    /// The share `part / whole` of this amount, rounded half away from zero. `whole` must be positive.
    pub fn share(self, part: i64, whole: i64) -> Money {
        let value = divide_rounded(i128::from(self.0) * i128::from(part), i128::from(whole));
        Money(i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Rounded half away from zero to cents.
    pub fn to_cents(self) -> i64 {
        i64::try_from(divide_rounded(i128::from(self.0), 100)).unwrap_or(0)
    }

    /// Splits this amount in proportion to `weights` so that the parts add up exactly (largest remainder first).
    /// Equal parts when every weight is zero; no parts when there are no weights.
    pub fn split(self, weights: &[u64]) -> Vec<Money> {
        let ones = vec![1; weights.len()];
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        let (weights, total) = if total == 0 { (&ones[..], weights.len() as i128) } else { (weights, total) };
        let exact = |w: u64| i128::from(self.0) * i128::from(w);
        let mut parts: Vec<i64> =
            weights.iter().map(|w| i64::try_from(exact(*w).div_euclid(total)).unwrap_or(0)).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|i| (std::cmp::Reverse(exact(weights[*i]).rem_euclid(total)), *i));
        let left = self.0 - parts.iter().sum::<i64>();
        for i in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
            parts[i] += 1;
        }
        parts.into_iter().map(Money).collect()
    }
}

impl FromStr for Money {
    type Err = DecimalError;
    fn from_str(text: &str) -> Result<Money, DecimalError> {
        decimal::parse_scaled(text, Money::PLACES).map(Money)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::format_scaled(self.0, Money::PLACES, 2))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        self.0 -= other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_cents_or_everything() {
        assert_eq!(Money::from_minor(12_345_600).to_string(), "1234.56");
        assert_eq!(Money::from_minor(-12_345_678).to_string(), "-1234.5678");
        assert_eq!(Money::ZERO.to_string(), "0.00");
    }

    #[test]
    fn multiplies_by_fractions_of_a_unit() {
        let price: Money = "1850.00".parse().unwrap();
        assert_eq!(price.times("0.845".parse().unwrap()), Some("1563.25".parse().unwrap()));
    }

    proptest::proptest! {
        #[test]
        fn a_split_loses_nothing(amount in -1_000_000_000i64..1_000_000_000, weights in proptest::collection::vec(0u64..1000, 1..20)) {
            let parts = Money::from_minor(amount).split(&weights);
            proptest::prop_assert_eq!(parts.into_iter().sum::<Money>(), Money::from_minor(amount));
        }
    }
}
