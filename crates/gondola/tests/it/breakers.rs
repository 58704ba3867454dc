//! Breakers as operators meet them: servers that go away and come back.
//!
//! Invariant: what is down is not asked again and again, everybody can see that, and nobody has to do anything when it is back.

use std::time::Duration;

use anyhow::{Context, ensure};
use domain::Stopwatch;
use serde_json::Value;
use testkit::Result;
use testkit::binary::Installation;
use testkit::http::Client;
use testkit::postgres::Server;
use testkit::process::wait_until;
use testkit::redis;

use crate::shop::{HANG, Shop, add_product};

/// How long after a server is back it may take to be used again: one sign of life, one probe, a slow machine.
pub(crate) const BACK: Duration = Duration::from_secs(20);

fn breaker(client: &mut Client, name: &str) -> Result<Value> {
    let answer = client.get("/api/v1/breakers")?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    let all = answer.json()?;
    let found = all["items"].as_array().and_then(|items| items.iter().find(|item| item["name"] == name)).cloned();
    found.with_context(|| format!("no {name} in {all}"))
}

pub(crate) fn comes_to(client: &mut Client, name: &str, state: &str) -> Result<()> {
    let mut last = Value::Null;
    let came = wait_until(BACK, || {
        last = breaker(client, name).unwrap_or_default();
        last["state"] == state
    });
    ensure!(came, "{name} never was {state}: {last}");
    Ok(())
}

fn figure(client: &mut Client, series: &str) -> Result<String> {
    let page = client.get("/metrics")?.text();
    let line = page.lines().find_map(|line| line.strip_prefix(series)).with_context(|| format!("no {series}"))?;
    Ok(line.trim().to_owned())
}

#[test]
fn a_database_that_is_down_is_not_asked_and_is_used_again_by_itself() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let installation = Installation::on_postgres(database.url())?.with("GONDOLA_BREAKER_DATABASE_OPEN_S", "600");
    let shop = Shop::of(installation, None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    ensure!(breaker(&mut client, "database")?["state"] == "closed");

    postgres.kill()?;
    comes_to(&mut client, "database", "open")?;
    let open = breaker(&mut client, "database")?;
    ensure!(open["recent_failures"].as_u64() >= Some(3) && open["last_error"].is_string(), "{open}");
    ensure!(figure(&mut client, "gondola_breaker_state{dependency=\"database\"}")? == "2");
    // Nobody waits for what is known to be down.
    let watch = Stopwatch::start();
    for _ in 0..20 {
        let answer = client.get("/api/v1/stock/A")?;
        ensure!(answer.status == 503 && answer.header("retry-after").is_some(), "{}", answer.status);
    }
    ensure!(watch.elapsed() < Duration::from_secs(3), "{:?}", watch.elapsed());
    ensure!(breaker(&mut client, "database")?["refused"].as_u64() >= Some(20));
    // By hand it is asked again, found down, and let be again.
    let reset = client.send("POST", "/api/v1/breakers/database/reset", &[], b"")?;
    ensure!(reset.status == 200 && reset.json()?["state"] == "closed", "{} {}", reset.status, reset.text());
    comes_to(&mut client, "database", "open")?;
    let unknown = client.send("POST", "/api/v1/breakers/oven/reset", &[], b"")?;
    ensure!(unknown.status == 404, "{}", unknown.status);

    postgres.restart()?;
    let served = wait_until(BACK, || client.get("/api/v1/stock/A").is_ok_and(|answer| answer.status == 200));
    ensure!(served, "long before its ten minutes are over: {}", server.log());
    comes_to(&mut client, "database", "closed")?;
    let history = breaker(&mut client, "database")?["history"].clone();
    let last = history.as_array().and_then(|changes| changes.last()).cloned().unwrap_or_default();
    ensure!(last["from"] == "half_open" && last["to"] == "closed", "{history}");
    // What was told while the database was away is written when it is back.
    let mut told = || client.get("/api/v1/audit?action=breaker.reset").and_then(|answer| answer.json());
    let resets = |told: serde_json::Value| told["items"].as_array().map(Vec::len);
    ensure!(wait_until(BACK, || told().is_ok_and(|told| resets(told) == Some(1))), "{}", told()?);
    Ok(())
}

#[test]
fn a_cache_that_hangs_or_dies_costs_nobody_anything() -> Result<()> {
    let mut cache = redis::Server::start()?;
    let installation = Installation::new()?
        .with("GONDOLA_CACHE_URL", &cache.url())
        .with("GONDOLA_RATELIMIT_ENABLED", "true")
        .with("GONDOLA_RATELIMIT_MAX", "100000");
    let shop = Shop::of(installation, None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    comes_to(&mut client, "cache", "closed")?;
    cache.kill()?;
    comes_to(&mut client, "cache", "open")?;
    let watch = Stopwatch::start();
    for _ in 0..50 {
        ensure!(client.get("/api/v1/sites")?.status == 200);
    }
    ensure!(watch.elapsed() < Duration::from_secs(3), "{:?}", watch.elapsed());
    cache.restart()?;
    comes_to(&mut client, "cache", "closed")?;
    ensure!(figure(&mut client, "gondola_bulkhead_limit{dependency=\"cache\"}")? == "512");
    Ok(())
}
