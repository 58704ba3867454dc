//! Argentine value-added tax.
//!
//! Invariant: net and tax always add up to the total, in whole cents; the one rounding is half up, on the part that
//! is computed.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{Money, decimal::divide_rounded};

/// A rate of the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VatRate {
    /// 21 %, the general rate.
    General,
    /// 10.5 %: meat, fruit, vegetables, bread.
    Reduced,
    /// 27 %: some services.
    Increased,
    /// 5 %.
    Five,
    /// 2.5 %.
    TwoAndAHalf,
    /// 0 %, taxed at nothing.
    Zero,
    /// Outside the tax.
    Exempt,
}

/// An amount taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VatParts {
    /// Without the tax.
    pub net: Money,
    /// The tax.
    pub vat: Money,
    /// With the tax.
    pub total: Money,
}

/// A text names no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the VAT rates are 21, 10.5, 27, 5, 2.5, 0 and exempt")]
pub struct UnknownVatRate;

/// Each rate with its name and its thousandths.
const RATES: [(VatRate, &str, i64); 7] = [
    (VatRate::General, "21", 210),
    (VatRate::Reduced, "10.5", 105),
    (VatRate::Increased, "27", 270),
    (VatRate::Five, "5", 50),
    (VatRate::TwoAndAHalf, "2.5", 25),
    (VatRate::Zero, "0", 0),
    (VatRate::Exempt, "exempt", 0),
];

impl VatRate {
    /// Every rate.
    pub fn all() -> impl Iterator<Item = VatRate> {
        RATES.into_iter().map(|(rate, ..)| rate)
    }

    /// The name in documents and in the database: the percentage, or `exempt`.
    pub fn name(self) -> &'static str {
        RATES.iter().find(|(rate, ..)| *rate == self).map_or("", |(_, name, _)| name)
    }

    /// The rate in thousandths: 210 for 21 %.
    pub fn per_mille(self) -> i64 {
        RATES.iter().find(|(rate, ..)| *rate == self).map_or(0, |(.., per_mille)| *per_mille)
    }

    /// Adds the tax to an amount without it.
    pub fn on_net(self, net: Money) -> VatParts {
        let net = in_cents(net);
        let vat = share_in_cents(net, self.per_mille(), 1000);
        VatParts { net, vat, total: net + vat }
    }

    /// Takes the tax out of an amount with it.
    pub fn in_total(self, total: Money) -> VatParts {
        let total = in_cents(total);
        let net = share_in_cents(total, 1000, 1000 + self.per_mille());
        VatParts { net, vat: total - net, total }
    }
}

fn in_cents(amount: Money) -> Money {
    Money::from_cents(amount.to_cents())
}

/// `amount · part / whole` in whole cents, rounded once.
fn share_in_cents(amount: Money, part: i64, whole: i64) -> Money {
    let cents = divide_rounded(i128::from(amount.to_cents()) * i128::from(part), i128::from(whole));
    // A share of an amount in cents with part <= whole * 1.27 cannot leave the range of an amount in 1/10 000.
    Money::from_cents(i64::try_from(cents).unwrap_or(0))
}

impl FromStr for VatRate {
    type Err = UnknownVatRate;
    /// Reads `21`, `10.5`, `10.50`, `21%`, `exempt` or `exento`.
    fn from_str(text: &str) -> Result<VatRate, UnknownVatRate> {
        let text = text.trim().trim_end_matches('%').trim_end();
        if matches!(text.to_ascii_lowercase().as_str(), "exempt" | "exento") {
            return Ok(VatRate::Exempt);
        }
        let per_mille = crate::decimal::parse_scaled(text, 1).map_err(|_| UnknownVatRate)?;
        RATES.iter().find(|(.., known)| *known == per_mille).map(|(rate, ..)| *rate).ok_or(UnknownVatRate)
    }
}

impl fmt::Display for VatRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn adds_and_takes_out_the_tax() {
        for (rate, net, vat, total) in [
            (VatRate::General, "100.00", "21.00", "121.00"),
            (VatRate::Reduced, "100.00", "10.50", "110.50"),
            (VatRate::Increased, "100.00", "27.00", "127.00"),
            (VatRate::TwoAndAHalf, "100.00", "2.50", "102.50"),
            (VatRate::Five, "0.10", "0.01", "0.11"),
            (VatRate::Zero, "100.00", "0.00", "100.00"),
            (VatRate::Exempt, "100.00", "0.00", "100.00"),
            (VatRate::General, "-100.00", "-21.00", "-121.00"),
        ] {
            let expect = VatParts { net: money(net), vat: money(vat), total: money(total) };
            assert_eq!(rate.on_net(money(net)), expect);
            assert_eq!(rate.in_total(money(total)), expect);
        }
    }

    #[test]
    fn rounds_half_up_to_cents() {
        assert_eq!(VatRate::Reduced.on_net(money("1.00")).vat, money("0.11"));
        assert_eq!(
            VatRate::General.in_total(money("0.01")),
            VatParts { net: money("0.01"), vat: money("0.00"), total: money("0.01") }
        );
    }

    #[test]
    fn names_lead_back() {
        for rate in VatRate::all() {
            assert_eq!(rate.name().parse(), Ok(rate));
        }
        assert_eq!("10,5".parse::<VatRate>(), Err(UnknownVatRate));
        assert_eq!(" 10.50 %".parse(), Ok(VatRate::Reduced));
        assert_eq!("Exento".parse(), Ok(VatRate::Exempt));
        for text in ["", "20", "0.21", "%", "1e30"] {
            assert_eq!(text.parse::<VatRate>(), Err(UnknownVatRate), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parts_add_up_and_a_net_survives_the_round_trip(cents in -1_000_000_000i64..1_000_000_000, rate in 0usize..7) {
            let rate = RATES[rate].0;
            let parts = rate.on_net(Money::from_cents(cents));
            proptest::prop_assert_eq!(parts.net + parts.vat, parts.total);
            // A total computed from a net gives that net back, because the tax is below 100 %.
            proptest::prop_assert_eq!(rate.in_total(parts.total).net, parts.net);
        }
    }
}
