//! Query strings and the cursors in them.
#![no_main]

use gondola_fuzz::assert_told;
use libfuzzer_sys::fuzz_target;
use platform::http::{
    Page,
    cursor::encode,
    fields::{Fields, FromFields, text},
};
use warehouse::api::{counts, ledger, movements, paged, postings, products, stock, transfers};

fuzz_target!(|query: &str| {
    decodes_like_the_standard(query);
    reads::<postings::list::ListQuery>(query);
    reads::<postings::create::CreateQuery>(query);
    reads::<ledger::close::CloseQuery>(query);
    reads::<ledger::checkpoints::PageQuery>(query);
    reads::<paged::ByOneKey>(query);
    reads::<products::list::Asked>(query);
    reads::<products::search::SearchQuery>(query);
    reads::<products::lookup::LookupQuery>(query);
    reads::<stock::list::StockPageQuery>(query);
    reads::<stock::valuation::ValuationQuery>(query);
    reads::<movements::MovementQuery>(query);
    reads::<counts::list::CountQuery>(query);
    reads::<transfers::list::TransferQuery>(query);
    cursors_lead_back(query);
});

fn reads<T: FromFields>(query: &str) {
    if let Err(problem) = Fields::from_query(query).and_then(|fields| fields.read(T::from_fields)) {
        assert_told(&problem);
    }
}

struct OnlyText(Option<String>);

impl FromFields for OnlyText {
    fn from_fields(fields: &mut Fields<'_>) -> Option<OnlyText> {
        Some(OnlyText(fields.optional("q", text(0..=10_000))))
    }
}

/// One parameter `q` against a slow reading of the form encoding.
fn decodes_like_the_standard(query: &str) {
    let Some(value) = query.strip_prefix("q=").filter(|value| !value.contains('&') && !value.is_empty()) else {
        return;
    };
    let read = Fields::from_query(query).and_then(|fields| fields.read(OnlyText::from_fields));
    let Some(decoded) = decoded(value) else {
        return assert!(read.is_err(), "{query:?}");
    };
    if let Ok(OnlyText(found)) = read {
        assert_eq!(found.as_deref(), Some(decoded.trim()), "{query:?}");
    }
}

fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut at) = (Vec::new(), 0);
    let raw = text.as_bytes();
    while at < raw.len() {
        if raw[at] == b'%' {
            let digits = str::from_utf8(raw.get(at + 1..at + 3)?).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            bytes.push(if raw[at] == b'+' { b' ' } else { raw[at] });
            at += 1;
        }
    }
    String::from_utf8(bytes).ok()
}

struct OnlyPage(Page);

impl FromFields for OnlyPage {
    fn from_fields(fields: &mut Fields<'_>) -> Option<OnlyPage> {
        Some(OnlyPage(Page::from_fields(fields, 2)))
    }
}

/// The key of a page is what its cursor was made of.
fn cursors_lead_back(text: &str) {
    if text.contains('\0') || text.len() > 1000 {
        return;
    }
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (first, second) = text.split_at(middle);
    let key = vec![first.to_owned(), second.to_owned()];
    let cursor = encode(&key);
    let read = Fields::from_query(&format!("cursor={cursor}")).and_then(|fields| fields.read(OnlyPage::from_fields));
    match read {
        Ok(OnlyPage(page)) => assert_eq!(page.after, Some(key)),
        Err(problem) => assert!(cursor.len() > 2048, "{problem}"),
    }
}
