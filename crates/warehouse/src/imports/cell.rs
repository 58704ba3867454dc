//! Texts and codes in cells.
//!
//! Invariant: a code is never changed beyond what a spreadsheet did to it and can be undone without doubt.

use std::borrow::Cow;

use super::issue::Code;

/// The most characters of a name or a text.
pub const MAX_TEXT_CHARS: usize = 200;

/// Characters that no keyboard makes and no screen shows (U+0080 to U+009F): what is left of text that was decoded wrongly.
fn is_unreadable(c: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&c)
}

/// Whether [`text`] leaves something of the cell out.
pub fn has_unreadable(cell: &str) -> bool {
    cell.contains(is_unreadable)
}

/// A text without spaces around it, with single spaces inside, and without what nobody can read.
pub fn text(cell: &str) -> Result<Cow<'_, str>, Code> {
    let trimmed = cell.trim();
    if trimmed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t') && !is_unreadable(c)) {
        return Err(Code::ControlCharacter);
    }
    if trimmed.chars().count() > MAX_TEXT_CHARS {
        return Err(Code::TooLong);
    }
    if has_unreadable(trimmed) {
        let readable: String = trimmed.chars().filter(|c| !is_unreadable(*c)).collect();
        return Ok(Cow::Owned(readable.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    let untidy = trimmed.contains("  ") || trimmed.contains(['\n', '\r', '\t', '\u{a0}']);
    if untidy {
        Ok(Cow::Owned(trimmed.split_whitespace().collect::<Vec<_>>().join(" ")))
    } else {
        Ok(Cow::Borrowed(trimmed))
    }
}

/// A code as its shop writes it: without the `="…"` or `'` that keep a spreadsheet from reading a number, and without the `.0`
/// of one that did read a number. A code in scientific notation has lost its digits.
pub fn code(cell: &str) -> Result<&str, Code> {
    let trimmed = cell.trim();
    let bare = trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(trimmed);
    let bare = bare.strip_prefix('\'').unwrap_or(bare).trim();
    if bare.starts_with('=') {
        return Err(Code::Formula);
    }
    if let Some(digits) = bare.strip_suffix(".0").filter(|digits| is_digits(digits)) {
        return Ok(digits);
    }
    if is_scientific(bare) { Err(Code::LostDigits) } else { Ok(bare) }
}

/// Whether `cell` had been turned into a number, which [`code`] undoes.
pub fn was_number(cell: &str) -> bool {
    cell.trim().strip_suffix(".0").is_some_and(is_digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `7.79181E+12`: what a spreadsheet shows of a long number. Codes such as `1E5` are left alone.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let signed = exponent.strip_prefix('+');
    let fraction = mantissa.split_once(['.', ',']).is_some_and(|(whole, rest)| is_digits(whole) && is_digits(rest));
    signed.is_some_and(is_digits) && (fraction || is_digits(mantissa))
}

/// A yes or no.
pub fn yes_no(cell: &str) -> Result<Option<bool>, Code> {
    match domain::fold::fold(cell).as_str() {
        "" => Ok(None),
        "1" | "1 0" | "si" | "s" | "yes" | "y" | "true" | "verdadero" | "x" | "activo" => Ok(Some(true)),
        "0" | "0 0" | "no" | "n" | "false" | "falso" | "inactivo" => Ok(Some(false)),
        _ => Err(Code::UnknownYesNo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lose_only_what_a_spreadsheet_added() {
        for (cell, expect) in [
            ("7791813421580.0", Ok("7791813421580")),
            ("23897.0", Ok("23897")),
            (" 85123A ", Ok("85123A")),
            ("=\"0012\"", Ok("0012")),
            ("'0012", Ok("0012")),
            ("1.50", Ok("1.50")),
            ("V1.0", Ok("V1.0")),
            ("1E5", Ok("1E5")),
            ("7.79181E+12", Err(Code::LostDigits)),
            ("7,79E+12", Err(Code::LostDigits)),
            ("=A1", Err(Code::Formula)),
            ("", Ok("")),
        ] {
            assert_eq!(code(cell), expect, "{cell}");
        }
    }

    #[test]
    fn texts_are_tidied_or_refused() {
        assert_eq!(text("  AFEITADORA BIC  3 ").unwrap(), "AFEITADORA BIC 3");
        assert_eq!(text("dos\nrenglones").unwrap(), "dos renglones");
        assert_eq!(text("Pure\u{81} de Tomate").unwrap(), "Pure de Tomate");
        assert_eq!(text("a\0b"), Err(Code::ControlCharacter));
        assert_eq!(text(&"x".repeat(201)), Err(Code::TooLong));
    }
}
