//! Moving weighted average cost from exact totals.
//!
//! Invariant: a quantity of zero has a value of zero, a value is never negative, and goods sold before they came in never
//! enter the average: what they cost is settled the moment they come.

use crate::{Money, Quantity};

/// What a site holds of a product and what that is worth in its books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Valuation {
    /// On hand over all internal locations; below zero while oversold.
    pub quantity: Quantity,
    /// Book value.
    pub value: Money,
    /// Cost of one unit when goods last came in.
    pub last_cost: Money,
}

impl Valuation {
    /// Goods come in at a total cost. Gives the part of the cost that belongs to goods already gone.
    pub fn receive(&mut self, quantity: Quantity, cost: Money) -> Money {
        let short = (-self.quantity.milli()).clamp(0, quantity.milli());
        let settled = cost.share(short, quantity.milli());
        self.quantity += quantity;
        self.value += cost - settled;
        self.last_cost = cost.per(quantity).unwrap_or(self.last_cost);
        settled
    }

    /// Goods go out at average cost; the last unit takes the residue. Gives the value relieved.
    pub fn issue(&mut self, quantity: Quantity) -> Money {
        let value = self.cost_of(quantity);
        self.relieve(quantity, value)
    }

    /// Goods go out at a known cost; the last unit takes the residue. A cost that would leave goods worth nothing is not taken:
    /// what they cost was issued with others meanwhile, so they go at the average.
    pub fn issue_at(&mut self, quantity: Quantity, cost: Money) -> Money {
        let known = quantity < self.quantity && cost >= Money::ZERO && cost < self.value;
        let value = if known { cost } else { self.cost_of(quantity) };
        self.relieve(quantity, value)
    }

    /// What that many would be worth at the average now.
    pub fn cost_of(&self, quantity: Quantity) -> Money {
        let on_hand = self.quantity.milli();
        match quantity.milli() {
            _ if on_hand <= 0 => Money::ZERO,
            milli if milli >= on_hand => self.value,
            milli => self.value.share(milli, on_hand),
        }
    }

    /// What that many are worth when they come in without a cost of their own: the average, else the last cost known.
    pub fn estimate(&self, quantity: Quantity) -> Option<Money> {
        if self.quantity > Quantity::ZERO {
            return Some(self.value.share(quantity.milli(), self.quantity.milli()));
        }
        self.last_cost.times(quantity)
    }

    fn relieve(&mut self, quantity: Quantity, value: Money) -> Money {
        self.quantity -= quantity;
        self.value -= value;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(n: i64) -> Quantity {
        Quantity::units(n)
    }

    fn pesos(n: i64) -> Money {
        Money::from_cents(n * 100)
    }

    #[test]
    fn golden_case() {
        let mut book = Valuation::default();
        book.receive(units(8), pesos(80));
        book.receive(units(4), pesos(64));
        assert_eq!((book.quantity, book.value), (units(12), pesos(144)));
        book.issue(units(10));
        assert_eq!((book.quantity, book.value), (units(2), pesos(24)));
        book.receive(units(2), pesos(12));
        assert_eq!((book.quantity, book.value), (units(4), pesos(36)));
    }

    #[test]
    fn the_last_unit_takes_the_residue() {
        let mut book = Valuation::default();
        book.receive(units(3), pesos(10));
        let out = book.issue(units(1)) + book.issue(units(1)) + book.issue(units(1));
        assert_eq!((out, book.value, book.quantity), (pesos(10), Money::ZERO, Quantity::ZERO));
    }

    #[test]
    fn goods_sold_before_they_came_never_enter_the_average() {
        let mut book = Valuation::default();
        assert_eq!(book.issue(units(3)), Money::ZERO);
        let settled = book.receive(units(5), pesos(100));
        assert_eq!(settled, pesos(60));
        assert_eq!((book.quantity, book.value), (units(2), pesos(40)));
    }

    #[test]
    fn a_known_cost_never_leaves_goods_worth_nothing() {
        let mut book = Valuation::default();
        book.receive(units(10), pesos(10));
        book.receive(units(10), pesos(1000));
        book.issue(units(5));
        assert_eq!(book.issue_at(units(10), pesos(1000)), pesos(505));
        assert_eq!((book.quantity, book.value), (units(5), Money::from_cents(25_250)));
        assert_eq!(book.issue_at(units(1), pesos(2)), pesos(2));
    }

    proptest::proptest! {
        #[test]
        fn nothing_on_hand_is_worth_nothing(steps in proptest::collection::vec((proptest::bool::ANY, 1i64..5000, 0i64..1_000_000), 1..60)) {
            let mut book = Valuation::default();
            for (into, milli, cost) in steps {
                let quantity = Quantity::from_milli(milli);
                if into { book.receive(quantity, Money::from_minor(cost)); } else { book.issue(quantity); }
                proptest::prop_assert!(book.value >= Money::ZERO);
                proptest::prop_assert!(book.quantity > Quantity::ZERO || book.value == Money::ZERO);
            }
        }
    }
}
