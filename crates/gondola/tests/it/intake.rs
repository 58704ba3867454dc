//! Selling on while the database is down.
//!
//! Invariant: whatever was answered 202 is in the ledger exactly once in the end, whatever was killed meanwhile, and the chain verifies.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::http::Client;
use testkit::postgres::Server;
use testkit::process::wait_until;

use crate::faults::hold;
use crate::shop::{HANG, Shop, add_product, id, on_hand, post_ok, posting};

/// What it may take until all that was kept is in the ledger.
const DRAINED: Duration = Duration::from_secs(40);
/// What it may take until a level is told: three checks, five seconds apart, and a slow machine.
const LEVEL: Duration = Duration::from_secs(45);
pub(crate) const STOCK: usize = 100_000;

pub(crate) fn shop_on(postgres: &Server) -> Result<(Shop, testkit::postgres::Database)> {
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    Ok((shop, database))
}

pub(crate) fn figure(client: &mut Client, name: &str) -> Option<f64> {
    let page = client.get("/metrics").ok()?.text();
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).and_then(|value| value.parse().ok())
}

/// Stock to sell, and a server that remembers its product.
pub(crate) fn stocked(shop: &Shop) -> Result<(Running, Client)> {
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    let received = json!([{"sku": "A", "quantity": STOCK.to_string(), "unit_cost": "1"}]);
    post_ok(&mut client, &posting(1, "receipt", &received))?;
    // A file that can be read needs no memory beside it.
    let stock = if shop.installation.database_url().is_some() { 1.0 } else { 0.0 };
    let figures = [("gondola_journal_products", 1.0), ("gondola_remembered_products", stock)];
    let known = wait_until(HANG, || figures.iter().all(|(name, value)| figure(&mut client, name) == Some(*value)));
    ensure!(known, "the catalogue is not remembered: {}", server.log());
    Ok((server, client))
}

pub(crate) fn sale(number: usize, quantity: &str) -> Value {
    posting(number, "sale", &json!([{"sku": "A", "quantity": quantity, "unit_price": "9"}]))
}

pub(crate) fn drained(server: &Running, client: &mut Client) -> Result<()> {
    let done = wait_until(DRAINED, || figure(client, "gondola_journal_length") == Some(0.0));
    ensure!(done, "{:?} wait: {}", figure(client, "gondola_journal_length"), server.log());
    Ok(())
}

/// Ids of the sales in the ledger.
pub(crate) fn sales(client: &mut Client) -> Result<BTreeSet<String>> {
    let (mut found, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = client.get(&format!("/api/v1/postings?site=centro&kind=sale&limit=500{cursor}"))?;
        ensure!(page.status == 200, "{} {}", page.status, page.text());
        let page = page.json()?;
        for item in page["items"].as_array().context("no items")? {
            ensure!(found.insert(item["id"].as_str().unwrap_or_default().to_owned()), "twice: {item}");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(found),
        }
    }
}

pub(crate) fn listed(shop: &Shop, state: &str) -> Result<Vec<Value>> {
    let text = shop.installation.ok(&["journal", "list", "--json"])?;
    let all: std::result::Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
    Ok(all?.into_iter().filter(|entry| entry["state"] == state).collect())
}

/// Sells one piece after another until told to stop. Gives the numbers that were taken, and how many of them were kept.
pub(crate) fn sell(server: &Running, key: &str, next: &AtomicUsize, stop: &AtomicBool) -> (Vec<usize>, usize) {
    let mut client = server.client(key).patience(HANG);
    let (mut taken, mut kept) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Ok(answer) = client.post("/api/v1/postings", &sale(number, "1")) else { continue };
        if matches!(answer.status, 200..=202) {
            taken.push(number);
        }
        kept += usize::from(answer.status == 202);
    }
    (taken, kept)
}

#[test]
fn every_sale_taken_while_the_database_dies_and_the_server_too_is_in_the_ledger_once() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, _database) = shop_on(&postgres)?;
    let (mut server, mut client) = stocked(&shop)?;
    let (next, stop) = (AtomicUsize::new(1000), AtomicBool::new(false));
    let mut taken = Vec::new();
    std::thread::scope(|scope| -> Result<()> {
        let tills: Vec<_> = (0..4).map(|_| scope.spawn(|| sell(&server, &shop.key, &next, &stop))).collect();
        let outcome = (|| {
            ensure!(wait_until(HANG, || next.load(Ordering::Relaxed) > 1100), "nothing is sold");
            postgres.kill()?;
            let many = |client: &mut Client| figure(client, "gondola_journal_length") > Some(200.0);
            ensure!(wait_until(HANG, || many(&mut client)), "nothing is kept: {}", server.log());
            Ok(())
        })();
        stop.store(true, Ordering::Relaxed);
        let mut kept = 0;
        for till in tills {
            let (numbers, own) = till.join().map_err(|_| anyhow::anyhow!("a till ended badly"))?;
            taken.extend(numbers);
            kept += own;
        }
        outcome?;
        ensure!(kept >= 200, "{kept}");
        Ok(())
    })?;
    let again = client.post("/api/v1/postings", &sale(*taken.last().context("none")?, "1"))?;
    ensure!(again.status == 202 && again.json()?["results"][0]["status"] == "accepted", "{}", again.text());
    let other = client.post("/api/v1/postings", &sale(*taken.last().context("none")?, "2"))?;
    ensure!((other.status, other.problem_code().as_str()) == (409, "idempotency_conflict"), "{}", other.text());
    let told = wait_until(LEVEL, || client.get("/health").is_ok_and(|a| a.header("x-degradation-level") == Some("3")));
    ensure!(told, "level 3 is never told");
    let page = Client::new(server.address()).patience(HANG).get("/entrar")?.text();
    ensure!(page.contains("se siguen tomando"), "the page does not say it: {page}");

    server.kill()?;
    let waiting = listed(&shop, "waiting")?.len();
    ensure!(waiting >= 200, "{waiting}");
    let server = shop.installation.serve_unready()?;
    ensure!(
        figure(&mut server.client(&shop.key), "gondola_journal_length") == Some(f64::from(u32::try_from(waiting)?))
    );
    postgres.restart()?;
    let mut client = server.client(&shop.key).patience(HANG);
    drained(&server, &mut client)?;
    let found = sales(&mut client)?;
    let missing: Vec<&usize> = taken.iter().filter(|number| !found.contains(&id(**number))).collect();
    ensure!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    ensure!(on_hand(&mut client, "A")? == (STOCK - found.len()).to_string());
    ensure!(listed(&shop, "waiting")?.is_empty() && listed(&shop, "refused")?.is_empty());
    ensure!(client.post("/api/v1/postings", &sale(taken[0], "1"))?.status == 200, "a repetition");
    shop.verify()?;
    Ok(())
}

/// What a second server of the same shop does meanwhile.
fn elsewhere(
    shop: &Shop,
    database: &testkit::postgres::Database,
    act: impl FnOnce(&mut Client) -> Result<()>,
) -> Result<()> {
    let other = Installation::on_postgres(database.url())?;
    let server = other.serve()?;
    act(&mut server.client(&shop.key).patience(HANG))
}

#[test]
fn what_was_sold_elsewhere_meanwhile_is_a_fact_and_what_cannot_be_is_kept_for_a_person() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, database) = shop_on(&postgres)?;
    let (mut server, mut client) = stocked(&shop)?;
    add_product(&mut client, "B", "unit")?;
    let received = json!([{"sku": "B", "quantity": "5", "unit_cost": "1"}]);
    post_ok(&mut client, &posting(2, "receipt", &received))?;
    ensure!(wait_until(HANG, || figure(&mut client, "gondola_remembered_products") == Some(2.0)));
    postgres.kill()?;
    let everything = sale(3, &STOCK.to_string());
    let kept =
        wait_until(HANG, || client.post("/api/v1/postings", &everything).is_ok_and(|answer| answer.status == 202));
    ensure!(kept, "{}", server.log());
    let gone = posting(4, "sale", &json!([{"sku": "B", "quantity": "1"}]));
    ensure!(client.post("/api/v1/postings", &gone)?.status == 202);
    server.kill()?;
    postgres.restart()?;
    elsewhere(&shop, &database, |client| {
        post_ok(client, &sale(5, "5"))?;
        post_ok(client, &posting(6, "sale", &json!([{"sku": "B", "quantity": "5"}])))?;
        let ended = client.post("/api/v1/products/B/deactivate", &json!({}))?;
        ensure!(matches!(ended.status, 200 | 204), "{} {}", ended.status, ended.text());
        Ok(())
    })?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == "-5", "{}", on_hand(&mut client, "A")?);
    ensure!(figure(&mut client, "gondola_journal_postings_total{outcome=\"oversold\"}") == Some(1.0));
    let refused = listed(&shop, "refused")?;
    ensure!(refused.len() == 1 && refused[0]["code"] == "inactive_product", "{refused:?}");
    ensure!(refused[0]["posting"]["id"] == id(4), "{refused:?}");
    let busy = shop.installation.run(&["journal", "replay"])?;
    ensure!(busy.code != Some(0) && busy.stderr.contains("en marcha"), "{}", busy.output());
    shop.verify()?;
    Ok(())
}

#[test]
fn a_file_that_another_program_holds_keeps_nobody_from_selling() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let (server, mut client) = stocked(&shop)?;
    let mut holder = hold(&shop.installation, "BEGIN IMMEDIATE")?;
    let kept = client.post("/api/v1/postings", &sale(2, "3"))?;
    ensure!(kept.status == 202, "{} {}", kept.status, kept.text());
    holder.kill()?;
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == (STOCK - 3).to_string());
    ensure!(client.post("/api/v1/postings", &sale(2, "3"))?.status == 200, "once");
    Ok(())
}

#[test]
fn a_full_journal_says_so_is_level_four_and_all_is_well_again_when_the_database_is() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let installation = Installation::on_postgres(database.url())?.with("GONDOLA_JOURNAL_MAX_BYTES", "1048576");
    let shop = Shop::of(installation, None)?;
    let (server, mut client) = stocked(&shop)?;
    postgres.kill()?;
    let mut kept = 0;
    // Requests of a hundred postings each, so that it is full soon.
    let full = wait_until(HANG, || {
        let postings: Vec<Value> = (0..100)
            .map(|n| {
                let mut one = sale(1000 + kept + n, "1")["postings"][0].take();
                one["note"] = json!("n".repeat(400));
                one
            })
            .collect();
        match client.post("/api/v1/postings", &json!({ "postings": postings })) {
            Ok(answer) if answer.status == 202 => {
                kept += 100;
                false
            }
            Ok(answer) => kept > 0 && answer.status == 503 && answer.header("retry-after").is_some(),
            Err(_) => false,
        }
    });
    ensure!(full && kept >= 1000, "{kept}: {}", server.log());
    let told = wait_until(LEVEL, || client.get("/health").is_ok_and(|a| a.header("x-degradation-level") == Some("4")));
    ensure!(told, "level 4 is never told: {}", server.log());
    ensure!(client.get("/inventory/A")?.status == 200, "what can be read still is");
    postgres.restart()?;
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == (STOCK - kept).to_string());
    ensure!(client.post("/api/v1/postings", &sale(2, "1"))?.status == 201);
    let told = wait_until(LEVEL, || client.get("/health").is_ok_and(|a| a.header("x-degradation-level") == Some("1")));
    ensure!(told, "level 1 never comes back: {}", server.log());
    shop.verify()?;
    Ok(())
}
