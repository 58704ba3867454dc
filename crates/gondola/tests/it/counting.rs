//! Counting on while the database is down.
//!
//! Invariant: lines that were answered 202 come onto their sheet exactly once, in order, whatever was killed meanwhile.

use anyhow::ensure;
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::Installation;
use testkit::http::{Client, Response};
use testkit::postgres::Server;
use testkit::process::wait_until;

use crate::faults::{change, database_file, hold};
use crate::intake::{drained, figure, listed, sale, shop_on, stocked};
use crate::shop::{HANG, Shop, id, on_hand, post_ok};

const SHEET: usize = 900;

/// Opens a sheet, which the server then remembers.
fn open(client: &mut Client, number: usize) -> Result<()> {
    let before = figure(client, "gondola_journal_sheets").unwrap_or(0.0);
    let body = json!({"id": id(number), "site": "centro", "location": "deposito"});
    let answer = client.post("/api/v1/counts", &body)?;
    ensure!(answer.status == 201, "{}", answer.text());
    ensure!(
        wait_until(HANG, || figure(client, "gondola_journal_sheets") == Some(before + 1.0)),
        "it is not remembered"
    );
    Ok(())
}

fn count(client: &mut Client, sheet: usize, key: Option<&str>, lines: &Value) -> Result<Response> {
    let body = json!({ "lines": lines }).to_string();
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    client.send("POST", &format!("/api/v1/counts/{}/lines", id(sheet)), &headers, body.as_bytes())
}

fn is_kept(answer: &Response) -> Result<()> {
    ensure!(answer.status == 202, "{} {}", answer.status, answer.text());
    let kept = answer.json()?;
    ensure!(kept["status"] == "accepted" && kept["lines"] == 1 && kept["recount"] == json!([]), "{kept}");
    Ok(())
}

fn counted(quantity: &str) -> Value {
    json!([{"sku": "A", "counted": quantity}])
}

#[test]
fn what_is_counted_while_the_database_dies_and_the_server_too_is_on_its_sheet_once_and_in_order() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, _database) = shop_on(&postgres)?;
    let (mut server, mut client) = stocked(&shop)?;
    open(&mut client, SHEET)?;
    postgres.kill()?;
    ensure!(client.post("/api/v1/postings", &sale(2, "3"))?.status == 202);
    for _ in 0..2 {
        is_kept(&count(&mut client, SHEET, Some("first"), &counted("99990"))?)?;
    }
    let other = count(&mut client, SHEET, Some("first"), &counted("1"))?;
    ensure!((other.status, other.problem_code().as_str()) == (409, "idempotency_key_reused"), "{}", other.text());
    let wrong = count(&mut client, SHEET, None, &json!([{"sku": "A", "counted": "1"}, {"sku": "NO", "counted": "1"}]))?;
    ensure!(wrong.status == 422 && wrong.text().contains("unknown_product"), "{}", wrong.text());
    ensure!(count(&mut client, 901, None, &counted("1"))?.status == 503, "only the database knows of that sheet");
    ensure!(client.post("/api/v1/postings", &sale(3, "2"))?.status == 202);
    server.kill()?;

    let mut server = shop.installation.serve_unready()?;
    let mut client = server.client(&shop.key).patience(HANG);
    ensure!(figure(&mut client, "gondola_journal_length") == Some(3.0), "{}", server.log());
    is_kept(&count(&mut client, SHEET, Some("first"), &counted("99990"))?)?;
    is_kept(&count(&mut client, SHEET, Some("again"), &counted("99994"))?)?;
    ensure!(listed(&shop, "waiting")?.iter().filter(|entry| entry["posting"]["kind"] == "count_lines").count() == 2);
    server.kill()?;
    postgres.restart()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    drained(&server, &mut client)?;

    let again = count(&mut client, SHEET, Some("first"), &counted("99990"))?;
    ensure!(again.status == 200 && again.header("idempotency-replayed") == Some("true"), "{}", again.text());
    ensure!(again.json()?["status"] == "added", "{}", again.text());
    let path = format!("/api/v1/counts/{}", id(SHEET));
    let line = client.get(&path)?.json()?["lines"][0].clone();
    ensure!(line["counted"] == "99994" && line["first_counted"] == "99990", "{line}");
    let closed = client.post(&format!("{path}/close"), &json!(null))?.json()?;
    // 3 were sold before the first count and 2 before the second.
    ensure!(closed["lines"][0]["expected"] == "99995" && closed["lines"][0]["difference"] == "-1", "{closed}");
    ensure!(on_hand(&mut client, "A")? == "99994");
    ensure!(listed(&shop, "refused")?.is_empty());
    shop.verify().map(drop)
}

#[test]
fn lines_that_their_sheet_does_not_take_any_more_are_kept_for_a_person_and_hold_up_nothing() -> Result<()> {
    let mut postgres = Server::start()?;
    let (shop, database) = shop_on(&postgres)?;
    let (mut server, mut client) = stocked(&shop)?;
    open(&mut client, SHEET)?;
    open(&mut client, SHEET + 1)?;
    ensure!(count(&mut client, SHEET, None, &counted("100000"))?.status == 200);
    postgres.kill()?;
    is_kept(&count(&mut client, SHEET, None, &counted("100001"))?)?;
    let no_lot = json!([{"sku": "A", "counted": "1", "lot": "L-1"}]);
    is_kept(&count(&mut client, SHEET + 1, None, &no_lot)?)?;
    is_kept(&count(&mut client, SHEET + 1, None, &counted("99999"))?)?;
    ensure!(client.post("/api/v1/postings", &sale(2, "1"))?.status == 202);
    server.kill()?;
    postgres.restart()?;
    {
        let other = Installation::on_postgres(database.url())?;
        let elsewhere = other.serve()?;
        let mut client = elsewhere.client(&shop.key).patience(HANG);
        let closed = client.post(&format!("/api/v1/counts/{}/close", id(SHEET)), &json!(null))?;
        ensure!(closed.status == 200, "{}", closed.text());
    }
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == "99999", "the sale behind them came through");
    let refused = listed(&shop, "refused")?;
    let codes: Vec<&str> = refused.iter().filter_map(|entry| entry["code"].as_str()).collect();
    ensure!(codes == ["count_closed", "unknown_lot"], "{refused:?}");
    ensure!(refused[0]["posting"]["lines"][0]["counted_milli"] == 100_001_000, "{refused:?}");
    let sheet = client.get(&format!("/api/v1/counts/{}", id(SHEET + 1)))?.json()?;
    ensure!(sheet["lines"][0]["counted"] == "99999", "{sheet}");
    Ok(())
}

#[test]
fn a_sheet_is_not_closed_while_lines_of_it_are_on_their_way() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let (server, mut client) = stocked(&shop)?;
    open(&mut client, SHEET)?;
    let mut holder = hold(&shop.installation, "BEGIN IMMEDIATE")?;
    is_kept(&count(&mut client, SHEET, None, &counted("99999"))?)?;
    let path = format!("/api/v1/counts/{}/close", id(SHEET));
    let early = client.post(&path, &json!(null))?;
    ensure!((early.status, early.problem_code().as_str()) == (503, "lines_waiting"), "{}", early.text());
    ensure!(early.header("retry-after").is_some());
    holder.kill()?;
    drained(&server, &mut client)?;
    let closed = client.post(&path, &json!(null))?;
    ensure!(closed.status == 200 && closed.json()?["lines"][0]["difference"] == "-1", "{}", closed.text());
    post_ok(&mut client, &sale(2, "1")).map(drop)
}

#[test]
fn what_a_command_tries_in_vain_run_after_run_is_refused_once_it_was_tried_often_enough() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let (mut server, mut client) = stocked(&shop)?;
    open(&mut client, SHEET)?;
    let mut holder = hold(&shop.installation, "BEGIN IMMEDIATE")?;
    is_kept(&count(&mut client, SHEET, None, &counted("99999"))?)?;
    ensure!(client.post("/api/v1/postings", &sale(2, "1"))?.status == 202);
    server.kill()?;
    holder.kill()?;
    let file = database_file(&shop.installation);
    change(&file, "CREATE TRIGGER ill BEFORE INSERT ON count_line BEGIN SELECT RAISE(ABORT, \"ill\"); END")?;
    let replay = || shop.installation.run(&["journal", "replay"]);
    // The server may have tried too, before it was killed: it and the command count together.
    let mut runs = 0;
    while listed(&shop, "refused")?.is_empty() {
        runs += 1;
        ensure!(runs <= 20 && replay()?.code == Some(1), "{runs} runs, and it still waits");
    }
    ensure!(listed(&shop, "waiting")?.is_empty(), "the sale behind it came through");
    ensure!(listed(&shop, "refused")?[0]["posting"]["kind"] == "count_lines");
    change(&file, "DROP TRIGGER ill")?;
    let mended = replay()?;
    ensure!(mended.code == Some(0) && listed(&shop, "refused")?.is_empty(), "{}", mended.output());
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    let sheet = client.get(&format!("/api/v1/counts/{}", id(SHEET)))?.json()?;
    ensure!(sheet["lines"][0]["counted"] == "99999" && on_hand(&mut client, "A")? == "99999", "{sheet}");
    Ok(())
}
