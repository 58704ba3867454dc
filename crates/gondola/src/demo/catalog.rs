//! What the demo shop sells: our own compact tables, one file for each part of the shop.
//!
//! Invariant: the tables hold facts only (names, brands, sizes, prices in pesos of the last day, how often it is bought);
//! everything else about a product follows from its section.

mod bakery;
mod cleaning;
mod cold;
mod dairy;
mod deli;
mod drinks;
mod fresh;
mod infusions;
mod pantry;
mod personal;
mod spirits;
mod sweets;

use domain::Unit;

use super::seasons::{Rhythm, Season};

/// How much of a product one customer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basket {
    /// Almost always one.
    Single,
    /// One to three.
    Few,
    /// One to six.
    Many,
    /// By weight, a third of a kilogram to two.
    Produce,
    /// By weight, a hundred to four hundred grams.
    Sliced,
}

impl Basket {
    /// The average taken, in thousandths, by which purchases are planned.
    pub(crate) const fn average_milli(self) -> i64 {
        match self {
            Basket::Single => 1100,
            Basket::Few => 1450,
            Basket::Many => 2500,
            Basket::Produce => 900,
            Basket::Sliced => 220,
        }
    }
}

/// One product of a section: name, brand, shelf price in pesos on the last day, how often it is bought.
pub(crate) type Item = (&'static str, &'static str, i64, u16);

/// Products that share everything but their name, brand, price and popularity.
#[derive(Debug)]
pub(crate) struct Section {
    /// Where it stands in the tree of categories, from the root.
    pub path: &'static [&'static str],
    /// First letters of its SKUs.
    pub prefix: &'static str,
    /// Code of the supplier.
    pub supplier: &'static str,
    /// How demand goes through the year.
    pub season: Season,
    /// How demand goes through the day.
    pub rhythm: Rhythm,
    /// What it is counted in.
    pub unit: Unit,
    /// VAT in tenths of a percent.
    pub vat_per_mille: i64,
    /// Units in a case; 1 when it is not sold in cases.
    pub case: i64,
    /// Days from delivery to expiry; 0 when lots are not kept.
    pub life_days: i32,
    /// What the shelf price adds to the net cost, in tenths of a percent.
    pub markup_per_mille: i64,
    /// How much a customer takes.
    pub basket: Basket,
    /// Its products.
    pub items: &'static [Item],
}

/// What most sections are like.
pub(crate) const BASE: Section = Section {
    path: &[],
    prefix: "ALM",
    supplier: "MAX",
    season: Season::Flat,
    rhythm: Rhythm::Even,
    unit: Unit::Piece,
    vat_per_mille: 210,
    case: 12,
    life_days: 0,
    markup_per_mille: 350,
    basket: Basket::Single,
    items: &[],
};

/// Every section, in the order in which SKUs are numbered.
pub(crate) fn sections() -> impl Iterator<Item = &'static Section> {
    [
        drinks::SECTIONS,
        spirits::SECTIONS,
        dairy::SECTIONS,
        bakery::SECTIONS,
        cold::SECTIONS,
        fresh::SECTIONS,
        pantry::SECTIONS,
        infusions::SECTIONS,
        deli::SECTIONS,
        sweets::SECTIONS,
        cleaning::SECTIONS,
        personal::SECTIONS,
    ]
    .into_iter()
    .flatten()
}
