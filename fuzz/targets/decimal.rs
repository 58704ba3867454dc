//! Decimal texts against a reading of the same grammar with digits in a list instead of an integer.
#![no_main]

use domain::decimal::{DecimalError, format_scaled, parse_scaled};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for places in [0, 2, 3, 4, 6] {
        let read = parse_scaled(text, places);
        assert_eq!(read, expected(text, places), "{text:?} with {places} places");
        let Ok(value) = read else { continue };
        for shown in 0..=places {
            assert_eq!(parse_scaled(&format_scaled(value, places, shown), places), Ok(value), "{text:?}");
        }
    }
});

/// Sign, digits, point, exponent; in range when the digits before the point of kept units say so; exact or refused.
fn expected(text: &str, places: u32) -> Result<i64, DecimalError> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let at = unsigned.find(['e', 'E']);
    let (mantissa, exponent) = at.map_or((unsigned, "0"), |at| (&unsigned[..at], &unsigned[at + 1..]));
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let points = mantissa.bytes().filter(|byte| *byte == b'.').count();
    let bare = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_exponent = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || points > 1 || digits.len() + points != mantissa.len() || !is_exponent {
        return Err(DecimalError::NotANumber);
    }
    let exponent: i64 = exponent.parse::<i16>().map_err(|_| DecimalError::OutOfRange)?.into();
    let after_point = mantissa.find('.').map_or(0, |at| mantissa.len() - at - 1);
    let mut power = exponent + i64::from(places) - after_point as i64;
    let mut digits = digits;
    while digits.last() == Some(&b'0') {
        digits.pop();
        power += 1;
    }
    let digits: Vec<u8> = digits.into_iter().skip_while(|digit| *digit == b'0').collect();
    if digits.is_empty() {
        return Ok(0);
    }
    // The limit is a one and fifteen zeros: sixteen digits, of which no other number may have as many.
    let whole = digits.len() as i64 + power;
    if whole > 16 || (whole == 16 && digits != b"1") {
        return Err(DecimalError::OutOfRange);
    }
    if power < 0 {
        return Err(DecimalError::TooPrecise);
    }
    let digits = String::from_utf8(digits).unwrap();
    let value: i64 = format!("{digits}{}", "0".repeat(power as usize)).parse().unwrap();
    Ok(if negative { -value } else { value })
}
