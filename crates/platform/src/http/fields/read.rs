//! Readers: what a field may hold, and the value it becomes.
//!
//! Invariant: no number passes through a float, no text keeps a control character, every text has a greatest length.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use domain::{
    Day, Money, Quantity, Timestamp, Zone,
    decimal::{self, DecimalError},
};
use uuid::Uuid;

use super::{Fault, Value};

/// What a reader makes of a value.
pub type Read<T> = Result<T, Fault>;

/// One line of text with so many characters after trimming spaces at the ends. Not blank unless the range begins at 0.
pub fn text(length: RangeInclusive<usize>) -> impl Fn(&Value<'_>) -> Read<String> {
    move |value| bounded(value, &length, char::is_control)
}

/// Like [`text`], but may hold line breaks and tabs.
pub fn paragraph(length: RangeInclusive<usize>) -> impl Fn(&Value<'_>) -> Read<String> {
    move |value| bounded(value, &length, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn bounded(value: &Value<'_>, length: &RangeInclusive<usize>, refused: impl Fn(char) -> bool) -> Read<String> {
    let text = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
    // A look at the bytes is enough for most texts: no printable ASCII character is refused.
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !plain && text.chars().any(refused) {
        return Err(Fault::new("control_characters"));
    }
    let text = text.trim();
    let count = if plain { text.len() } else { text.chars().count() };
    if count == 0 && *length.start() > 0 {
        Err(Fault::new("blank"))
    } else if count > *length.end() {
        Err(Fault::new("too_long").arg("most", *length.end()))
    } else if count < *length.start() {
        Err(Fault::new("too_short").arg("least", *length.start()))
    } else {
        Ok(text.to_owned())
    }
}

/// `true` or `false`.
pub fn boolean(value: &Value<'_>) -> Read<bool> {
    match value {
        Value::Bool(value) => Ok(*value),
        Value::Word(word) if word == "true" => Ok(true),
        Value::Word(word) if word == "false" => Ok(false),
        _ => Err(Fault::wrong_type("boolean")),
    }
}

/// A whole number in the range.
pub fn integer(range: RangeInclusive<i64>) -> impl Fn(&Value<'_>) -> Read<i64> {
    move |value| {
        let number = scaled(value, 0)?;
        if range.contains(&number) { Ok(number) } else { Err(between(range.start(), range.end())) }
    }
}

/// A decimal number as an integer of `10^-places`, in a range given in that unit.
pub fn scaled_decimal(places: u32, range: RangeInclusive<i64>) -> impl Fn(&Value<'_>) -> Read<i64> {
    move |value| {
        let number = scaled(value, places)?;
        let shown = |bound: &i64| decimal::format_scaled(*bound, places, 0);
        if range.contains(&number) { Ok(number) } else { Err(between(shown(range.start()), shown(range.end()))) }
    }
}

fn between(least: impl Display, most: impl Display) -> Fault {
    Fault::new("not_between").arg("least", least.to_string()).arg("most", most.to_string())
}

/// A quantity of either sign.
pub fn quantity(value: &Value<'_>) -> Read<Quantity> {
    let digits = digits(value)?;
    digits.parse().map_err(|error| decimal_fault(error, Quantity::PLACES))
}

/// A quantity greater than zero.
pub fn positive_quantity(value: &Value<'_>) -> Read<Quantity> {
    quantity(value)
        .and_then(|quantity| if quantity > Quantity::ZERO { Ok(quantity) } else { Err(Fault::new("not_positive")) })
}

/// A quantity of zero or more.
pub fn unsigned_quantity(value: &Value<'_>) -> Read<Quantity> {
    quantity(value)
        .and_then(|quantity| if quantity < Quantity::ZERO { Err(Fault::new("negative")) } else { Ok(quantity) })
}

/// An amount of either sign.
pub fn money(value: &Value<'_>) -> Read<Money> {
    let digits = digits(value)?;
    digits.parse().map_err(|error| decimal_fault(error, Money::PLACES))
}

/// An amount of zero or more.
pub fn unsigned_money(value: &Value<'_>) -> Read<Money> {
    money(value).and_then(|money| if money < Money::ZERO { Err(Fault::new("negative")) } else { Ok(money) })
}

fn digits<'v>(value: &'v Value<'_>) -> Read<&'v str> {
    value.as_digits().ok_or_else(|| Fault::wrong_type("number"))
}

fn scaled(value: &Value<'_>, places: u32) -> Read<i64> {
    decimal::parse_scaled(digits(value)?, places).map_err(|error| decimal_fault(error, places))
}

fn decimal_fault(error: DecimalError, places: u32) -> Fault {
    match error {
        DecimalError::NotANumber => Fault::new("not_a_number"),
        DecimalError::OutOfRange => Fault::new("out_of_range"),
        DecimalError::TooPrecise if places == 0 => Fault::new("not_whole"),
        DecimalError::TooPrecise => Fault::new("too_precise").arg("places", places),
    }
}

/// A day, `YYYY-MM-DD`.
pub fn day(value: &Value<'_>) -> Read<Day> {
    parsed(value, "invalid_day")
}

/// An instant, RFC 3339 with its offset.
pub fn instant(value: &Value<'_>) -> Read<Timestamp> {
    parsed(value, "invalid_instant")
}

/// A UUID.
pub fn uuid(value: &Value<'_>) -> Read<Uuid> {
    parsed(value, "invalid_uuid")
}

/// The name of a zone, such as `America/Argentina/Buenos_Aires`.
pub fn zone(value: &Value<'_>) -> Read<Zone> {
    let name = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
    Zone::named(name).map_err(|_| Fault::new("unknown_zone"))
}

fn parsed<T: FromStr>(value: &Value<'_>, code: &'static str) -> Read<T> {
    let text = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
    text.parse().map_err(|_| Fault::new(code))
}

/// Whatever `parse` makes of a text; `None` becomes a fault of `code`, whose text gets the value as `value`.
pub fn parsed_by<T>(code: &'static str, parse: impl Fn(&str) -> Option<T>) -> impl Fn(&Value<'_>) -> Read<T> {
    move |value| {
        let line = text(0..=200)(value)?;
        parse(&line).ok_or_else(|| Fault::new(code).arg("value", line))
    }
}

/// One of a few names, known by `parse`; `names` are told to whom gives another.
pub fn one_of<T>(names: &[&'static str], parse: impl Fn(&str) -> Option<T>) -> impl Fn(&Value<'_>) -> Read<T> {
    let names = names.join(", ");
    move |value| {
        let text = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
        parse(text).ok_or_else(|| Fault::new("not_one_of").arg("names", &names))
    }
}

/// Several names parted by commas, each read by `parse`, for parameters such as `topics=stock,alerts`.
pub fn several_of<T>(names: &[&'static str], parse: impl Fn(&str) -> Option<T>) -> impl Fn(&Value<'_>) -> Read<Vec<T>> {
    let names = names.join(", ");
    move |value| {
        let text = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
        let parts = text.split(',').map(str::trim).take(100).map(&parse);
        parts.collect::<Option<Vec<T>>>().ok_or_else(|| Fault::new("not_one_of").arg("names", &names))
    }
}
