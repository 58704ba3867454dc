//! Text that might be meant as something else: whatever it is, it is judged within its length, and an address that holds it escaped is judged like it.
#![no_main]

use http::Uri;
use libfuzzer_sys::fuzz_target;
use platform::{
    attack::{self, Place},
    http::percent::encoded,
};

fuzz_target!(|text: &str| {
    let plain = attack::in_text(text, Place::Query);
    if let Ok(uri) = text.parse::<Uri>() {
        attack::in_address(&uri);
    }
    // Longer ones are cut, so that what stands at the end of one is not seen.
    if text.len() > 2000 {
        return;
    }
    let escaped = attack::in_address(&format!("/?q={}", encoded(text)).parse().expect("an address"));
    assert!(plain.is_none() || escaped.is_some(), "hidden by escapes: {text:?}");
});
