//! Finding products by what people type, in a catalogue as long as a large shop's.

pub mod names;

use std::sync::Arc;

use anyhow::{Result, ensure};
use platform::http::percent;
use testkit::binary::Installation;

use crate::{
    dice::Dice,
    load::{Load, Until},
    server::Shop,
    table::{Table, grouped},
};
use names::{Name, Typed, query};

/// Over how many products.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Products in the catalogue.
    #[arg(long, default_value_t = 68_000, value_parser = clap::value_parser!(u64).range(1..=3_000_000))]
    products: u64,
}

/// Different queries of each way of typing.
const QUERIES: u64 = 2_000;
/// Queries of which it is seen whether they find anything.
const LOOKED_AT: usize = 300;

/// Measures.
pub async fn run(arguments: &Arguments, seconds: u64) -> Result<Table> {
    let mut table = Table::default();
    let products = arguments.products;
    let shop = Shop::listing(Installation::new()?, &catalogue(products))?;
    let size = grouped(products);
    table.row(&format!("start to ready, {size} products"), format!("{} ms", shop.start_ms), "1 000 ms", String::new());
    let paths: Vec<Vec<String>> = Typed::ALL.iter().map(|typed| paths(products, *typed)).collect();
    let all = Arc::new(paths.concat());
    for clients in [1, 16] {
        let paths = Arc::clone(&all);
        // A step through all of them, so that clients meet every way of typing.
        let load = Load::each(move |i| paths[usize::try_from(i * 1_237).unwrap_or(0) % paths.len()].clone());
        let seen = shop.load(clients, load, Until::Seconds(seconds)).await?;
        let what = format!("search, {size} products, {clients} clients");
        table.row(&what, seen.to_string(), "p95 10 ms", String::new());
    }
    for (typed, paths) in Typed::ALL.iter().zip(&paths) {
        let found = found(&shop, paths)?;
        table.row(
            &format!("search, words {}: queries that find something", typed.name()),
            format!("{found} of {}", LOOKED_AT.min(paths.len())),
            "",
            String::new(),
        );
    }
    table.row(
        &format!("memory, {size} products"),
        format!("{} MB", shop.memory()?.mb()),
        "200 MB",
        "under this load".into(),
    );
    Ok(table)
}

fn catalogue(products: u64) -> String {
    let mut text = String::from("sku,name,brand,unit,category,price,barcode\n");
    for i in 0..products {
        let name = Name::of(i);
        let (brand, section) = (name.brand(), i % 20);
        text.push_str(&format!("{i:06},\"{}\",{brand},unit,Rubro {section},1850,{}\n", name.text(), barcode(i)));
    }
    text
}

/// A number of thirteen digits whose last one checks the others (GS1).
pub fn barcode(i: u64) -> String {
    let digits = format!("779{i:09}");
    let weighed =
        digits.bytes().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| u64::from(digit - b'0') * weight);
    let check = (10 - weighed.sum::<u64>() % 10) % 10;
    format!("{digits}{check}")
}

fn paths(products: u64, typed: Typed) -> Vec<String> {
    let mut dice = Dice::new(typed as u64 + 1);
    let path = |_| {
        let name = Name::of(dice.below(products));
        format!("/api/v1/products/search?q={}&limit=20", percent::encoded(query(name, typed, &mut dice)))
    };
    (0..QUERIES).map(path).collect()
}

fn found(shop: &Shop, paths: &[String]) -> Result<usize> {
    let mut client = shop.client();
    let mut found = 0;
    for path in paths.iter().take(LOOKED_AT) {
        let answer = client.get(path)?;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        let items = answer.json()?;
        found += usize::from(items["items"].as_array().is_some_and(|items| !items.is_empty()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn barcodes_check() {
        // A known one: 779 074 233 300 and its 1.
        assert_eq!(barcode(74_233_300), "7790742333001");
    }
}
