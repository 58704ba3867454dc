//! What became of an import.
//!
//! Invariant: every row of the file is counted once as taken, refused or skipped, and every refused row has its reason.

use std::collections::{BTreeMap, HashSet};

use domain::Quantity;
use serde::{Serialize, Serializer};

use super::{
    Kind,
    issue::{Code, Issue, Severity},
    table::Facts,
};

/// How an import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// What could be taken was written.
    Done,
    /// It was a rehearsal: nothing was written.
    DryRun,
    /// Something was wrong and the caller wanted all or nothing: nothing was written.
    Refused,
}

/// Rows of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows with something in them, below the header.
    pub read: u64,
    /// Rows that were taken.
    pub taken: u64,
    /// Rows that were not, each with an issue.
    pub refused: u64,
    /// Footers and repeated headers.
    pub skipped: u64,
}

/// Products written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Products {
    /// Added.
    pub created: u64,
    /// Of which something changed.
    pub updated: u64,
    /// Of which nothing changed.
    pub unchanged: u64,
}

/// Postings written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Postings {
    /// Postings the file makes, openings apart.
    pub planned: u64,
    /// Written now.
    pub posted: u64,
    /// There already.
    pub duplicate: u64,
    /// Refused by the ledger.
    pub rejected: u64,
    /// Openings written now.
    pub openings: u64,
}

/// A code for which the file and the ledger do not say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The code.
    pub sku: String,
    /// Sum in the file.
    #[serde(serialize_with = "as_text")]
    pub file: Quantity,
    /// Sum in the ledger.
    #[serde(serialize_with = "as_text")]
    pub posted: Quantity,
}

/// The quantities of the file against those of the ledger, signed as in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Different codes.
    pub codes: u64,
    /// Sum over the file.
    #[serde(serialize_with = "as_text")]
    pub file: Quantity,
    /// Sum over the ledger.
    #[serde(serialize_with = "as_text")]
    pub posted: Quantity,
    /// Rows of the file that the ledger confirmed.
    pub rows: u64,
    /// Whether the sums of every code agree.
    pub agree: bool,
    /// Codes that do not agree.
    pub differences: Vec<Difference>,
}

/// How many issues of a code there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IssueCount {
    /// How bad they are.
    pub severity: Severity,
    /// How many.
    pub count: u64,
}

/// What became of an import.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What kind of file it was.
    pub kind: Kind,
    /// The name under which its rows are known, so that importing it again changes nothing.
    pub source: String,
    /// The site it was for, when it was for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// How it ended.
    pub ending: Ending,
    /// What was found out about the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Facts>,
    /// The column that served each field.
    pub columns: BTreeMap<String, String>,
    /// Columns that served none.
    pub ignored_columns: Vec<String>,
    /// Rows of the file.
    pub rows: Rows,
    /// Rows by what they were understood as.
    pub classes: BTreeMap<&'static str, u64>,
    /// Products written.
    pub products: Products,
    /// Postings written.
    pub postings: Postings,
    /// Other things written, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<&'static str, u64>,
    /// Quantities of the file against the ledger's, for files that make postings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
    /// How many issues of each code.
    pub issue_counts: BTreeMap<&'static str, IssueCount>,
    /// All of them, by row.
    pub issues: Vec<Issue>,
}

impl Report {
    /// An empty report.
    pub fn new(kind: Kind, source: String) -> Report {
        Report {
            kind,
            source,
            site: None,
            ending: Ending::DryRun,
            file: None,
            columns: BTreeMap::new(),
            ignored_columns: Vec::new(),
            rows: Rows::default(),
            classes: BTreeMap::new(),
            products: Products::default(),
            postings: Postings::default(),
            others: BTreeMap::new(),
            sums: None,
            issue_counts: BTreeMap::new(),
            issues: Vec::new(),
        }
    }

    /// Takes in what was found while reading a file.
    pub fn of_scan(&mut self, scan: &super::scan::Scan) {
        self.file = Some(scan.facts());
        self.columns = scan.layout.found();
        self.ignored_columns = scan.layout.ignored();
        let twice = |(header, count): (&str, usize)| {
            Issue::new(scan.layout.row(), Code::RepeatedColumn).at(header).value(header).detail(count.to_string())
        };
        self.issues.extend(scan.layout.repeated().into_iter().map(twice));
        self.rows.read = scan.rows + scan.skipped;
        self.rows.skipped = scan.skipped;
    }

    /// Adds to a class.
    pub fn count(&mut self, class: &'static str, rows: u64) {
        *self.classes.entry(class).or_default() += rows;
    }

    /// Whether any row was refused.
    pub fn has_errors(&self) -> bool {
        self.rows.refused > 0 || self.issues.iter().any(Issue::is_error)
    }

    /// People know a column by what their file calls it, not by the field it serves.
    fn name_column(&self, issue: &mut Issue) {
        if let Some(header) = self.columns.get(&issue.column)
            && !self.columns.values().any(|header| *header == issue.column)
        {
            issue.column.clone_from(header);
        }
    }

    /// The row an issue is of: a database has one of each number in each of its tables.
    fn row_of<'a>(&self, issue: &'a Issue) -> (&'a str, u64) {
        (if self.kind == Kind::Legacy { &issue.column } else { "" }, issue.row)
    }

    /// How many rows have errors. What belongs to no row is none.
    fn refused(&self) -> usize {
        let errors = self.issues.iter().filter(|issue| issue.is_error() && issue.row > 0);
        errors.map(|issue| self.row_of(issue)).collect::<HashSet<_>>().len()
    }

    /// Takes the issues, orders and counts them, and counts the rows that have errors as refused.
    pub fn take_issues(&mut self, mut issues: Vec<Issue>) {
        issues.iter_mut().for_each(|issue| self.name_column(issue));
        self.issues.append(&mut issues);
        self.issues.sort_by_key(|issue| issue.row);
        self.issue_counts.clear();
        for issue in &self.issues {
            let severity = issue.code.severity();
            self.issue_counts.entry(issue.code.name()).or_insert(IssueCount { severity, count: 0 }).count += 1;
        }
        self.rows.refused = self.refused() as u64;
        self.rows.taken = self.rows.read.saturating_sub(self.rows.refused + self.rows.skipped);
    }
}

fn as_text<S: Serializer>(quantity: &Quantity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_refused_once_and_what_belongs_to_none_not_at_all() {
        let refused = |kind: Kind| {
            let mut report = Report::new(kind, "f".to_owned());
            report.rows = Rows { read: 10, skipped: 1, ..Rows::default() };
            let at = |row, column: &str| Issue::new(row, Code::Missing).at(column);
            report.take_issues(vec![at(0, "productos"), at(3, "productos"), at(3, "pedidos"), at(3, "productos")]);
            (report.rows.refused, report.rows.taken)
        };
        assert_eq!((refused(Kind::Sales), refused(Kind::Legacy)), ((1, 8), (2, 7)));
    }
}
