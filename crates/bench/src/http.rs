//! The program over HTTP, as its clients meet it: the server is another process, the load comes from this one.

use anyhow::Result;
use testkit::{binary::Installation, postgres};

use crate::{
    load::{Load, Seen, Until},
    server::{self, Shop},
    table::Table,
};

/// One measurement: what, of how many clients, against which target, and the reference it is set beside.
struct Case<'a> {
    what: &'a str,
    clients: usize,
    target: &'a str,
    reference: Option<(&'a str, f64)>,
}

/// Measures a server on each database.
pub async fn run(seconds: u64) -> Result<Table> {
    let mut table = Table::default();
    let raw = server::raw_answers(seconds.min(4)).await?;
    table.row("raw axum answering a constant, 64 connections (reference)", raw.to_string(), "", String::new());
    let shop = Shop::open(Installation::new()?)?;
    reads(&shop, seconds, raw.per_second, &mut table).await?;
    writes("SQLite", &shop, seconds, &mut table).await?;
    table.row("memory under load, SQLite", format!("{} MB", shop.memory()?.mb()), "200 MB", String::new());
    drop(shop);
    let server = postgres::Server::start()?;
    let database = server.fresh_database()?;
    let shop = Shop::open(Installation::on_postgres(database.url())?)?;
    writes("PostgreSQL", &shop, seconds, &mut table).await?;
    Ok(table)
}

async fn reads(shop: &Shop, seconds: u64, raw: f64, table: &mut Table) -> Result<()> {
    table.row("start to ready, 10 000 products", format!("{} ms", shop.start_ms), "1 000 ms", String::new());
    table.row("memory idle", format!("{} MB", shop.memory()?.mb()), "60 MB", String::new());
    let of_raw = Some(("raw axum", raw));
    let cases = [
        (
            Case { what: "GET /health", clients: 64, target: "40 000/s, p95 5 ms", reference: of_raw },
            Load::get("/health"),
        ),
        (
            Case { what: "one product with stock", clients: 64, target: "15 000/s, p95 10 ms", reference: of_raw },
            Load::each(|i| format!("/api/v1/stock/SKU-{:06}", i % server::PRODUCTS)),
        ),
        (
            Case {
                what: "50 products with stock, filtered",
                clients: 16,
                target: "2 000/s, p95 50 ms",
                reference: of_raw,
            },
            Load::each(|i| format!("/api/v1/stock?site=centro&location=deposito&limit=50&category=Rubro%20{}", i % 20)),
        ),
        (
            Case { what: "search, 10 000 products", clients: 16, target: "p95 10 ms", reference: of_raw },
            Load::each(|i| format!("/api/v1/products/search?q=produ%20{}&limit=20", i % 1_000)),
        ),
        (
            Case { what: "GET /metrics", clients: 16, target: "3 000/s, p95 20 ms", reference: of_raw },
            Load::get("/metrics"),
        ),
    ];
    for (case, load) in cases {
        measure(shop, &case, load, seconds, table).await?;
    }
    Ok(())
}

async fn writes(name: &str, shop: &Shop, seconds: u64, table: &mut Table) -> Result<()> {
    let singles = if name == "SQLite" {
        [(64, "8 000/s, p99 50 ms"), (256, "–")]
    } else {
        [(64, "6 000/s"), (256, "12 000/s")]
    };
    for (clients, target) in singles {
        let what = format!("{name}: single durable postings, {clients} connections");
        measure(shop, &Case { what: &what, clients, target, reference: None }, Load::sales(1, 1), seconds, table)
            .await?;
    }
    for (shape, postings, lines) in [("postings of 1 000 lines", 1, 1_000), ("1 000 postings a request", 1_000, 1)] {
        let seen = shop.load(4, Load::sales(postings, lines), Until::Seconds(seconds)).await?;
        let rate = seen.per_second * 1_000.0;
        table.row(&format!("{name}: {shape}"), format!("{rate:.0} movements/s ({seen})"), "25 000/s", String::new());
    }
    Ok(())
}

async fn measure(shop: &Shop, case: &Case<'_>, load: Load, seconds: u64, table: &mut Table) -> Result<Seen> {
    let seen = shop.load(case.clients, load, Until::Seconds(seconds)).await?;
    let beside =
        case.reference.map_or_else(String::new, |(name, rate)| format!("{:.2} of {name}", seen.per_second / rate));
    table.row(&format!("{}, {} clients", case.what, case.clients), seen.to_string(), case.target, beside);
    Ok(seen)
}
