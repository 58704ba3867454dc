//! Exact decimal text to scaled integers and back.
//!
//! Invariant: no value passes through a floating-point number; `0.1` is one tenth. What cannot be held exactly is an
//! error, never a rounding.

use thiserror::Error;

/// Why a text is not a usable decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// Not digits with an optional sign, point and exponent.
    #[error("not a decimal number")]
    NotANumber,
    /// More decimal places than the quantity keeps.
    #[error("too many decimal places")]
    TooPrecise,
    /// Beyond the largest magnitude kept.
    #[error("out of range")]
    OutOfRange,
}

/// Largest magnitude of a scaled integer: sums of thousands of them still fit `i64`, and no shop comes near one.
pub const LIMIT: i64 = 1_000_000_000_000_000;

/// Digits of [`LIMIT`]; no other number of as many is within it.
const LIMIT_DIGITS: i64 = 16;

/// Reads `text` (a JSON number or plain decimal: sign, digits, point, exponent) as an integer of `10^-places` units.
///
/// Zeros before the first and after the last other digit are accepted because they change nothing, however many there are. A number
/// beyond [`LIMIT`] is [`DecimalError::OutOfRange`]; of those within, one with more places than kept is
/// [`DecimalError::TooPrecise`].
pub fn parse_scaled(text: &str, places: u32) -> Result<i64, DecimalError> {
    let (negative, Digits { whole, fraction }, exponent) = split(text)?;
    // With nothing after the point the zeros at the end only say how large it is.
    let significant = if fraction.is_empty() { whole.trim_end_matches('0') } else { whole };
    let small = if whole.is_empty() { fraction.trim_start_matches('0') } else { fraction };
    let count = |digits: &str| i64::try_from(digits.len()).map_err(|_| DecimalError::OutOfRange);
    // The power of ten, in kept units, of the last digit that counts.
    let power = exponent + i64::from(places) + count(whole)? - count(significant)? - count(fraction)?;
    let digits = count(significant)? + count(small)?;
    if digits == 0 {
        return Ok(0);
    }
    let magnitude = digits + power;
    if magnitude > LIMIT_DIGITS || (magnitude == LIMIT_DIGITS && power < 0) {
        return Err(DecimalError::OutOfRange);
    }
    let power = u32::try_from(power).map_err(|_| DecimalError::TooPrecise)?;
    // Sixteen digits at most, the zeros of the power among them.
    let digits = significant.bytes().chain(small.bytes());
    let value = digits.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')) * 10_i64.pow(power);
    if value > LIMIT {
        return Err(DecimalError::OutOfRange);
    }
    Ok(if negative { -value } else { value })
}

struct Digits<'a> {
    whole: &'a str,
    fraction: &'a str,
}

fn split(text: &str) -> Result<(bool, Digits<'_>, i64), DecimalError> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (rest, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(DecimalError::NotANumber);
    }
    let digits = Digits { whole: whole.trim_start_matches('0'), fraction: fraction.trim_end_matches('0') };
    Ok((negative, digits, parse_exponent(exponent)?))
}

fn parse_exponent(text: &str) -> Result<i64, DecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    text.parse::<i16>().map(i64::from).map_err(|_| DecimalError::OutOfRange)
}

/// Writes a scaled integer with exactly `places` decimals, after dropping `kept - places` zeros that carry nothing.
///
/// Panics never; when the dropped digits are not zero all `kept` digits are written.
pub fn format_scaled(value: i64, kept: u32, places: u32) -> String {
    let drop = 10_u64.pow(kept.saturating_sub(places));
    let magnitude = value.unsigned_abs();
    let (magnitude, places) =
        if magnitude.is_multiple_of(drop) { (magnitude / drop, places) } else { (magnitude, kept) };
    let sign = if value < 0 { "-" } else { "" };
    if places == 0 {
        return format!("{sign}{magnitude}");
    }
    let scale = 10_u64.pow(places);
    format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale, width = places as usize)
}

/// `numerator / denominator` rounded half away from zero. `denominator` must be positive.
pub fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    debug_assert!(denominator > 0, "a divisor is positive");
    let half = denominator / 2;
    if numerator >= 0 { (numerator + half) / denominator } else { (numerator - half) / denominator }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimals_exactly() {
        for (text, expect) in [
            ("0.1", 100),
            ("1", 1000),
            ("-2.5", -2500),
            ("1e3", 1_000_000),
            ("1.50000", 1500),
            (".5", 500),
            ("15E-1", 1500),
            ("0e99", 0),
            ("100000000000000000000e-10", 10_000_000_000_000),
            ("0.00000000000000000001e20", 1000),
            ("1000000000000", LIMIT),
            (&format!("1.{}", "0".repeat(400)), 1000),
        ] {
            assert_eq!(parse_scaled(text, 3), Ok(expect), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        for (text, expect) in [
            ("0.0001", DecimalError::TooPrecise),
            ("0.33333333333333333333333333333333", DecimalError::TooPrecise),
            ("1000000000000.0001", DecimalError::OutOfRange),
            ("1000000000001", DecimalError::OutOfRange),
            ("1e30", DecimalError::OutOfRange),
            ("1000000000000000000000000000000", DecimalError::OutOfRange),
            ("NaN", DecimalError::NotANumber),
            ("", DecimalError::NotANumber),
            ("1,5", DecimalError::NotANumber),
            ("1e", DecimalError::NotANumber),
            ("1e99999999999", DecimalError::OutOfRange),
            ("--1", DecimalError::NotANumber),
            (".", DecimalError::NotANumber),
        ] {
            assert_eq!(parse_scaled(text, 3), Err(expect), "{text}");
        }
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(divide_rounded(5, 2), 3);
        assert_eq!(divide_rounded(-5, 2), -3);
        assert_eq!(divide_rounded(4, 3), 1);
    }

    proptest::proptest! {
        #[test]
        fn formats_and_reads_back(value in -LIMIT..=LIMIT) {
            proptest::prop_assert_eq!(parse_scaled(&format_scaled(value, 4, 2), 4), Ok(value));
        }
    }
}
