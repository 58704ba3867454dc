use proptest::prelude::*;

use super::*;
use crate::texts::Locale;

#[derive(Debug, PartialEq)]
struct Line {
    sku: String,
    quantity: domain::Quantity,
    price: Option<domain::Money>,
}

impl FromFields for Line {
    fn from_fields(f: &mut Fields<'_>) -> Option<Line> {
        let sku = f.required("sku", text(1..=64));
        let quantity = f.required("quantity", positive_quantity);
        let price = f.optional("price", unsigned_money);
        Some(Line { sku: sku?, quantity: quantity?, price })
    }
}

fn lines(body: &str) -> Result<Vec<Line>, Problem> {
    Fields::parse(body.as_bytes())?.read(|f| f.list("lines", 1..=3, Line::from_fields))
}

/// The faults as `field:code`, or the code of the problem when no field is at fault.
fn faults(body: &str) -> Vec<String> {
    let problem = lines(body).expect_err(body);
    for error in problem.errors() {
        let message = error.message(Locale::Es);
        assert!(!message.contains("field-") && !message.contains('{'), "{message}");
    }
    if problem.errors().is_empty() {
        return vec![problem.code().to_owned()];
    }
    problem.errors().iter().map(|error| format!("{}:{}", error.field, error.code)).collect()
}

fn line_faults(line: &str) -> Vec<String> {
    faults(&format!("{{\"lines\":[{line}]}}"))
        .iter()
        .map(|fault| fault.trim_start_matches("lines[0].").to_owned())
        .collect()
}

#[test]
fn reads_numbers_exactly_however_they_are_written() {
    for (written, expected) in
        [("0.1", "0.100"), ("\"0.1\"", "0.100"), ("1e2", "100"), ("2.000", "2"), ("\"12\"", "12")]
    {
        let body = format!(r#"{{"lines":[{{"sku":"A","quantity":{written},"price":{written}}}]}}"#);
        assert_eq!(lines(&body).unwrap()[0].quantity.to_string(), expected);
    }
}

#[test]
fn tells_every_error_at_once_with_its_path() {
    let body = r#"{"lines":[{"sku":"","quantity":0},{"quantity":"x","price":-1,"colour":"red"},{"sku":"A","quantity":1,"sku":"B","":1}],"more":1,"":2}"#;
    assert_eq!(
        faults(body),
        [
            "lines[0].sku:blank",
            "lines[0].quantity:not_positive",
            "lines[1].sku:required",
            "lines[1].quantity:not_a_number",
            "lines[1].price:negative",
            "lines[1].colour:unknown_field",
            "lines[2].sku:duplicate_field",
            "lines[2].\"\":unknown_field",
            "more:unknown_field",
            "\"\":unknown_field",
        ]
    );
}

#[test]
fn refuses_hostile_values_with_a_clear_code() {
    for (quantity, code) in [
        ("1e30", "out_of_range"),
        ("1000000000000000000000000000000", "out_of_range"),
        ("\"NaN\"", "not_a_number"),
        ("\"\"", "not_a_number"),
        ("\"1,5\"", "not_a_number"),
        ("-1", "not_positive"),
        ("0.0001", "too_precise"),
        ("true", "wrong_type"),
        ("[1]", "wrong_type"),
        ("{}", "wrong_type"),
        ("null", "required"),
    ] {
        assert_eq!(line_faults(&format!(r#"{{"sku":"A","quantity":{quantity}}}"#)), [format!("quantity:{code}")]);
    }
    for (sku, code) in [
        ("\"a\\u0000b\"", "control_characters"),
        ("\"a\\u0085b\"", "control_characters"),
        ("\"   \"", "blank"),
        ("7", "wrong_type"),
        (&format!("\"{}\"", "x".repeat(65)), "too_long"),
        (&format!("\"{}\"", "x".repeat(65_000)), "too_long"),
    ] {
        assert_eq!(line_faults(&format!(r#"{{"sku":{sku},"quantity":1}}"#)), [format!("sku:{code}")]);
    }
    assert!(lines(&format!(r#"{{"lines":[{{"sku":"{}","quantity":1}}]}}"#, "é".repeat(64))).is_ok());
}

#[test]
fn a_body_that_is_not_a_document_is_a_400() {
    for (body, code) in [
        ("", "empty_body"),
        (" \n", "empty_body"),
        ("{", "malformed_json"),
        ("{\"lines\":NaN}", "malformed_json"),
        (&"[".repeat(100_000), "too_deep"),
        (&"{\"a\":".repeat(100), "too_deep"),
    ] {
        assert_eq!(faults(body), [code]);
        assert_eq!(lines(body).unwrap_err().status(), 400);
    }
    assert_eq!(Fields::parse(b"{\"a\":\"\xff\"}").unwrap_err().code(), "invalid_utf8");
    assert_eq!(faults("[]"), [":wrong_type"]);
    assert!(lines("{\n \"a\": x}").unwrap_err().document_in(Locale::En).detail.contains("line 2, column 7"));
}

#[test]
fn lists_are_bounded_and_typed() {
    assert_eq!(faults(r#"{"lines":[]}"#), ["lines:too_few_items"]);
    assert_eq!(faults(r#"{"lines":[1,2,3,4]}"#), ["lines:too_many_items"]);
    assert_eq!(faults(r#"{"lines":[1]}"#), ["lines[0]:wrong_type"]);
    assert_eq!(faults(r#"{"lines":{}}"#), ["lines:wrong_type"]);
    assert_eq!(faults("{}"), ["lines:required"]);
}

#[test]
fn a_flood_of_errors_is_cut_off_and_counted() {
    let names: Vec<String> = (0..100_000).map(|i| format!("\"n{i}\":1")).collect();
    let problem = lines(&format!("{{{}}}", names.join(","))).unwrap_err();
    assert_eq!(problem.errors().len(), 101);
    assert_eq!(problem.errors()[100].code, "more_errors");
    assert_eq!(problem.errors()[100].args, crate::texts::Args::new().with("count", 99_901));
}

#[test]
fn a_patch_tells_keeping_from_clearing() {
    let mut f = Fields::parse(br#"{"b":null,"c":5}"#).unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| f.change(name, integer(0..=9)));
    assert_eq!([a, b, c], [Change::Keep, Change::Clear, Change::Set(5)]);
}

#[test]
fn parameters_have_no_types_and_are_named_in_errors() {
    let mut f = Fields::from_query("limit=5&deep=true&day=2026-02-28&limit=6&colour=red&n=x&empty=").unwrap();
    assert_eq!(f.optional("limit", integer(1..=500)), Some(5));
    assert_eq!(f.optional("deep", boolean), Some(true));
    assert_eq!(f.optional("day", day).unwrap().to_string(), "2026-02-28");
    assert_eq!(f.optional("empty", day), None);
    assert_eq!(f.optional("n", integer(1..=5)), None);
    let problem = f.finish(|| Some(())).unwrap_err();
    let codes: Vec<_> = problem.errors().iter().map(|e| (e.field.as_str(), e.code)).collect();
    assert_eq!(codes, [("limit", "repeated_parameter"), ("n", "not_a_number"), ("colour", "unknown_parameter")]);
}

#[test]
fn rules_over_several_fields_are_told_with_the_rest() {
    let problem = Fields::parse(br#"{"from":"2026-02-02","to":"2026-02-01"}"#)
        .unwrap()
        .read(|f| {
            let (from, to) = (f.required("from", day)?, f.required("to", day)?);
            if to < from { f.fail("to", Fault::new("negative")) } else { Some((from, to)) }
        })
        .unwrap_err();
    assert_eq!((problem.errors()[0].field.as_str(), problem.errors()[0].code), ("to", "negative"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(fields) = Fields::parse(&bytes) {
            let _ = fields.read(|f| f.list("lines", 1..=3, Line::from_fields));
        }
        if let Ok(query) = std::str::from_utf8(&bytes) {
            let _ = Fields::from_query(query).map(|f| f.read(Line::from_fields).is_ok());
        }
    }

    #[test]
    fn no_line_makes_it_panic(line in "\\{(\"(sku|quantity|price|x)\":(1|-2|0\\.5|\"a\"|\"\"|null|\\[\\]|\\{\\}|1e9999),?){0,4}\\}") {
        let _ = lines(&format!("{{\"lines\":[{line}]}}"));
    }
}
