//! Codes of things: trade item numbers, tax numbers, SKUs and slugs.
#![no_main]

use domain::{
    ar::cuit::Cuit,
    code::{LocationCode, LotCode, SiteCode, Sku, SupplierCode},
    gtin::{Gtin, check_digit},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(gtin) = text.parse::<Gtin>() {
        assert_eq!((gtin.as_str().parse(), gtin.shortest().parse()), (Ok(gtin), Ok(gtin)), "{text}");
        assert!(gtin.as_str().ends_with(text) && matches!(gtin.shortest().len(), 8 | 12 | 13 | 14));
        let (body, last) = gtin.as_str().split_at(13);
        assert_eq!(check_digit(body), last.parse().ok());
        let _ = (gtin.is_restricted(), gtin.is_variable_measure());
    }
    if let Ok(cuit) = text.parse::<Cuit>() {
        assert_eq!((cuit.digits().parse(), cuit.to_string().parse()), (Ok(cuit), Ok(cuit)), "{text}");
        let _ = cuit.holder();
    }
    // A code is what was typed, or refused: never mended, never two ways to write one.
    for (kept, most) in [
        (text.parse::<Sku>().ok().map(Sku::into_string), 64),
        (text.parse::<SupplierCode>().ok().map(SupplierCode::into_string), 32),
        (text.parse::<LotCode>().ok().map(LotCode::into_string), 64),
        (text.parse::<SiteCode>().ok().map(SiteCode::into_string), 32),
        (text.parse::<LocationCode>().ok().map(LocationCode::into_string), 32),
    ] {
        let Some(kept) = kept else { continue };
        assert!(kept == text && kept.trim() == kept && !kept.is_empty() && kept.chars().count() <= most, "{text:?}");
        assert!(!kept.chars().any(char::is_control));
    }
    let folded = domain::fold::fold(text);
    assert_eq!(domain::fold::fold(&folded), folded, "folding twice is folding once: {text:?}");
});
