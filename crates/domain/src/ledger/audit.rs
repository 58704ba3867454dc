//! Proving a chain of entries: each link, and that what is kept beside the entries follows from them.
//!
//! Invariant: shares the cost rules and [`effects::sides`] with the code that posts, and nothing else; what it concludes
//! depends only on the entries it was shown, in order, from the first.

use std::collections::HashMap;

use rustc_hash::FxHashMap;
use thiserror::Error;

use super::{
    Entry, LocationKind, Movement, PostingKind,
    books::Chain,
    canonical,
    cost::Valuation,
    effects::{self, Flow},
};
use crate::{Day, Money, Quantity, decimal::LIMIT};

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the fields are the words of the message")]
pub enum Breach {
    #[error("the chain jumps from {after} to {found}")]
    Gap { after: i64, found: i64 },
    #[error("its content does not match its hash")]
    Hash,
    #[error("line {line} moves nothing or less")]
    Quantity { line: usize },
    #[error("line {line} names location {location}, which is not of this site")]
    Location { line: usize, location: i64 },
    #[error("line {line} cannot go from there to there")]
    Route { line: usize },
    #[error("line {line} says {found} on hand afterwards, the movements say {expected}")]
    OnHand { line: usize, expected: Quantity, found: Quantity },
    #[error("line {line} carries a value of {found}, the books say {expected}")]
    Value { line: usize, expected: Money, found: Money },
    #[error("line {line} leaves less than nothing")]
    Negative { line: usize },
    #[error("line {line} carries amounts beyond what a ledger keeps")]
    Range { line: usize },
}

/// A weighted sum of flows: equal for equal tables whatever their order, without keeping them.
///
/// Each key has a fixed 64-bit weight; tables that differ in any row differ in the sum but for one chance in 2^64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlowSum([u64; 3]);

impl FlowSum {
    /// Adds a row, or a part of one.
    pub fn add(&mut self, key: [i64; 4], flow: Flow) {
        let amounts = [flow.quantity.milli(), flow.value.minor(), flow.revenue.minor()];
        for (i, (sum, amount)) in self.0.iter_mut().zip(amounts).enumerate() {
            let weight = weight(key, i as u64);
            *sum = sum.wrapping_add(weight.wrapping_mul(amount.cast_unsigned()));
        }
    }
}

/// SplitMix64 over the parts of the key (Steele, Lea, Flood 2014), made odd so that no amount vanishes.
fn weight(key: [i64; 4], column: u64) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(column + 1);
    for part in key {
        state = (state ^ part.cast_unsigned()).wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state | 1
}

/// Whether an amount is far beyond what the rules let through: whoever forges a chain may write anything.
const fn is_beyond(amount: i64) -> bool {
    amount.unsigned_abs() > 4 * LIMIT.unsigned_abs()
}

/// Sums at a point of a chain, as checkpoints hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Products of which there is something, or less than nothing.
    pub products: i64,
    /// Σ on hand, in thousandths, over all products whatever their unit.
    pub quantity: i64,
    /// Σ book value.
    pub value: Money,
}

/// Follows one site's chain from its beginning.
#[derive(Debug)]
pub struct Auditor {
    kinds: FxHashMap<i64, LocationKind>,
    chain: Chain,
    movements: u64,
    totals: Totals,
    books: FxHashMap<i64, Valuation>,
    balances: FxHashMap<(i64, i64, i64), Quantity>,
    flows: FlowSum,
    months: FlowSum,
}

impl Auditor {
    /// At the beginning of the chain of a site with these locations.
    pub fn new(kinds: HashMap<i64, LocationKind>) -> Auditor {
        Auditor {
            kinds: kinds.into_iter().collect(),
            chain: Chain { seq: 0, hash: canonical::GENESIS },
            movements: 0,
            totals: Totals::default(),
            books: FxHashMap::default(),
            balances: FxHashMap::default(),
            flows: FlowSum::default(),
            months: FlowSum::default(),
        }
    }

    /// Checks the next entry whole.
    pub fn check(&mut self, entry: &Entry) -> Result<(), Breach> {
        if canonical::link(&self.chain.hash, entry) != entry.hash {
            // A gap explains a wrong hash better than the hash does.
            return Err(self.gap(entry).unwrap_or(Breach::Hash));
        }
        self.follow(entry)
    }

    /// Checks the next entry but for its hash, which the caller has checked against the stored hash before it.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Breach> {
        if let Some(gap) = self.gap(entry) {
            return Err(gap);
        }
        for (line, movement) in entry.movements.iter().enumerate() {
            self.movement(line, movement, entry.kind, entry.business_day)?;
        }
        self.chain = Chain { seq: entry.seq, hash: entry.hash };
        Ok(())
    }

    fn gap(&self, entry: &Entry) -> Option<Breach> {
        (entry.seq != self.chain.seq + 1).then_some(Breach::Gap { after: self.chain.seq, found: entry.seq })
    }

    fn movement(&mut self, line: usize, movement: &Movement, kind: PostingKind, day: Day) -> Result<(), Breach> {
        if movement.quantity <= Quantity::ZERO {
            return Err(Breach::Quantity { line });
        }
        if [movement.quantity.milli(), movement.value.minor(), movement.settled.minor()].into_iter().any(is_beyond) {
            return Err(Breach::Range { line });
        }
        let known = |location: i64| self.kinds.get(&location).copied().ok_or(Breach::Location { line, location });
        let (from, to) = (known(movement.from)?, known(movement.to)?);
        if movement.from == movement.to || !kind.allows(from, to) {
            return Err(Breach::Route { line });
        }
        self.value(line, movement, kind, (from, to))?;
        self.balance(line, movement, kind, from)?;
        for (location, flow) in effects::sides(movement, from, to).into_iter().flatten() {
            self.flows.add([location, i64::from(day.number()), movement.product, kind.code()], flow);
            let month = Flow { revenue: Money::ZERO, ..flow };
            self.months.add([location, i64::from(day.month()), movement.product, 0], month);
        }
        self.movements += 1;
        Ok(())
    }

    /// Repeats the cost rule and compares.
    fn value(
        &mut self,
        line: usize,
        movement: &Movement,
        kind: PostingKind,
        route: (LocationKind, LocationKind),
    ) -> Result<(), Breach> {
        let book = self.books.entry(movement.product).or_default();
        let before = *book;
        let internal = |kind| kind == LocationKind::Internal;
        let (value, settled) = match (internal(route.0), internal(route.1)) {
            (false, true) => (movement.value, book.receive(movement.quantity, movement.value)),
            // Returns to suppliers and corrections leave at a cost that was known otherwise.
            (true, false) if matches!(kind, PostingKind::SupplierReturn | PostingKind::Correction) => {
                (book.issue_at(movement.quantity, movement.value), Money::ZERO)
            }
            (true, false) => (book.issue(movement.quantity), Money::ZERO),
            (true, true) => (book.cost_of(movement.quantity), Money::ZERO),
            (false, false) => (Money::ZERO, Money::ZERO),
        };
        let after = *book;
        if value != movement.value || settled != movement.settled {
            let (expected, found) =
                if value == movement.value { (settled, movement.settled) } else { (value, movement.value) };
            return Err(Breach::Value { line, expected, found });
        }
        if is_beyond(after.quantity.milli()) || is_beyond(after.value.minor()) {
            return Err(Breach::Range { line });
        }
        if after.quantity != movement.on_hand_after {
            return Err(Breach::OnHand { line, expected: after.quantity, found: movement.on_hand_after });
        }
        self.sum(before, after);
        Ok(())
    }

    fn sum(&mut self, before: Valuation, after: Valuation) {
        let held = |book: Valuation| i64::from(book.quantity != Quantity::ZERO);
        let value = (after.value - before.value).minor();
        self.totals.products += held(after) - held(before);
        // Sums that go round are those of no ledger, and differ from what a checkpoint of one states.
        self.totals.quantity = self.totals.quantity.wrapping_add((after.quantity - before.quantity).milli());
        self.totals.value = Money::from_minor(self.totals.value.minor().wrapping_add(value));
    }

    fn balance(
        &mut self,
        line: usize,
        movement: &Movement,
        kind: PostingKind,
        from: LocationKind,
    ) -> Result<(), Breach> {
        let left = self.shift((movement.from, movement.product, movement.lot), -movement.quantity);
        let left = left.ok_or(Breach::Range { line })?;
        // Only a sale may leave less than nothing, where the site allows it.
        if left < Quantity::ZERO && from == LocationKind::Internal && kind != PostingKind::Sale {
            return Err(Breach::Negative { line });
        }
        let entered = self.shift((movement.to, movement.product, movement.lot), movement.quantity);
        entered.map(drop).ok_or(Breach::Range { line })
    }

    /// Changes a balance; `None` when it does not fit, which no ledger comes near.
    fn shift(&mut self, key: (i64, i64, i64), change: Quantity) -> Option<Quantity> {
        let balance = self.balances.entry(key).or_default();
        *balance = Quantity::from_milli(balance.milli().checked_add(change.milli())?);
        Some(*balance)
    }

    /// Head of the chain so far.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// Movements seen.
    pub fn movements(&self) -> u64 {
        self.movements
    }

    /// Sums so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Valuations by product.
    pub fn books(&self) -> &FxHashMap<i64, Valuation> {
        &self.books
    }

    /// Balances by (location, product, lot), virtual locations included.
    pub fn balances(&self) -> &FxHashMap<(i64, i64, i64), Quantity> {
        &self.balances
    }

    /// Sum of the daily flows.
    pub fn flows(&self) -> FlowSum {
        self.flows
    }

    /// Sum of the monthly flows.
    pub fn months(&self) -> FlowSum {
        self.months
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(quantity: i64) -> Flow {
        Flow { quantity: Quantity::from_milli(quantity), ..Flow::default() }
    }

    /// An entry of one movement, into the site when `inwards`, with the right link.
    fn entry(previous: &Chain, inwards: bool, quantity: i64, value: i64) -> Entry {
        let (from, to) = if inwards { (1, 0) } else { (0, 2) };
        let movement = Movement {
            product: 1,
            sku: "A".into(),
            lot: 0,
            from,
            to,
            quantity: Quantity::from_milli(quantity),
            value: Money::from_minor(value),
            settled: Money::ZERO,
            revenue: Money::ZERO,
            on_hand_after: Quantity::from_milli(quantity),
        };
        let mut entry = Entry {
            site: 1,
            seq: previous.seq + 1,
            id: uuid::Uuid::nil(),
            kind: if inwards { PostingKind::Receipt } else { PostingKind::Sale },
            reference: super::super::Reference::default(),
            actor: String::new(),
            device: String::new(),
            note: String::new(),
            corrects: None,
            effective_at: crate::Timestamp::default(),
            recorded_at: crate::Timestamp::default(),
            business_day: Day::from_number(0),
            digest: [0; 32],
            hash: [0; 32],
            movements: vec![movement],
        };
        entry.hash = canonical::link(&previous.hash, &entry);
        entry
    }

    #[test]
    fn a_forged_chain_of_any_amounts_is_refused_without_going_round() {
        let kinds =
            HashMap::from([(0, LocationKind::Internal), (1, LocationKind::Supplier), (2, LocationKind::Customer)]);
        let range = Err(Breach::Range { line: 0 });
        for (inwards, quantity, value, expected) in [
            (true, i64::MAX, 0, range.clone()),
            (true, 1, i64::MIN, range.clone()),
            (true, 1, i64::MAX, range.clone()),
            (false, i64::MAX, 0, range),
            (true, LIMIT, LIMIT, Ok(())),
        ] {
            let mut auditor = Auditor::new(kinds.clone());
            let entry = entry(&auditor.chain(), inwards, quantity, value);
            assert_eq!(auditor.check(&entry), expected, "{quantity} {value}");
        }
    }

    #[test]
    fn parts_of_a_row_add_up_to_the_row() {
        let (mut parts, mut whole) = (FlowSum::default(), FlowSum::default());
        parts.add([1, 2, 3, 4], flow(5));
        parts.add([1, 2, 3, 4], flow(-2));
        whole.add([1, 2, 3, 4], flow(3));
        assert_eq!(parts, whole);
        whole.add([1, 2, 3, 5], flow(1));
        assert_ne!(parts, whole);
    }
}
