//! Packs as exact fractions of a product's unit.
//!
//! Invariant: a conversion is exact or refused; converting to and fro any number of times changes nothing.

use std::{fmt, num::NonZeroU64, str::FromStr};

use thiserror::Error;

use crate::{
    Quantity,
    decimal::{self, DecimalError},
};

/// How many units of a product one pack holds: `numerator / denominator`, in lowest terms, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PackFactor {
    numerator: NonZeroU64,
    denominator: NonZeroU64,
}

/// Why packs could not be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PackError {
    /// Not `12`, `0.5` or `1/3`, or not above zero.
    #[error("a pack factor is a number above zero, such as 12, 0.5 or 1/3")]
    NotAFactor,
    /// The result has no exact value in thousandths.
    #[error("the packs do not make an exact quantity")]
    NotExact,
    /// Beyond what a line may carry.
    #[error("out of range")]
    OutOfRange,
}

/// The largest numerator or denominator.
const LARGEST: u64 = 1_000_000_000;

impl PackFactor {
    /// A pack of one.
    pub const ONE: PackFactor = PackFactor { numerator: NonZeroU64::MIN, denominator: NonZeroU64::MIN };

    /// The factor `numerator / denominator`, reduced.
    pub fn new(numerator: u64, denominator: u64) -> Result<PackFactor, PackError> {
        if numerator == 0 || denominator == 0 {
            return Err(PackError::NotAFactor);
        }
        let common = greatest_common_divisor(numerator, denominator);
        let reduce = |value: u64| {
            let value = value / common;
            if value > LARGEST {
                Err(PackError::OutOfRange)
            } else {
                NonZeroU64::new(value).ok_or(PackError::NotAFactor)
            }
        };
        Ok(PackFactor { numerator: reduce(numerator)?, denominator: reduce(denominator)? })
    }

    /// The numerator in lowest terms.
    pub const fn numerator(self) -> u64 {
        self.numerator.get()
    }

    /// The denominator in lowest terms.
    pub const fn denominator(self) -> u64 {
        self.denominator.get()
    }

    /// A pack of packs: a pallet of 40 cases of 12 holds 480.
    pub fn of(self, inner: PackFactor) -> Result<PackFactor, PackError> {
        let numerator = self.numerator().checked_mul(inner.numerator()).ok_or(PackError::OutOfRange)?;
        let denominator = self.denominator().checked_mul(inner.denominator()).ok_or(PackError::OutOfRange)?;
        PackFactor::new(numerator, denominator)
    }

    /// The units in so many packs.
    pub fn to_units(self, packs: Quantity) -> Result<Quantity, PackError> {
        scale(packs, self.numerator(), self.denominator())
    }

    /// The packs that so many units make.
    pub fn to_packs(self, units: Quantity) -> Result<Quantity, PackError> {
        scale(units, self.denominator(), self.numerator())
    }
}

fn scale(quantity: Quantity, times: u64, over: u64) -> Result<Quantity, PackError> {
    let product = i128::from(quantity.milli()) * i128::from(times);
    let over = i128::from(over);
    if product % over != 0 {
        return Err(PackError::NotExact);
    }
    let milli = i64::try_from(product / over).map_err(|_| PackError::OutOfRange)?;
    let scaled = Quantity::from_milli(milli);
    if milli.unsigned_abs() > Quantity::MAX.milli().unsigned_abs() { Err(PackError::OutOfRange) } else { Ok(scaled) }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl FromStr for PackFactor {
    type Err = PackError;
    fn from_str(text: &str) -> Result<PackFactor, PackError> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            let digits = |text: &str| text.trim().parse::<u64>().map_err(|_| PackError::NotAFactor);
            return PackFactor::new(digits(numerator)?, digits(denominator)?);
        }
        let micro = decimal::parse_scaled(text.trim(), 6).map_err(|error| match error {
            DecimalError::OutOfRange => PackError::OutOfRange,
            _ => PackError::NotAFactor,
        })?;
        PackFactor::new(u64::try_from(micro).map_err(|_| PackError::NotAFactor)?, 1_000_000)
    }
}

impl fmt::Display for PackFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator() == 1 {
            return write!(f, "{}", self.numerator());
        }
        write!(f, "{}/{}", self.numerator(), self.denominator())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_cases_of_twelve_are_sixty() {
        let case: PackFactor = "12".parse().unwrap();
        let mut units = Quantity::ZERO;
        for _ in 0..5 {
            units += case.to_units(Quantity::ONE).unwrap();
        }
        assert_eq!(units, Quantity::units(60));
        assert_eq!(case.to_units(Quantity::units(5)), Ok(units));
        assert_eq!(case.to_packs(units), Ok(Quantity::units(5)));
    }

    #[test]
    fn fractions_stay_exact() {
        let third: PackFactor = "1/3".parse().unwrap();
        assert_eq!(third.to_units(Quantity::units(3)), Ok(Quantity::ONE));
        assert_eq!(third.to_units(Quantity::ONE), Err(PackError::NotExact));
        assert_eq!("0.5".parse(), PackFactor::new(1, 2));
        assert_eq!("40".parse::<PackFactor>().unwrap().of("12".parse().unwrap()), PackFactor::new(480, 1));
        assert_eq!(PackFactor::new(6, 4).unwrap().to_string(), "3/2");
    }

    #[test]
    fn refuses_nonsense() {
        for text in ["", "0", "-12", "a", "1/0", "0/1", "1/2/3", "NaN", "1/-2", "0.0000001"] {
            assert_eq!(text.parse::<PackFactor>(), Err(PackError::NotAFactor), "{text}");
        }
        assert_eq!("1000000001".parse::<PackFactor>(), Err(PackError::OutOfRange));
        assert_eq!(PackFactor::new(LARGEST, 1).unwrap().to_units(Quantity::MAX), Err(PackError::OutOfRange));
    }

    proptest::proptest! {
        #[test]
        fn to_and_fro_changes_nothing(numerator in 1u64..10_000, denominator in 1u64..10_000, packs in -1_000_000i64..1_000_000) {
            let factor = PackFactor::new(numerator, denominator).unwrap();
            let packs = Quantity::from_milli(packs);
            if let Ok(units) = factor.to_units(packs) {
                proptest::prop_assert_eq!(factor.to_packs(units), Ok(packs));
            }
            proptest::prop_assert_eq!(factor.to_string().parse(), Ok(factor));
        }
    }
}
