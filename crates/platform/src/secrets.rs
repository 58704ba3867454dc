//! Keys of people and scripts: `gk_<id>_<secret>`.
//!
//! Invariant: a secret is printed once, when it is made, and kept only as its SHA-256; no `Debug` shows it.

use std::{collections::BTreeSet, fmt};

use sha2::{Digest, Sha256};

const PREFIX: &str = "gk_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 64 bits name a key.
const ID_BYTES: usize = 8;
const ID_DIGITS: usize = 11;
/// 256 bits cannot be guessed.
const SECRET_BYTES: usize = 32;
/// Digits of a secret that we make, and the fewest of one that somebody else chooses.
pub const SECRET_DIGITS: usize = 43;
/// The longest that somebody else may choose: as many hexadecimal digits.
pub const MOST_SECRET_DIGITS: usize = 64;
/// Different digits that a chosen secret has at least: one made by chance has about thirty, in hexadecimal hardly ever less than these.
const LEAST_VARIETY: usize = 12;

/// A key as it was given, well-formed but not verified.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText {
    text: String,
    id_end: usize,
}

impl KeyText {
    /// Reads `gk_<id>_<secret>`; `None` for anything else, so that odd text costs nothing further.
    pub fn parse(text: &str) -> Option<KeyText> {
        // Longer than any key of ours, to leave room for longer secrets.
        if text.len() > 128 {
            return None;
        }
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let good = is_id(id) && is_part(secret, 16);
        good.then(|| KeyText { text: text.to_owned(), id_end: PREFIX.len() + id.len() })
    }

    /// A new key. Fails only when the operating system has no randomness to give.
    pub fn generate() -> Result<KeyText, getrandom::Error> {
        let mut entropy = [0; ID_BYTES + SECRET_BYTES];
        getrandom::fill(&mut entropy)?;
        Ok(KeyText::from_entropy(&entropy))
    }

    /// A key of that id with a new secret.
    pub fn with_id(id: &str) -> Result<KeyText, getrandom::Error> {
        let mut entropy = [0; SECRET_BYTES];
        getrandom::fill(&mut entropy)?;
        let secret = base62(&entropy, SECRET_DIGITS);
        Ok(KeyText { text: format!("{PREFIX}{id}_{secret}"), id_end: PREFIX.len() + id.len() })
    }

    /// A key of that id with a secret that its holder chose; `None` for one that could be guessed.
    pub fn with_secret(id: &str, secret: &str) -> Option<KeyText> {
        let varied = secret.bytes().collect::<BTreeSet<u8>>().len() >= LEAST_VARIETY;
        let good = is_id(id) && is_part(secret, SECRET_DIGITS) && secret.len() <= MOST_SECRET_DIGITS && varied;
        good.then(|| KeyText { text: format!("{PREFIX}{id}_{secret}"), id_end: PREFIX.len() + id.len() })
    }

    /// The key made of this randomness; for shops that must be the same each time.
    pub fn from_entropy(entropy: &[u8; ID_BYTES + SECRET_BYTES]) -> KeyText {
        let (id, secret) = entropy.split_at(ID_BYTES);
        let (id, secret) = (base62(id, ID_DIGITS), base62(secret, SECRET_DIGITS));
        KeyText { text: format!("{PREFIX}{id}_{secret}"), id_end: PREFIX.len() + id.len() }
    }

    /// The public part.
    pub fn id(&self) -> &str {
        &self.text[PREFIX.len()..self.id_end]
    }

    /// The secret part alone, which signs requests: for where it is kept encrypted.
    pub fn expose_secret(&self) -> &str {
        &self.text[self.id_end + 1..]
    }

    /// What is stored of the secret part.
    pub fn secret_hash(&self) -> [u8; 32] {
        digest(self.expose_secret().as_bytes())
    }

    /// Digest of the whole key, to look it up by.
    pub fn digest(&self) -> [u8; 32] {
        digest(self.text.as_bytes())
    }

    /// The whole key, secret included: for whoever made it, once.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyText({}{}_***)", PREFIX, self.id())
    }
}

/// A name that nobody else chooses: 128 random bits in base 62.
pub fn random_name() -> Result<String, getrandom::Error> {
    let mut entropy = [0; 16];
    getrandom::fill(&mut entropy)?;
    Ok(base62(&entropy, 22))
}

/// Whether a text may be the public part of a key.
pub fn is_id(text: &str) -> bool {
    text.len() <= 64 && is_part(text, 1)
}

fn is_part(text: &str, least: usize) -> bool {
    text.len() >= least && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// SHA-256 of some bytes.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Whether two digests are the same, in a time that does not tell where they differ.
pub fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let difference = a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b));
    std::hint::black_box(difference) == 0
}

/// The bytes as a big-endian number in base 62, with leading zeros.
fn base62(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        let mut remainder = 0_usize;
        for byte in &mut number {
            let value = remainder * 256 + usize::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(0);
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder];
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_reads_back_and_is_never_the_same() {
        let key = KeyText::generate().unwrap();
        assert_eq!(KeyText::parse(key.expose()), Some(key.clone()));
        assert_eq!(key.expose().len(), 3 + ID_DIGITS + 1 + SECRET_DIGITS);
        assert_ne!(key, KeyText::generate().unwrap());
        assert!(!format!("{key:?}").contains(&key.expose()[key.id_end + 1..]));
    }

    #[test]
    fn all_of_the_randomness_ends_in_the_text() {
        let low = KeyText::from_entropy(&[0; 40]);
        assert_eq!(low.expose(), format!("gk_{}_{}", "0".repeat(11), "0".repeat(43)));
        let high = KeyText::from_entropy(&[255; 40]);
        assert_eq!(high.id(), "LygHa16AHYF", "2^64 - 1 in base 62");
        let mut one = [0; 40];
        one[39] = 61;
        assert!(KeyText::from_entropy(&one).expose().ends_with("0z"));
    }

    #[test]
    fn odd_texts_are_no_keys() {
        let long = format!("gk_a_{}", "x".repeat(10_000));
        for text in [
            "",
            "gk_",
            "gk__",
            "gk_a_short",
            "sk_a_0123456789abcdef",
            "gk_ä_0123456789abcdef",
            "gk_a_0123456789abcde ",
            &long,
        ] {
            assert_eq!(KeyText::parse(text), None, "{text}");
        }
        assert!(KeyText::parse("gk_a_0123456789abcdef").is_some());
    }

    #[test]
    fn a_chosen_secret_is_as_long_as_ours_and_varied() {
        let ours = KeyText::generate().unwrap();
        let again = KeyText::with_secret(ours.id(), ours.expose_secret());
        assert_eq!(again, Some(ours));
        assert!(KeyText::with_secret("k1", &"0123456789abcdef".repeat(4)).is_some(), "in hexadecimal");
        let short = "0123456789abcdefghijABCDEFGHIJklmnopqrstuv";
        assert_eq!(short.len(), SECRET_DIGITS - 1);
        let long = format!("{short}{short}");
        let blank = format!("{short} ");
        for secret in [short, &long, &blank, &"0123456789a".repeat(5), &"a".repeat(43), ""] {
            assert_eq!(KeyText::with_secret("k1", secret), None, "{secret}");
        }
    }

    #[test]
    fn compares_every_byte() {
        let a = [7; 32];
        for index in 0..32 {
            let mut b = a;
            b[index] ^= 1;
            assert!(!same(&a, &b));
        }
        assert!(same(&a, &[7; 32]));
    }
}
