//! The quantities of a file held against those of the ledger.
//!
//! Invariant: both sides are counted independently, the file from its rows and the ledger from its answers, code by code.

use std::collections::HashMap;

use domain::{Quantity, ledger::Posted};

use super::plan::Group;
use crate::imports::report::{Difference, Sums};

/// Differences that are listed; all are counted.
const MOST_LISTED: usize = 1000;

/// Sums by code.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    by_code: HashMap<String, (Quantity, Quantity)>,
    rows: u64,
}

impl Tally {
    fn with(&mut self, code: &str, change: impl FnOnce(&mut (Quantity, Quantity))) {
        match self.by_code.get_mut(code) {
            Some(sums) => change(sums),
            None => change(self.by_code.entry(code.to_owned()).or_default()),
        }
    }

    /// A row of the file.
    pub(crate) fn in_file(&mut self, code: &str, quantity: Quantity) {
        self.with(code, |sums| sums.0 += quantity);
    }

    /// The sums of the file.
    pub(crate) fn file_sums(self) -> impl Iterator<Item = (String, Quantity)> {
        self.by_code.into_iter().map(|(code, (file, _))| (code, file))
    }

    /// A line that the ledger confirms, signed as in the file.
    pub(crate) fn in_ledger(&mut self, code: &str, quantity: Quantity) {
        self.with(code, |sums| sums.1 += quantity);
    }

    /// What the ledger took of a document.
    pub(super) fn take(&mut self, group: &Group, posted: &Posted) {
        self.confirm(group.lines.len());
        posted.lines.iter().for_each(|line| self.in_ledger(&line.sku, group.class.in_file(line.quantity)));
    }

    /// Rows of the file that the ledger confirms; the ledger may have taken one from several places or lots.
    pub(crate) fn confirm(&mut self, rows: usize) {
        self.rows += rows as u64;
    }
}

impl From<Tally> for Sums {
    fn from(tally: Tally) -> Sums {
        let mut sums = Sums { codes: tally.by_code.len() as u64, rows: tally.rows, agree: true, ..Sums::default() };
        let mut by_code: Vec<_> = tally.by_code.into_iter().collect();
        by_code.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        for (sku, (file, posted)) in by_code {
            sums.file += file;
            sums.posted += posted;
            if file != posted {
                sums.agree = false;
                if sums.differences.len() < MOST_LISTED {
                    sums.differences.push(Difference { sku, file, posted });
                }
            }
        }
        sums
    }
}
