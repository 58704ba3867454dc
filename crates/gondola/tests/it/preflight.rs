//! The check before a shop opens, on one that is not ready and on one that is.
//!
//! Invariant: what is said of a server is said of one that runs.

use std::fs;
use std::process::Command;

use access::totp::{Shared, step_at};
use anyhow::{Context, ensure};
use domain::{Clock, SystemClock};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Ran, Running, run};
use testkit::process::{find_program, free_port};

use crate::backups::with_identity;
use crate::people::{Session, login};
use crate::planted::from_base32;
use crate::shop::{Shop, add_product, post_ok, posting};

const PASSWORD: &str = "gato azul con botas";
/// What only people can see, of a shop that has everything that can be seen.
const BY_HAND: [&str; 7] = ["replication", "dashboards", "notifications", "documents", "training", "owasp", "gdpr"];

/// A product, and the first of it.
fn take_in_one(shop: &Shop, server: &Running) -> Result<()> {
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "unit_cost": "10"}])))?;
    Ok(())
}

fn verdicts(ran: &Ran) -> Result<Vec<(String, String)>> {
    let told: Value = serde_json::from_str(&ran.stdout).with_context(|| ran.output())?;
    let checks = told["checks"].as_array().context("checks")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(checks.iter().map(|check| (text(&check["check"]), text(&check["verdict"]))).collect())
}

fn with(verdict: &str, all: &[(String, String)]) -> Vec<String> {
    all.iter().filter(|(_, found)| found == verdict).map(|(check, _)| check.clone()).collect()
}

#[test]
fn a_shop_that_is_not_ready_is_told_what_is_missing() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let ran = shop.installation.run(&["doctor", "--preflight", "--json", "--listen", "127.0.0.1:1"])?;
    let all = verdicts(&ran)?;
    let failed = with("fail", &all);
    for check in [
        "tls",
        "authentication",
        "mode",
        "encryption",
        "retention",
        "secrets",
        "owners",
        "backups",
        "integrity",
        "p95",
        "error_rate",
        "alert_rules",
        "watched",
        "recovery",
    ] {
        ensure!(failed.iter().any(|found| found == check), "{check}: {all:?}");
    }
    ensure!(ran.code == Some(1) && with("pass", &all).contains(&"migrations".to_owned()), "{}", ran.output());
    let spanish = shop.installation.run(&["doctor", "--preflight"])?;
    ensure!(
        spanish.stdout.contains("  FALLA   TLS: ") && spanish.stdout.contains("gondola tls init"),
        "{}",
        spanish.stdout
    );
    let english = shop.installation.run(&["doctor", "--preflight", "--language", "en"])?;
    ensure!(
        english.stdout.contains("  FAIL    TLS: ") && english.stdout.contains("by hand documents: "),
        "{}",
        english.stdout
    );
    let without = shop.installation.run(&["doctor", "--key-file", "x"])?;
    ensure!(without.code == Some(2), "a key is of no use for anything else: {}", without.output());
    Ok(())
}

#[test]
fn a_server_that_nobody_follows_is_told() -> Result<()> {
    let shop = Shop::on_postgres()?;
    take_in_one(&shop, &shop.serve()?)?;
    let ran = shop.installation.run(&["doctor", "--preflight", "--json"])?;
    let all = verdicts(&ran)?;
    ensure!(with("fail", &all).contains(&"replication".to_owned()), "{}", ran.output());
    for check in ["migrations", "integrity", "pooling", "audit_trail"] {
        ensure!(with("pass", &all).contains(&check.to_owned()), "{check}: {}", ran.output());
    }
    Ok(())
}

#[test]
fn figures_are_read_where_they_are_told() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    let key = shop.installation.folder().join("key");
    fs::write(&key, &shop.key)?;
    let apart = format!("127.0.0.1:{}", free_port()?);
    for address in ["", &apart] {
        shop.installation = shop.installation.with("GONDOLA_METRICS_LISTEN", address);
        let server = shop.serve()?;
        let key = key.display().to_string();
        let arguments = ["doctor", "--preflight", "--language", "en", "--key-file", &key, "--listen", server.address()];
        let ran = shop.installation.run(&arguments)?;
        ensure!(ran.stdout.contains("p95 below 200 ms: 0 requests (< 1000)"), "{address}: {}", ran.output());
    }
    Ok(())
}

#[test]
fn copies_that_do_not_arrive_or_cannot_be_made_are_told() -> Result<()> {
    let mut shop = Shop::of(with_identity(Installation::new()?)?, None)?;
    let away = shop.installation.folder().join("away");
    fs::create_dir(&away)?;
    shop.installation = shop.installation.with("GONDOLA_OBJECT_STORE_URL", &format!("file://{}", away.display()));
    let failed = |shop: &Shop| -> Result<Vec<String>> {
        Ok(with("fail", &verdicts(&shop.installation.run(&["doctor", "--preflight", "--json"])?)?))
    };
    shop.installation.ok(&["backup"])?;
    let all = failed(&shop)?;
    ensure!(!all.iter().any(|check| ["backups", "replication"].contains(&check.as_str())), "{all:?}");
    for copy in fs::read_dir(&away)? {
        fs::remove_file(copy?.path())?;
    }
    let all = failed(&shop)?;
    for check in ["backups", "replication"] {
        ensure!(all.iter().any(|found| found == check), "{check}: {all:?}");
    }
    Ok(())
}

#[test]
fn a_folder_without_a_database_fails_everything_that_needs_one() -> Result<()> {
    let ran = Installation::new()?.run(&["doctor", "--preflight", "--json"])?;
    let failed = with("fail", &verdicts(&ran)?);
    for check in ["migrations", "integrity", "backups", "audit_trail", "api_keys", "owners"] {
        ensure!(failed.iter().any(|found| found == check), "{check}: {}", ran.output());
    }
    Ok(())
}

/// Somebody who came in, chose a password and set a second factor up.
fn settle_in(shop: &Installation, server: &Running, name: &str) -> Result<()> {
    let made = shop.run(&["user", "create", name, "--role", "owner"])?.last_line().to_owned();
    let session = Session::of(&login(server, name, &made)?)?;
    let chosen = session.send(server, "POST", "/api/v1/me/password", &json!({"new_password": PASSWORD}))?;
    let session = Session::of(&chosen)?;
    let offered = session.send(server, "POST", "/api/v1/me/totp", &Value::Null)?;
    let secret = offered.json()?["secret"].as_str().with_context(|| offered.text())?.replace(' ', "");
    let shared = Shared::from_bytes(&from_base32(&secret)).context("a secret")?;
    let code = shared.code(step_at(SystemClock.now()));
    let confirmed = session.send(server, "POST", "/api/v1/me/totp/confirm", &json!({"code": code}))?;
    ensure!(confirmed.status == 200, "{}", confirmed.text());
    Ok(())
}

/// A shop of which the machine sees everything that it can, but for what a running server tells.
fn ready() -> Result<Shop> {
    let installation = with_identity(Installation::new()?)?.with("GONDOLA_MODE", "production");
    let logs = installation.folder().join("logs").display().to_string();
    let installation = installation.with("GONDOLA_LOG_DIR", &logs);
    let installation = installation.with("GONDOLA_ATTESTED_VOLUMES", "database,data,backups,logs");
    installation.ok(&["key", "init"])?;
    installation.ok(&["tls", "init"])?;
    let mut shop = Shop::of(installation, None)?;
    // Before the first start, so that it makes nobody.
    shop.installation.ok(&["user", "create", "nadie", "--role", "cashier"])?;
    shop.installation.ok(&["user", "disable", "nadie"])?;
    let server = shop.serve()?;
    for name in ["ana", "beto"] {
        settle_in(&shop.installation, &server, name)?;
    }
    take_in_one(&shop, &server)?;
    shop.installation.ok(&["backup"])?;
    shop.installation.ok(&["drill"])?;
    drop(server);
    let certificate = shop.installation.data_folder().join("tls/server.crt").display().to_string();
    shop.installation = shop.installation.with("GONDOLA_TLS_CERTIFICATE", &certificate);
    fs::write(shop.installation.folder().join("key"), &shop.key)?;
    Ok(shop)
}

/// Asks over TLS, as often as the address says.
fn ask(shop: &Shop, server: &Running, more: &[&str], path: &str) -> Result<()> {
    let port = server.address().rsplit(':').next().unwrap_or_default();
    let (url, key) = (format!("https://localhost:{port}{path}"), format!("X-API-Key: {}", shop.key));
    let mut command = Command::new(find_program("curl", &[])?);
    command.args([
        "--silent",
        "--show-error",
        "--fail",
        "--max-time",
        "120",
        "-o",
        "/dev/null",
        "-H",
        &key,
        "--cacert",
    ]);
    let ran = run(command.arg(shop.installation.data_folder().join("tls/ca.crt")).args(more).arg(&url))?;
    ensure!(ran.code == Some(0), "{url}: {}", ran.output());
    Ok(())
}

#[test]
fn a_shop_that_is_ready_passes_and_what_people_look_at_is_listed() -> Result<()> {
    let shop = ready()?;
    let server = shop.serve()?;
    let key = shop.installation.folder().join("key").display().to_string();
    let look = || -> Result<(Ran, Vec<(String, String)>)> {
        let arguments = ["doctor", "--preflight", "--json", "--key-file", &key, "--listen", server.address()];
        let ran = shop.installation.run(&arguments)?;
        let all = verdicts(&ran)?;
        Ok((ran, all))
    };
    // Verified once, which is what one of the rules looks at.
    ask(
        &shop,
        &server,
        &["-X", "POST", "-d", "null", "-H", "Content-Type: application/json"],
        "/api/v1/ledger/centro/verify",
    )?;
    let (ran, all) = look()?;
    let failed: Vec<String> = with("fail", &all).into_iter().filter(|check| check != "alert_rules").collect();
    ensure!(ran.code == Some(1) && failed == ["p95", "error_rate", "watched"], "few came: {}", ran.output());
    // Of what is quick in a program that was built to be looked into.
    ask(&shop, &server, &[], "/api/v1/me#[1-1100]")?;
    ask(&shop, &server, &[], "/metrics#[1-10]")?;
    // Verifying is work that goes on beside: its figure comes when it is done.
    let is_verified = |(_, all): &(Ran, Vec<(String, String)>)| with("pass", all).contains(&"alert_rules".to_owned());
    let mut looked = look()?;
    for _ in 0..600 {
        if is_verified(&looked) {
            break;
        }
        looked = look()?;
    }
    let (ran, all) = looked;
    ensure!(ran.code == Some(0) && with("fail", &all).is_empty(), "{}", ran.output());
    // How servers are shut in here is that of the machine the test runs on.
    let by_hand: Vec<String> = with("by_hand", &all).into_iter().filter(|check| check != "sandbox").collect();
    ensure!(by_hand == BY_HAND, "{by_hand:?}");
    for group in ["security", "database", "performance", "operations", "compliance"] {
        ensure!(ran.stdout.contains(&format!("\"group\":\"{group}\"")), "{}", ran.stdout);
    }
    shop.verify().map(drop)
}
