//! GS1 element strings: what a GS1-128, DataBar or DataMatrix symbol says (GS1 General Specifications, section 3).
//!
//! Invariant: a `Gs1` holds only elements whose identifier is known and whose value has the right shape, check digit and
//! date; one wrong element spoils the whole, because half a label read wrongly is worse than none.

mod table;

use thiserror::Error;

use crate::{Day, Money, Quantity, gtin};
use table::{Identifier, Shape};

/// One application identifier with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The digits of the identifier, as `01` or `3103`.
    pub ai: String,
    /// What follows them.
    pub value: String,
}

/// What a symbol says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gs1 {
    elements: Vec<Element>,
    year: i16,
}

/// Why a text is not an element string. `position` counts characters from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message names its fields")]
pub enum Gs1Error {
    /// Nothing, or longer than any symbol.
    #[error("an element string has 1 to {} characters", MAX_CHARS)]
    Length,
    /// No identifier of the table begins here.
    #[error("unknown application identifier at position {position}")]
    UnknownIdentifier { position: usize },
    /// The value is shorter than its identifier says.
    #[error("the value of ({ai}) is too short")]
    TooShort { ai: String },
    /// The value is longer than its identifier says.
    #[error("the value of ({ai}) is too long")]
    TooLong { ai: String },
    /// The value should be digits.
    #[error("the value of ({ai}) has something else than digits")]
    NotDigits { ai: String },
    /// The value has a character that these symbols cannot carry.
    #[error("the value of ({ai}) has a character outside the GS1 set")]
    Character { ai: String },
    /// The number's last digit is not the one the others give.
    #[error("the check digit of ({ai}) is wrong")]
    CheckDigit { ai: String },
    /// Not a day that exists.
    #[error("the value of ({ai}) is not a date")]
    Date { ai: String },
    /// The same identifier twice with different values.
    #[error("({ai}) occurs twice with different values")]
    Contradiction { ai: String },
    /// A bracket that opens no identifier.
    #[error("bracket out of place at position {position}")]
    Bracket { position: usize },
}

/// Parts a variable-length value from the next identifier.
const FNC1: char = '\u{1d}';

/// Longer than any symbol can carry.
const MAX_CHARS: usize = 512;

/// What scanners write before an element string to say which symbol it was.
const SYMBOLOGIES: [&str; 5] = ["]C1", "]d2", "]Q3", "]e0", "]J1"];

impl Gs1 {
    /// Reads an element string as scanners send it (with FNC1 as the control character GS and an optional symbology prefix) or as people
    /// write it, with identifiers in brackets. `today` decides the century of two-digit years.
    pub fn parse(text: &str, today: Day) -> Result<Gs1, Gs1Error> {
        let text = text.trim_matches([' ', '\r', '\n']);
        let text = SYMBOLOGIES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
        let text = text.trim_start_matches(FNC1);
        if text.is_empty() || text.chars().count() > MAX_CHARS {
            return Err(Gs1Error::Length);
        }
        let elements = if text.starts_with('(') { split_bracketed(text)? } else { split_raw(text)? };
        let gs1 = Gs1 { elements, year: today.ymd().0 };
        gs1.elements.iter().try_for_each(|element| gs1.check(element))?;
        gs1.check_contradictions()?;
        Ok(gs1)
    }

    /// Whether a text announces itself as an element string, so that a scanner's input can be told from a plain code.
    pub fn announces(text: &str) -> bool {
        let bracketed = text.strip_prefix('(').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        bracketed || text.contains(FNC1) || SYMBOLOGIES.iter().any(|prefix| text.starts_with(prefix))
    }

    /// All elements, in the order of the symbol.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The value of an identifier.
    pub fn get(&self, ai: &str) -> Option<&str> {
        self.elements.iter().find(|element| element.ai == ai).map(|element| element.value.as_str())
    }

    /// The trade item (01), or the item a logistic unit contains (02).
    pub fn gtin(&self) -> Option<gtin::Gtin> {
        self.get("01").or_else(|| self.get("02"))?.parse().ok()
    }

    /// The batch or lot (10).
    pub fn lot(&self) -> Option<&str> {
        self.get("10")
    }

    /// The serial number (21).
    pub fn serial(&self) -> Option<&str> {
        self.get("21")
    }

    /// The last day on which it may be sold: the expiry (17), else the sell-by (16), else the best-before day (15).
    pub fn expires_on(&self) -> Option<Day> {
        ["17", "16", "15"].into_iter().find_map(|ai| self.day(ai))
    }

    /// The day it was made (11) or packed (13).
    pub fn produced_on(&self) -> Option<Day> {
        ["11", "13"].into_iter().find_map(|ai| self.day(ai))
    }

    /// How many: variable count (30) or the items in a logistic unit (37).
    pub fn count(&self) -> Option<Quantity> {
        self.get("30").or_else(|| self.get("37"))?.parse().ok()
    }

    /// The net measure in kilograms (310x), metres (311x) or litres (315x), when it can be held in thousandths.
    pub fn net_measure(&self) -> Option<Quantity> {
        let (places, value) = ["310", "311", "315"].into_iter().find_map(|stem| self.with_places(stem))?;
        decimal(value, places)?.parse().ok()
    }

    /// The price to pay for the item (392x), in the shop's currency.
    pub fn price(&self) -> Option<Money> {
        let (places, value) = self.with_places("392")?;
        decimal(value, places)?.parse().ok()
    }

    fn day(&self, ai: &str) -> Option<Day> {
        parse_day(self.get(ai)?, self.year)
    }

    /// The element whose identifier is `stem` and one digit of decimal places.
    fn with_places(&self, stem: &str) -> Option<(usize, &str)> {
        self.elements.iter().find_map(|element| {
            let places = element.ai.strip_prefix(stem)?.parse().ok()?;
            Some((places, element.value.as_str()))
        })
    }

    fn check(&self, element: &Element) -> Result<(), Gs1Error> {
        let Element { ai, value } = element;
        let identifier = table::find(ai).ok_or(Gs1Error::UnknownIdentifier { position: 0 })?;
        let (least, most) = identifier.length();
        let length = value.chars().count();
        if length < least {
            return Err(Gs1Error::TooShort { ai: ai.clone() });
        }
        if length > most {
            return Err(Gs1Error::TooLong { ai: ai.clone() });
        }
        self.check_shape(identifier, element)
    }

    fn check_shape(&self, identifier: &Identifier, Element { ai, value }: &Element) -> Result<(), Gs1Error> {
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        match identifier.shape {
            Shape::Text { .. } if !value.chars().all(is_gs1_character) => Err(Gs1Error::Character { ai: ai.clone() }),
            Shape::Text { .. } => Ok(()),
            _ if !digits => Err(Gs1Error::NotDigits { ai: ai.clone() }),
            Shape::Checked { .. } if !has_right_check_digit(value) => Err(Gs1Error::CheckDigit { ai: ai.clone() }),
            Shape::Day if parse_day(value, self.year).is_none() => Err(Gs1Error::Date { ai: ai.clone() }),
            _ => Ok(()),
        }
    }

    fn check_contradictions(&self) -> Result<(), Gs1Error> {
        let differs = |element: &&Element| self.get(&element.ai) != Some(element.value.as_str());
        match self.elements.iter().find(differs) {
            Some(element) => Err(Gs1Error::Contradiction { ai: element.ai.clone() }),
            None => Ok(()),
        }
    }
}

fn split_raw(text: &str) -> Result<Vec<Element>, Gs1Error> {
    let mut elements = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let position = text.chars().count() - rest.chars().count();
        let (identifier, ai_len) = table::find_prefix(rest).ok_or(Gs1Error::UnknownIdentifier { position })?;
        let (ai, after) = rest.split_at(ai_len);
        let end = value_end(identifier, after);
        let (value, after) = after.split_at(end);
        elements.push(Element { ai: ai.to_owned(), value: value.to_owned() });
        // A separator after a value of fixed length is needless but harmless.
        rest = after.strip_prefix(FNC1).unwrap_or(after);
    }
    Ok(elements)
}

/// Where the value that `after` begins with ends, in bytes.
fn value_end(identifier: &Identifier, after: &str) -> usize {
    let separator = after.find(FNC1).unwrap_or(after.len());
    match identifier.fixed_length() {
        Some(length) => after.char_indices().nth(length).map_or(separator, |(i, _)| i.min(separator)),
        None => separator,
    }
}

fn split_bracketed(text: &str) -> Result<Vec<Element>, Gs1Error> {
    let mut elements = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let position = text.chars().count() - rest.chars().count();
        let inner = rest.strip_prefix('(').ok_or(Gs1Error::Bracket { position })?;
        let (ai, after) = inner.split_once(')').ok_or(Gs1Error::Bracket { position })?;
        table::find(ai).ok_or(Gs1Error::UnknownIdentifier { position })?;
        let end = next_bracket(after);
        let value = after[..end].trim_end_matches([' ', FNC1]);
        elements.push(Element { ai: ai.to_owned(), value: value.to_owned() });
        rest = &after[end..];
    }
    Ok(elements)
}

/// Where the next `(identifier)` begins: a value may itself contain brackets.
fn next_bracket(text: &str) -> usize {
    let opens = |(i, _): &(usize, &str)| {
        let inner = &text[i + 1..];
        inner.split_once(')').is_some_and(|(ai, _)| table::find(ai).is_some())
    };
    text.match_indices('(').find(opens).map_or(text.len(), |(i, _)| i)
}

fn has_right_check_digit(value: &str) -> bool {
    let (body, last) = value.split_at(value.len() - 1);
    gtin::check_digit(body).is_some_and(|digit| last.as_bytes() == [b'0' + digit])
}

/// `YYMMDD`; day 00 is the last of the month. The century is the one that puts the year within 49 years back and 50
/// years ahead of `year` (General Specifications, section 7.12).
fn parse_day(value: &str, year: i16) -> Option<Day> {
    let part = |range: std::ops::Range<usize>| value.get(range)?.parse::<i16>().ok();
    let (short, month, day) = (part(0..2)?, part(2..4)?, part(4..6)?);
    let century = year - year.rem_euclid(100);
    let apart = short - year.rem_euclid(100);
    let full = match apart {
        51.. => century - 100 + short,
        ..=-50 => century + 100 + short,
        _ => century + short,
    };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let first = Day::from_ymd(full, month, 1)?;
    if day == 0 { Some(Day::first_of_month(first.month() + 1).plus(-1)) } else { Day::from_ymd(full, month, day) }
}

/// The digits with a point before the last `places`.
fn decimal(digits: &str, places: usize) -> Option<String> {
    let whole = digits.len().checked_sub(places)?;
    Some(format!("{}.{}", &digits[..whole], &digits[whole..]).trim_end_matches('.').to_owned())
}

/// Letters, digits and the punctuation of the GS1 set (section 7.11), with the few more that scanners pass on.
fn is_gs1_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '!'..='/' | ':'..='?' | '_')
}

#[cfg(test)]
mod tests;
