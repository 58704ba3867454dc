//! Texts as parts of an address (RFC 3986, section 2.1).
//!
//! Invariant: what comes out holds unreserved signs and percent signs alone, so that it means the same wherever it stands in one.

/// Everything but what the standard calls unreserved as percent signs, in capital letters.
pub fn encoded(text: impl AsRef<[u8]>) -> String {
    let bytes = text.as_ref();
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(*byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_signs_stay() {
        assert_eq!(encoded("a b&ñ:/~-._Z9"), "a%20b%26%C3%B1%3A%2F~-._Z9");
        assert_eq!(encoded([0, 0xFF]), "%00%FF");
    }
}
