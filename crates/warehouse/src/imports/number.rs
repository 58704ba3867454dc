//! Numbers as shops write them: `$ 1.234,56`, `1,234.56`, `(12)`, `1 234`.
//!
//! Invariant: a text becomes the decimal it stands for or an issue; where a mark may mean thousands or decimals and nothing
//! in the file says which, it is an issue, never a guess.

use std::borrow::Cow;

use domain::{Money, Quantity, decimal::DecimalError};
use serde::{Deserialize, Serialize};

use super::issue::Code;

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecimalMark {
    /// Found out from the file.
    #[default]
    Auto,
    /// `1,234.56`.
    Dot,
    /// `1.234,56`.
    Comma,
}

/// What the numbers of a file say about its decimal mark.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence {
    dot: u32,
    comma: u32,
}

impl Evidence {
    /// Looks at one cell of a column of numbers.
    pub fn see(&mut self, text: &str) {
        let text = text.trim();
        let last = text.rfind(['.', ',']);
        let Some(at) = last else { return };
        let after = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let mark = text.as_bytes()[at];
        let other_before = text[..at].contains(if mark == b'.' { ',' } else { '.' });
        let repeated = text[..at].contains(char::from(mark));
        let starts_with_zero = text[..at].trim_start_matches(['-', '+', ' ', '$']) == "0";
        let decimals = other_before || (!repeated && after != 3) || starts_with_zero;
        match (decimals, mark) {
            (true, b'.') => self.dot += 1,
            (true, _) => self.comma += 1,
            // `1.234.567`: the mark parts thousands, so the other one would part decimals.
            (false, b'.') if repeated => self.comma += 1,
            (false, _) if repeated => self.dot += 1,
            _ => {}
        }
    }

    /// The mark of the file, when everything agrees.
    pub fn mark(self) -> DecimalMark {
        match (self.dot, self.comma) {
            (1.., 0) => DecimalMark::Dot,
            (0, 1..) => DecimalMark::Comma,
            _ => DecimalMark::Auto,
        }
    }
}

/// The text as plain decimal: sign, digits, point.
pub fn plain(text: &str, mark: DecimalMark) -> Result<Cow<'_, str>, Code> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Cow::Borrowed(trimmed));
    }
    if trimmed.is_empty() {
        return Err(Code::Missing);
    }
    if trimmed.starts_with('=') {
        return Err(Code::Formula);
    }
    let (negative, bare) = unsigned(trimmed);
    let bare = without_currency(bare);
    let (body, exponent) = match bare.split_once(['e', 'E']) {
        Some((body, exponent)) => (body, Some(exponent)),
        None => (bare.as_ref(), None),
    };
    let mut out = String::with_capacity(body.len() + 8);
    if negative {
        out.push('-');
    }
    push_body(&mut out, body, mark)?;
    if let Some(exponent) = exponent {
        out.push('e');
        out.push_str(exponent);
    }
    Ok(Cow::Owned(out))
}

/// Whether it is negative (a minus on either side, or brackets), and the rest.
fn unsigned(text: &str) -> (bool, &str) {
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return (true, inner);
    }
    // Word processors write the minus as U+2212 or an en dash.
    let minus = |c: char| matches!(c, '-' | '\u{2212}' | '\u{2013}');
    let bare = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus));
    match bare {
        Some(bare) => (true, bare),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Without signs of currency, percent and spaces.
fn without_currency(text: &str) -> Cow<'_, str> {
    let bare = ["AR$", "ARS", "U$S", "US$", "USD", "$", "€", "£"]
        .into_iter()
        .find_map(|sign| text.trim().strip_prefix(sign).or_else(|| text.trim().strip_suffix(sign)))
        .unwrap_or(text)
        .trim();
    if bare.contains([' ', '\u{a0}', '\u{202f}', '\'']) {
        return Cow::Owned(bare.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'')).collect());
    }
    Cow::Borrowed(bare)
}

fn push_body(out: &mut String, body: &str, mark: DecimalMark) -> Result<(), Code> {
    if body.is_empty() || !body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',')) {
        return Err(Code::NotANumber);
    }
    let (decimal, thousands) = match mark {
        DecimalMark::Dot => ('.', ','),
        DecimalMark::Comma => (',', '.'),
        DecimalMark::Auto => guess(body)?,
    };
    let (whole, fraction) = body.split_once(decimal).unwrap_or((body, ""));
    if fraction.contains(['.', ',']) {
        return Err(Code::NotANumber);
    }
    let mut groups = whole.split(thousands);
    let first = groups.next().unwrap_or_default();
    let mut grouped = false;
    out.push_str(first);
    for group in groups {
        grouped = true;
        if group.len() != 3 {
            return Err(Code::NotANumber);
        }
        out.push_str(group);
    }
    if grouped && (first.is_empty() || first.len() > 3) {
        return Err(Code::NotANumber);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    Ok(())
}

/// The decimal mark and the thousands mark of a single number.
fn guess(body: &str) -> Result<(char, char), Code> {
    let Some(at) = body.rfind(['.', ',']) else { return Ok(('.', ',')) };
    let mark = char::from(body.as_bytes()[at]);
    let other = if mark == '.' { ',' } else { '.' };
    let (before, after) = (&body[..at], &body[at + 1..]);
    if before.contains(mark) {
        return Ok((other, mark));
    }
    if before.contains(other) || after.len() != 3 || before == "0" || before.len() > 3 || before.is_empty() {
        return Ok((mark, other));
    }
    Err(Code::AmbiguousNumber)
}

/// An amount of money.
pub fn money(text: &str, mark: DecimalMark) -> Result<Money, Code> {
    plain(text, mark)?.parse().map_err(of_decimal)
}

/// A quantity.
pub fn quantity(text: &str, mark: DecimalMark) -> Result<Quantity, Code> {
    plain(text, mark)?.parse().map_err(of_decimal)
}

fn of_decimal(error: DecimalError) -> Code {
    match error {
        DecimalError::NotANumber => Code::NotANumber,
        DecimalError::TooPrecise => Code::TooPrecise,
        DecimalError::OutOfRange => Code::OutOfRange,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_shops_write() {
        for (text, mark, expect) in [
            ("12", DecimalMark::Auto, "12"),
            ("-3", DecimalMark::Comma, "-3"),
            ("$ 1.234,56", DecimalMark::Auto, "1234.56"),
            ("1,234.56", DecimalMark::Auto, "1234.56"),
            ("1.234.567", DecimalMark::Auto, "1234567"),
            ("0.845", DecimalMark::Auto, "0.845"),
            ("1850,5", DecimalMark::Auto, "1850.5"),
            ("1.234", DecimalMark::Comma, "1234"),
            ("1.234", DecimalMark::Dot, "1.234"),
            ("(1.500,00)", DecimalMark::Comma, "-1500.00"),
            ("12-", DecimalMark::Auto, "-12"),
            ("1 234,5", DecimalMark::Auto, "1234.5"),
            ("1\u{a0}234", DecimalMark::Comma, "1234"),
            ("ARS 20", DecimalMark::Auto, "20"),
            ("1e3", DecimalMark::Auto, "1e3"),
            ("1234.567", DecimalMark::Auto, "1234.567"),
            (".5", DecimalMark::Auto, ".5"),
        ] {
            assert_eq!(plain(text, mark).as_deref(), Ok(expect), "{text} {mark:?}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_number_or_may_be_two() {
        for (text, mark, expect) in [
            ("", DecimalMark::Auto, Code::Missing),
            ("  ", DecimalMark::Auto, Code::Missing),
            ("1.234", DecimalMark::Auto, Code::AmbiguousNumber),
            ("1,234", DecimalMark::Auto, Code::AmbiguousNumber),
            ("12,34,5", DecimalMark::Dot, Code::NotANumber),
            ("1.2.3", DecimalMark::Dot, Code::NotANumber),
            ("1.23", DecimalMark::Comma, Code::NotANumber),
            ("=A1*2", DecimalMark::Auto, Code::Formula),
            ("doce", DecimalMark::Auto, Code::NotANumber),
            ("NaN", DecimalMark::Auto, Code::NotANumber),
            ("--1", DecimalMark::Auto, Code::NotANumber),
            ("12\0", DecimalMark::Auto, Code::NotANumber),
            ("٣", DecimalMark::Auto, Code::NotANumber),
        ] {
            assert_eq!(plain(text, mark), Err(expect), "{text:?} {mark:?}");
        }
        assert_eq!(quantity("1e30", DecimalMark::Dot), Err(Code::OutOfRange));
        assert_eq!(quantity("0.0001", DecimalMark::Dot), Err(Code::TooPrecise));
        assert_eq!(money("1000000000000000000000000000000", DecimalMark::Dot), Err(Code::OutOfRange));
    }

    #[test]
    fn finds_the_mark_from_what_is_certain() {
        for (cells, expect) in [
            (&["1.234", "12,50", "3"][..], DecimalMark::Comma),
            (&["2.55", "1,234.5"], DecimalMark::Dot),
            (&["1.234.567"], DecimalMark::Comma),
            (&["1.234", "5"], DecimalMark::Auto),
            (&["1,5", "2.5"], DecimalMark::Auto),
            (&["0.845"], DecimalMark::Dot),
        ] {
            let mut evidence = Evidence::default();
            cells.iter().for_each(|cell| evidence.see(cell));
            assert_eq!(evidence.mark(), expect, "{cells:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn argentine_money_comes_back(minor in -1_000_000_000_000i64..1_000_000_000_000) {
            let amount = Money::from_cents(minor);
            let text = amount.to_string();
            let (whole, cents) = text.trim_start_matches('-').split_once('.').unwrap();
            let mut grouped = String::new();
            for (i, digit) in whole.chars().enumerate() {
                if i > 0 && (whole.len() - i) % 3 == 0 {
                    grouped.push('.');
                }
                grouped.push(digit);
            }
            let sign = if minor < 0 { "-" } else { "" };
            proptest::prop_assert_eq!(money(&format!("{sign}$ {grouped},{cents}"), DecimalMark::Comma), Ok(amount));
        }

        #[test]
        fn anything_is_a_number_or_an_issue(text in ".{0,30}") {
            for mark in [DecimalMark::Auto, DecimalMark::Dot, DecimalMark::Comma] {
                let _ = (money(&text, mark), quantity(&text, mark));
            }
        }
    }
}
