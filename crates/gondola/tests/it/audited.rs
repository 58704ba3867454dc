//! What is done, and who did it, is in the audit log of a running installation.
//!
//! Invariant: each action named here is done once by whoever does it in a shop, and is found in what the log's own command says.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::{Result, binary::Running, process::wait_until};

use crate::{
    people::{Session, add_person, login},
    shop::{HANG, Shop, add_product, post_ok, posting},
};

const PASSWORD: &str = "gato azul con botas";

/// Each action, and what kind of actor does it below.
const TOLD: &[(&str, &str)] = &[
    ("auth.login", "user"),
    ("user.sessions_ended", "user"),
    ("user.disabled", "system"),
    ("user.enabled", "system"),
    ("user.second_factor_changed", "system"),
    ("ledger.signed", "key"),
    ("ledger.verified", "key"),
    ("import.done", "system"),
    ("privacy.requested", "system"),
    ("privacy.refused", "system"),
    ("privacy.answered", "system"),
    ("privacy.restricted", "system"),
    ("privacy.breach_report", "system"),
    ("server.started", "system"),
    ("server.stopped", "system"),
];

/// What a person and whoever has a key do over HTTP.
fn over_http(shop: &Shop, server: &Running) -> Result<()> {
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}])))?;
    let signed = client.post("/api/v1/ledger/centro/checkpoints", &json!({}))?;
    ensure!(signed.status < 300, "{}", signed.text());
    let job = client.post("/api/v1/ledger/centro/verify", &json!({}))?;
    let job = job.header("location").with_context(|| job.text())?.to_owned();
    let over = || client.get(&job).is_ok_and(|told| told.json().is_ok_and(|told| told["status"] == "done"));
    ensure!(wait_until(HANG, over), "the ledger is verified: {}", server.log());
    add_person(&shop.installation, server, "ana", "manager", PASSWORD)?;
    login(server, "ana", PASSWORD)?;
    let ana = Session::of(&login(server, "ana", PASSWORD)?)?;
    let ended = ana.send(server, "DELETE", "/api/v1/me/sessions", &Value::Null)?;
    ensure!(ended.status < 300, "{}", ended.text());
    Ok(())
}

/// What whoever has the command line does.
fn by_command(shop: &Shop) -> Result<()> {
    let run = |arguments: &[&str]| shop.installation.ok(arguments);
    for action in ["disable", "enable", "totp-reset"] {
        run(&["user", action, "ana"])?;
    }
    let catalogue = shop.installation.folder().join("catalogo.csv");
    std::fs::write(&catalogue, "codigo;nombre;precio\nB;Banana;10,00\n")?;
    run(&["import", "products", catalogue.to_str().context("a path of text")?])?;
    for (right, answer) in [("access", &["--refuse"][..]), ("restriction", &[])] {
        let asked = run(&["privacy", "request", "ana", right])?;
        let id = asked.lines().last().context("an identity")?;
        run(&[&["privacy", "answer", id, "así"], answer].concat())?;
    }
    run(&["privacy", "breach-report", "--from", "2020-01-01T00:00:00Z", "--until", "2100-01-01T00:00:00Z"]).map(drop)
}

#[test]
fn what_is_done_to_accounts_the_ledger_and_data_is_in_the_audit_log() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let mut server = shop.serve()?;
    over_http(&shop, &server)?;
    by_command(&shop)?;
    server.terminate(HANG)?;
    let said = shop.installation.ok(&["audit", "list", "--json", "--limit", "1000"])?;
    let events = said.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in &events {
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        found.entry(text("action")).or_default().push(text("actor_kind"));
    }
    let missing: Vec<_> =
        TOLD.iter().filter(|(action, by)| !found.get(action).is_some_and(|kinds| kinds.contains(by))).collect();
    ensure!(missing.is_empty(), "not in the log: {missing:?}; in it: {found:?}");
    shop.verify().map(drop)
}
