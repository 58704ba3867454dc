//! Whether what the server holds grows with the requests it has answered: memory, files and sockets, tasks, connections.
//!
//! Invariant: files, tasks and connections are counted when the load is over and its connections are gone.

use std::time::Duration;

use anyhow::Result;
use testkit::{binary::Installation, process::wait_until};

use crate::{
    load::{Load, Until},
    server::{Figures, PRODUCTS, Resident, Shop},
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
/// Until connections of a load that is over are gone.
const GONE: Duration = Duration::from_secs(20);
/// Looks at the memory.
const STEPS: u64 = 10;

/// Measures.
pub async fn run(arguments: &Arguments) -> Result<Table> {
    let mut table = Table::default();
    let shop = Shop::open(Installation::new()?)?;
    let idle = shop.memory()?;
    let mut before = Held::default();
    table.row("memory idle", format!("{} MB", idle.mb()), "60 MB", own(idle));
    let step = arguments.requests / STEPS;
    let (mut warm, mut last) = (idle, idle);
    for round in 1..=STEPS {
        let seen = shop.load(CLIENTS, mixed(round * step), Until::Requests(step)).await?;
        last = shop.memory()?;
        if round == 1 {
            warm = last;
            before = Held::of(&shop)?;
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
    let after = Held::of(&shop)?;
    for ((what, _), (first, now)) in HELD.into_iter().zip(before.0.into_iter().zip(after.0)) {
        table.row(
            &format!("{what}, idle again"),
            format!("{now}"),
            "no more than once warm",
            format!("{first} after the first tenth"),
        );
    }
    Ok(table)
}

/// What may leak besides memory, by the names of its figures.
const HELD: [(&str, &str); 5] = [
    ("files and sockets", "process_open_fds"),
    ("tasks", "gondola_runtime_tasks"),
    ("threads", "process_threads"),
    ("connections of clients", "http_server_active_connections"),
    ("connections to the database", "gondola_db_pool_connections"),
];

/// How much of each.
#[derive(Debug, Default)]
struct Held([f64; 5]);

impl Held {
    /// Of a server whom nobody asks but this.
    fn of(shop: &Shop) -> Result<Held> {
        let look = || shop.figures(shop.key());
        let alone = |figures: &Result<Figures>| {
            figures
                .as_ref()
                .is_ok_and(|figures| figures.sum("http_server_active_connections").is_ok_and(|open| open <= 1.0))
        };
        let mut figures = look();
        wait_until(GONE, || {
            figures = look();
            alone(&figures)
        });
        let figures = figures?;
        let mut held = [0.0; 5];
        for (count, (_, name)) in held.iter_mut().zip(HELD) {
            *count = figures.sum(name)?;
        }
        Ok(Held(held))
    }
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
