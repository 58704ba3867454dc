//! Layouts of scale labels and the labels themselves: the first line of the input is a code, the others are layouts.
#![no_main]

use domain::{
    Money, Quantity,
    scale::{ScaleProfile, ScaleRule, ScaleValue},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let code = lines.next().unwrap_or_default();
    let rules: Vec<ScaleRule> = lines.take(8).filter_map(|line| line.parse().ok()).collect();
    for rule in &rules {
        assert_eq!(rule.to_string().parse().as_ref(), Ok(rule));
    }
    for profile in [ScaleProfile::usual(), ScaleProfile::new(rules)] {
        let Some(label) = profile.read(code) else { continue };
        assert!(!label.item.is_empty() && format!("{code:0>13}").contains(&label.item));
        let fits = match label.value {
            ScaleValue::Weight(quantity) | ScaleValue::Pieces(quantity) => {
                (Quantity::ZERO..=Quantity::MAX).contains(&quantity)
            }
            ScaleValue::Price(price) => (Money::ZERO..=Money::from_minor(domain::decimal::LIMIT)).contains(&price),
        };
        assert!(fits, "{label:?}");
    }
});
