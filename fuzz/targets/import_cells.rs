//! Cells as people and spreadsheets write them: numbers, days, texts and codes.
#![no_main]

use domain::{Money, Zone};
use libfuzzer_sys::fuzz_target;
use warehouse::imports::{
    cell,
    moment::{self, DateOrder},
    number::{self, DecimalMark},
};

fuzz_target!(|text: &str| {
    for mark in [DecimalMark::Auto, DecimalMark::Dot, DecimalMark::Comma] {
        if let Ok(amount) = number::money(text, mark) {
            assert_eq!(number::money(&argentine(amount), DecimalMark::Comma), Ok(amount), "{text:?} {mark:?}");
            assert_eq!(number::money(&amount.to_string(), DecimalMark::Dot), Ok(amount), "{text:?} {mark:?}");
        }
        if let Ok(quantity) = number::quantity(text, mark) {
            assert_eq!(number::quantity(&quantity.to_string(), DecimalMark::Dot), Ok(quantity), "{text:?} {mark:?}");
        }
    }
    // Where the mark need not be told, telling it right changes nothing, and telling it wrong never gives another number silently
    // for a text that has both marks.
    if let Ok(guessed) = number::money(text, DecimalMark::Auto) {
        let told = [DecimalMark::Dot, DecimalMark::Comma].map(|mark| number::money(text, mark));
        assert!(told.contains(&Ok(guessed)), "{text:?} is {guessed} only when nobody says what the mark is: {told:?}");
    }
    let mut numbers = number::Evidence::default();
    numbers.see(text);
    let _ = numbers.mark();
    dates(text);
    if let Ok(tidy) = cell::text(text) {
        assert_eq!(cell::text(&tidy).as_deref(), Ok(&*tidy), "tidying twice is tidying once: {text:?}");
        assert!(tidy.chars().count() <= cell::MAX_TEXT_CHARS && !tidy.chars().any(char::is_control), "{text:?}");
    }
    if let Ok(code) = cell::code(text) {
        assert!(text.contains(code) && code.trim() == code);
    }
    let _ = (cell::yes_no(text), cell::was_number(text));
});

/// As a shop writes it: `-1.234,5600`.
fn argentine(amount: Money) -> String {
    let text = amount.to_string();
    let (sign, bare) = text.strip_prefix('-').map_or(("", &*text), |bare| ("-", bare));
    let (whole, decimals) = bare.split_once('.').unwrap();
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{sign}$ {grouped},{decimals}")
}

fn dates(text: &str) {
    let zone = Zone::named("America/Argentina/Buenos_Aires").unwrap();
    let mut evidence = moment::Evidence::default();
    evidence.see(text);
    let _ = evidence.order();
    for order in [DateOrder::Auto, DateOrder::DayFirst, DateOrder::MonthFirst] {
        if let Ok(day) = moment::day(text, order) {
            assert_eq!(moment::day(&day.to_string(), order), Ok(day), "{text:?}");
            assert_eq!(day.to_string().parse(), Ok(day));
        }
        let (date, time) = text.split_once('\t').unwrap_or((text, ""));
        if let Ok(instant) = moment::instant(date, time, order, &zone) {
            assert_eq!(instant.to_string().parse(), Ok(instant), "{text:?}");
            assert_eq!(instant.in_zone(&zone).parse(), Ok(instant), "{text:?}");
        }
    }
}
