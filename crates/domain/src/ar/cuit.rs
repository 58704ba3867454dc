//! CUIT and CUIL, the Argentine tax numbers.
//!
//! Invariant: a `Cuit` has eleven digits of which the last is right: 11 minus the sum of the first ten by the weights
//! 5 4 3 2 7 6 5 4 3 2 modulo 11, where 11 is written 0 and 10 has no digit at all.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A tax number with a right check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cuit([u8; 11]);

/// Why a text is not a tax number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message names its fields")]
pub enum CuitError {
    /// Not eleven digits, with or without hyphens.
    #[error("a CUIT has eleven digits, as in 20-12345678-6")]
    Shape,
    /// The last digit is not the one the others give.
    #[error("the check digit should be {expected}")]
    CheckDigit { expected: u8 },
    /// No digit would do: such a number is never given out.
    #[error("no CUIT begins with these ten digits")]
    NoCheckDigit,
}

/// Whose number it is, by its first two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// 20, 23 to 27.
    Person,
    /// 30, 33, 34.
    Company,
    /// 50, 51, 55.
    Foreign,
}

const WEIGHTS: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/// The digit that belongs after these ten, if one does.
fn check_digit(body: &[u8]) -> Option<u8> {
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => u8::try_from(digit).ok(),
    }
}

impl Cuit {
    /// The eleven digits.
    pub fn digits(&self) -> &str {
        // The bytes are ASCII digits by construction.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whose number it is, when the prefix says so.
    pub fn holder(&self) -> Option<Holder> {
        match &self.digits()[..2] {
            "20" | "23" | "24" | "25" | "26" | "27" => Some(Holder::Person),
            "30" | "33" | "34" => Some(Holder::Company),
            "50" | "51" | "55" => Some(Holder::Foreign),
            _ => None,
        }
    }
}

impl FromStr for Cuit {
    type Err = CuitError;
    /// Reads eleven digits, bare or as `20-12345678-6` (also with spaces or points for hyphens).
    fn from_str(text: &str) -> Result<Cuit, CuitError> {
        let text = text.trim().as_bytes();
        let mut digits = [b'0'; 11];
        match text.len() {
            11 => digits.copy_from_slice(text),
            13 if [2, 11].iter().all(|i| matches!(text[*i], b'-' | b' ' | b'.' | b'/')) => {
                digits[..2].copy_from_slice(&text[..2]);
                digits[2..10].copy_from_slice(&text[3..11]);
                digits[10] = text[12];
            }
            _ => return Err(CuitError::Shape),
        }
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(CuitError::Shape);
        }
        let expected = check_digit(&digits[..10]).ok_or(CuitError::NoCheckDigit)?;
        if digits[10] == b'0' + expected { Ok(Cuit(digits)) } else { Err(CuitError::CheckDigit { expected }) }
    }
}

impl fmt::Display for Cuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        write!(f, "{}-{}-{}", &digits[..2], &digits[2..10], &digits[10..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_right_numbers() {
        for (text, holder) in
            [("20-12345678-6", Holder::Person), ("27-12345678-0", Holder::Person), ("30-71597482-3", Holder::Company)]
        {
            let cuit: Cuit = text.parse().unwrap();
            assert_eq!((cuit.to_string().as_str(), cuit.holder()), (text, Some(holder)));
            assert_eq!(text.replace('-', "").parse(), Ok(cuit));
        }
    }

    #[test]
    fn refuses_wrong_numbers() {
        for (text, expect) in [
            ("20-12345678-5", CuitError::CheckDigit { expected: 6 }),
            ("20-1234567-86", CuitError::Shape),
            ("", CuitError::Shape),
            ("2012345678", CuitError::Shape),
            ("20-12345678-x", CuitError::Shape),
            ("ñ0123456786", CuitError::Shape),
        ] {
            assert_eq!(text.parse::<Cuit>(), Err(expect), "{text}");
        }
    }

    #[test]
    fn ten_has_no_digit() {
        // One body in eleven leaves a remainder of 1, for which the digit would be ten.
        let body =
            (0..100).map(|n| format!("20000000{n:02}")).find(|body| check_digit(body.as_bytes()).is_none()).unwrap();
        for digit in 0..10 {
            assert_eq!(format!("{body}{digit}").parse::<Cuit>(), Err(CuitError::NoCheckDigit));
        }
    }

    proptest::proptest! {
        #[test]
        fn exactly_one_digit_fits_or_none(body in "[0-9]{10}") {
            let fitting = (0..10).filter(|digit| format!("{body}{digit}").parse::<Cuit>().is_ok()).count();
            proptest::prop_assert_eq!(fitting, usize::from(check_digit(body.as_bytes()).is_some()));
        }
    }
}
