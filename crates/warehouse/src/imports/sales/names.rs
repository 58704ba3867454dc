//! The name of each product, out of all that its rows call it.
//!
//! Invariant: a name is a text of the file that most rows of real trade agree on, never a remark about the stock.

use std::collections::HashMap;

use domain::{Money, Quantity};

use super::{
    rows::{SaleRow, Sales},
    words::{Says, says},
};

/// The place of each product's name among the texts, by the place of its code.
#[derive(Debug)]
pub(super) struct Names(Vec<Option<u32>>);

/// How often a text stands with a code, and the row where it first did.
#[derive(Debug, Clone, Copy)]
struct Seen {
    traded: u32,
    any: u32,
    first_row: u32,
}

/// More codes than this that share a text share a remark.
const MOST_SHARERS: u32 = 2;

impl Names {
    pub(super) fn choose(sales: &Sales) -> Names {
        let mut seen: HashMap<(u32, u32), Seen> = HashMap::new();
        for row in &sales.rows {
            let entry = seen.entry((row.code, row.text)).or_insert(Seen { traded: 0, any: 0, first_row: row.row });
            entry.any += 1;
            entry.traded += u32::from(is_trade(row));
        }
        let mut sharers = vec![0_u32; sales.texts.len()];
        seen.keys().for_each(|(_, text)| sharers[*text as usize] += 1);
        let meaningful: Vec<bool> = sales.texts.iter().map(|text| text.chars().any(char::is_alphabetic)).collect();
        let remarks: Vec<bool> = sales.texts.iter().map(|text| says(text) != Says::Nothing).collect();
        let mut best: Vec<Option<(u32, Seen)>> = vec![None; sales.codes.len()];
        for ((code, text), seen) in seen {
            let place = text as usize;
            let doubtful = seen.traded == 0 && (remarks[place] || sharers[place] > MOST_SHARERS);
            let best = &mut best[code as usize];
            if meaningful[place] && !doubtful && best.is_none_or(|(_, best)| rank(&seen) > rank(&best)) {
                *best = Some((text, seen));
            }
        }
        Names(best.into_iter().map(|best| best.map(|(text, _)| text)).collect())
    }

    /// The place of the name of a code.
    pub(super) fn place(&self, code: u32) -> Option<u32> {
        self.0.get(code as usize).copied().flatten()
    }
}

/// Whether somebody paid for it.
fn is_trade(row: &SaleRow) -> bool {
    row.quantity > Quantity::ZERO && row.price.is_none_or(|price| price > Money::ZERO)
}

/// Trade counts first, then numbers, then who came first.
fn rank(seen: &Seen) -> (u32, u32, std::cmp::Reverse<u32>) {
    (seen.traded, seen.any, std::cmp::Reverse(seen.first_row))
}
