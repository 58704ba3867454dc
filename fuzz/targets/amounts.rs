//! Quantities, money and packs: what is printed reads back, what is converted is exact, what is split adds up.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use domain::{Money, Quantity, pack::PackFactor};
use gondola_fuzz::Dice;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (text, bytes) = input;
    let quantity = reads_back::<Quantity>(text);
    let money = reads_back::<Money>(text);
    let factor = reads_back::<PackFactor>(text);
    let mut dice = Dice::new(bytes);
    if let Some(factor) = factor {
        // Packs and their units are the same goods, whichever is asked for.
        let packs = Quantity::from_milli(dice.number() % Quantity::MAX.milli());
        if let Ok(units) = factor.to_units(packs) {
            assert_eq!(factor.to_packs(units), Ok(packs));
            assert_eq!(
                i128::from(units.milli()) * i128::from(factor.denominator()),
                i128::from(packs.milli()) * i128::from(factor.numerator())
            );
        }
        let twice = factor.to_units(Quantity::ONE).and_then(|units| factor.to_units(units));
        if let (Ok(both), Ok(twice)) = (factor.of(factor), twice) {
            assert_eq!(both.to_units(Quantity::ONE), Ok(twice), "a pack of packs");
        }
    }
    if let Some(money) = money {
        let weights: Vec<u64> = (0..dice.below(20)).map(|_| dice.number().unsigned_abs()).collect();
        let parts = money.split(&weights);
        assert_eq!(parts.len(), weights.len());
        if !parts.is_empty() {
            assert_eq!(parts.iter().copied().sum::<Money>(), money, "{weights:?}");
        }
        let times = quantity.and_then(|quantity| money.times(quantity));
        if let (Some(total), Some(quantity)) = (times, quantity) {
            let exact = i128::from(money.minor()) * i128::from(quantity.milli());
            assert!((i128::from(total.minor()) * 1000 - exact).abs() <= 500, "rounded to the nearest");
        }
    }
});

fn reads_back<T: FromStr + Display + PartialEq + Debug>(text: &str) -> Option<T>
where
    T::Err: Debug + PartialEq,
{
    let value: T = text.parse().ok()?;
    assert_eq!(value.to_string().parse::<T>().as_ref(), Ok(&value), "{text:?}");
    Some(value)
}
