//! What a year does to prices.
//!
//! Invariant: rates are data of this invented economy, in tenths of a percent a month; they are nobody's statistics.

use domain::{Day, Money};

/// Monthly rise of suppliers' lists in tenths of a percent, January first.
const MONTHLY: [i64; 12] = [27, 29, 38, 34, 26, 22, 21, 23, 27, 30, 32, 41];

/// The rise of a month in tenths of a percent.
pub(crate) fn monthly_per_mille(day: Day) -> i64 {
    let (_, month, _) = day.ymd();
    MONTHLY[usize::from(month.unsigned_abs()) - 1]
}

/// The amount before every monthly rise that falls on `of_month` between two days, both included.
pub(crate) fn before_rises(amount: Money, of_month: i8, first: Day, last: Day) -> Money {
    (first.number()..=last.number())
        .map(Day::from_number)
        .filter(|day| day.ymd().2 == of_month)
        .fold(amount, |amount, day| amount.share(1000, 1000 + monthly_per_mille(day)))
}

/// A shelf price from a net cost: VAT and markup in tenths of a percent, rounded to how shops write prices.
pub(crate) fn shelf_price(cost: Money, vat_per_mille: i64, markup_per_mille: i64) -> Money {
    tidy(cost.share((1000 + vat_per_mille) * (1000 + markup_per_mille), 1_000_000))
}

/// The net cost that such a shelf price comes from.
pub(crate) fn net_cost(price: Money, vat_per_mille: i64, markup_per_mille: i64) -> Money {
    cents(price.share(1_000_000, (1000 + vat_per_mille) * (1000 + markup_per_mille)))
}

/// Rounded to cents.
pub(crate) fn cents(amount: Money) -> Money {
    Money::from_cents(amount.to_cents())
}

/// Rounded to tens of pesos below a thousand, to fifties below ten thousand, to hundreds above.
fn tidy(price: Money) -> Money {
    let pesos = price.to_cents() / 100;
    let step = match pesos {
        ..1000 => 10,
        1000..10_000 => 50,
        _ => 100,
    };
    Money::from_cents(((pesos + step / 2) / step * step).max(step) * 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_and_its_cost_lead_back() {
        let price = Money::from_cents(520_000);
        let cost = net_cost(price, 210, 330);
        assert_eq!(shelf_price(cost, 210, 330), price);
        assert!(cost < price);
    }

    #[test]
    fn prices_were_lower_a_year_ago() {
        let (first, last) = (Day::from_ymd(2025, 11, 21).unwrap(), Day::from_ymd(2026, 11, 20).unwrap());
        let then = before_rises(Money::from_cents(100_000), 5, first, last).to_cents();
        assert!((60_000..80_000).contains(&then), "{then}");
    }
}
