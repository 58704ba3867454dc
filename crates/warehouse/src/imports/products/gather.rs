//! Rows of one product put together.
//!
//! Invariant: products keep the order in which the file first names them; where branches differ in price, the commonest price
//! counts, and elsewhere the last.

use std::collections::HashMap;

use domain::{Money, gtin::GtinError};
use store::product::Incoming;

use super::row::Found;
use crate::imports::{Issue, Report, issue::Code};

/// Products as far as they were read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    places: HashMap<String, usize>,
    products: Vec<Product>,
    rows: u64,
    repaired: u64,
}

#[derive(Debug)]
struct Product {
    incoming: Incoming,
    row: u64,
    last_row: u64,
    column: String,
    not_a_gtin: Option<GtinError>,
    /// Each price with how often it was seen.
    prices: Vec<(Money, u32)>,
    of_branches: bool,
    other_names: Vec<(u64, String)>,
}

impl Gathered {
    /// Takes a row.
    pub(super) fn add(&mut self, found: Found) {
        self.rows += 1;
        self.repaired += u64::from(found.repaired);
        if let Some(place) = self.places.get(&found.incoming.sku) {
            self.products[*place].add(found);
            return;
        }
        self.places.insert(found.incoming.sku.clone(), self.products.len());
        self.products.push(Product {
            row: found.row,
            last_row: found.row,
            column: found.column,
            not_a_gtin: found.not_a_gtin,
            prices: found.price.map(|price| (price, 1)).into_iter().collect(),
            of_branches: found.of_branch,
            other_names: Vec::new(),
            incoming: found.incoming,
        });
    }

    /// Counts rows by what they were.
    pub(super) fn count(&self, report: &mut Report) {
        let products = self.products.len() as u64;
        report.count("product", products);
        report.count("repeated", self.rows - products);
        let internal = self.products.iter().filter(|product| product.incoming.barcodes.is_empty()).count();
        report.others.insert("without_barcode", internal as u64);
        if self.repaired > 0 {
            report.others.insert("codes_freed_from_decimals", self.repaired);
        }
    }

    /// The first row of each product.
    pub(super) fn rows(&self) -> HashMap<String, u64> {
        self.products.iter().map(|product| (product.incoming.sku.clone(), product.row)).collect()
    }

    /// The products, and what there is to say about them.
    pub(super) fn finish(self, issues: &mut Vec<Issue>) -> Vec<Incoming> {
        self.products.into_iter().map(|product| product.finish(issues)).collect()
    }
}

impl Product {
    fn add(&mut self, found: Found) {
        self.last_row = found.row;
        self.of_branches |= found.of_branch;
        let (mine, theirs) = (self.incoming.patch.name.clone(), found.incoming.patch.name);
        if let Some(other) = theirs.filter(|other| Some(other) != mine.as_ref())
            && !self.other_names.iter().any(|(_, name)| *name == other)
        {
            self.other_names.push((found.row, other));
        }
        for barcode in found.incoming.barcodes {
            if !self.incoming.barcodes.contains(&barcode) {
                self.incoming.barcodes.push(barcode);
            }
        }
        let Some(price) = found.price else { return };
        // The last seen stands last, so that where branches say nothing it is the one that counts.
        let seen = self.prices.iter().position(|(known, _)| *known == price).map(|place| self.prices.remove(place).1);
        self.prices.push((price, seen.unwrap_or(0) + 1));
    }

    fn price(&self) -> Option<Money> {
        if self.of_branches {
            return self.prices.iter().max_by_key(|(_, count)| *count).map(|(price, _)| *price);
        }
        self.prices.last().map(|(price, _)| *price)
    }

    fn finish(mut self, issues: &mut Vec<Issue>) -> Incoming {
        let sku = self.incoming.sku.clone();
        if let Some(error) = self.not_a_gtin {
            let issue = Issue::new(self.row, Code::NotAGtin).at(&self.column).value(&sku);
            issues.push(issue.detail(error));
        }
        for (row, name) in self.other_names.drain(..) {
            issues.push(Issue::new(row, Code::NamesDiffer).value(&sku).detail(name));
        }
        let price = self.price();
        if let (Some(price), true) = (price, self.prices.len() > 1) {
            let least = self.prices.iter().map(|(price, _)| *price).min().unwrap_or(price);
            let most = self.prices.iter().map(|(price, _)| *price).max().unwrap_or(price);
            let issue = Issue::new(self.last_row, Code::PricesDiffer).value(&sku);
            issues.push(issue.detail(format!("{least} – {most}; {price}")));
        }
        self.incoming.patch.price = price.map(Some);
        self.incoming
    }
}
