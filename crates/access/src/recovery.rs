//! Codes for whoever has lost their second factor: shown once, kept as hashes, each good once.
//!
//! Invariant: a code has 80 bits of randomness, so that its SHA-256 cannot be turned back by trying.

use sha2::{Digest, Sha256};

use crate::password::{code_words, typed};

/// How many somebody gets.
pub const COUNT: usize = 10;

/// New codes. Fails only when the operating system has no randomness to give.
pub fn generate() -> Result<Vec<String>, getrandom::Error> {
    let code = |_| {
        let mut entropy = [0; 10];
        getrandom::fill(&mut entropy)?;
        Ok(code_words(entropy))
    };
    (0..COUNT).map(code).collect()
}

/// What is kept of a code, however it was typed.
pub fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(typed(code).as_bytes()).into()
}

/// Whether it could be one, and not a code of an authenticator.
pub fn looks_like_one(text: &str) -> bool {
    typed(text).len() == 19
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_is_another_and_typing_it_is_forgiving() {
        let codes = generate().unwrap();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), COUNT);
        for code in &codes {
            assert!(looks_like_one(code));
            assert_eq!(hash(code), hash(&format!(" {} ", code.to_uppercase().replace('-', " "))));
        }
        assert!(!looks_like_one("123456") && !looks_like_one(""));
    }
}
