//! The language model of an installation, with the real program and a real server in its place.
//!
//! Invariant: what a model does, well or badly, is seen in figures and components and hinders nobody who sells.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::http::Client;
use testkit::model::{Model, Says};
use testkit::process::wait_until;

use crate::figures::metrics;
use crate::shop::{HANG, Shop, add_product, post_ok, posting};

const PATIENCE: Duration = Duration::from_secs(40);
const KEY: &str = "sk-planted-in-tests";
const WORDS: Says = Says::Words("Dos bananas.", 20, 3);

pub(crate) fn with_model(installation: Installation, url: &str) -> Installation {
    let set = [
        ("MODEL_URL", url),
        ("MODEL_NAME", "stub"),
        ("MODEL_KEY", KEY),
        ("MODEL_QUESTION_PRICE", "1"),
        ("MODEL_ANSWER_PRICE", "2"),
        ("OUTGOING_NETWORKS", "127.0.0.0/8"),
        ("BREAKER_MODEL_FAILURES", "2"),
        ("LANGUAGE", "en"),
    ];
    set.into_iter().fold(installation, |made, (name, value)| made.with(&format!("GONDOLA_{name}"), value))
}

pub(crate) fn component(client: &mut Client) -> Result<Value> {
    client.get("/health/deep")?.json()?["checks"].get("model").cloned().context("no model among the components")
}

pub(crate) fn becomes(client: &mut Client, status: &str, server: &Running) -> Result<()> {
    let came = wait_until(PATIENCE, || component(client).is_ok_and(|found| found["status"] == status));
    ensure!(came, "never {status}: {} {}", component(client)?, server.log());
    Ok(())
}

#[test]
fn a_model_is_asked_from_the_command_line_and_what_it_cost_is_kept() -> Result<()> {
    let stub = Model::saying([WORDS])?;
    let shop = Shop::of(with_model(Installation::new()?, &stub.url()), None)?;
    let told: Value = serde_json::from_str(&shop.installation.ok(&["model", "ask", "How many?", "--json"])?)?;
    let expected = json!({"response": "Dos bananas.", "status": "ok", "whole": true, "cost": "0.000026", "tokens": 23});
    ensure!(told == expected, "{told}");
    let ran = shop.installation.run(&["model", "ask", "How many?"])?;
    ensure!(ran.stdout == "Dos bananas.\n" && ran.stderr.contains("23 tokens, cost 0.000026"), "{}", ran.output());
    let told: Value = serde_json::from_str(&shop.installation.ok(&["model", "status", "--json"])?)?;
    ensure!(told == json!({"ok": true, "error": null, "tokens_today": 46, "cost_today": "0.000052"}), "{told}");

    let installation = shop.installation.with("GONDOLA_MODEL_DAY_TOKENS", "50");
    let ran = installation.run(&["model", "ask", "How many?", "--json"])?;
    ensure!(ran.code == Some(1) && ran.stderr.contains("model_day_tokens"), "{}", ran.output());
    let told: Value = serde_json::from_str(ran.last_line())?;
    let fallback = json!({"response": "Sistema temporalmente degradado", "status": "fallback", "error": "over_limit"});
    ensure!(told == fallback && stub.asked().len() == 2, "{told}");
    let printed = installation.ok(&["config", "print"])?;
    ensure!(printed.contains("# model_key = \"***\"") && !printed.contains(KEY), "{printed}");
    Ok(())
}

#[test]
fn one_that_is_not_let_out_to_is_told_and_written_down() -> Result<()> {
    let stub = Model::saying([WORDS])?;
    let installation = with_model(Installation::new()?, &stub.url()).with("GONDOLA_OUTGOING_NETWORKS", "");
    let shop = Shop::of(installation, None)?;
    let ran = shop.installation.run(&["model", "ask", "How many?"])?;
    ensure!(ran.code == Some(1) && ran.stderr.contains("outgoing_networks"), "{}", ran.output());
    ensure!(shop.installation.ok(&["audit", "list", "--json"])?.contains("outgoing.refused"));
    ensure!(stub.asked().is_empty());
    let installation = Installation::new()?;
    installation.ok(&["site", "create", "centro"])?;
    let ran = installation.run(&["--language", "en", "model", "status"])?;
    ensure!(ran.code == Some(1) && ran.stderr.contains("model_url"), "{}", ran.output());
    Ok(())
}

#[test]
fn a_model_that_dies_fails_or_hangs_is_told_hinders_nobody_and_is_found_again() -> Result<()> {
    let stub = Model::saying([WORDS])?;
    let shop = Shop::of(with_model(Installation::new()?, &stub.url()), None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    becomes(&mut client, "healthy", &server)?;
    ensure!(client.get("/api/circuit-breaker/status")?.json()?["openai"]["fail_max"] == 2);
    ensure!(client.get("/api/circuit-breaker/status")?.json()?["openai"]["reset_timeout"] == 60);
    ensure!(client.get("/api/degradation/status")?.json()?["components"]["openai"] == true);
    ensure!(metrics(&mut client)?.contains("gondola_breaker_state{dependency=\"model\"} 0\n"));
    // A model that is well is looked at once a minute: what is wrong is found by a new start of the server.
    let address = stub.kill()?;
    drop(server);
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    becomes(&mut client, "degraded", &server)?;
    let open = wait_until(PATIENCE, || component(&mut client).is_ok_and(|found| found["detail"]["breaker"] == "open"));
    let found = component(&mut client)?;
    ensure!(open && !found.to_string().contains(KEY), "{found}");
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "unit_cost": "5"}])))?;
    ensure!(client.get("/ready")?.status == 200 && client.get("/health/deep")?.status == 200);
    let score = client.get("/api/degradation/status")?.json()?["score"].clone();
    ensure!(score == 62, "50 of 80: {score}");

    let stub = Model::at(&address, [Says::Status(500, "oops", None)])?;
    let failing = wait_until(PATIENCE, || {
        component(&mut client).is_ok_and(|found| found["detail"]["error"].to_string().contains("500"))
    });
    ensure!(failing, "{}", component(&mut client)?);
    stub.say([Says::Nothing]);
    let silent = wait_until(PATIENCE, || {
        component(&mut client).is_ok_and(|found| found["detail"]["error"].to_string().contains("no answer in time"))
    });
    ensure!(silent, "{}", component(&mut client)?);
    post_ok(&mut client, &posting(2, "receipt", &json!([{"sku": "A", "quantity": "3", "unit_cost": "5"}])))?;
    stub.say([WORDS]);
    stub.let_go();
    becomes(&mut client, "healthy", &server)?;
    ensure!(component(&mut client)?["detail"]["breaker"] == "closed");
    let health = shop.installation.ok(&["doctor", "--json"])?;
    ensure!(health.contains("\"check\":\"model\"") && !server.log().contains(KEY), "{health}");
    Ok(())
}
