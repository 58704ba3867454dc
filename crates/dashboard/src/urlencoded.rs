//! Names and values as forms and query strings carry them (`application/x-www-form-urlencoded`, WHATWG URL, section 5).
//!
//! Invariant: whatever is decoded is valid UTF-8, and encoding what was decoded means the same.

use std::fmt::Write as _;

/// Pairs of a query string past this many are not looked at.
const MOST_PAIRS: usize = 32;
/// The same of a form, which may have a box for each site.
const MOST_FILLED: usize = 1000;

/// The value of the first pair of that name.
pub(crate) fn value(encoded: &str, name: &str) -> Option<String> {
    let mut pairs = encoded.split('&').take(MOST_PAIRS).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| decode(key) == name).map(|(_, value)| decode(value))
}

/// Every pair, decoded.
pub(crate) fn pairs(encoded: &str) -> Vec<(String, String)> {
    let pairs = encoded.split('&').filter(|pair| !pair.is_empty()).take(MOST_FILLED);
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Those pairs as a query string, also those whose value is empty.
pub(crate) fn whole(pairs: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        encode(name, &mut query);
        query.push('=');
        encode(value, &mut query);
    }
    query
}

/// A path with those pairs as its query; pairs without a value are left out.
pub(crate) fn address(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut address = path.to_owned();
    let given = pairs.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    for (place, (name, value)) in given.filter(|(_, value)| !value.is_empty()).enumerate() {
        address.push(if place == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        encode(value, &mut address);
    }
    address
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex(*high) << 4 | hex(*low));
                rest = tail;
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        for text in ["ñandú & cía", "50% + 1/2", "a=b", "", "<script>", "\u{1f34c}"] {
            let address = address("/", &[("q", Some(text)), ("site", None), ("level", Some("out"))]);
            assert!(address.is_ascii());
            let query = address.split_once('?').unwrap().1;
            assert_eq!(value(query, "q").unwrap_or_default(), text);
            assert_eq!(value(query, "level").as_deref(), Some("out"));
            assert_eq!(value(query, "site"), None);
        }
    }

    #[test]
    fn broken_input_is_read_as_far_as_it_goes() {
        for (query, expected) in
            [("q=%", "%"), ("q=%zz", "%zz"), ("q=%ff", "\u{fffd}"), ("q", ""), ("&&q=1&q=2", "1"), ("%71=x", "x")]
        {
            assert_eq!(value(query, "q").as_deref(), Some(expected), "{query}");
        }
    }
}
