//! What a signed request signs, and how.
//!
//! Invariant: whatever a signature covers (method, path, query, time, nonce, body) cannot change without changing the text; two
//! spellings of one query give one text.

pub use domain::ledger::canonical::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::http::percent;

/// The one version there is, as it stands in the text and before the signature.
pub const VERSION: &str = "v1";

/// What a request signs besides its body.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// Its method, in capitals.
    pub method: &'r str,
    /// Its path, as it is sent.
    pub path: &'r str,
    /// Its query, as it is sent, without the `?`.
    pub query: &'r str,
    /// `X-Timestamp`: seconds since 1970, as they are sent.
    pub timestamp: &'r str,
    /// `X-Nonce`.
    pub nonce: &'r str,
}

impl Request<'_> {
    /// The text to sign; `None` when the query is not encoded properly.
    pub fn text(&self, body: &[u8]) -> Option<String> {
        let query = canonical_query(self.query)?;
        let body = hex(&Sha256::digest(body));
        Some([VERSION, self.method, self.path, &query, self.timestamp, self.nonce, &body].join("\n"))
    }
}

/// HMAC-SHA-256 of a text (RFC 2104).
pub fn sign(secret: &[u8], text: &str) -> [u8; 32] {
    // A key may have any length; what cannot fail is written so that it would be no signature.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return [0; 32] };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Pairs of name and value, decoded as forms are (`+` is a blank), encoded after RFC 3986, sorted by what that gives. `None` when it
/// is not encoded properly.
pub fn canonical_query(query: &str) -> Option<String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((percent::encoded(decoded(name)?), percent::encoded(decoded(value)?)))
    });
    let mut pairs = pairs.collect::<Option<Vec<_>>>()?;
    pairs.sort_unstable();
    Some(pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            b'+' => b' ',
            byte => byte,
        });
    }
    Some(decoded)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The bytes of 64 lower-case hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_query_has_one_text() {
        for (query, expected) in [
            ("", Some("")),
            ("b=2&a=1", Some("a=1&b=2")),
            ("a=2&a=1", Some("a=1&a=2")),
            ("a", Some("a=")),
            ("&a=1&&", Some("a=1")),
            ("q=yerba+mate", Some("q=yerba%20mate")),
            ("q=yerba%20mate", Some("q=yerba%20mate")),
            ("q=%7e%2d", Some("q=~-")),
            ("q=%c3%b1%2F", Some("q=%C3%B1%2F")),
            ("q=a=b", Some("q=a%3Db")),
            ("a=1%262", Some("a=1%262")),
            ("q=%", None),
            ("q=%4", None),
            ("q=%zz", None),
        ] {
            assert_eq!(canonical_query(query).as_deref(), expected, "{query}");
        }
    }

    #[test]
    fn whatever_is_signed_changes_the_text() {
        let request = Request { method: "GET", path: "/a", query: "b=1", timestamp: "1", nonce: "n" };
        let text = request.text(b"body");
        for other in [
            Request { method: "PUT", ..request },
            Request { path: "/A", ..request },
            Request { query: "b=2", ..request },
            Request { timestamp: "2", ..request },
            Request { nonce: "m", ..request },
        ] {
            assert_ne!(other.text(b"body"), text, "{other:?}");
        }
        assert_ne!(request.text(b"Body"), text);
    }

    /// RFC 4231, test case 2.
    #[test]
    fn it_is_the_hmac_of_the_standard() {
        let tag = sign(b"Jefe", "what do ya want for nothing?");
        assert_eq!(hex(&tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(unhex(&hex(&tag)), Some(tag));
    }

    #[test]
    fn only_64_small_digits_are_a_signature() {
        let good = "0a".repeat(32);
        assert_eq!(unhex(&good), Some([10; 32]));
        for odd in ["", "0A", &"0A".repeat(32), &"0a".repeat(31), &"0a".repeat(33), &"zz".repeat(32), &"ñ".repeat(32)]
        {
            assert_eq!(unhex(odd), None, "{odd}");
        }
    }
}
