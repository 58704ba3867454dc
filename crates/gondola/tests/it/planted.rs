//! A secret in every setting that may hold one is looked for in all that the program says.

use std::fs;

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::Result;
use testkit::binary::Installation;
use testkit::postgres;

use crate::shop::{Shop, add_product, posting};

/// What is looked for: it stands inside every secret that is planted.
const PLANTED: &str = "c0ffee5ec7e7";

/// A value of each such setting that holds what is looked for, and is one the setting accepts.
fn good_values(database: &str) -> Vec<(&'static str, String)> {
    let with_password = |url: &str| {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let (user, rest) = rest.split_once('@').unwrap_or(("postgres", rest));
        format!("{scheme}://{}:{PLANTED}@{rest}", user.split(':').next().unwrap_or_default())
    };
    vec![
        ("database_url", with_password(database)),
        ("database_admin_url", with_password(database)),
        ("database_encryption_key", format!("{PLANTED}{}", "0123456789abcdef".repeat(4)).chars().take(64).collect()),
        ("cache_url", format!("redis://:{PLANTED}@127.0.0.1:1/0")),
        ("dashboard_api_key", format!("una-clave-{PLANTED}")),
    ]
}

/// The same for those that no working installation can have beside the others.
fn other_values() -> Vec<(&'static str, String)> {
    vec![("database_encryption_passphrase", format!("una frase {PLANTED}"))]
}

fn variable(setting: &str) -> String {
    format!("GONDOLA_{}", setting.to_ascii_uppercase())
}

fn clean(what: &str, said: &str) -> Result<()> {
    let at = said.lines().find(|line| line.contains(PLANTED) || line.contains(&PLANTED[..11]));
    ensure!(at.is_none(), "{what} says the secret: {at:?}");
    Ok(())
}

#[test]
fn a_secret_planted_in_every_setting_is_said_nowhere() -> Result<()> {
    let database = postgres::fresh_database()?;
    let mut installation = Installation::new()?.with("GONDOLA_LOG_LEVEL", "trace");
    for (setting, value) in good_values(database.url()) {
        installation = installation.with(&variable(setting), &value);
    }
    let shop = Shop::of(installation, None)?;
    {
        let server = shop.serve()?;
        let mut client = server.client(&shop.key);
        add_product(&mut client, "A", "unit")?;
        let sale = posting(1, "sale", &json!([{"sku": "A", "quantity": "1", "unit_price": "10"}]));
        client.post("/api/v1/postings", &sale)?;
        for path in ["/status", "/health/deep", "/metrics", "/api/v1/openapi.json", "/api/v1/nothing"] {
            clean(path, &client.get(path)?.text())?;
        }
    }
    let log = fs::read_to_string(shop.installation.folder().join("server.log")).context("the log")?;
    ensure!(log.contains("listening") && log.contains("/api/v1/nothing"), "it is the log of what was asked: {log}");
    clean("the log", &log)?;
    for arguments in [
        &["config", "print"][..],
        &["config", "print", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["key", "status"],
        &["key", "list", "--json"],
        &["migrate", "status"],
        &["verify"],
        &["serve", "--listen", "192.0.2.1:1"],
        &["--help"],
    ] {
        clean(&arguments.join(" "), &shop.installation.run(arguments)?.output())?;
    }
    // Out of reach: what the driver says of it must not hold the password either.
    let gone = shop.installation.with("GONDOLA_DATABASE_URL", &format!("postgres://u:{PLANTED}@127.0.0.1:1/x"));
    for arguments in [&["serve"][..], &["doctor"], &["verify"], &["migrate", "up"]] {
        clean(&arguments.join(" "), &gone.run(arguments)?.output())?;
    }
    Ok(())
}

#[test]
fn a_secret_that_will_not_do_is_refused_without_saying_it() -> Result<()> {
    let mut installation = Installation::new()?;
    for (setting, value) in good_values("postgres://h/d").into_iter().chain(other_values()) {
        let ran = Installation::new()?.with(&variable(setting), &format!("?{value}\u{1}")).run(&["config", "print"])?;
        clean(setting, &ran.output())?;
        installation = installation.with(&variable(setting), &value);
    }
    let both = installation.run(&["config", "print"])?;
    ensure!(both.code == Some(2), "a key and a passphrase: {}", both.output());
    clean("both", &both.output())
}
