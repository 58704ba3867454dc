//! What one person may post without a second one's consent.
//!
//! Invariant: goods are never worth less to the limit than they were in the books, whatever the caller says they cost.

use super::{Draft, Entry, PostingKind, cost::Valuation};
use crate::{Money, Timestamp};

const DAY_SECONDS: i64 = 86_400;
/// How much longer or shorter days in a row may be than so many times 24 hours.
const CLOCK_CHANGES_SECONDS: i64 = 7_200;

/// The limits of one caller. Without one of them nothing of its sort needs consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Worth above which an adjustment needs consent.
    pub most_worth: Option<Money>,
    /// Days back beyond which any posting needs consent.
    pub oldest_days: Option<i64>,
}

/// Which limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// That on the worth of adjustments.
    Worth,
    /// That on days back.
    Age,
    /// Both.
    Both,
}

impl Over {
    /// All of them.
    pub const ALL: [Over; 3] = [Over::Worth, Over::Age, Over::Both];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Over::Worth => "worth",
            Over::Age => "age",
            Over::Both => "both",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Over> {
        Over::ALL.into_iter().find(|over| over.name() == name)
    }
}

impl Limits {
    /// No limit.
    pub const NONE: Limits = Limits { most_worth: None, oldest_days: None };

    /// Which of them a posting passes, that is an adjustment or none, is worth so much and goes so many days back.
    pub fn passed(&self, is_adjustment: bool, worth: Money, days_back: i64) -> Option<Over> {
        let worth = is_adjustment && self.most_worth.is_some_and(|most| worth > most);
        let age = self.oldest_days.is_some_and(|oldest| days_back > oldest);
        match (worth, age) {
            (true, true) => Some(Over::Both),
            (true, false) => Some(Over::Worth),
            (false, true) => Some(Over::Age),
            (false, false) => None,
        }
    }
}

/// Whether a draft could have been asked for before: it is an adjustment, or may go further back than its caller may by themselves. A
/// count is asked for as often as its sheet is closed.
pub fn may_have_waited(draft: &Draft, now: Timestamp) -> bool {
    let oldest = draft
        .limits
        .oldest_days
        .map(|days| now.plus_seconds(CLOCK_CHANGES_SECONDS.saturating_sub(days.saturating_mul(DAY_SECONDS))));
    let is_old = oldest.zip(draft.effective_at).is_some_and(|(oldest, at)| at < oldest);
    draft.limits != Limits::NONE && draft.kind != PostingKind::Count && (draft.is_adjustment() || is_old)
}

/// What goods that entered or left the site are worth: what they were moved for, or what they were worth before when that is more.
/// `crosses` tells whether a movement is between the site and the world, `before` what was held of a product.
pub(super) fn worth(
    entry: &Entry,
    crosses: impl Fn(i64, i64) -> bool,
    before: impl Fn(i64) -> Option<Valuation>,
) -> Money {
    let movements = entry.movements.iter().filter(|movement| crosses(movement.from, movement.to));
    movements.fold(Money::ZERO, |sum, movement| {
        let known = before(movement.product).and_then(|book| book.estimate(movement.quantity)).unwrap_or_default();
        let moved = Money::from_minor(movement.value.minor().saturating_abs());
        Money::from_minor(sum.minor().saturating_add(moved.max(known).minor()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_above_a_limit_passes_it() {
        let pesos = |pesos: i64| Money::from_cents(pesos * 100);
        let limits = Limits { most_worth: Some(pesos(100)), oldest_days: Some(7) };
        for (is_adjustment, worth, days, expected) in [
            (true, 100, 7, None),
            (true, 101, 7, Some(Over::Worth)),
            (true, 100, 8, Some(Over::Age)),
            (true, 101, 8, Some(Over::Both)),
            (false, 1_000_000, 0, None),
            (false, 1_000_000, 8, Some(Over::Age)),
        ] {
            assert_eq!(limits.passed(is_adjustment, pesos(worth), days), expected, "{is_adjustment} {worth} {days}");
            assert_eq!(Limits::NONE.passed(is_adjustment, pesos(worth), days), None);
        }
        assert!(Over::ALL.iter().all(|over| Over::named(over.name()) == Some(*over)));
    }
}
