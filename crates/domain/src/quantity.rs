//! Quantities as integer thousandths of a product's unit.
//!
//! Invariant: exact. Whole numbers print bare (`2`), fractions with three decimals (`0.845`).

use std::{
    fmt,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
    str::FromStr,
};

use crate::decimal::{self, DecimalError};

/// What a product is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Pieces; only whole numbers.
    Piece,
    /// Kilograms.
    Kilogram,
    /// Litres.
    Litre,
    /// Metres.
    Metre,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 4] = [Unit::Piece, Unit::Kilogram, Unit::Litre, Unit::Metre];

    /// The name used in documents and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Piece => "unit",
            Unit::Kilogram => "kg",
            Unit::Litre => "l",
            Unit::Metre => "m",
        }
    }

    /// The unit of that name.
    pub fn from_name(name: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// Whether a quantity of this unit may be a fraction.
    pub const fn divisible(self) -> bool {
        !matches!(self, Unit::Piece)
    }
}

/// Thousandths of a unit, signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity(i64);

impl Quantity {
    /// None.
    pub const ZERO: Quantity = Quantity(0);
    /// One unit.
    pub const ONE: Quantity = Quantity(1000);
    /// Decimal places kept.
    pub const PLACES: u32 = 3;
    /// The most one line may carry: a thousand million units.
    pub const MAX: Quantity = Quantity(1_000_000_000_000);

    /// From thousandths.
    pub const fn from_milli(milli: i64) -> Quantity {
        Quantity(milli)
    }

    /// From whole units.
    pub const fn units(units: i64) -> Quantity {
        Quantity(units * 1000)
    }

    /// In thousandths.
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// Whether it is a whole number of units.
    pub const fn is_whole(self) -> bool {
        self.0 % 1000 == 0
    }

    /// Without its sign.
    pub const fn abs(self) -> Quantity {
        Quantity(self.0.abs())
    }
}

impl FromStr for Quantity {
    type Err = DecimalError;
    fn from_str(text: &str) -> Result<Quantity, DecimalError> {
        let quantity = Quantity(decimal::parse_scaled(text, Quantity::PLACES)?);
        if quantity.abs() > Quantity::MAX { Err(DecimalError::OutOfRange) } else { Ok(quantity) }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::format_scaled(self.0, Quantity::PLACES, 0))
    }
}

impl Add for Quantity {
    type Output = Quantity;
    fn add(self, other: Quantity) -> Quantity {
        Quantity(self.0 + other.0)
    }
}

impl Sub for Quantity {
    type Output = Quantity;
    fn sub(self, other: Quantity) -> Quantity {
        Quantity(self.0 - other.0)
    }
}

impl Neg for Quantity {
    type Output = Quantity;
    fn neg(self) -> Quantity {
        Quantity(-self.0)
    }
}

impl AddAssign for Quantity {
    fn add_assign(&mut self, other: Quantity) {
        self.0 += other.0;
    }
}

impl SubAssign for Quantity {
    fn sub_assign(&mut self, other: Quantity) {
        self.0 -= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_whole_numbers_bare() {
        for (milli, expect) in [(2000, "2"), (845, "0.845"), (1500, "1.500"), (-46_000, "-46"), (0, "0")] {
            assert_eq!(Quantity::from_milli(milli).to_string(), expect);
        }
    }

    #[test]
    fn refuses_more_than_a_line_may_carry() {
        assert_eq!("1000000001".parse::<Quantity>(), Err(DecimalError::OutOfRange));
    }
}
