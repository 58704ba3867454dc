//! Stock that a shop must have had for a file of movements to be possible.
//!
//! Invariant: what is opened is the least with which all postings of a file that the ledger lacks can be made, one after the other,
//! over what there is, or over what was opened for the file before and those that stand did not need, whichever is more. So importing
//! again what stands opens nothing; and whatever is sold meanwhile, what is opened for a file in all stays within what its postings
//! need from nothing: once, for a posting that is refused for good. Stock that was there besides may be opened for again, up to that
//! need, when others sold it before the file came to: the ledger cannot tell a posting that is refused for good from one that was
//! not reached yet, and the second must not be refused for what others sold.

use std::collections::HashMap;

use domain::{
    Quantity, Timestamp, ids,
    ledger::{Draft, LineDraft, Outcome, PostingKind, Rejection},
};
use store::{
    Db,
    ledger::read,
    site::Site,
    stock::{self, After, StockFilter},
};
use uuid::Uuid;

use super::{
    Context, Control, ImportError, Stage,
    post::{Ledger, MAX_LINES, Origin},
};

/// How long before the first posting the openings are.
const BEFORE_SECONDS: i64 = 1;

/// Just before an instant.
pub(super) fn before(at: Timestamp) -> Timestamp {
    at.plus_seconds(-BEFORE_SECONDS)
}

/// Whether what was opened at `at` was opened for a file of which something happened at one of those instants: openings stand just
/// before the first posting they are for, or where its day begins when the days before are closed.
pub(super) fn is_for(at: Timestamp, mut happened: impl Iterator<Item = Timestamp>) -> bool {
    happened.any(|moment| before(moment) <= at && at <= moment)
}

/// Since when a site's books take postings, when some of its days are closed.
pub(super) async fn open_from(context: &Context, site: &Site) -> Result<Option<Timestamp>, ImportError> {
    let closed = read::head(&context.db, site.id).await?.and_then(|head| head.closed_through);
    Ok(closed.map(|day| site.zone.start_of(day.plus(1))))
}

/// How far each product falls short at its lowest when these moves (place, signed quantity) follow on what there is.
pub(super) fn lacking(mut balance: Vec<Quantity>, moves: impl Iterator<Item = (usize, Quantity)>) -> Vec<Quantity> {
    let mut lowest = vec![Quantity::ZERO; balance.len()];
    for (place, moved) in moves {
        balance[place] += moved;
        lowest[place] = lowest[place].min(balance[place]);
    }
    lowest.into_iter().map(|lowest| -lowest).collect()
}

/// What the postings that are still to come can draw on: what is held, and what was opened for them if that is more. Opened for
/// them is what those that stand did not need.
pub(super) fn at_hand(
    held: Vec<Quantity>,
    opened: &[Quantity],
    standing: impl Iterator<Item = (usize, Quantity)>,
) -> Vec<Quantity> {
    let needed = lacking(vec![Quantity::ZERO; held.len()], standing);
    let unused = opened.iter().zip(needed).map(|(opened, needed)| *opened - needed);
    held.into_iter()
        .zip(unused)
        .map(|(held, unused)| if unused > Quantity::ZERO { held.max(unused) } else { held })
        .collect()
}

/// How much of every product there is, by SKU.
pub(super) async fn held(db: &Db, filter: &StockFilter) -> Result<HashMap<String, Quantity>, ImportError> {
    let (mut held, mut after) = (HashMap::new(), After::default());
    loop {
        let page = stock::list(db, filter, &after, 5000).await?;
        let Some(last) = page.last() else { return Ok(held) };
        after = last.key.clone();
        for item in page {
            *held.entry(item.key.sku).or_insert(Quantity::ZERO) += item.quantity;
        }
    }
}

/// What was opened for a file.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Openings of its source, those for other files included: the next one is numbered by them.
    count: usize,
    by_sku: HashMap<String, Quantity>,
}

impl Opened {
    /// How much of a product.
    pub(super) fn of(&self, sku: &str) -> Quantity {
        self.by_sku.get(sku).copied().unwrap_or(Quantity::ZERO)
    }

    fn add(&mut self, sku: &str, quantity: Quantity) {
        *self.by_sku.entry(sku.to_owned()).or_insert(Quantity::ZERO) += quantity;
    }
}

/// The openings of a source, which are numbered as they are posted.
pub(super) struct Openings<'a> {
    pub(super) context: &'a Context,
    pub(super) control: &'a Control,
    pub(super) ledger: &'a Ledger,
    pub(super) origin: &'a Origin,
    pub(super) space: Uuid,
}

/// What became of openings.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Postings written.
    pub(super) postings: u64,
    /// Products that could not be opened, and why.
    pub(super) refused: Vec<(String, Rejection)>,
}

impl Openings<'_> {
    fn id(&self, number: usize) -> Uuid {
        ids::named(self.space, &format!("opening\0{number}"))
    }

    /// What was opened before, at the instants that count. What another file of the same source opened was for its own postings.
    pub(super) async fn opened(&self, counts: impl Fn(Timestamp) -> bool) -> Result<Opened, ImportError> {
        let mut opened = Opened::default();
        while let Some(stands) = read::posting(&self.context.db, self.id(opened.count)).await? {
            if counts(stands.entry.effective_at) {
                stands.entry.movements.iter().for_each(|movement| opened.add(&movement.sku, movement.quantity));
            }
            opened.count += 1;
        }
        Ok(opened)
    }

    /// Opens the lines, given by the places of their products, and adds them to what was opened. An interrupted import goes on
    /// with the same postings, since places do not depend on how far it came.
    pub(super) async fn post(
        &self,
        at: Timestamp,
        lines: Vec<Option<LineDraft>>,
        opened: &mut Opened,
    ) -> Result<Made, ImportError> {
        let (mut made, mut done, total) = (Made::default(), 0, lines.iter().flatten().count() as u64);
        if total == 0 {
            return Ok(made);
        }
        for chunk in lines.chunks(MAX_LINES) {
            self.control.at(Stage::Posting, done, total)?;
            let chunk: Vec<LineDraft> = chunk.iter().flatten().cloned().collect();
            done += chunk.len() as u64;
            self.post_one(at, chunk, opened, &mut made).await?;
        }
        self.control.at(Stage::Posting, done, total)?;
        Ok(made)
    }

    /// A line that the ledger refuses is left out and the rest sent again: nothing was written yet, and one product must not
    /// keep the others from being opened. Each time there is a line less.
    async fn post_one(
        &self,
        at: Timestamp,
        mut lines: Vec<LineDraft>,
        opened: &mut Opened,
        made: &mut Made,
    ) -> Result<(), ImportError> {
        while !lines.is_empty() {
            let draft = self.origin.draft(self.id(opened.count), PostingKind::Opening);
            let draft = Draft { effective_at: Some(at), lines: lines.clone(), ..draft };
            match self.ledger.post(vec![draft]).await?.pop().ok_or(store::Error::Stopped)? {
                Outcome::Rejected(why) => match why.line().filter(|line| *line < lines.len()) {
                    Some(line) => made.refused.push((lines.remove(line).sku, why)),
                    None => made.refused.extend(lines.drain(..).map(|line| (line.sku, why.clone()))),
                },
                outcome => {
                    made.postings += u64::from(matches!(outcome, Outcome::Posted(_)));
                    opened.count += 1;
                    lines.drain(..).for_each(|line| opened.add(&line.sku, line.quantity));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(quantities: &[i64]) -> Vec<Quantity> {
        quantities.iter().copied().map(Quantity::units).collect()
    }

    #[test]
    fn what_was_opened_and_not_used_counts_as_there() {
        let standing = [(0, Quantity::units(-7)), (1, Quantity::units(3)), (2, Quantity::units(-1))];
        let opened = units(&[10, 0, 1, 5, 0]);
        let found = at_hand(units(&[1, 3, 4, 9, -5]), &opened, standing.into_iter());
        assert_eq!(found, units(&[3, 3, 4, 9, -5]));
    }

    #[test]
    fn an_opening_is_for_the_file_in_which_something_happened_right_after_it() {
        let happened: Vec<Timestamp> =
            ["2026-01-15T08:00:00Z", "2026-01-20T00:00:00.4Z"].map(|text| text.parse().unwrap()).into();
        let counts = |at: &str| is_for(at.parse().unwrap(), happened.iter().copied());
        assert!(counts("2026-01-15T07:59:59Z") && counts("2026-01-20T00:00:00Z"));
        assert!(!counts("2026-01-15T07:59:58Z") && !counts("2026-01-15T08:00:01Z") && !counts("2026-01-20T00:00:01Z"));
    }

    #[test]
    fn the_lowest_moment_is_what_is_lacking() {
        let moves = [-2, 5, -4, -3, 9].map(|units| (0, Quantity::units(units)));
        assert_eq!(lacking(units(&[1, 0]), moves.into_iter()), units(&[3, 0]));
    }
}
