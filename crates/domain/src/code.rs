//! Codes people give to things: products, sites, locations.
//!
//! Invariant: a value of these types keeps the rules of its code; whoever holds one checks nothing again.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Why a text is not a usable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message names its fields")]
pub enum CodeError {
    /// Nothing, or only spaces.
    #[error("a code cannot be blank")]
    Blank,
    /// More characters than kept.
    #[error("a code has at most {max} characters")]
    TooLong { max: usize },
    /// Tabs, line ends, NUL and their like.
    #[error("a code has no control characters")]
    Control,
    /// Spaces around it: two codes would look the same on a screen.
    #[error("a code has no spaces around it")]
    OuterSpace,
    /// Anything but `[a-z0-9][a-z0-9_-]*`.
    #[error("a code has only lower-case letters, digits, '-' and '_', and begins with a letter or digit")]
    NotASlug,
    /// A word that means something else where products are named by their codes.
    #[error("the code stands for something else in addresses")]
    Reserved,
}

impl CodeError {
    /// The stable code used in documents.
    pub const fn code(self) -> &'static str {
        match self {
            CodeError::Blank => "blank",
            CodeError::TooLong { .. } => "too_long",
            CodeError::Control => "control_character",
            CodeError::OuterSpace => "outer_space",
            CodeError::NotASlug => "not_a_slug",
            CodeError::Reserved => "reserved_code",
        }
    }
}

macro_rules! codes {
    ($($name:ident $max:literal $check:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX_CHARS: usize = $max;

            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The code as an owned text.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<$name, CodeError> {
                $check(text, $max)?;
                Ok($name(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = CodeError;
            fn try_from(text: String) -> Result<$name, CodeError> {
                $check(&text, $max)?;
                Ok($name(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

codes! {
    Sku 64 check_sku "The shop's own code of a product. Upper and lower case differ.";
    SiteCode 32 check_slug "The code of a shop or depot: a lower-case slug.";
    LocationCode 32 check_slug "The code of a place inside a site: a lower-case slug.";
    SupplierCode 32 check_text "The code of a supplier, as the shop writes it.";
    LotCode 64 check_text "The lot code printed on goods.";
}

/// What stands where a SKU does in the addresses of a product and means something else there: the search, the look-up, and the
/// two steps that clients take out of a path before they send it.
const RESERVED_SKUS: [&str; 4] = ["search", "lookup", ".", ".."];

fn check_sku(text: &str, max: usize) -> Result<(), CodeError> {
    check_text(text, max)?;
    if RESERVED_SKUS.contains(&text) { Err(CodeError::Reserved) } else { Ok(()) }
}

fn check_text(text: &str, max: usize) -> Result<(), CodeError> {
    if text.chars().any(char::is_control) {
        return Err(CodeError::Control);
    }
    if text.trim().is_empty() {
        return Err(CodeError::Blank);
    }
    if text.trim().len() != text.len() {
        return Err(CodeError::OuterSpace);
    }
    if text.chars().count() > max { Err(CodeError::TooLong { max }) } else { Ok(()) }
}

fn check_slug(text: &str, max: usize) -> Result<(), CodeError> {
    if text.trim().is_empty() {
        return Err(CodeError::Blank);
    }
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let begins_well = text.bytes().next().is_some_and(plain);
    if !begins_well || !text.bytes().all(|b| plain(b) || b == b'-' || b == b'_') {
        return Err(CodeError::NotASlug);
    }
    if text.len() > max { Err(CodeError::TooLong { max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_codes_shops_use() {
        for text in [
            "15056BL",
            "15056bl",
            "m",
            "gift_0001_10",
            "BANK CHARGES",
            "SEARCH",
            "lookup-1",
            "...",
            "ñandú-1",
            &"9".repeat(64),
        ] {
            assert_eq!(text.parse::<Sku>().unwrap().as_str(), text);
        }
        assert_ne!("m".parse::<Sku>(), "M".parse::<Sku>());
    }

    #[test]
    fn refuses_what_cannot_be_a_sku() {
        for (text, expect) in [
            ("", CodeError::Blank),
            ("   ", CodeError::Blank),
            (" A", CodeError::OuterSpace),
            ("A\u{a0}", CodeError::OuterSpace),
            ("A\0B", CodeError::Control),
            ("A\nB", CodeError::Control),
            ("search", CodeError::Reserved),
            ("lookup", CodeError::Reserved),
            (".", CodeError::Reserved),
            ("..", CodeError::Reserved),
        ] {
            assert_eq!(text.parse::<Sku>(), Err(expect), "{text:?}");
        }
        assert_eq!("9".repeat(65).parse::<Sku>(), Err(CodeError::TooLong { max: 64 }));
    }

    #[test]
    fn slugs_are_lower_case_and_short() {
        for text in ["centro", "1", "palermo-2", "a_b"] {
            assert!(text.parse::<SiteCode>().is_ok(), "{text}");
        }
        for text in ["Centro", "-a", "_a", "a b", "ñ", "a/b", "a.b"] {
            assert_eq!(text.parse::<SiteCode>(), Err(CodeError::NotASlug), "{text}");
        }
        assert_eq!("a".repeat(33).parse::<LocationCode>(), Err(CodeError::TooLong { max: 32 }));
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_comes_back_unchanged(text in ".{0,80}") {
            if let Ok(sku) = text.parse::<Sku>() {
                proptest::prop_assert_eq!(sku.to_string(), text.clone());
                proptest::prop_assert!(text.chars().count() <= Sku::MAX_CHARS && !text.trim().is_empty());
            }
        }
    }
}
