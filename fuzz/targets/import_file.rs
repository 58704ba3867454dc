//! Files of an import, every cell read as what it may be: each row is given once, and whatever is wrong names its row.
//! The first byte of the input chooses the kind of file and the hints.
#![no_main]

use domain::Zone;
use libfuzzer_sys::fuzz_target;
use warehouse::imports::{
    Hints, Input, Issue, Mapping,
    fields::{self, Field},
    moment::DateOrder,
    number::DecimalMark,
    scan::{Scan, Telling},
};

const KINDS: [&[Field]; 4] = [fields::PRODUCTS, fields::SALES, fields::STOCK, fields::PRICES];
const TELLING: Telling =
    Telling { numbers: &["quantity", "price", "unit_price", "unit_cost"], dates: &["at", "expires_on", "valid_from"] };

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let fields = KINDS[usize::from(choice % 4)];
    let mapping: &[(&str, &str)] =
        if choice & 4 == 0 { &[] } else { &[("sku", "#1"), ("quantity", "#2"), ("price", "x")] };
    let hints = Hints {
        mapping: Mapping(mapping.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect()),
        decimal: [DecimalMark::Auto, DecimalMark::Comma, DecimalMark::Dot][usize::from(choice >> 3) % 3],
        dates: [DateOrder::Auto, DateOrder::DayFirst, DateOrder::MonthFirst][usize::from(choice >> 5) % 3],
    };
    let input = Input::Bytes { name: "f".to_owned(), bytes: bytes.into() };
    let Ok(mut scan) = Scan::open(&input, fields, TELLING, &hints) else { return };
    let (zone, mut issues, mut given, mut last) = (Zone::utc(), Vec::new(), 0, 0);
    while let Ok(Some(mut reading)) = scan.next(&mut issues) {
        assert!(reading.number() > last, "row {} after {last}", reading.number());
        (given, last) = (given + 1, reading.number());
        for field in fields.iter().map(|field| field.name) {
            let code = reading.sku(field).map(str::to_owned);
            assert!(code.is_none_or(|code| code.parse::<domain::code::Sku>().is_ok()));
            let _ = (reading.text(field), reading.needed_text(field), reading.code(field), reading.yes_no(field));
            assert!(reading.price(field).is_none_or(|price| price >= domain::Money::ZERO));
            assert!(reading.level(field).is_none_or(|level| level >= domain::Quantity::ZERO));
            let _ = (reading.needed_quantity(field), reading.day(field), reading.instant(field, "time", &zone));
        }
    }
    assert_eq!(scan.rows, given);
    for issue in &issues {
        assert!(issue.row > 0, "{issue:?} has no row");
        assert!(!issue.is_error() || told(issue), "{issue:?}");
    }
});

/// Both languages say something, without a place left to be filled.
fn told(issue: &Issue) -> bool {
    let message = issue.message();
    [&message.es, &message.en]
        .iter()
        .all(|text| !text.is_empty() && !text.contains("{value}") | issue.value.contains('{'))
}
