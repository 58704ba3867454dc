//! A database server that is there and says nothing.
//!
//! Invariant: nobody waits longer than a few seconds for an answer that may never come, and all goes on when it comes back.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::Result;
use testkit::binary::Installation;
use testkit::postgres::Server;
use testkit::process::wait_until;

use crate::shop::{Shop, add_product, post_ok, posting};

/// The silence is believed after this long (`database_connect_timeout_s`), and it is asked about every second.
const PATIENCE_S: u64 = 2;
/// What a request may take at most: the patience, the interval, and a slow machine. Far below the limit of a request.
const SOON: Duration = Duration::from_secs(15);

/// Holds a server still while it lives, whatever becomes of the test.
struct Paused<'s>(&'s Server);

impl Paused<'_> {
    fn of(server: &Server) -> Result<Paused<'_>> {
        server.pause()?;
        Ok(Paused(server))
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        // A server that could not be set going again fails whatever is asked of it next.
        let _ = self.0.resume();
    }
}

#[test]
fn requests_to_a_paused_server_are_told_so_in_seconds_and_go_on_afterwards() -> Result<()> {
    let postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let installation =
        Installation::on_postgres(database.url())?.with("GONDOLA_DATABASE_CONNECT_TIMEOUT_S", &PATIENCE_S.to_string());
    let shop = Shop::of(installation, None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "kg")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "10", "unit_cost": "5"}])))?;
    ensure!(client.get("/inventory/A")?.json()?["source"] == "live");

    let known = wait_until(SOON, || {
        client.get("/metrics").is_ok_and(|page| page.text().contains("gondola_remembered_products 1\n"))
    });
    ensure!(known, "the catalogue is not remembered: {}", server.log());
    let paused = Paused::of(&postgres)?;
    let sale = posting(2, "sale", &json!([{"sku": "A", "quantity": "1", "unit_price": "9"}])).to_string();
    let json_type = [("Content-Type", "application/json")];
    let requests: [(&str, &str, &[u8], u16); 8] = [
        ("POST", "/api/v1/postings", sale.as_bytes(), 202),
        ("GET", "/api/v1/stock", b"", 200),
        ("GET", "/api/v1/stock/A", b"", 200),
        ("GET", "/api/v1/stock/B", b"", 503),
        ("GET", "/api/v1/stock?category=x", b"", 503),
        ("GET", "/api/v1/valuation", b"", 503),
        ("GET", "/inventory/A", b"", 200),
        ("GET", "/health", b"", 200),
    ];
    std::thread::scope(|scope| {
        let asked = requests.map(|(method, path, body, expected)| {
            let mut client = server.client(&shop.key).patience(SOON);
            scope.spawn(move || -> Result<()> {
                let answer = client.send(method, path, &json_type, body).with_context(|| format!("{method} {path}"))?;
                ensure!(answer.status == expected, "{method} {path}: {} {}", answer.status, answer.text());
                ensure!(expected < 300 || answer.json()?["code"] == "unavailable", "{}", answer.text());
                let is_remembered = path.starts_with("/api/") && method == "GET" && expected == 200;
                ensure!(!is_remembered || answer.header("x-stock-as-of").is_some(), "{path}: as of when?");
                Ok(())
            })
        });
        asked.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| anyhow::bail!("a thread panicked")))
    })?;
    ensure!(server.client(&shop.key).get("/inventory/A")?.json()?["source"] == "cache");
    // What is known need not be found out again.
    let known = server.client(&shop.key).patience(Duration::from_secs(PATIENCE_S)).get("/api/v1/valuation")?;
    ensure!(known.status == 503, "{}", known.text());

    drop(paused);
    let back = wait_until(Duration::from_secs(30), || {
        server.client(&shop.key).get("/api/v1/stock/A").is_ok_and(|answer| answer.status == 200)
    });
    ensure!(back, "it does not come back: {}", server.log());
    // The sale was kept, and perhaps written meanwhile too: it is one sale.
    let settled = wait_until(Duration::from_secs(30), || {
        let again = server.client(&shop.key).send("POST", "/api/v1/postings", &json_type, sale.as_bytes());
        again.is_ok_and(|answer| matches!(answer.status, 200 | 201))
    });
    ensure!(settled, "the sale is not taken: {}", server.log());
    let stock = server.client(&shop.key).get("/api/v1/stock/A")?;
    ensure!(stock.json()?["on_hand"] == "9", "{}", stock.text());
    drop(server);
    shop.verify().map(drop)
}
