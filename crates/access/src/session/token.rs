//! What a browser keeps of a session: a random text that opens it.
//!
//! Invariant: only its SHA-256 is stored. The mark that forms carry is made from it, so that whoever cannot read the cookie cannot
//! make one.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use platform::secrets::same;
use sha2::{Digest, Sha256};

/// 256 bits cannot be guessed.
const ENTROPY_BYTES: usize = 32;
const TEXT_CHARS: usize = 43;
/// What the mark of forms is made for, so that it opens nothing else.
const FORMS: &[u8] = b"gondola forms 1";

/// The token of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

impl Token {
    /// A new one. Fails only when the operating system has no randomness to give.
    pub fn generate() -> Result<Token, getrandom::Error> {
        let mut entropy = [0; ENTROPY_BYTES];
        getrandom::fill(&mut entropy)?;
        Ok(Token(BASE64.encode(entropy)))
    }

    /// Reads one from a cookie; anything else costs nothing further.
    pub fn parse(text: &str) -> Option<Token> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == TEXT_CHARS && text.bytes().all(good)).then(|| Token(text.to_owned()))
    }

    /// The text itself, for the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The mark that every form and change of this session carries.
    pub fn csrf(&self) -> String {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return String::new() };
        mac.update(FORMS);
        BASE64.encode(mac.finalize().into_bytes())
    }

    /// Whether a form or change carries its mark, in a time that does not tell where they differ.
    pub fn is_marked(&self, given: &str) -> bool {
        same(&Sha256::digest(self.csrf().as_bytes()).into(), &Sha256::digest(given.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_reads_back_and_is_never_the_same() {
        let token = Token::generate().unwrap();
        assert_eq!(Token::parse(token.expose()), Some(token.clone()));
        assert_ne!(token, Token::generate().unwrap());
        assert_eq!(format!("{token:?}"), "Token(***)");
        for odd in ["", "short", &"x".repeat(44), &"ñ".repeat(21), &" ".repeat(43), &"x".repeat(10_000)] {
            assert_eq!(Token::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_mark_of_forms_belongs_to_one_session_and_does_not_give_its_token_away() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert!(one.is_marked(&one.csrf()) && one.csrf().len() == TEXT_CHARS);
        for wrong in ["", one.expose(), &other.csrf(), &one.csrf()[1..]] {
            assert!(!one.is_marked(wrong), "{wrong}");
        }
    }
}
