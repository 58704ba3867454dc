//! What a request says of its sender: keys, and the languages it likes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use platform::{secrets::KeyText, texts::Locale};

fuzz_target!(|text: &str| {
    if let Some(key) = KeyText::parse(text) {
        assert!(key.expose() == text && text.is_ascii() && text.len() <= 128);
        let (id, secret) = text.strip_prefix("gk_").and_then(|rest| rest.split_once('_')).unwrap();
        assert_eq!(key.id(), id);
        assert_eq!(format!("{key:?}"), format!("KeyText(gk_{id}_***)"), "a key shows its secret");
        assert!(secret.len() >= 16);
        assert_eq!(
            KeyText::parse(key.expose()).map(|again| (again.digest(), again.secret_hash())),
            Some((key.digest(), key.secret_hash()))
        );
    }
    if let Some(locale) = Locale::from_tag(text) {
        assert_eq!(Locale::from_tag(locale.tag()), Some(locale));
    }
    let _ = Locale::accepted(text);
});
