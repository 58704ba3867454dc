//! Whether two samples are of one distribution: the two-sample test of Kolmogorov and Smirnov, which sees any difference, and that of
//! Mann and Whitney, which sees a small shift sooner.
//!
//! Invariant: both are taken from ranks alone, so that neither a long tail nor the unit changes what they say.

use std::{fmt, time::Duration};

/// How sure one has to be to say that they are apart. Two tests are made, so each is asked for half of it.
const LEVEL: f64 = 0.01;

/// Two samples, compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The largest distance between the two shares below a time.
    pub distance: f64,
    /// How often chance alone gives as large a one.
    pub distance_p: f64,
    /// How often one of the first takes longer than one of the second; a half when neither is slower.
    pub longer: f64,
    /// How often chance alone gives one as far from a half.
    pub longer_p: f64,
}

impl Compared {
    /// Compares two samples, neither of them empty.
    pub fn of(one: &[Duration], other: &[Duration]) -> Compared {
        let mut all: Vec<(Duration, bool)> = one.iter().map(|time| (*time, true)).collect();
        all.extend(other.iter().map(|time| (*time, false)));
        all.sort_unstable();
        let (m, n) = (one.len() as f64, other.len() as f64);
        let (mut of_one, mut of_other, mut ranks, mut ties, mut distance) = (0.0, 0.0, 0.0, 0.0, 0.0_f64);
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let (count, ours) = (same.len() as f64, same.iter().filter(|(_, of_one)| *of_one).count() as f64);
            // Those that are equal share the middle of their ranks.
            ranks += ours * (of_one + of_other + (count + 1.0) / 2.0);
            ties += count.powi(3) - count;
            of_one += ours;
            of_other += count - ours;
            distance = distance.max((of_one / m - of_other / n).abs());
        }
        let u = ranks - m * (m + 1.0) / 2.0;
        let total = m + n;
        let deviation = (m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))).sqrt();
        Compared {
            distance,
            distance_p: kolmogorov(distance, m * n / total),
            longer: u / (m * n),
            longer_p: if deviation > 0.0 { erfc((u - m * n / 2.0).abs() / deviation / 2.0_f64.sqrt()) } else { 1.0 },
        }
    }

    /// In words.
    pub fn verdict(&self) -> &'static str {
        if self.distance_p.min(self.longer_p) < LEVEL / 2.0 { "told apart" } else { "cannot be told apart" }
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Compared { distance, distance_p, longer, longer_p } = self;
        write!(f, "Kolmogorov–Smirnov D {distance:.3}, p {distance_p:.3}; Mann–Whitney {longer:.3}, p {longer_p:.3}")
    }
}

/// How often chance gives a distance as large, of samples that count as so many (Stephens 1970; Numerical Recipes, 14.3).
fn kolmogorov(distance: f64, effective: f64) -> f64 {
    let root = effective.sqrt();
    let lambda = (root + 0.12 + 0.11 / root) * distance;
    // The sum converges ever more slowly towards nothing, where the answer is one.
    if lambda < 0.2 {
        return 1.0;
    }
    let term = |k: f64| (-1.0_f64).powf(k - 1.0) * (-2.0 * k * k * lambda * lambda).exp();
    (2.0 * (1..=100).map(|k| term(f64::from(k))).sum::<f64>()).clamp(0.0, 1.0)
}

/// The complementary error function, to within 1.5e-7 (Abramowitz and Stegun, 7.1.26), of what is not negative.
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let of_t = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    of_t.iter().fold(0.0, |sum, factor| (sum + factor) * t) * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(micros: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        micros.into_iter().map(Duration::from_micros).collect()
    }

    fn near(seen: f64, expected: f64) {
        assert!((seen - expected).abs() < 5e-4, "{seen} and not {expected}");
    }

    /// Known values: tables of the Kolmogorov distribution and of the normal one.
    #[test]
    fn the_functions_have_the_values_of_their_tables() {
        near(kolmogorov(1.358_1 / (1e8_f64.sqrt() + 0.12), 1e8), 0.05);
        near(kolmogorov(1.627_6 / (1e8_f64.sqrt() + 0.12), 1e8), 0.01);
        near(erfc(1.959_964 / 2.0_f64.sqrt()), 0.05);
        near(erfc(2.575_829 / 2.0_f64.sqrt()), 0.01);
        near(erfc(0.0), 1.0);
    }

    /// Worked by hand: of 3 and 4 values without ties, the first wins 2 of 12 times.
    #[test]
    fn small_samples_are_counted_as_by_hand() {
        let compared = Compared::of(&times([1, 2, 5]), &times([3, 4, 6, 7]));
        near(compared.distance, 2.0 / 3.0);
        near(compared.longer, 2.0 / 12.0);
        let tied = Compared::of(&times([1, 2]), &times([2, 3]));
        near(tied.longer, 0.5 / 4.0);
        near(tied.distance, 0.5);
        let same = Compared::of(&times([5, 5, 5]), &times([5, 5]));
        assert_eq!((same.distance, same.longer, same.longer_p), (0.0, 0.5, 1.0));
    }

    #[test]
    fn a_shift_of_a_tenth_is_seen_in_hundreds_and_none_where_there_is_none() {
        let mut dice = crate::dice::Dice::new(3);
        let mut sample = |shift: u64| times((0..600).map(|_| 1_000 + shift + dice.below(1_000)).collect::<Vec<_>>());
        let (one, other, later) = (sample(0), sample(0), sample(100));
        assert_eq!(Compared::of(&one, &other).verdict(), "cannot be told apart");
        assert_eq!(Compared::of(&one, &later).verdict(), "told apart");
        assert_eq!(Compared::of(&later, &one).verdict(), "told apart");
    }

    /// As wide again and no slower: only one of the two can see that.
    #[test]
    fn another_spread_is_seen_though_the_middle_is_the_same() {
        let narrow = times((0..400).map(|i| 10_000 + i));
        let wide = times((0..400).map(|i| 8_200 + 10 * i));
        let compared = Compared::of(&narrow, &wide);
        assert!(compared.longer_p > 0.5 && compared.distance_p < 1e-6, "{compared}");
        assert_eq!(compared.verdict(), "told apart");
    }
}
