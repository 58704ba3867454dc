//! The least stock that a shop must have had for a file of movements to be possible.
//!
//! Invariant: with it no balance falls below zero at any moment, and with a thousandth less one would.

use std::collections::HashMap;

use domain::{
    Quantity, Timestamp, ids,
    ledger::{Draft, LineDraft, PostingKind},
};
use uuid::Uuid;

use super::plan::{MAX_LINES, Plan};
use crate::imports::post::Origin;

/// What each product of a plan lacks at its lowest, by place; `held` is what there is before.
pub(super) fn lacking(plan: &Plan, held: &HashMap<String, Quantity>) -> Vec<Quantity> {
    let mut balance: Vec<Quantity> =
        plan.skus.iter().map(|sku| held.get(sku).copied().unwrap_or(Quantity::ZERO)).collect();
    let mut lowest = vec![Quantity::ZERO; balance.len()];
    for group in &plan.groups {
        for line in &group.lines {
            let place = line.product as usize;
            balance[place] += if group.class.comes_in() { line.moved } else { -line.moved };
            lowest[place] = lowest[place].min(balance[place]);
        }
    }
    lowest.into_iter().map(|lowest| -lowest).collect()
}

/// What is known of the openings of a file.
pub(super) struct Openings<'a> {
    pub(super) origin: &'a Origin,
    pub(super) space: Uuid,
    pub(super) location: Option<&'a str>,
    /// Before the first row of the file.
    pub(super) at: Timestamp,
}

impl Openings<'_> {
    /// What the opening of a chunk of products is known by.
    pub(super) fn id(&self, chunk: usize) -> Uuid {
        ids::named(self.space, &format!("opening\0{chunk}"))
    }

    /// One draft for each chunk of products of which something lacks, with the number of the chunk.
    pub(super) fn drafts(&self, skus: &[String], lacking: &[Quantity]) -> Vec<(usize, Draft)> {
        let chunks = skus.chunks(MAX_LINES).zip(lacking.chunks(MAX_LINES)).enumerate();
        let draft = |(chunk, (skus, lacking)): (usize, (&[String], &[Quantity]))| {
            let needed = skus.iter().zip(lacking).filter(|(_, lacking)| **lacking > Quantity::ZERO);
            let lines: Vec<LineDraft> = needed.map(|(sku, quantity)| self.line(sku, *quantity)).collect();
            let opening = self.origin.draft(self.id(chunk), PostingKind::Opening);
            (!lines.is_empty()).then_some((chunk, Draft { effective_at: Some(self.at), lines, ..opening }))
        };
        chunks.filter_map(draft).collect()
    }

    fn line(&self, sku: &str, quantity: Quantity) -> LineDraft {
        LineDraft { sku: sku.to_owned(), quantity, to: self.location.map(str::to_owned), ..LineDraft::default() }
    }
}
