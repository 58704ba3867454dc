//! A text nobody gets to see.
//!
//! Invariant: printing it in any way gives `***`; its memory is overwritten when it goes; only [`Secret::expose`] gives it, so that
//! a search for that word finds every place where one is used.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text: a password, a key, a token.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text; the caller's own copy is gone with it.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Compares in a time that tells at most the lengths.
impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        let difference = a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b));
        a.len() == b.len() && std::hint::black_box(difference) == 0
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_as_stars_alone_and_inside_others() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "printed")]
        struct Holder {
            password: Option<Secret>,
        }
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "*** *** ***");
        assert_eq!(format!("{:?}", Holder { password: Some(secret.clone()) }), "Holder { password: Some(***) }");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn only_the_same_text_is_equal() {
        let secret = Secret::new("abc");
        assert_eq!(secret, Secret::new("abc"));
        for other in ["", "ab", "abd", "abcd", "bbc"] {
            assert_ne!(secret, Secret::new(other));
        }
    }
}
