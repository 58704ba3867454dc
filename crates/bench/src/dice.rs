//! Dice that fall the same way in every run.
//!
//! Invariant: what falls depends on the seed alone, so that two runs measure the same shop.

/// A sequence of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Another sequence for each seed.
    pub const fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `sides`, which is not 0.
    pub const fn below(&mut self, sides: u64) -> u64 {
        self.next() % sides
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = usize::try_from(self.below(all.len() as u64)).unwrap_or(0);
        &all[place]
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
