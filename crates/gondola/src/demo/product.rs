//! The demo's products, built from the tables.
//!
//! Invariant: a product's number, SKU and barcode depend only on the order of the tables.

use domain::{Money, Quantity, Unit};

use super::{
    barcode,
    catalog::{self, Item, Section},
    sites::SITES,
    suppliers,
};

/// Lines on an average ticket, in thousandths.
pub(crate) const LINES_PER_TICKET_MILLI: i64 = 2800;

/// One product.
#[derive(Debug)]
pub(crate) struct Product {
    /// Its SKU.
    pub sku: String,
    /// Name with brand and size.
    pub name: &'static str,
    /// Brand; empty when it has none.
    pub brand: &'static str,
    /// What it shares with its neighbours.
    pub section: &'static Section,
    /// Place of its supplier among the suppliers.
    pub supplier: usize,
    /// Shelf price on the last day, before chance moves it.
    pub price_last: Money,
    /// How often it is bought.
    pub weight: i64,
    /// EAN-13; none for what is weighed or baked for the day.
    pub ean: Option<String>,
    /// GTIN-14 of a case.
    pub case_code: Option<String>,
    /// Below this it is time to buy.
    pub minimum: Quantity,
    /// Above this there is too much.
    pub maximum: Quantity,
}

impl Product {
    /// Whether its lots and expiry days are kept.
    pub(crate) const fn tracks_lots(&self) -> bool {
        self.section.life_days > 0
    }

    /// Whether it is sold by weight.
    pub(crate) fn by_weight(&self) -> bool {
        self.section.unit == Unit::Kilogram
    }

    /// The least that makes sense to hold or to move, in thousandths.
    pub(crate) fn least_milli(&self) -> i64 {
        if self.by_weight() { 1000 } else { 2000 }
    }
}

/// Every product, in the order of the tables.
pub(crate) fn all() -> Vec<Product> {
    let total: i64 = catalog::sections().flat_map(|section| section.items).map(|item| i64::from(item.3)).sum();
    let mut names = Names::default();
    catalog::sections()
        .flat_map(|section| section.items.iter().map(move |item| (section, item)))
        .map(|(section, item)| build(section, item, total, &mut names))
        .collect()
}

#[derive(Default)]
struct Names {
    prefixes: Vec<(&'static str, usize)>,
    makers: Vec<&'static str>,
    products: usize,
}

impl Names {
    fn sku(&mut self, prefix: &'static str) -> String {
        let at = self.prefixes.iter().position(|(known, _)| *known == prefix).unwrap_or_else(|| {
            self.prefixes.push((prefix, 0));
            self.prefixes.len() - 1
        });
        self.prefixes[at].1 += 1;
        format!("{prefix}-{:06}", self.prefixes[at].1)
    }

    fn ean(&mut self, brand: &'static str) -> String {
        self.products += 1;
        let maker = self.makers.iter().position(|known| *known == brand).unwrap_or_else(|| {
            self.makers.push(brand);
            self.makers.len() - 1
        });
        barcode::ean13(maker + 1, self.products)
    }
}

fn build(section: &'static Section, item: &Item, total: i64, names: &mut Names) -> Product {
    let (name, brand, pesos, weight) = *item;
    let labelled = section.unit == Unit::Piece && !brand.is_empty() && section.life_days != 2;
    let ean = labelled.then(|| names.ean(brand));
    let case_code = ean.as_deref().filter(|_| section.case > 1).map(barcode::case_of);
    let daily_milli = daily_milli(section, i64::from(weight), total);
    Product {
        sku: names.sku(section.prefix),
        name,
        brand,
        section,
        supplier: suppliers::index_of(section.supplier),
        price_last: Money::from_cents(pesos * 100),
        weight: i64::from(weight),
        ean,
        case_code,
        minimum: whole_units(daily_milli * 3 / 2),
        maximum: whole_units(daily_milli * 30).max(Quantity::units(section.case * 3)),
    }
}

/// What the whole chain sells of it on an average day.
fn daily_milli(section: &Section, weight: i64, total: i64) -> i64 {
    let customers: i64 = SITES.iter().map(|site| site.customers).sum();
    customers * LINES_PER_TICKET_MILLI * weight / total * section.basket.average_milli() / 1000
}

fn whole_units(milli: i64) -> Quantity {
    Quantity::units((milli + 999) / 1000)
}
