//! Labels printed by the shop's scale: a code beginning with 2 (or 02) that carries an item and a weight or price.
//!
//! Invariant: nothing about the layout is built in; a label means what the first rule of the profile that fits says,
//! and a label with a wrong check digit means nothing.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{Money, Quantity, gtin};

/// What the value digits of a label are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carries {
    Weight,
    Price,
    Pieces,
}

/// One layout of label, written as 13 characters and optional decimal places: `20IIIIIWWWWWC/3`.
///
/// Digits stand for themselves and come first; `I` is a digit of the item, `W` of the weight, `P` of the price, `U` of a
/// number of pieces, `X` a digit without use (some scales print a second check digit), and `C` the check digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleRule {
    pattern: String,
    carries: Carries,
    places: u32,
}

/// The layouts a shop's scales print, in order of preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleProfile(Vec<ScaleRule>);

/// What a label says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleLabel {
    /// The item's code as printed, leading zeros kept.
    pub item: String,
    /// How much of it.
    pub value: ScaleValue,
}

/// The amount on a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleValue {
    /// In the product's unit, usually kilograms.
    Weight(Quantity),
    /// The price of the whole package.
    Price(Money),
    /// A number of pieces.
    Pieces(Quantity),
}

/// Why a text is not a layout of label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScaleRuleError {
    /// Not 13 characters of the alphabet, ending in `C`.
    #[error("a scale pattern has 13 characters: digits, I, W, P, U or X, and C at the end")]
    Shape,
    /// The prefix is not one that GS1 leaves to shops.
    #[error("a scale pattern begins with 02, or with 2 and another digit")]
    Prefix,
    /// No item digits, no value digits, or two kinds of value.
    #[error("a scale pattern has I digits together, and digits of one of W, P or U together")]
    Fields,
    /// More decimal places than can be kept or than there are digits.
    #[error("too many decimal places")]
    Places,
}

impl FromStr for ScaleRule {
    type Err = ScaleRuleError;
    fn from_str(text: &str) -> Result<ScaleRule, ScaleRuleError> {
        let (pattern, places) = text.split_once('/').unwrap_or((text, ""));
        check_shape(pattern)?;
        let letters = ["W", "P", "U"].into_iter().filter(|letter| pattern.contains(letter)).collect::<Vec<_>>();
        let (&[letter], true) = (letters.as_slice(), together(pattern, 'I')) else {
            return Err(ScaleRuleError::Fields);
        };
        let (carries, usual, most) = match letter {
            "W" => (Carries::Weight, 3, Quantity::PLACES),
            "P" => (Carries::Price, 2, Money::PLACES),
            _ => (Carries::Pieces, 0, 0),
        };
        let field = letter.chars().next().unwrap_or('W');
        if !together(pattern, field) {
            return Err(ScaleRuleError::Fields);
        }
        let places = if places.is_empty() { Ok(usual) } else { places.parse().map_err(|_| ScaleRuleError::Places) }?;
        let digits = u32::try_from(pattern.matches(field).count()).unwrap_or(0);
        if places > most || places > digits {
            return Err(ScaleRuleError::Places);
        }
        Ok(ScaleRule { pattern: pattern.to_owned(), carries, places })
    }
}

impl fmt::Display for ScaleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pattern, self.places)
    }
}

fn check_shape(pattern: &str) -> Result<(), ScaleRuleError> {
    let letters = pattern.trim_start_matches(|c: char| c.is_ascii_digit());
    let known = letters.chars().all(|c| matches!(c, 'I' | 'W' | 'P' | 'U' | 'X' | 'C'));
    if pattern.len() != 13 || !known || !pattern.ends_with('C') || pattern.matches('C').count() != 1 {
        return Err(ScaleRuleError::Shape);
    }
    let prefix = &pattern.as_bytes()[..2];
    let for_shops = prefix == b"02" || (prefix[0] == b'2' && prefix[1].is_ascii_digit());
    if for_shops { Ok(()) } else { Err(ScaleRuleError::Prefix) }
}

/// Whether `field` occurs, and in one run.
fn together(pattern: &str, field: char) -> bool {
    let trimmed = pattern.trim_start_matches(|c| c != field).trim_end_matches(|c| c != field);
    !trimmed.is_empty() && trimmed.chars().all(|c| c == field)
}

impl ScaleRule {
    fn prefix(&self) -> &str {
        let end = self.pattern.bytes().take_while(u8::is_ascii_digit).count();
        &self.pattern[..end]
    }

    fn field<'a>(&self, code: &'a str, letter: char) -> &'a str {
        match (self.pattern.find(letter), self.pattern.rfind(letter)) {
            (Some(first), Some(last)) => &code[first..=last],
            _ => "",
        }
    }

    /// What `code`, 13 digits with a right check digit, says by this rule.
    fn read(&self, code: &str) -> Option<ScaleLabel> {
        if !code.starts_with(self.prefix()) {
            return None;
        }
        let number = |letter| self.field(code, letter).parse::<i64>().ok();
        let scaled = |letter, kept: u32| number(letter)?.checked_mul(10_i64.pow(kept - self.places));
        let value = match self.carries {
            Carries::Weight => ScaleValue::Weight(Quantity::from_milli(scaled('W', Quantity::PLACES)?)),
            Carries::Price => ScaleValue::Price(Money::from_minor(scaled('P', Money::PLACES)?)),
            Carries::Pieces => ScaleValue::Pieces(Quantity::units(number('U')?)),
        };
        Some(ScaleLabel { item: self.field(code, 'I').to_owned(), value })
    }
}

impl ScaleProfile {
    /// The layouts most Argentine scales come with: 20 five digits of item and five of weight in grams, 21 the same
    /// with the price in cents.
    pub fn usual() -> ScaleProfile {
        let rule = |pattern: &str, carries, places| ScaleRule { pattern: pattern.to_owned(), carries, places };
        ScaleProfile(vec![rule("20IIIIIWWWWWC", Carries::Weight, 3), rule("21IIIIIPPPPPC", Carries::Price, 2)])
    }

    /// A profile of those layouts.
    pub fn new(rules: Vec<ScaleRule>) -> ScaleProfile {
        ScaleProfile(rules)
    }

    /// The layouts, in order of preference.
    pub fn rules(&self) -> &[ScaleRule] {
        &self.0
    }

    /// What `code` (12 or 13 digits) says; `None` when it is no label of this shop's scales.
    pub fn read(&self, code: &str) -> Option<ScaleLabel> {
        if !matches!(code.len(), 12 | 13) || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let padded = format!("{code:0>13}");
        let (body, last) = padded.split_at(12);
        if gtin::check_digit(body)? != last.as_bytes()[0] - b'0' {
            return None;
        }
        self.0.iter().find_map(|rule| rule.read(&padded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(body: &str) -> String {
        format!("{body}{}", gtin::check_digit(body).unwrap())
    }

    fn profile(rules: &[&str]) -> ScaleProfile {
        ScaleProfile::new(rules.iter().map(|rule| rule.parse().unwrap()).collect())
    }

    #[test]
    fn reads_weight_price_and_pieces() {
        let profile = profile(&["20IIIIIWWWWWC/3", "21IIIIIPPPPPC/0", "22IIIIXUUUUUC", "02IIIIXPPPPPC/2"]);
        for (body, item, value) in [
            ("200012301250", "00123", ScaleValue::Weight(Quantity::from_milli(1250))),
            ("210012304500", "00123", ScaleValue::Price(Money::from_cents(450_000))),
            ("220456900012", "0456", ScaleValue::Pieces(Quantity::units(12))),
            ("020456900199", "0456", ScaleValue::Price(Money::from_cents(199))),
        ] {
            assert_eq!(profile.read(&label(body)), Some(ScaleLabel { item: item.to_owned(), value }), "{body}");
        }
    }

    #[test]
    fn twelve_digits_are_the_same_label() {
        let long = label("020456900199");
        assert_eq!(profile(&["02IIIIXPPPPPC"]).read(&long[1..]), profile(&["02IIIIXPPPPPC"]).read(&long));
    }

    #[test]
    fn a_wrong_label_means_nothing() {
        let usual = ScaleProfile::usual();
        assert_eq!(usual.read("2000123012509"), None);
        for code in [label("230012301250"), label("779181342158"), "20001".to_owned(), "x".repeat(13), "é".repeat(6)] {
            assert_eq!(usual.read(&code), None, "{code}");
        }
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for text in ["20IIIIIWWWWWC/3", "21IIIIIPPPPPC/0", "22IIIIXUUUUUC/0"] {
            assert_eq!(text.parse::<ScaleRule>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_usual_profile_is_well_formed() {
        assert_eq!(ScaleProfile::usual(), profile(&["20IIIIIWWWWWC/3", "21IIIIIPPPPPC/2"]));
    }

    #[test]
    fn refuses_patterns_that_cannot_be() {
        for (text, expect) in [
            ("20IIIIIWWWWW", ScaleRuleError::Shape),
            ("20IIIIIWWWWZC", ScaleRuleError::Shape),
            ("77IIIIIWWWWWC", ScaleRuleError::Prefix),
            ("2IIIIIIWWWWWC", ScaleRuleError::Prefix),
            ("20IIIIIXXXXXC", ScaleRuleError::Fields),
            ("20IIIWWIIWWWC", ScaleRuleError::Fields),
            ("20IIIIIWWPPPC", ScaleRuleError::Fields),
            ("20IIIIIWWWWWC/4", ScaleRuleError::Places),
            ("20IIIIIIIIPPC/3", ScaleRuleError::Places),
            ("20IIIIIWWWWWC/x", ScaleRuleError::Places),
        ] {
            assert_eq!(text.parse::<ScaleRule>(), Err(expect), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_is_read(item in 0u32..100_000, grams in 0i64..100_000) {
            let read = ScaleProfile::usual().read(&label(&format!("20{item:05}{grams:05}")));
            let expect = ScaleLabel { item: format!("{item:05}"), value: ScaleValue::Weight(Quantity::from_milli(grams)) };
            proptest::prop_assert_eq!(read, Some(expect));
        }
    }
}
