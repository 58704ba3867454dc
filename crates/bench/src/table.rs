//! What was measured, as a table for people and rows for machines.

use serde::Serialize;

/// One measurement.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// The number seen, with its unit.
    pub seen: String,
    /// What it must reach, with its unit.
    pub target: String,
    /// The reference of the same run, or how far from it.
    pub beside: String,
}

/// Measurements in order.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    missed: Vec<String>,
}

impl Table {
    /// Adds a measurement.
    pub fn row(&mut self, what: &str, seen: String, target: &str, beside: String) {
        eprintln!("{what}: {seen}");
        self.rows.push(Row { what: what.to_owned(), seen, target: target.to_owned(), beside });
    }

    /// Notes that the measurement added last did not reach what it must, unless it did.
    pub fn judge(&mut self, reached: bool) {
        if let Some(row) = self.rows.last().filter(|_| !reached) {
            self.missed.push(format!("{}: {} ({} wanted)", row.what, row.seen, row.target));
        }
    }

    /// What did not reach what it must, of what was judged.
    pub fn missed(&self) -> &[String] {
        &self.missed
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Prints the table as Markdown.
    pub fn print(&self) {
        println!("| what | seen | must reach | beside |\n|---|---|---|---|");
        for row in &self.rows {
            println!("| {} | {} | {} | {} |", row.what, row.seen, row.target, row.beside);
        }
    }
}

/// A number with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let texts = [7, 650, 1_000, 10_000, 650_000, 10_000_000].map(grouped);
        assert_eq!(texts, ["7", "650", "1 000", "10 000", "650 000", "10 000 000"]);
    }
}
