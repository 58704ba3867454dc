//! Starting while the database server is not there.
//!
//! Invariant: what was sold without it is in the ledger once when it is back, and what is wrong with it then is told as at any start.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use testkit::Result;
use testkit::binary::Installation;
use testkit::http::Client;
use testkit::postgres::{Database, Server};
use testkit::process::wait_until;

use crate::intake::{STOCK, drained, sale, stocked};
use crate::shop::{HANG, Shop, on_hand, posting};

/// What it may take until a level is told: good checks over ten seconds, and a slow machine.
const LEVEL: Duration = Duration::from_secs(45);

fn kept(shop: &Shop, name: &str) -> PathBuf {
    shop.installation.data_folder().join("known").join(name)
}

fn holds(path: &Path, words: &str) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes()))
}

/// A shop whose server was killed when it had kept what it has to know, and whose database server was killed then.
fn left_alone(postgres: &mut Server) -> Result<(Shop, Database)> {
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    let (mut server, _) = stocked(&shop)?;
    let has_kept = || holds(&kept(&shop, "keys"), "\"owner\"") && holds(&kept(&shop, "goods"), "\"A\"");
    ensure!(wait_until(HANG, has_kept), "it keeps nothing: {}", server.log());
    server.kill()?;
    postgres.kill()?;
    Ok((shop, database))
}

fn is_level(client: &mut Client, level: &str) -> bool {
    client
        .get("/health")
        .is_ok_and(|answer| answer.status == 200 && answer.header("x-degradation-level") == Some(level))
}

#[test]
fn a_server_started_without_its_database_sells_and_becomes_whole_by_itself() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, _database) = left_alone(&mut postgres)?;
    let mut server = shop.installation.serve_unready()?;
    let mut client = server.client(&shop.key).patience(HANG);
    ensure!(is_level(&mut client, "3"), "level 3 is told from the start");
    let ready = client.get("/ready")?;
    ensure!((ready.status, &ready.json()?["waiting_for"]) == (503, &json!(["database"])), "{}", ready.text());
    let sold = client.post("/api/v1/postings", &sale(2, "1"))?;
    ensure!(sold.status == 202, "{} {}", sold.status, sold.text());
    let unknown = posting(3, "sale", &json!([{"sku": "Z", "quantity": "1"}]));
    let office = posting(4, "opening", &json!([{"sku": "A", "quantity": "1", "unit_cost": "1"}]));
    for (body, status, code) in [(&unknown, 422, "unknown_product"), (&office, 503, "unavailable")] {
        let answer = client.post("/api/v1/postings", body)?;
        ensure!((answer.status, answer.problem_code().as_str()) == (status, code), "{}", answer.text());
    }
    let mut forged = shop.key.clone();
    let last = forged.pop();
    forged.push(if last == Some('0') { '1' } else { '0' });
    for key in ["", forged.as_str()] {
        let answer = server.client(key).post("/api/v1/postings", &sale(5, "1"))?;
        ensure!(answer.status == 401, "{} {}", answer.status, answer.text());
    }

    server.kill()?;
    let server = shop.installation.serve_unready()?;
    let mut client = server.client(&shop.key).patience(HANG);
    for number in [2, 6] {
        let sold = client.post("/api/v1/postings", &sale(number, "1"))?;
        ensure!(sold.status == 202, "{} {}", sold.status, sold.text());
    }
    postgres.restart()?;
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == (STOCK - 2).to_string(), "{}", on_hand(&mut client, "A")?);
    ensure!(client.get("/ready")?.status == 200, "it is whole");
    ensure!(wait_until(LEVEL, || is_level(&mut client, "1")), "level 1 never comes back: {}", server.log());
    shop.verify().map(drop)
}

#[test]
fn what_is_wrong_with_the_database_when_it_comes_is_told_as_at_any_start() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, database) = left_alone(&mut postgres)?;
    postgres.restart()?;
    database.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'of a later program', true, '', 0",
    )?;
    let refused = shop.installation.run(&["serve", "--listen", "127.0.0.1:0"])?;
    ensure!(refused.code.is_some_and(|code| code != 0), "{}", refused.output());
    postgres.kill()?;
    let mut server = shop.installation.serve_unready()?;
    let sold = server.client(&shop.key).patience(HANG).post("/api/v1/postings", &sale(2, "1"))?;
    ensure!(sold.status == 202, "{} {}", sold.status, sold.text());
    postgres.restart()?;
    ensure!(wait_until(HANG, || !server.is_running()), "it serves over tables it does not know: {}", server.log());
    let words = refused.stderr.lines().last().unwrap_or("nothing");
    ensure!(server.log().contains(words), "{words} is not in {}", server.log());
    database.execute("DELETE FROM _sqlx_migrations WHERE version = 9999")?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == (STOCK - 1).to_string(), "what it took meanwhile is not lost");
    Ok(())
}

#[test]
fn what_a_server_would_be_refused_for_ever_it_does_not_start_with() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, database) = left_alone(&mut postgres)?;
    postgres.restart()?;
    let elsewhere = database.url().replace("/test_", "/none_");
    let stranger = database.url().replace("postgres@", "stranger@");
    for url in [elsewhere.as_str(), stranger.as_str(), "postgres://nobody-of-that-name@nowhere:port/x"] {
        let mut command = shop.installation.command(&["serve", "--listen", "127.0.0.1:0"]);
        let refused = testkit::binary::run(command.env("GONDOLA_DATABASE_URL", url))?;
        ensure!(refused.code.is_some_and(|code| code != 0), "{url}: {}", refused.output());
    }
    Ok(())
}

#[test]
fn what_was_kept_and_is_damaged_is_told_and_believed_by_nobody() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, _database) = left_alone(&mut postgres)?;
    let path = kept(&shop, "keys");
    let mut bytes = fs::read(&path)?;
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    fs::write(&path, bytes)?;
    let server = shop.installation.serve_unready()?;
    let answer = server.client(&shop.key).patience(HANG).post("/api/v1/postings", &sale(2, "1"))?;
    ensure!((answer.status, answer.problem_code().as_str()) == (503, "unavailable"), "{}", answer.text());
    ensure!(server.log().contains("what was remembered cannot be read"), "{}", server.log());
    Ok(())
}
