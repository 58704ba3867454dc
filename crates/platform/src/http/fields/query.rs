//! Query strings to parameters (the form encoding of the WHATWG URL standard).
//!
//! Invariant: an escape that is not two hex digits, or bytes that are not UTF-8, are refused and never guessed at.

use std::borrow::Cow;

use super::Value;
use crate::http::problem::Problem;

/// The parameters in the order written. A name without `=` has an empty value; empty values count as not given.
pub(super) fn parameters(query: &str) -> Result<Vec<(Cow<'_, str>, Value<'_>)>, Problem> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(parameter).collect::<Option<_>>().ok_or_else(|| Problem::malformed("malformed_query"))
}

fn parameter(pair: &str) -> Option<(Cow<'_, str>, Value<'_>)> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let value = if value.is_empty() { Value::Null } else { Value::Word(decode(value)?) };
    Some((decode(name)?, value))
}

fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[(&str, &str)]) {
        let found = parameters(query).unwrap();
        let found: Vec<_> = found.iter().map(|(name, value)| (&**name, value.as_text().unwrap_or(""))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn decodes_escapes_and_plus_signs() {
        check(
            "q=caf%C3%A9+con+leche&limit=5&x&&y=a=b",
            &[("q", "café con leche"), ("limit", "5"), ("x", ""), ("y", "a=b")],
        );
        check("", &[]);
    }

    #[test]
    fn refuses_what_is_not_text() {
        for query in ["q=%ff", "q=%", "q=%4", "q=%zz", "%=1"] {
            assert!(parameters(query).is_err(), "{query}");
        }
    }
}
