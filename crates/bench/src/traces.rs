//! What traces cost: the same load on servers that trace nothing, some and all of it, taking turns.
//!
//! Each round asks every server in turn, so that what else the machine does meanwhile meets all of them.

use anyhow::Result;
use testkit::{binary::Installation, collector::Collector};

use crate::{
    load::{Load, Until},
    server::{PRODUCTS, Shop},
    table::Table,
};

/// A load by its name, made anew for each run: postings are sent once.
type Case = (&'static str, fn() -> Load);

const ROUNDS: usize = 5;
const CLIENTS: usize = 64;

/// Measures.
pub async fn run(seconds: u64) -> Result<Table> {
    let collector = Collector::start()?;
    let traced = |percent: &str| {
        let installation = Installation::new()?.with("GONDOLA_TRACE_ENDPOINT", &collector.url());
        Shop::open(installation.with("GONDOLA_TRACE_PERCENT", percent))
    };
    let shops =
        [("no traces", Shop::open(Installation::new()?)?), ("10 of 100", traced("10")?), ("all", traced("100")?)];
    let mut table = Table::default();
    let loads: [Case; 2] = [("one product with stock", reads), ("single durable postings", || Load::sales(1, 1))];
    for (what, load) in loads {
        let mut rates = vec![Vec::new(); shops.len()];
        for _ in 0..ROUNDS {
            for ((_, shop), rates) in shops.iter().zip(&mut rates) {
                rates.push(shop.load(CLIENTS, load(), Until::Seconds(seconds)).await?.per_second);
            }
        }
        let middle: Vec<f64> = rates.into_iter().map(median).collect();
        for ((name, _), rate) in shops.iter().zip(&middle) {
            let target = if *name == "10 of 100" { "0.95 of none" } else { "" };
            let beside = format!("{:.3} of none", rate / middle[0]);
            table.row(
                &format!("{what}, {CLIENTS} clients, {name}"),
                format!("{rate:.0}/s, median of {ROUNDS}"),
                target,
                beside,
            );
        }
    }
    Ok(table)
}

fn reads() -> Load {
    Load::each(|i| format!("/api/v1/stock/SKU-{:06}", i * 7_919 % PRODUCTS))
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
