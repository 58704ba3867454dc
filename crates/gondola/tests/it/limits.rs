//! Who may come how often, over real connections: alone, with a shared Redis, and with one that goes away.
//!
//! Invariant: a window is a day here, so that nothing refills while a test runs and counts are exact.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use testkit::Result;
use testkit::binary::Running;
use testkit::http::{Client, Response};
use testkit::process::wait_until;
use testkit::redis;

use crate::shop::{HANG, Shop, add_product, on_hand, post_ok, posting};

const PRODUCTS: &str = "/api/v1/products";

/// Limits everyone to so many a day.
fn limiting(mut shop: Shop, max: u32) -> Shop {
    let max = max.to_string();
    shop.installation = shop
        .installation
        .with("GONDOLA_RATELIMIT_ENABLED", "true")
        .with("GONDOLA_RATELIMIT_MAX", &max)
        .with("GONDOLA_RATELIMIT_WINDOW_S", "86400")
        .with("GONDOLA_LOG_LEVEL", "info,platform::http=warn");
    shop
}

fn number(answer: &Response, name: &str) -> u64 {
    let value = answer.header(name).unwrap_or_else(|| panic!("no {name} with {}", answer.status));
    value.parse().unwrap_or_else(|_| panic!("{name} is {value}"))
}

/// Asks so often; how many were let in and how many told to wait. Anything else is an error.
fn ask(clients: &mut [Client], times: usize) -> Result<(usize, usize)> {
    let (mut taken, mut refused) = (0, 0);
    for n in 0..times {
        let count = clients.len();
        let answer = clients[n % count].get(PRODUCTS)?;
        match answer.status {
            200 => taken += 1,
            429 => {
                ensure!(number(&answer, "retry-after") > 0 && answer.problem_code() == "rate_limited");
                refused += 1;
            }
            status => anyhow::bail!("{status}: {}", answer.text()),
        }
        ensure!(number(&answer, "x-ratelimit-limit") > 0 && number(&answer, "x-ratelimit-reset") > 0);
        number(&answer, "x-ratelimit-remaining");
    }
    Ok((taken, refused))
}

#[test]
fn who_comes_too_often_is_told_when_to_come_back_and_harms_nobody() -> Result<()> {
    let shop = limiting(Shop::on_sqlite()?, 100);
    let other = shop.installation.owner_key()?;
    let server = shop.serve()?;
    let (mut greedy, mut stranger) = (server.client(&shop.key), Client::new(server.address()));
    assert_eq!(ask(std::slice::from_mut(&mut greedy), 300)?, (100, 200));
    let first = server.client(&other).get(PRODUCTS)?;
    assert_eq!(
        (first.status, number(&first, "x-ratelimit-remaining")),
        (200, 99),
        "another key has a bucket of its own"
    );
    let unknown = stranger.get(PRODUCTS)?;
    assert_eq!((unknown.status, number(&unknown, "x-ratelimit-limit")), (401, 100));
    for free in ["/health", "/ready", "/assets/app.css"] {
        let answer = greedy.get(free)?;
        assert!(answer.status != 429 && answer.header("x-ratelimit-limit").is_none(), "{free}: {}", answer.status);
    }
    Ok(())
}

#[test]
fn a_till_that_posts_a_sale_a_second_never_waits() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    shop.installation = shop.installation.with("GONDOLA_RATELIMIT_ENABLED", "true");
    let server = shop.serve()?;
    let mut till = server.client(&shop.key).patience(HANG);
    add_product(&mut till, "A", "kg")?;
    post_ok(&mut till, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "100", "unit_cost": "10"}])))?;
    // The sixty sales of a minute at once, as after a connection that was down.
    for sale in 2..62 {
        post_ok(&mut till, &posting(sale, "sale", &json!([{"sku": "A", "quantity": "1", "unit_price": "20"}])))?;
    }
    Ok(())
}

/// Waits until the log says that limits are shared so many times.
fn await_shared(server: &Running, times: usize) -> Result<()> {
    let shared = || server.log().matches("limits are shared").count() >= times;
    ensure!(wait_until(Duration::from_secs(30), shared), "limits are not shared: {}", server.log());
    Ok(())
}

#[test]
fn nodes_enforce_one_limit_through_redis_and_each_its_own_without() -> Result<()> {
    let mut cache = redis::Server::start()?;
    let mut shop = limiting(Shop::on_postgres()?, 60);
    shop.installation = shop.installation.with("GONDOLA_CACHE_URL", &cache.url());
    let keys: Vec<String> = (0..3).map(|_| shop.installation.owner_key()).collect::<Result<_>>()?;
    let (one, other) = (shop.installation.serve_logging("one")?, shop.installation.serve_logging("other")?);
    let both = |key: &str| [one.client(key).patience(HANG), other.client(key).patience(HANG)];
    await_shared(&one, 1)?;
    await_shared(&other, 1)?;
    assert_eq!(ask(&mut both(&keys[0]), 200)?, (60, 140), "one limit over two nodes");

    cache.kill()?;
    assert_eq!(ask(&mut both(&keys[1]), 200)?, (120, 80), "each node by itself, and no request fails");
    assert_eq!(ask(&mut both(&keys[0]), 20)?, (0, 20), "what was shared before is remembered");

    cache.restart()?;
    await_shared(&one, 2)?;
    await_shared(&other, 2)?;
    assert_eq!(ask(&mut both(&keys[2]), 200)?, (60, 140), "shared again");

    cache.pause()?;
    let fourth = shop.installation.owner_key()?;
    assert_eq!(ask(&mut both(&fourth), 200)?, (120, 80), "a cache that hangs is as good as none");
    cache.resume()
}

/// Goods come in through one node after the other, and both are looked at after each: what was acknowledged is there, whoever is asked.
fn receives(clients: &mut [Client; 2], numbers: std::ops::Range<usize>) -> Result<()> {
    for number in numbers {
        let lines = json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]);
        post_ok(&mut clients[number % 2], &posting(number, "receipt", &lines))?;
        for client in &mut *clients {
            let seen: usize = on_hand(client, "A")?.parse()?;
            ensure!(seen == number, "{seen} is shown where {number} were seen");
        }
    }
    Ok(())
}

#[test]
fn no_reader_of_two_nodes_sees_an_older_balance_whatever_becomes_of_redis() -> Result<()> {
    let mut cache = redis::Server::start()?;
    let mut shop = limiting(Shop::on_postgres()?, 100_000);
    shop.installation = shop.installation.with("GONDOLA_CACHE_URL", &cache.url());
    let (one, other) = (shop.installation.serve_logging("one")?, shop.installation.serve_logging("other")?);
    await_shared(&one, 1)?;
    await_shared(&other, 1)?;
    let mut clients = [one.client(&shop.key).patience(HANG), other.client(&shop.key).patience(HANG)];
    add_product(&mut clients[0], "A", "unit")?;
    receives(&mut clients, 1..11)?;
    for begin in [11, 21, 31] {
        cache.flush()?;
        receives(&mut clients, begin..begin + 10)?;
    }
    cache.kill()?;
    receives(&mut clients, 41..51)?;
    // Empty, and perhaps of an earlier day.
    cache.restart()?;
    receives(&mut clients, 51..61)?;
    cache.pause()?;
    receives(&mut clients, 61..71)?;
    cache.resume()?;
    receives(&mut clients, 71..81)
}
