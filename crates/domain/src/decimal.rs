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

/// Largest magnitude of a scaled integer: sums of millions of them still fit `i64`.
pub const LIMIT: i64 = 1_000_000_000_000_000;

/// Reads `text` (a JSON number or plain decimal: sign, digits, point, exponent) as an integer of `10^-places` units.
///
/// Trailing zeros beyond `places` are accepted because they change nothing; other excess digits are
/// [`DecimalError::TooPrecise`].
pub fn parse_scaled(text: &str, places: u32) -> Result<i64, DecimalError> {
    let (negative, digits, exponent) = split(text)?;
    let mut value: i64 = 0;
    let mut position = exponent.checked_add(i64::from(places)).ok_or(DecimalError::OutOfRange)?;
    // `position` is the power of ten, in kept units, of the digit that follows the last one read.
    for digit in digits.whole.bytes().chain(digits.fraction.bytes()) {
        let digit = i64::from(digit - b'0');
        value = value.checked_mul(10).and_then(|v| v.checked_add(digit)).ok_or(DecimalError::OutOfRange)?;
    }
    position -= i64::try_from(digits.fraction.len()).map_err(|_| DecimalError::OutOfRange)?;
    let value = shift(value, position)?;
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
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(DecimalError::NotANumber);
    }
    let digits = Digits { whole: whole.trim_start_matches('0'), fraction: fraction.trim_end_matches('0') };
    Ok((negative, digits, exponent))
}

fn parse_exponent(text: &str) -> Result<i64, DecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    text.parse::<i16>().map(i64::from).map_err(|_| DecimalError::OutOfRange)
}

fn shift(value: i64, power: i64) -> Result<i64, DecimalError> {
    if value == 0 || power == 0 {
        return Ok(value);
    }
    let factor = u32::try_from(power.unsigned_abs()).ok().and_then(|p| 10_i64.checked_pow(p));
    if power > 0 {
        return factor.and_then(|f| value.checked_mul(f)).ok_or(DecimalError::OutOfRange);
    }
    match factor {
        Some(factor) if value % factor == 0 => Ok(value / factor),
        _ => Err(DecimalError::TooPrecise),
    }
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
        ] {
            assert_eq!(parse_scaled(text, 3), Ok(expect), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        for (text, expect) in [
            ("0.0001", DecimalError::TooPrecise),
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
