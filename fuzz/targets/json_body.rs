//! Bodies of requests: as JSON against another reader, and into what each operation takes.
#![no_main]

use std::collections::BTreeMap;

use domain::{Money, Quantity};
use gondola_fuzz::assert_told;
use libfuzzer_sys::fuzz_target;
use platform::http::{
    Problem,
    fields::{Fields, FromFields, MAX_DEPTH, money, quantity},
};
use serde_json::value::RawValue;
use warehouse::api::{categories, counts, locations, postings, prices, products, sites, transfers};

fuzz_target!(|body: &[u8]| {
    is_json_as_others_read_it(body);
    numbers_are_exact(body);
    reads::<postings::draft::Postings>(body);
    reads::<products::body::NewProduct>(body);
    reads::<products::body::ProductPatch>(body);
    reads::<products::body::NewBarcode>(body);
    reads::<products::body::NewPack>(body);
    reads::<prices::set::NewPrice>(body);
    reads::<categories::create::NewCategory>(body);
    reads::<sites::create::Asked>(body);
    reads::<sites::update::SitePatch>(body);
    reads::<locations::create::NewLocation>(body);
    reads::<counts::create::Asked>(body);
    reads_lines(body);
    reads::<transfers::create::Asked>(body);
    reads::<transfers::receive::Asked>(body);
    reads::<Nothing>(body);
});

/// An object without fields.
struct Nothing;

impl FromFields for Nothing {
    fn from_fields(_: &mut Fields<'_>) -> Option<Nothing> {
        Some(Nothing)
    }
}

/// Lines of a count keep their mistakes until the catalogue was asked.
fn reads_lines(body: &[u8]) {
    let read = Fields::parse(body).and_then(|fields| fields.read(counts::lines::AskedLines::from_fields));
    match read.map(counts::lines::AskedLines::into_errors) {
        Ok(errors) if errors.is_empty() => {}
        Ok(errors) => assert_told(&Problem::invalid(errors)),
        Err(problem) => assert_told(&problem),
    }
}

fn reads<T: FromFields>(body: &[u8]) {
    if let Err(problem) = Fields::parse(body).and_then(|fields| fields.read(T::from_fields)) {
        assert_told(&problem);
    }
}

fn is_json_as_others_read_it(body: &[u8]) {
    let theirs = serde_json::from_slice::<serde_json::Value>(body);
    match (Fields::parse(body), theirs) {
        (Ok(_), Ok(theirs)) => assert!(theirs.is_object() && depth(&theirs) <= MAX_DEPTH),
        // It refuses numbers that no float holds; we keep their text.
        (Ok(_), Err(error)) => assert!(error.to_string().contains("number out of range"), "{error}"),
        (Err(_), Ok(theirs)) => assert!(!theirs.is_object() || depth(&theirs) > MAX_DEPTH, "{theirs}"),
        (Err(problem), Err(_)) => assert_told(&problem),
    }
}

fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What two readers of one field make of it.
struct Amounts {
    quantity: Option<Quantity>,
    money: Option<Money>,
}

impl FromFields for Amounts {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Amounts> {
        Some(Amounts { quantity: fields.optional("quantity", quantity), money: fields.optional("money", money) })
    }
}

/// A number is what its digits say, as a JSON number or in quotes.
fn numbers_are_exact(body: &[u8]) {
    let Ok(amounts) = Fields::parse(body).and_then(|fields| fields.read(Amounts::from_fields)) else { return };
    let Ok(members) = serde_json::from_slice::<BTreeMap<String, &RawValue>>(body) else { return };
    let digits = |name: &str| {
        let raw = members.get(name)?.get();
        serde_json::from_str::<String>(raw).ok().or_else(|| (raw != "null").then(|| raw.to_owned()))
    };
    assert_eq!(amounts.quantity, digits("quantity").and_then(|digits| digits.parse().ok()));
    assert_eq!(amounts.money, digits("money").and_then(|digits| digits.parse().ok()));
}
