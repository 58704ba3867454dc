use super::*;

fn today() -> Day {
    "2026-11-20".parse().unwrap()
}

fn read(text: &str) -> Result<Gs1, Gs1Error> {
    Gs1::parse(text, today())
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn scanned_and_written_forms_say_the_same() {
    let written = read("(01)07791813421580(17)261231(10)L-1/A(37)24").unwrap();
    for scanned in [
        "]C1010779181342158017261231".to_owned() + "10L-1/A\u{1d}3724",
        "]d20107791813421580\u{1d}1726123110L-1/A\u{1d}3724\r\n".to_owned(),
        "\u{1d}010779181342158017261231".to_owned() + "10L-1/A\u{1d}3724",
    ] {
        assert_eq!(read(&scanned), Ok(written.clone()), "{scanned:?}");
    }
    assert_eq!(written.gtin().unwrap().as_str(), "07791813421580");
    assert_eq!(written.expires_on(), Some(day("2026-12-31")));
    assert_eq!(written.lot(), Some("L-1/A"));
    assert_eq!(written.count(), Some(Quantity::units(24)));
}

#[test]
fn measures_and_prices_have_their_decimals() {
    let label = read("0107791813421580310300125039220123450").unwrap();
    assert_eq!(label.net_measure(), Some(Quantity::from_milli(1250)));
    assert_eq!(label.price(), Some("1234.50".parse().unwrap()));
    assert_eq!(read("(3100)000002").unwrap().net_measure(), Some(Quantity::units(2)));
    // Finer than a thousandth cannot be held: no measure rather than a wrong one.
    assert_eq!(read("(3104)000001").unwrap().net_measure(), None);
}

#[test]
fn day_zero_is_the_last_of_the_month() {
    for (text, expect) in [
        ("(17)280200", "2028-02-29"),
        ("(15)261200", "2026-12-31"),
        ("(17)760115", "2076-01-15"),
        ("(17)770115", "1977-01-15"),
    ] {
        assert_eq!(read(text).unwrap().expires_on(), Some(day(expect)), "{text}");
    }
}

#[test]
fn logistic_units_carry_their_own_number() {
    let label = read("00123456789012345675").unwrap();
    assert_eq!((label.get("00"), label.gtin()), (Some("123456789012345675"), None));
}

#[test]
fn a_value_may_contain_brackets() {
    assert_eq!(read("(10)A(21").unwrap().lot(), Some("A(21"));
    let label = read("(10)A(1)B(21)7").unwrap();
    assert_eq!((label.lot(), label.serial()), (Some("A(1)B"), Some("7")));
}

#[test]
fn says_what_is_wrong() {
    let ai = |ai: &str| ai.to_owned();
    for (text, expect) in [
        ("", Gs1Error::Length),
        ("]C1", Gs1Error::Length),
        ("0107791813421581", Gs1Error::CheckDigit { ai: ai("01") }),
        ("010779181342158", Gs1Error::TooShort { ai: ai("01") }),
        ("(01)077918134215800", Gs1Error::TooLong { ai: ai("01") }),
        ("(01)0779181342158X", Gs1Error::NotDigits { ai: ai("01") }),
        ("(17)261301", Gs1Error::Date { ai: ai("17") }),
        ("(17)260230", Gs1Error::Date { ai: ai("17") }),
        ("(10)123456789012345678901", Gs1Error::TooLong { ai: ai("10") }),
        ("(10)", Gs1Error::TooShort { ai: ai("10") }),
        ("(10)ñ", Gs1Error::Character { ai: ai("10") }),
        ("(10)a\0b", Gs1Error::Character { ai: ai("10") }),
        ("(05)1", Gs1Error::UnknownIdentifier { position: 0 }),
        ("(01", Gs1Error::Bracket { position: 0 }),
        ("(10)A(10)B", Gs1Error::Contradiction { ai: ai("10") }),
        ("010779181342158005", Gs1Error::UnknownIdentifier { position: 16 }),
    ] {
        assert_eq!(read(text), Err(expect), "{text}");
    }
}

#[test]
fn tells_element_strings_from_plain_codes() {
    for (text, expect) in [
        ("(01)07791813421580", true),
        ("]C10107791813421580", true),
        ("10A\u{1d}37", true),
        ("7791813421580", false),
        ("(sin código)", false),
    ] {
        assert_eq!(Gs1::announces(text), expect, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn anything_is_read_or_refused(text in ".{0,80}") {
        if let Ok(gs1) = read(&text) {
            proptest::prop_assert!(!gs1.elements().is_empty());
        }
    }

    #[test]
    fn elements_survive_the_round_trip(lot in "[A-Za-z0-9]{1,20}", count in 1u32..99_999_999) {
        let gs1 = read(&format!("10{lot}\u{1d}37{count}")).unwrap();
        proptest::prop_assert_eq!(gs1.lot(), Some(lot.as_str()));
        proptest::prop_assert_eq!(gs1.count(), Some(Quantity::units(i64::from(count))));
        let written = read(&format!("(10){lot}(37){count}")).unwrap();
        proptest::prop_assert_eq!(written, gs1);
    }
}
