//! Trade item numbers: GTIN-8, -12, -13 and -14 (GS1 General Specifications, section 7.9 for the check digit).
//!
//! Invariant: a `Gtin` has a right check digit and is held as 14 digits, so that the same number scanned in any of its
//! forms is one value.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A trade item number, held as 14 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin([u8; 14]);

/// Why a text is not a trade item number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message names its fields")]
pub enum GtinError {
    /// Something else than digits.
    #[error("a GTIN has only digits")]
    NotDigits,
    /// Not 8, 12, 13 or 14 digits.
    #[error("a GTIN has 8, 12, 13 or 14 digits, not {found}")]
    Length { found: usize },
    /// The last digit is not the one the others give.
    #[error("the check digit should be {expected}")]
    CheckDigit { expected: u8 },
    /// Only zeros, which names nothing.
    #[error("a GTIN is not zero")]
    Zero,
}

impl GtinError {
    /// The stable code used in documents.
    pub const fn code(self) -> &'static str {
        match self {
            GtinError::NotDigits => "gtin_not_digits",
            GtinError::Length { .. } => "gtin_length",
            GtinError::CheckDigit { .. } => "gtin_check_digit",
            GtinError::Zero => "gtin_zero",
        }
    }
}

/// The check digit that belongs after `digits` (weights 3 and 1 from the right); `None` when they are not all digits.
pub fn check_digit(digits: &str) -> Option<u8> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let weighted = |(i, b): (usize, u8)| u32::from(b - b'0') * if i % 2 == 0 { 3 } else { 1 };
    let sum: u32 = digits.bytes().rev().take(32).enumerate().map(weighted).sum();
    u8::try_from((10 - sum % 10) % 10).ok()
}

impl Gtin {
    /// Its 14 digits.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII digits by construction.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The form it is printed in: the shortest of 8, 12, 13 or 14 digits that loses nothing.
    pub fn shortest(&self) -> &str {
        let digits = self.as_str();
        let zeros = digits.bytes().take_while(|b| *b == b'0').count();
        match zeros {
            6.. => &digits[6..],
            2..=5 => &digits[2..],
            1 => &digits[1..],
            _ => digits,
        }
    }

    /// Whether it numbers goods only inside one shop or country (GS1 prefixes 02, 04 and 20 to 29, and the
    /// eight-digit numbers beginning with 0 or 2): scale labels, own packs. Such a number says nothing elsewhere.
    pub fn is_restricted(&self) -> bool {
        let digits = self.as_str();
        if digits.starts_with("000000") {
            return matches!(digits.as_bytes()[6], b'0' | b'2');
        }
        matches!(&digits[1..3], "02" | "04" | "20" | "21" | "22" | "23" | "24" | "25" | "26" | "27" | "28" | "29")
    }

    /// Whether it names a trade item of variable measure (indicator digit 9).
    pub fn is_variable_measure(&self) -> bool {
        self.0[0] == b'9'
    }
}

impl FromStr for Gtin {
    type Err = GtinError;
    fn from_str(text: &str) -> Result<Gtin, GtinError> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(GtinError::NotDigits);
        }
        if !matches!(text.len(), 8 | 12 | 13 | 14) {
            return Err(GtinError::Length { found: text.len() });
        }
        let (body, last) = text.split_at(text.len() - 1);
        let expected = check_digit(body).ok_or(GtinError::NotDigits)?;
        if last.as_bytes() != [b'0' + expected] {
            return Err(GtinError::CheckDigit { expected });
        }
        if text.bytes().all(|b| b == b'0') {
            return Err(GtinError::Zero);
        }
        let mut digits = [b'0'; 14];
        digits[14 - text.len()..].copy_from_slice(text.as_bytes());
        Ok(Gtin(digits))
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_length_as_fourteen() {
        for (text, expect) in [
            ("96385074", "00000096385074"),
            ("036000291452", "00036000291452"),
            ("7791813421580", "07791813421580"),
            ("4006381333931", "04006381333931"),
            ("10614141000415", "10614141000415"),
        ] {
            let gtin: Gtin = text.parse().unwrap();
            assert_eq!(gtin.as_str(), expect);
            assert_eq!(gtin.shortest(), text);
            assert_eq!(expect.parse(), Ok(gtin));
        }
    }

    #[test]
    fn refuses_wrong_numbers() {
        for (text, expect) in [
            ("7791813421581", GtinError::CheckDigit { expected: 0 }),
            ("123", GtinError::Length { found: 3 }),
            ("", GtinError::NotDigits),
            ("77918134215٨0", GtinError::NotDigits),
            ("7791813421580.0", GtinError::NotDigits),
            ("00000000", GtinError::Zero),
        ] {
            assert_eq!(text.parse::<Gtin>(), Err(expect), "{text}");
        }
    }

    #[test]
    fn knows_numbers_that_count_only_inside_a_shop() {
        for (text, expect) in
            [("2300049000008", true), ("0000000001663", true), ("7791813421580", false), ("96385074", false)]
        {
            assert_eq!(text.parse::<Gtin>().unwrap().is_restricted(), expect, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(body in "[0-9]{12}", place in 0usize..13, change in 1u8..10) {
            let right = format!("{body}{}", check_digit(&body).unwrap());
            proptest::prop_assume!(right.bytes().any(|b| b != b'0'));
            proptest::prop_assert!(right.parse::<Gtin>().is_ok());
            let mut wrong = right.into_bytes();
            wrong[place] = b'0' + (wrong[place] - b'0' + change) % 10;
            proptest::prop_assert!(String::from_utf8(wrong).unwrap().parse::<Gtin>().is_err());
        }
    }
}
