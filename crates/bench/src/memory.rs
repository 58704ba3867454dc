//! Whether the server's memory grows with the requests it has answered.

use anyhow::Result;
use testkit::binary::Installation;

use crate::{
    load::{Load, Until},
    server::{PRODUCTS, Resident, Shop},
    table::{Table, grouped},
};

/// How long.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Requests in all, the first tenth of which only warm up.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    requests: u64,
}

const CLIENTS: usize = 16;
/// Looks at the memory.
const STEPS: u64 = 10;

/// Measures.
pub async fn run(arguments: &Arguments) -> Result<Table> {
    let mut table = Table::default();
    let shop = Shop::open(Installation::new()?)?;
    let idle = shop.memory()?;
    table.row("memory idle", format!("{} MB", idle.mb()), "60 MB", own(idle));
    let step = arguments.requests / STEPS;
    let (mut warm, mut last) = (idle, idle);
    for round in 1..=STEPS {
        let seen = shop.load(CLIENTS, mixed(round * step), Until::Requests(step)).await?;
        last = shop.memory()?;
        if round == 1 {
            warm = last;
        }
        let target = if round == STEPS { "200 MB" } else { "" };
        let what = format!("memory after {} requests, {CLIENTS} clients", grouped(round * step));
        table.row(&what, format!("{} MB", last.mb()), target, format!("{}; {:.0}/s", own(last), seen.per_second));
    }
    let grown = |from: u64, to: u64| (to as f64 - from as f64) / 1024.0;
    table.row(
        &format!("growth over the last {} requests", grouped(step * (STEPS - 1))),
        format!("{:+.1} MB", grown(warm.total_kib, last.total_kib)),
        "5 MB",
        format!("{:+.1} MB its own, the rest pages of the database's file", grown(warm.own_kib, last.own_kib)),
    );
    Ok(table)
}

fn own(memory: Resident) -> String {
    format!("{} MB its own", memory.own_kib / 1024)
}

/// Of twenty requests one posts, nine read a product, four list fifty and six search.
fn mixed(first: u64) -> Load {
    let sales = Load::sales(1, 1);
    Load::with_bodies(move |i| {
        let n = first + i;
        let path = match i % 20 {
            0 => return sales.request(n),
            1..=9 => format!("/api/v1/stock/SKU-{:06}", n * 7_919 % PRODUCTS),
            10..=13 => format!("/api/v1/stock?site=centro&location=deposito&limit=50&category=Rubro%20{}", n % 20),
            _ => format!("/api/v1/products/search?q=produ%20{}&limit=20", n % 1_000),
        };
        (path, String::new())
    })
}
