//! What people type to come in.

use platform::http::fields::{self, Fault, Read, Value};

const LEAST_CHARS: usize = 2;
const MOST_CHARS: usize = 32;

/// Lower-case letters, digits, `.`, `-` and `_`, beginning with a letter or digit. Capitals are taken as small ones.
pub fn login_name(value: &Value<'_>) -> Read<String> {
    let text = fields::text(LEAST_CHARS..=MOST_CHARS)(value)?.to_lowercase();
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && text.chars().all(good) { Ok(text) } else { Err(Fault::new("invalid_login")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_small_and_odd_ones_refused() {
        for (given, expected) in [
            ("ana", Some("ana")),
            (" Ana.Gomez-2 ", Some("ana.gomez-2")),
            ("0a", Some("0a")),
            ("a", None),
            ("josé", None),
            (".ana", None),
            ("ana gomez", None),
            ("ana/b", None),
            ("", None),
        ] {
            assert_eq!(login_name(&Value::Text(given.into())).ok().as_deref(), expected, "{given}");
        }
        assert!(login_name(&Value::Text("a".repeat(33).into())).is_err());
    }
}
