//! How durations spread, in room that does not grow with their number.
//!
//! Invariant: what is told of a share of them is never below what was seen, and at most a 64th above it.

use std::time::Duration;

/// Below twice as many microseconds each has a place of its own; above, each doubling has so many places.
const PARTS: u64 = 64;

/// Durations, counted.
#[derive(Debug, Clone, Default)]
pub struct Spread {
    counts: Vec<u64>,
    total: u64,
}

impl Spread {
    /// One more.
    pub fn add(&mut self, duration: Duration) {
        let place = place(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
        self.total += 1;
    }

    /// All of another too.
    pub fn join(&mut self, other: &Spread) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// How many there are.
    pub const fn count(&self) -> u64 {
        self.total
    }

    /// So many of a thousand took no longer; zero of none.
    pub fn at(&self, permille: u64) -> Duration {
        let wanted = (self.total * permille).div_ceil(1_000).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        Duration::from_micros(found.map_or(0, highest))
    }
}

fn place(us: u64) -> usize {
    let shift = (us | 1).ilog2().saturating_sub(PARTS.ilog2());
    usize::try_from(u64::from(shift) * PARTS + (us >> shift)).unwrap_or(usize::MAX)
}

/// The longest that has this place.
fn highest(place: usize) -> u64 {
    let place = place as u64;
    if place < 2 * PARTS {
        return place;
    }
    let shift = place / PARTS - 1;
    ((place - shift * PARTS + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_never_below_and_hardly_above() {
        for us in (0..300).chain([999, 1_000, 4_095, 4_096, 1_234_567, 60_000_000, u64::from(u32::MAX)]) {
            let told = highest(place(us));
            assert!(told >= us && told - us <= us / PARTS, "{us} is told as {told}");
        }
    }

    #[test]
    fn shares_are_those_of_a_sorted_list() {
        let mut spread = Spread::default();
        (1..=100).for_each(|ms| spread.add(Duration::from_millis(ms)));
        for (permille, ms) in [(500, 50), (950, 95), (990, 99), (1_000, 100)] {
            let (told, true_one) = (spread.at(permille), Duration::from_millis(ms));
            assert!(told >= true_one && told <= true_one * 65 / 64, "{permille}: {told:?}");
        }
        assert_eq!(Spread::default().at(950), Duration::ZERO);
    }
}
