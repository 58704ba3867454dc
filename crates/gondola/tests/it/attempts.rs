//! Who tries something is seen: text that is meant as a statement, and a secret that was replaced.
//!
//! Invariant: the tests come from this machine, which is exempt from bans; the addresses they stand for are written by a trusted proxy.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::http::Client;
use testkit::process::wait_until;

use crate::figures::metrics;
use crate::shop::{Shop, add_product};

const PATIENCE: Duration = Duration::from_secs(30);
const ATTACKER: &str = "203.0.113.7";
const NEIGHBOUR: &str = "203.0.113.8";

/// As sqlmap and its like ask.
const TRIED: [&str; 5] = [
    "/api/v1/products/search?q=x%27%29%20AND%204875%3D4875%20AND%20%28%27a%27%3D%27a",
    "/api/v1/products/search?q=x%27%20UNION%20ALL%20SELECT%20NULL%2CNULL--%20-",
    "/api/v1/products?limit=1%3BSELECT%20PG_SLEEP%285%29--",
    "/api/v1/products/x%2527%2520or%25201%253D1--",
    "/api/v1/stock/centro?sku=%28SELECT%20%28CASE%20WHEN%20%281%3D1%29%20THEN%201%20END%29%29",
];
const USUAL: [&str; 4] = ["O%27Brien", "Select%20%2F%20Uni%C3%B3n", "yerba+--+mate", "TV+32%22+and+40%22"];

fn from(server: &Running, address: &str) -> Client {
    Client::new(server.address()).with_header("X-Forwarded-For", address)
}

/// Events of that action, as the command line tells them.
fn events(installation: &Installation, action: &str) -> Result<Vec<Value>> {
    let said = installation.ok(&["audit", "list", "--json", "--limit", "1000", "--action", action])?;
    Ok(said.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>()?)
}

/// Waits until a rule has found something about that subject.
fn until_unusual(installation: &Installation, rule: &str, subject: &str, server: &Running) -> Result<()> {
    let found = || {
        let all = events(installation, "anomaly.detected").unwrap_or_default();
        let resource = format!("anomaly:{rule}");
        all.iter().any(|event| event["resource"] == resource && event["details"]["subject"] == subject)
    };
    ensure!(wait_until(PATIENCE, found), "no {rule} about {subject}: {}", server.log());
    Ok(())
}

#[test]
fn who_sends_what_tools_of_attack_send_is_refused_written_down_told_of_and_kept_out_and_nobody_else_is() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    shop.installation = shop
        .installation
        .with("GONDOLA_TRUSTED_PROXIES", "127.0.0.0/8")
        .with("GONDOLA_BAN_AFTER", "5")
        .with("GONDOLA_BAN_WINDOW_S", "86400");
    let server = shop.serve()?;
    let mut known = from(&server, NEIGHBOUR).key(&shop.key);
    add_product(&mut known, "O-1", "unit")?;
    for _ in 0..3 {
        for text in USUAL {
            let found = known.get(&format!("/api/v1/products/search?q={text}"))?;
            assert_eq!(found.status, 200, "{text}");
            assert_eq!(from(&server, NEIGHBOUR).get(&format!("/entrar?quien={text}"))?.status, 200, "{text}");
        }
    }
    ensure!(events(&shop.installation, "attack")?.is_empty(), "usual text is not taken for an attempt");
    assert_eq!(known.get(TRIED[1])?.status, 200, "bound as any other text, and theirs to ask");

    for path in TRIED {
        assert_eq!(from(&server, ATTACKER).get(path)?.status, 401, "{path}");
    }
    let open = from(&server, ATTACKER).get("/entrar?x=%27%20or%201%3D1--")?;
    assert_eq!(open.status, 200, "the sixth is counted like those that were refused");
    let kept_out = from(&server, ATTACKER).get("/entrar")?;
    assert_eq!((kept_out.status, kept_out.problem_code().as_str()), (403, "kept_out"));
    assert_eq!(from(&server, NEIGHBOUR).get("/entrar")?.status, 200);
    assert_eq!(known.get("/api/v1/products/search?q=O%27Brien")?.status, 200);

    until_unusual(&shop.installation, "injection", &format!("address:{ATTACKER}"), &server)?;
    // Five are unusual; the sixth may be written down after that.
    let tried = || events(&shop.installation, "attack.tried").unwrap_or_default();
    ensure!(wait_until(PATIENCE, || tried().len() >= 7), "{:#?}", tried());
    let told = tried();
    let of = |who: &str| told.iter().filter(|event| event["address"] == who).collect::<Vec<_>>();
    let (attacker, neighbour) = (of(ATTACKER), of(NEIGHBOUR));
    ensure!(attacker.len() == 6 && neighbour.len() == 1, "{told:#?}");
    ensure!(attacker.iter().all(|event| event["resource"] == "attack:sql"), "{told:#?}");
    let refused = attacker.iter().filter(|event| event["outcome"] == "denied").count();
    ensure!(refused == 5, "the page that is open to everyone was answered: {told:#?}");
    assert_eq!((&neighbour[0]["outcome"], &neighbour[0]["details"]["status"]), (&"failed".into(), &200.into()));
    ensure!(!json!(told).to_string().to_lowercase().contains("select"), "no piece of the text: {told:#?}");
    let bans = shop.installation.ok(&["ban", "list", "--json"])?;
    ensure!(bans.contains(ATTACKER) && !bans.contains(NEIGHBOUR), "{bans}");
    let figures = metrics(&mut known)?;
    ensure!(figures.contains("gondola_attacks_total{sign=\"sql\",place=\"query\"} 6"), "{figures}");
    ensure!(figures.contains("gondola_attacks_total{sign=\"sql\",place=\"path\"} 1"), "{figures}");
    Ok(())
}

#[test]
fn a_key_that_is_shown_with_a_secret_that_was_replaced_is_something_unusual() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let made = shop.installation.run(&["key", "create", "--name", "caja", "--role", "cashier"])?;
    let old = made.last_line().to_owned();
    let id = old.strip_prefix("gk_").and_then(|rest| rest.split('_').next()).context("a key")?;
    ensure!(server.client(&old).get("/api/v1/stock")?.status == 200);
    let rotate = format!("/api/v1/api-keys/{id}/rotate");
    let rotated = server.client(&shop.key).post(&rotate, &json!({"overlap_seconds": 0}))?;
    ensure!(rotated.status == 200, "{}", rotated.text());
    ensure!(server.client(&old).get("/api/v1/stock")?.status == 401);
    until_unusual(&shop.installation, "replaced_secret", &format!("key:{id}"), &server)?;
    let told = events(&shop.installation, "auth.replaced_secret")?;
    ensure!(told[0]["resource"] == format!("key:{id}") && told[0]["outcome"] == "denied", "{told:#?}");
    let figures = metrics(&mut server.client(&shop.key))?;
    ensure!(figures.contains("gondola_anomalies_total{rule=\"replaced_secret\"} 1"), "{figures}");
    Ok(())
}
