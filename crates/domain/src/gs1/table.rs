//! Application identifiers and the shape of their values (GS1 General Specifications, figure 3.2-1).
//!
//! Invariant: no identifier is a prefix of another, so that a string can be read from left to right without looking back.

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// So many digits of which the last is a check digit.
    Checked { digits: usize },
    /// So many digits.
    Digits { least: usize, most: usize },
    /// `YYMMDD`.
    Day,
    /// Characters of the GS1 set.
    Text { most: usize },
}

/// One row of the table. In `stem` the letter `n` stands for a digit that says how many decimal places the value has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identifier {
    stem: &'static str,
    pub(super) shape: Shape,
}

const fn row(stem: &'static str, shape: Shape) -> Identifier {
    Identifier { stem, shape }
}

const fn digits(count: usize) -> Shape {
    Shape::Digits { least: count, most: count }
}

const fn up_to(most: usize) -> Shape {
    Shape::Digits { least: 1, most }
}

const fn text(most: usize) -> Shape {
    Shape::Text { most }
}

/// The identifiers that goods, cases and pallets of a shop carry.
const TABLE: &[Identifier] = &[
    row("00", Shape::Checked { digits: 18 }),
    row("01", Shape::Checked { digits: 14 }),
    row("02", Shape::Checked { digits: 14 }),
    row("10", text(20)),
    row("11", Shape::Day),
    row("12", Shape::Day),
    row("13", Shape::Day),
    row("15", Shape::Day),
    row("16", Shape::Day),
    row("17", Shape::Day),
    row("20", digits(2)),
    row("21", text(20)),
    row("22", text(20)),
    row("235", text(28)),
    row("240", text(30)),
    row("241", text(30)),
    row("242", up_to(6)),
    row("243", text(20)),
    row("250", text(30)),
    row("251", text(30)),
    row("254", text(20)),
    row("30", up_to(8)),
    row("310n", digits(6)),
    row("311n", digits(6)),
    row("312n", digits(6)),
    row("313n", digits(6)),
    row("314n", digits(6)),
    row("315n", digits(6)),
    row("316n", digits(6)),
    row("320n", digits(6)),
    row("330n", digits(6)),
    row("331n", digits(6)),
    row("332n", digits(6)),
    row("333n", digits(6)),
    row("334n", digits(6)),
    row("335n", digits(6)),
    row("336n", digits(6)),
    row("337n", digits(6)),
    row("340n", digits(6)),
    row("356n", digits(6)),
    row("357n", digits(6)),
    row("37", up_to(8)),
    row("390n", up_to(15)),
    row("391n", Shape::Digits { least: 4, most: 18 }),
    row("392n", up_to(15)),
    row("393n", Shape::Digits { least: 4, most: 18 }),
    row("394n", digits(4)),
    row("395n", digits(6)),
    row("400", text(30)),
    row("401", text(30)),
    row("402", Shape::Checked { digits: 17 }),
    row("403", text(30)),
    row("410", Shape::Checked { digits: 13 }),
    row("411", Shape::Checked { digits: 13 }),
    row("412", Shape::Checked { digits: 13 }),
    row("413", Shape::Checked { digits: 13 }),
    row("414", Shape::Checked { digits: 13 }),
    row("415", Shape::Checked { digits: 13 }),
    row("416", Shape::Checked { digits: 13 }),
    row("417", Shape::Checked { digits: 13 }),
    row("420", text(20)),
    row("421", text(12)),
    row("422", digits(3)),
    row("423", Shape::Digits { least: 3, most: 15 }),
    row("424", digits(3)),
    row("425", Shape::Digits { least: 3, most: 15 }),
    row("426", digits(3)),
    row("7003", digits(10)),
    row("7007", Shape::Digits { least: 6, most: 12 }),
    row("8005", digits(6)),
    row("8008", Shape::Digits { least: 8, most: 12 }),
    row("8020", text(25)),
    row("8200", text(70)),
    row("90", text(30)),
    row("91", text(90)),
    row("92", text(90)),
    row("93", text(90)),
    row("94", text(90)),
    row("95", text(90)),
    row("96", text(90)),
    row("97", text(90)),
    row("98", text(90)),
    row("99", text(90)),
];

/// Identifiers whose values need no separator (section 7.8.5): their first two digits are of this list.
const PREDEFINED: [&str; 22] = [
    "00", "01", "02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "31", "32", "33", "34",
    "35", "36", "41",
];

impl Identifier {
    /// The least and the most characters of the value.
    pub(super) const fn length(&self) -> (usize, usize) {
        match self.shape {
            Shape::Checked { digits } => (digits, digits),
            Shape::Digits { least, most } => (least, most),
            Shape::Day => (6, 6),
            Shape::Text { most } => (1, most),
        }
    }

    /// The length of a value that needs no separator after it.
    pub(super) fn fixed_length(&self) -> Option<usize> {
        let (least, most) = self.length();
        (least == most && PREDEFINED.iter().any(|two| self.stem.starts_with(two))).then_some(most)
    }

    /// How many characters of `text` are this identifier; `None` when it begins otherwise.
    fn matches(&self, text: &str) -> Option<usize> {
        let wanted = self.stem.bytes();
        let fits = |(wanted, found): (u8, u8)| wanted == found || (wanted == b'n' && found.is_ascii_digit());
        (text.len() >= self.stem.len() && wanted.zip(text.bytes()).all(fits)).then_some(self.stem.len())
    }
}

/// The identifier that is exactly `ai`.
pub(super) fn find(ai: &str) -> Option<&'static Identifier> {
    find_prefix(ai).filter(|(_, length)| *length == ai.len()).map(|(identifier, _)| identifier)
}

/// The identifier that `text` begins with, and its length.
pub(super) fn find_prefix(text: &str) -> Option<(&'static Identifier, usize)> {
    TABLE.iter().find_map(|identifier| identifier.matches(text).map(|length| (identifier, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identifier_begins_another() {
        for (i, left) in TABLE.iter().enumerate() {
            for right in &TABLE[i + 1..] {
                let (left, right) = (left.stem.replace('n', "3"), right.stem.replace('n', "3"));
                assert!(!left.starts_with(&right) && !right.starts_with(&left), "{left} {right}");
            }
        }
    }
}
