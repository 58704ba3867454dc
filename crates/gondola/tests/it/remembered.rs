//! Reading and judging by what is remembered, while the database is down.
//!
//! Invariant: nothing older is shown than what was answered before, what waits is taken off, and a sale is refused as the ledger would.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::Installation;
use testkit::http::{Client, Response};
use testkit::postgres::Server;
use testkit::process::wait_until;

use crate::intake::{STOCK, drained, sale, stocked};
use crate::shop::{HANG, Shop, id, on_hand, post_ok, posting};

fn stock(client: &mut Client) -> Result<Response> {
    let answer = client.get("/api/v1/stock/A")?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    Ok(answer)
}

fn is_remembered(answer: &Response) -> bool {
    answer.header("x-degradation-level") == Some("3") && answer.header("x-stock-as-of").is_some()
}

/// Whether the answer is a refusal of that code.
fn is_refused(answer: &Response, status: u16, code: &str) -> Result<()> {
    let codes = answer.json()?;
    let named = codes["code"] == code || codes["errors"][0]["code"] == code;
    ensure!(answer.status == status && named, "{code}: {} {}", answer.status, answer.text());
    Ok(())
}

#[test]
fn what_was_known_is_shown_as_the_database_would_and_sales_are_refused_as_the_ledger_would() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    let (server, mut client) = stocked(&shop)?;
    // The last answers before it goes: whoever was told of them must not be shown less.
    post_ok(&mut client, &sale(2, "7"))?;
    let paths = [
        "/api/v1/stock/A",
        "/api/v1/stock?site=centro",
        "/api/v1/stock?q=producto%20a",
        "/api/v1/stock?below_minimum=true",
    ];
    let live: Vec<Value> = paths.iter().map(|path| client.get(path)?.json()).collect::<Result<_>>()?;
    postgres.kill()?;
    for (path, live) in paths.iter().zip(live) {
        let shown = client.get(path)?;
        ensure!(shown.status == 200 && is_remembered(&shown), "{path}: {} {}", shown.status, shown.text());
        ensure!(shown.json()? == live, "{path}: {} is not {live}", shown.text());
    }
    is_refused(&client.get("/api/v1/stock?site=nowhere")?, 422, "unknown_site")?;
    for path in ["/api/v1/stock/Z", "/api/v1/stock?as_of=2026-01-01", "/api/v1/stock?category=x", "/api/v1/valuation"] {
        let answer = client.get(path)?;
        ensure!(answer.status == 503 && answer.header("retry-after").is_some(), "{path}: {}", answer.text());
    }

    let left = STOCK - 7;
    is_refused(&client.post("/api/v1/postings", &sale(3, &(left + 1).to_string()))?, 409, "insufficient_stock")?;
    ensure!(client.post("/api/v1/postings", &sale(4, &(left - 2).to_string()))?.status == 202);
    let shown = stock(&mut client)?;
    ensure!(shown.json()?["on_hand"] == "2" && is_remembered(&shown), "what waits is taken off: {}", shown.text());
    is_refused(&client.post("/api/v1/postings", &sale(5, "3"))?, 409, "insufficient_stock")?;
    // Whoever got no answer before it went asks again for what the ledger has: no stock is needed for that.
    ensure!(client.post("/api/v1/postings", &sale(2, "7"))?.status == 202, "a repetition");
    for (lines, code) in [
        (json!([{"sku": "Z", "quantity": "1"}]), "unknown_product"),
        (json!([{"sku": "A", "quantity": "1", "from": "nowhere"}]), "unknown_location"),
        (json!([{"sku": "A", "quantity": "0.5"}]), "fraction_of_piece"),
    ] {
        let answer = client.post("/api/v1/postings", &posting(6, "sale", &lines))?;
        is_refused(&answer, answer.status, code)?;
        ensure!((400..500).contains(&answer.status), "{} {}", answer.status, answer.text());
    }
    // Of several each gets its own answer.
    let several: Vec<Value> =
        [sale(7, "1"), sale(8, "9"), sale(9, "1")].into_iter().map(|mut one| one["postings"][0].take()).collect();
    let answer = client.post("/api/v1/postings", &json!({ "postings": several }))?;
    let results = answer.json()?["results"].as_array().cloned().context("no results")?;
    let became: Vec<&str> = results.iter().filter_map(|result| result["status"].as_str()).collect();
    ensure!(answer.status == 202 && became == ["accepted", "rejected", "accepted"], "{}", answer.text());
    let back = posting(10, "customer_return", &json!([{"sku": "A", "quantity": "4"}]));
    ensure!(client.post("/api/v1/postings", &back)?.status == 202, "goods that come back can be sold");
    ensure!(client.post("/api/v1/postings", &sale(11, "4"))?.status == 202);
    ensure!(stock(&mut client)?.json()?["on_hand"] == "0");

    postgres.restart()?;
    drained(&server, &mut client)?;
    let again = wait_until(HANG, || client.get("/api/v1/stock/A").is_ok_and(|shown| !is_remembered(&shown)));
    ensure!(again && on_hand(&mut client, "A")? == "0", "{}", server.log());
    for number in [3, 5, 6, 8] {
        ensure!(client.get(&format!("/api/v1/postings/{}", id(number)))?.status == 404, "{number} was refused");
    }
    shop.verify().map(drop)
}

#[test]
fn what_another_server_did_is_known_and_survives_a_restart_with_what_waits() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    let (mut server, mut client) = stocked(&shop)?;
    let other = Installation::on_postgres(database.url())?;
    let elsewhere = other.serve()?;
    post_ok(&mut elsewhere.client(&shop.key).patience(HANG), &sale(2, "10"))?;
    // Whoever saw it here is not shown less afterwards, whether or not it was followed by then.
    ensure!(on_hand(&mut client, "A")? == (STOCK - 10).to_string());
    let followed = || client.get("/metrics").is_ok_and(|page| page.text().contains("gondola_remembered_products 1\n"));
    ensure!(wait_until(HANG, followed), "{}", server.log());
    postgres.kill()?;
    ensure!(stock(&mut client)?.json()?["on_hand"] == (STOCK - 10).to_string());
    ensure!(client.post("/api/v1/postings", &sale(3, "5"))?.status == 202);
    let path = shop.installation.data_folder().join("known").join("stock");
    let amount = format!("{}", (STOCK - 10) * 1000);
    let has_kept =
        || std::fs::read(&path).is_ok_and(|bytes| bytes.windows(amount.len()).any(|some| some == amount.as_bytes()));
    ensure!(wait_until(HANG, has_kept), "it is not kept: {}", server.log());
    server.kill()?;

    let server = shop.installation.serve_unready()?;
    let mut client = server.client(&shop.key).patience(HANG);
    let shown = stock(&mut client)?;
    let left = (STOCK - 15).to_string();
    ensure!(shown.json()?["on_hand"] == left && is_remembered(&shown), "{}", shown.text());
    ensure!(client.get("/inventory/A")?.json()?["source"] == "cache");
    is_refused(&client.post("/api/v1/postings", &sale(4, &STOCK.to_string()))?, 409, "insufficient_stock")?;
    postgres.restart()?;
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == (STOCK - 15).to_string());
    shop.verify().map(drop)
}

#[test]
fn each_server_hands_on_its_own_journal_and_a_posting_that_two_kept_is_one() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    let (server, mut client) = stocked(&shop)?;
    let other = Installation::on_postgres(database.url())?;
    let elsewhere = other.serve()?;
    let mut there = elsewhere.client(&shop.key).patience(HANG);
    let followed = || there.get("/metrics").is_ok_and(|page| page.text().contains("gondola_remembered_products 1\n"));
    ensure!(wait_until(HANG, followed), "{}", elsewhere.log());
    let mut there = elsewhere.client(&shop.key).patience(HANG);
    postgres.kill()?;
    // Each knows of what waits in its own journal alone: both sell nearly everything.
    let most = (STOCK - 1).to_string();
    for (client, number) in [(&mut client, 2), (&mut there, 3)] {
        ensure!(client.post("/api/v1/postings", &sale(number, &most))?.status == 202);
        ensure!(client.post("/api/v1/postings", &sale(4, "1"))?.status == 202, "sent to both");
        is_refused(&client.post("/api/v1/postings", &sale(5, "1"))?, 409, "insufficient_stock")?;
    }
    postgres.restart()?;
    drained(&server, &mut client)?;
    drained(&elsewhere, &mut there)?;
    let left = on_hand(&mut client, "A")?;
    ensure!(left == format!("-{}", STOCK - 1), "each once: {left}");
    shop.verify().map(drop)
}
