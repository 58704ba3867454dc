//! GS1 element strings: what was read, written out as a scanner sends it, says the same.
#![no_main]

use domain::{Day, Quantity, gs1::Gs1};
use libfuzzer_sys::fuzz_target;

const FNC1: &str = "\u{1d}";

fuzz_target!(|text: &str| {
    let _ = Gs1::announces(text);
    for year in [1999, 2026, 2051] {
        let today = Day::from_ymd(year, 6, 15).unwrap();
        let Ok(gs1) = Gs1::parse(text, today) else { continue };
        let elements: Vec<String> = gs1.elements().iter().map(|e| format!("{}{}", e.ai, e.value)).collect();
        let raw = elements.join(FNC1);
        if raw.len() <= 512 {
            let again = Gs1::parse(&raw, today).unwrap_or_else(|error| panic!("{raw:?}: {error}"));
            assert_eq!(again.elements(), gs1.elements(), "{text:?} {raw:?}");
        }
        for day in [gs1.expires_on(), gs1.produced_on()].into_iter().flatten() {
            let (full, ..) = day.ymd();
            assert!((year - 49..=year + 50).contains(&full), "{text:?} is not in {full}");
        }
        let positive = |quantity: Quantity| (Quantity::ZERO..=Quantity::MAX).contains(&quantity);
        assert!(gs1.count().is_none_or(positive) && gs1.net_measure().is_none_or(positive));
        let _ = (gs1.gtin(), gs1.lot(), gs1.serial(), gs1.price());
    }
});
