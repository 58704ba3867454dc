//! Products that the older system did not sell any more.
//!
//! Invariant: they stay as they are until their history is posted, which the ledger refuses of inactive ones; then those of
//! which nothing is left become inactive, also when an earlier import was interrupted before.

use std::collections::HashSet;

use domain::Quantity;
use store::{
    product::{Incoming, Patch},
    stock::StockFilter,
};

use super::{Goods, Work, goods::Product};
use crate::imports::{Code, Context, ImportError, Issue, Report, known::Known, opening};

/// The products to retire, and what there is of each product of the file.
pub(super) struct Retiring {
    places: HashSet<usize>,
    /// At any site, by place; what is posted is added.
    pub(super) left: Vec<Quantity>,
}

impl Retiring {
    /// The products that are active, or will be added, and that the older system had as inactive.
    pub(super) async fn of(context: &Context, goods: &Goods) -> Result<Retiring, ImportError> {
        let known = Known::load(&context.db).await?;
        let retired = |product: &Product| !product.active && !known.is_inactive(&product.sku);
        let all = goods.all.iter().enumerate();
        let places = all.filter(|(_, product)| retired(product)).map(|(place, _)| place).collect();
        let held = opening::held(&context.db, &StockFilter::default()).await?;
        let left = goods.all.iter().map(|product| held.get(&product.sku).copied().unwrap_or(Quantity::ZERO)).collect();
        Ok(Retiring { places, left })
    }

    pub(super) fn add(&mut self, moved: impl Iterator<Item = (usize, Quantity)>) {
        moved.for_each(|(place, moved)| self.left[place] += moved);
    }
}

impl Work<'_> {
    /// What makes them inactive. Those of which there is stock are told and stay.
    pub(super) fn retire(&self, retiring: &Retiring, report: &mut Report, issues: &mut Vec<Issue>) -> Vec<Incoming> {
        let mut gone = Vec::new();
        for (place, product) in self.goods.all.iter().enumerate().filter(|(place, _)| retiring.places.contains(place)) {
            if retiring.left[place] == Quantity::ZERO {
                let patch = Patch { active: Some(false), ..Patch::default() };
                gone.push(Incoming { sku: product.sku.clone(), patch, ..Incoming::default() });
            } else {
                issues.push(Issue::new(product.row, Code::KeptActive).at("productos").value(&product.name));
            }
        }
        report.others.insert("products_retired", gone.len() as u64);
        gone
    }
}
