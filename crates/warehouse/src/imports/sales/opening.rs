//! Opening what a file of sales needs.
//!
//! Invariant: with it no balance falls below zero at any moment, and with a thousandth less one would; only what is not in the
//! ledger yet needs anything.

use std::collections::HashMap;

use domain::{
    Quantity,
    ledger::{LineDraft, Rejection},
};
use store::stock::StockFilter;

use super::{
    Work,
    plan::{Group, Line, Plan},
    standing::Standing,
};
use crate::imports::{
    Code, ImportError, Issue, Opening,
    opening::{self, Made, Opened, Openings},
};

/// What is to be opened of each product, by place.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    lacking: Vec<Quantity>,
    opened: Opened,
}

/// What there is to sell from, by place, and what was opened before.
pub(super) struct Stock {
    held: Vec<Quantity>,
    opened: Opened,
}

impl Stock {
    /// What the rows that do not stand need.
    pub(super) fn wanted(self, plan: &Plan, standing: &Standing) -> Wanted {
        let Stock { held, opened } = self;
        let before: Vec<Quantity> = plan.skus.iter().map(|sku| opened.of(sku)).collect();
        let at_hand = opening::at_hand(held, &before, standing.moves(plan));
        Wanted { lacking: opening::lacking(at_hand, standing.missing_moves(plan)), opened }
    }
}

/// What lines of a group move: the place of the product, and how much, below zero when it goes out.
pub(super) fn moves<'a>(group: &'a Group, lines: &'a [Line]) -> impl Iterator<Item = (usize, Quantity)> + 'a {
    let signed = |line: &Line| if group.class.comes_in() { line.moved } else { -line.moved };
    lines.iter().map(move |line| (line.product as usize, signed(line)))
}

/// What each product of a plan lacks at its lowest, by place, when all of it is still to be posted; `held` is what there is.
#[cfg(test)]
pub(super) fn lacking(plan: &Plan, held: &HashMap<String, Quantity>) -> Vec<Quantity> {
    opening::lacking(of_skus(plan, held), plan.groups.iter().flat_map(|group| moves(group, &group.lines)))
}

fn of_skus(plan: &Plan, held: &HashMap<String, Quantity>) -> Vec<Quantity> {
    plan.skus.iter().map(|sku| held.get(sku).copied().unwrap_or(Quantity::ZERO)).collect()
}

impl Work<'_> {
    fn openings(&self) -> Openings<'_> {
        let (context, control, ledger) = (self.context, self.control, &self.ledger);
        Openings { context, control, ledger, origin: &self.origin, space: self.space }
    }

    /// What there was to sell from. Asked before what stands is: whoever imports the same meanwhile can only make less of it necessary.
    pub(super) async fn stock(&self, plan: &Plan) -> Result<Option<Stock>, ImportError> {
        if self.options.opening == Opening::None {
            return Ok(None);
        }
        let counts = |at| opening::is_for(at, plan.groups.iter().map(|group| group.at));
        let opened = self.openings().opened(counts).await?;
        let sites = self.site.id.into();
        let filter = StockFilter { sites, location: self.options.location.clone(), ..StockFilter::default() };
        let held = of_skus(plan, &opening::held(&self.context.db, &filter).await?);
        Ok(Some(Stock { held, opened }))
    }

    /// Opens it.
    pub(super) async fn open(&mut self, plan: &Plan, standing: &Standing, wanted: Wanted) -> Result<(), ImportError> {
        let Some(first) = standing.missing(plan).map(|group| group.at).min() else { return Ok(()) };
        let at = standing.open_from.map_or(opening::before(first), |from| from.max(opening::before(first)));
        let Wanted { lacking, mut opened } = wanted;
        let lines = plan.skus.iter().zip(lacking).map(|(sku, quantity)| self.opening_line(sku, quantity)).collect();
        let Made { postings, refused } = self.openings().post(at, lines, &mut opened).await?;
        self.report.postings.openings = postings;
        let told = refused.iter().map(|(sku, why)| self.not_opened(plan, standing, sku, why));
        let told: Vec<Issue> = told.collect();
        self.issues.extend(told);
        Ok(())
    }

    fn opening_line(&self, sku: &str, quantity: Quantity) -> Option<LineDraft> {
        let to = self.options.location.clone();
        let line = LineDraft { sku: sku.to_owned(), quantity, to, ..LineDraft::default() };
        (quantity > Quantity::ZERO).then_some(line)
    }

    /// Told at the first row that needs it: rows that are not taken for it have an error of their own.
    fn not_opened(&self, plan: &Plan, standing: &Standing, sku: &str, why: &Rejection) -> Issue {
        let mut lines = standing.missing(plan).flat_map(|group| &group.lines);
        let first = lines.find(|line| plan.skus[line.product as usize] == sku);
        let row = first.map_or(0, |line| self.sales.rows[line.row as usize].row);
        Issue::new(u64::from(row), Code::NotOpened).value(sku).detail(why)
    }
}

impl Wanted {
    /// How many products need it.
    pub(super) fn products(&self) -> u64 {
        self.lacking.iter().filter(|lacking| **lacking > Quantity::ZERO).count() as u64
    }
}
