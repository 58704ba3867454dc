//! What a password must be to be taken (NIST SP 800-63B, section 5.1.1.2): long, and not among those that everybody tries first.
//!
//! Invariant: nothing is asked about kinds of characters, and nothing is cut off.

use platform::http::fields::Fault;
use unicode_normalization::UnicodeNormalization;

use super::{Typed, common};

/// Characters it needs.
pub const LEAST_CHARS: usize = 12;
/// Characters it may have.
pub const MOST_CHARS: usize = 128;
/// Letters that what somebody is called needs before it counts as a part of a password.
const LEAST_NAME: usize = 4;

/// The one form in which a password is hashed. What is far too long is cut, and is then refused by its length.
pub(super) fn normal(text: &str) -> String {
    text.nfkc().take(MOST_CHARS + 1).collect()
}

/// Why a password is not taken from somebody who is called so, when it is not.
pub fn fault(password: &Typed, names: &[&str]) -> Option<Fault> {
    let text = password.expose();
    let count = text.chars().count();
    if count < LEAST_CHARS {
        Some(Fault::new("too_short").arg("least", LEAST_CHARS))
    } else if count > MOST_CHARS {
        Some(Fault::new("too_long").arg("most", MOST_CHARS))
    } else if common::is_common(text, &own_words(names)) {
        Some(Fault::new("password_common"))
    } else {
        None
    }
}

/// What somebody is called, as words that make no password.
fn own_words(names: &[&str]) -> Vec<String> {
    let words = names.iter().flat_map(|name| {
        let folded = domain::fold::fold(name);
        let parts: Vec<String> = folded.split(' ').map(str::to_owned).collect();
        let joined = folded.replace(' ', "");
        parts.into_iter().chain([joined])
    });
    words.filter(|word| word.chars().count() >= LEAST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<String> {
        let fault = fault(&Typed::new(text), &["anamaria", "Ana María Gómez"])?;
        Some(fault.code().to_owned())
    }

    #[test]
    fn long_and_uncommon_is_enough() {
        for good in [
            "gato azul con botas",
            "correcto caballo bateria grapa",
            "tr3s tristes tigres tragaban",
            "7k2m-q9xd-04rt-hw3z",
            "ñandú ñandú vuela bajo",
            "vJ8#kQz!mWp2",
            "el almacén de la esquina abre a las ocho",
        ] {
            assert_eq!(refused(good), None, "{good}");
        }
    }

    #[test]
    fn short_long_and_common_ones_are_refused() {
        let long = "ab cd ef ".repeat(20);
        for (bad, code) in [
            ("", "too_short"),
            ("vJ8#kQz!mWp", "too_short"),
            (long.as_str(), "too_long"),
            ("password1234", "password_common"),
            ("Passw0rd!!!!!", "password_common"),
            ("contraseña123", "password_common"),
            ("C0ntrasena2026!", "password_common"),
            ("123456789012", "password_common"),
            ("aaaaaaaaaaaaaa", "password_common"),
            ("abcabcabcabc", "password_common"),
            ("qwertyuiop123", "password_common"),
            ("argentina2026", "password_common"),
            ("BocaJuniors1905", "password_common"),
            ("supermercado1", "password_common"),
            ("gondolagondola", "password_common"),
            ("AnaMaria19801980", "password_common"),
            ("gomez12345678", "password_common"),
            ("20-30405060-9", "password_common"),
        ] {
            assert_eq!(refused(bad).as_deref(), Some(code), "{bad}");
        }
    }
}
