//! A second person's consent, with the real program.
//!
//! Invariant: what was answered as waiting is there after a kill, and nothing over a limit gets past it by way of the journal.

use anyhow::ensure;
use serde_json::{Value, json};
use testkit::Result;

use crate::{
    faults::hold,
    figures::metrics,
    intake::{STOCK, drained, stocked},
    people::{Session, add_person, login},
    shop::{Shop, id, on_hand, posting},
};

const PASSWORD: &str = "tres tristes tigres 3";

/// Goods that are found, which cost one peso each.
fn found(number: usize, quantity: usize) -> Value {
    posting(number, "found", &json!([{"sku": "A", "quantity": quantity.to_string()}]))
}

#[test]
fn what_passes_a_limit_while_the_database_is_down_waits_for_a_second_person_and_outlives_a_kill() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let (mut server, mut client) = stocked(&shop)?;
    add_person(&shop.installation, &server, "beto", "manager", PASSWORD)?;
    let mut holder = hold(&shop.installation, "BEGIN IMMEDIATE")?;
    for (number, quantity) in [(2, STOCK + 1), (3, 5)] {
        let kept = client.post("/api/v1/postings", &found(number, quantity))?;
        ensure!(kept.status == 202 && kept.json()?["results"][0]["status"] == "accepted", "{}", kept.text());
    }
    holder.kill()?;
    drained(&server, &mut client)?;
    ensure!(on_hand(&mut client, "A")? == (STOCK + 5).to_string(), "only what is within the limit is posted");
    ensure!(client.get(&format!("/api/v1/postings/{}", id(2)))?.status == 404);
    let again = client.post("/api/v1/postings", &found(2, STOCK + 1))?;
    ensure!(again.json()?["results"][0]["status"] == "pending_approval", "{}", again.text());
    let page = metrics(&mut client)?;
    let figure =
        |outcome: &str| page.contains(&format!("gondola_postings_total{{kind=\"found\",outcome=\"{outcome}\"}} 0\n"));
    ensure!(!figure("waiting") && figure("rejected"), "what waits was not rejected: {page}");

    server.kill()?;
    let listed: Value = serde_json::from_str(&shop.installation.ok(&["approval", "list", "--json"])?)?;
    ensure!(listed[0]["state"] == "pending" && listed[0]["worth"] == "100001.00", "{listed}");
    let text = shop.installation.ok(&["approval", "list", "--state", "pending"])?;
    ensure!(text.contains("100001.00") && text.lines().count() == 1, "{text}");
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    let waiting = client.get("/api/v1/approvals?state=pending")?.json()?;
    let request = waiting["items"][0]["id"].as_str().unwrap_or_default().to_owned();
    let approve = format!("/api/v1/approvals/{request}/approve");
    let by_key = client.post(&approve, &Value::Null)?;
    ensure!((by_key.status, by_key.problem_code().as_str()) == (403, "approval_by_person"), "{}", by_key.text());
    let beto = Session::of(&login(&server, "beto", PASSWORD)?)?;
    let approved = beto.send(&server, "POST", &approve, &Value::Null)?;
    ensure!(approved.status == 200 && approved.json()?["state"] == "granted", "{}", approved.text());
    ensure!(on_hand(&mut client, "A")? == (2 * STOCK + 6).to_string());
    ensure!(client.post("/api/v1/postings", &found(2, STOCK + 1))?.status == 200, "once");
    shop.verify()?;
    Ok(())
}
