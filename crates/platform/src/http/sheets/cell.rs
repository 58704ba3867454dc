//! Cells of exported tables.
//!
//! Invariant: text that begins like a formula never reaches a spreadsheet as one.

use domain::{Money, Quantity};

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Somebody's words.
    Text(String),
    /// A decimal number, as we print it.
    Number(String),
}

impl Cell {
    /// Somebody's words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    /// Somebody's words, if there are any.
    pub fn optional(text: Option<impl Into<String>>) -> Cell {
        text.map_or(Cell::Empty, Cell::text)
    }

    /// Yes or no.
    pub fn truth(truth: bool) -> Cell {
        Cell::text(if truth { "true" } else { "false" })
    }

    /// As it is written in CSV.
    pub fn plain(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => neutral(text),
            Cell::Number(digits) => digits.clone(),
        }
    }
}

impl From<Quantity> for Cell {
    fn from(quantity: Quantity) -> Cell {
        Cell::Number(quantity.to_string())
    }
}

impl From<Money> for Cell {
    fn from(money: Money) -> Cell {
        Cell::Number(money.to_string())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Cell {
        Cell::Number(number.to_string())
    }
}

/// A text that no spreadsheet takes for a formula (OWASP, CSV injection).
fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_made_text_and_a_negative_number_stays_one() {
        for (text, plain) in [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-x", "'-x"), ("a=b", "a=b"), ("", "")] {
            assert_eq!(Cell::text(text).plain(), plain);
        }
        assert_eq!(Cell::from(Money::from_cents(-150)).plain(), "-1.50");
    }
}
