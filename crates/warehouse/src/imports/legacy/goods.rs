//! The products of the older system, which knew most of them only by what somebody typed.
//!
//! Invariant: one product for each folded name; its code is made from the name, so it is the same each time.

use std::collections::HashMap;

use domain::{
    Money, Quantity, Unit,
    code::{CodeError, Sku},
    fold::fold,
    gtin::Gtin,
};
use sha2::{Digest, Sha256};
use store::{
    legacy::{self, Legacy},
    product::{Barcode, Incoming, Patch, normal_barcode},
};

use crate::imports::{Issue, issue::Code};

/// The most characters of a code made from a name.
const CODE_CHARS: usize = 64;

/// Other spellings of a name that are told.
const MOST_TOLD: usize = 20;

/// What products refer to by number.
struct Named<'a> {
    categories: HashMap<i64, &'a str>,
    suppliers: HashMap<i64, &'a str>,
}

impl Named<'_> {
    fn of(old: &Legacy) -> Named<'_> {
        Named {
            categories: old.categories.iter().map(|category| (category.id, category.name.as_str())).collect(),
            suppliers: old.suppliers.iter().map(|supplier| (supplier.id, supplier.code.as_str())).collect(),
        }
    }
}

/// A product.
#[derive(Debug, Clone, Default)]
pub(super) struct Product {
    pub(super) sku: String,
    pub(super) name: String,
    /// Its number in the older table, 0 when it has none.
    pub(super) row: u64,
    pub(super) cost: Option<Money>,
    /// Stock as the older system states it.
    pub(super) stated: Option<Quantity>,
    category: Option<String>,
    supplier: Option<String>,
    barcode: String,
    price: Option<Money>,
    minimum: Option<Quantity>,
    /// Whether the older system sold it.
    pub(super) active: bool,
    divisible: bool,
    spellings: Vec<(String, u32)>,
}

/// All products.
#[derive(Debug, Default)]
pub(super) struct Goods {
    pub(super) all: Vec<Product>,
    places: HashMap<String, usize>,
    /// Where each spelling stands among those of its product.
    spelled: HashMap<String, usize>,
    by_id: HashMap<i64, usize>,
}

impl Goods {
    /// Gathers the products of every table that names one.
    pub(super) fn gather(old: &Legacy, issues: &mut Vec<Issue>) -> Goods {
        let mut goods = Goods::default();
        let named = Named::of(old);
        for product in &old.products {
            goods.add_stated(product, &named, issues);
        }
        for movement in &old.movements {
            let fraction = movement.quantity.contains('.') && !movement.quantity.ends_with(".0");
            let known = movement.product_id.and_then(|id| goods.by_id.get(&id).copied());
            if let Some(place) = known.or_else(|| goods.place_or_add(&movement.product)) {
                goods.all[place].divisible |= fraction;
            }
        }
        for name in old.orders.iter().flat_map(|order| &order.lines).filter_map(|line| line.product.as_deref()) {
            goods.place_or_add(name);
        }
        goods.name(issues);
        goods
    }

    /// The place of a product by its number or name.
    pub(super) fn find(&self, id: Option<i64>, name: &str) -> Option<usize> {
        id.and_then(|id| self.by_id.get(&id)).or_else(|| self.places.get(&fold(name))).copied()
    }

    /// As the catalogue takes them.
    pub(super) fn incoming(&self) -> Vec<Incoming> {
        self.all.iter().map(Product::incoming).collect()
    }

    fn place_or_add(&mut self, name: &str) -> Option<usize> {
        let key = fold(name);
        if key.is_empty() {
            return None;
        }
        let place = *self.places.entry(key.clone()).or_insert(self.all.len());
        if place == self.all.len() {
            self.all.push(Product { sku: sku_of(&key), active: true, ..Product::default() });
        }
        let spelling = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let spellings = &mut self.all[place].spellings;
        let known = *self.spelled.entry(spelling.clone()).or_insert(spellings.len());
        match spellings.get_mut(known) {
            Some((_, count)) => *count += 1,
            None => spellings.push((spelling, 1)),
        }
        Some(place)
    }

    fn add_stated(&mut self, old: &legacy::Product, named: &Named<'_>, issues: &mut Vec<Issue>) {
        let row = u64::try_from(old.id).unwrap_or(0);
        let issue = |code: Code, value: &str| Issue::new(row, code).at("productos").value(value);
        let Some(place) = self.place_or_add(&old.name) else {
            issues.push(issue(Code::Missing, &old.name));
            return;
        };
        self.by_id.insert(old.id, place);
        let product = &mut self.all[place];
        product.row = row;
        product.name.clone_from(&old.name);
        product.active = old.active != 0;
        product.barcode = old.barcode.trim().to_owned();
        if !product.barcode.is_empty()
            && let Err(error) = product.barcode.parse::<Gtin>()
        {
            issues.push(issue(Code::NotAGtin, &old.barcode).detail(error));
        }
        let text = |text: &&str| (*text).to_owned();
        product.category = old.category.and_then(|id| named.categories.get(&id)).map(text);
        product.supplier = old.supplier.and_then(|id| named.suppliers.get(&id)).map(text);
        product.cost = parse(old.cost.as_deref(), issues, &issue);
        product.price = parse(old.price.as_deref(), issues, &issue);
        product.minimum = parse(old.minimum.as_deref(), issues, &issue).filter(|minimum| *minimum >= Quantity::ZERO);
        product.stated = parse(old.stock.as_deref(), issues, &issue).filter(|stated| *stated >= Quantity::ZERO);
    }

    /// Chooses each product's name and tells which names were one.
    fn name(&mut self, issues: &mut Vec<Issue>) {
        for product in &mut self.all {
            if product.name.is_empty() {
                let capital = |name: &str| name.chars().next().is_some_and(char::is_uppercase);
                let best = product.spellings.iter().max_by_key(|(name, count)| (capital(name), *count));
                product.name = best.map(|(name, _)| name.clone()).unwrap_or_default();
            }
            let others: Vec<&str> =
                product.spellings.iter().map(|(name, _)| name.as_str()).filter(|name| *name != product.name).collect();
            if !others.is_empty() {
                let more = if others.len() > MOST_TOLD { ", …" } else { "" };
                let others = format!("«{}»{more}", others[..others.len().min(MOST_TOLD)].join("», «"));
                issues.push(Issue::new(0, Code::MergedNames).at("productos").value(&product.name).detail(others));
            }
        }
    }
}

/// A number of the older system; an issue when it is none that we keep.
fn parse<T: std::str::FromStr>(
    text: Option<&str>,
    issues: &mut Vec<Issue>,
    issue: &impl Fn(Code, &str) -> Issue,
) -> Option<T> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        issues.push(issue(Code::NotANumber, text));
    }
    parsed
}

/// The code a folded name gets: its words joined by dashes, and when that is long, its beginning and a piece of its hash;
/// also when the code is one no product may have.
fn sku_of(key: &str) -> String {
    let code = key.replace(' ', "-");
    if code.chars().count() <= CODE_CHARS && code.parse::<Sku>() != Err(CodeError::Reserved) {
        return code;
    }
    let tail: String = Sha256::digest(key.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let head: String = code.chars().take(CODE_CHARS - 9).collect();
    format!("{head}-{tail}")
}

impl Product {
    fn incoming(&self) -> Incoming {
        let barcode = Barcode { code: normal_barcode(&self.barcode), pack_quantity: Quantity::ONE };
        let patch = Patch {
            name: Some(self.name.clone()),
            category: self.category.clone().map(Some),
            supplier: self.supplier.clone().map(Some),
            unit: self.divisible.then_some(Unit::Kilogram),
            minimum: self.minimum.map(Some),
            price: self.price.filter(|price| *price > Money::ZERO).map(Some),
            // One that is not sold any more is retired once its history is posted.
            active: self.active.then_some(true),
            ..Patch::default()
        };
        let barcodes = if self.barcode.is_empty() { Vec::new() } else { vec![barcode] };
        Incoming { sku: self.sku.clone(), patch, barcodes, packs: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_reserved_code_gets_another() {
        assert_eq!(sku_of("leche la serenisima"), "leche-la-serenisima");
        let code = sku_of("search");
        assert!(code.starts_with("search-") && code.parse::<Sku>().is_ok(), "{code}");
    }
}
