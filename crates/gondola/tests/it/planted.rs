//! A secret in every setting that may hold one is looked for in all that the program says.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::Result;
use testkit::binary::{Installation, Running, run};
use testkit::http::Client;
use testkit::older;
use testkit::postgres;
use testkit::process::{find_program, wait_until};

use crate::people::{Session, login};
use crate::shop::{HANG, Shop, add_product, posting};

/// What is looked for: it stands inside every secret that is planted.
const PLANTED: &str = "c0ffee5ec7e7";

/// An identity that opens nothing.
const IDENTITY: &str = "AGE-SECRET-KEY-1GAH37W65SN9UFMNFQ8MN6M7K2PRQ7DG33EPENWJGLS465GP9LKSSV5MLGA";

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
        ("older_token_secret", format!("{PLANTED}{}", "x".repeat(32))),
        ("model_key", format!("sk-{PLANTED}")),
        ("backup_passphrase", format!("otra frase {PLANTED}")),
        ("object_store_key_id", format!("AKIA{PLANTED}")),
        ("object_store_secret", format!("una/clave+{PLANTED}")),
        // Its own letters are chosen by nobody; what stands beside them in the file is as secret.
        ("backup_identity", format!("# {PLANTED}\n{IDENTITY}")),
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

/// A little of everything that a shop does; what is answered goes to `look`.
fn use_it(shop: &Shop, server: &Running, look: impl Fn(&str, &str) -> Result<()>) -> Result<()> {
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    let receipt = posting(1, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]));
    ensure!(client.post("/api/v1/postings", &receipt)?.status == 201);
    for path in ["/status", "/health/deep", "/metrics", "/api/v1/openapi.json", "/api/v1/nothing", "/api/v1/audit"] {
        look(path, &client.get(path)?.text())?;
    }
    Ok(())
}

#[test]
fn a_secret_planted_in_every_setting_is_said_nowhere() -> Result<()> {
    let database = postgres::fresh_database()?;
    let mut installation = Installation::new()?.with("GONDOLA_LOG_LEVEL", "trace");
    let model = [("URL", "http://127.0.0.1:1/v1"), ("NAME", "nobody")];
    for (name, value) in model {
        installation = installation.with(&format!("GONDOLA_MODEL_{name}"), value);
    }
    installation = installation.with("GONDOLA_OUTGOING_NETWORKS", "127.0.0.0/8");
    for (setting, value) in good_values(database.url()) {
        installation = installation.with(&variable(setting), &value);
    }
    let shop = Shop::of(installation, None)?;
    {
        let server = shop.serve()?;
        use_it(&shop, &server, clean)?;
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
        &["model", "ask", "anything"],
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
    for arguments in [&["doctor"][..], &["verify"], &["migrate", "up"]] {
        clean(&arguments.join(" "), &gone.run(arguments)?.output())?;
    }
    let server = gone.serve_unready()?;
    let waits = || server.client(&shop.key).get("/ready").is_ok_and(|answer| answer.status == 503);
    ensure!(wait_until(HANG, waits), "it does not wait for its database: {}", server.log());
    clean("a server that waits", &server.log())?;
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

/// What must be in nothing that is written: each needle with what it is.
struct Needles(Vec<(&'static str, Vec<u8>)>);

impl Needles {
    /// As it is, and as a dump writes bytes.
    fn add(&mut self, what: &'static str, secret: &str) {
        let digits = secret.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.0.push((what, secret.as_bytes().to_vec()));
        self.0.push((what, digits.into_bytes()));
    }

    fn absent_from(&self, place: &str, bytes: &[u8]) -> Result<()> {
        for (what, needle) in &self.0 {
            ensure!(!bytes.windows(needle.len()).any(|window| window == needle), "{place} holds {what}");
        }
        Ok(())
    }

    /// Everything in a folder but the folder of keys.
    fn absent_from_folder(&self, folder: &Path) -> Result<Vec<String>> {
        let mut seen = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                seen.extend(if name == "keys" { Vec::new() } else { self.absent_from_folder(&path)? });
            } else {
                self.absent_from(&path.display().to_string(), &fs::read(&path)?)?;
                seen.push(name);
            }
        }
        Ok(seen)
    }
}

/// The whole of a PostgreSQL database as text.
fn dump(url: &str) -> Result<Vec<u8>> {
    let ran = run(Command::new(find_program("pg_dump", &[])?).arg("--dbname").arg(url))?;
    ensure!(ran.code == Some(0) && ran.stdout.contains("COPY public.sealed"), "{}", ran.output());
    Ok(ran.stdout.into_bytes())
}

/// The bytes that a text in base 32 (RFC 4648) stands for.
pub(crate) fn from_base32(text: &str) -> Vec<u8> {
    let digit = |c| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap_or(0);
    let bits: Vec<bool> = text.chars().flat_map(|c| (0..5).rev().map(move |bit| digit(c) >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}

/// `person.email`, `person.phone` and `person.totp`, and what somebody proves themselves by.
fn plant_a_person(shop: &Shop, server: &Running, needles: &mut Needles) -> Result<()> {
    let (email, phone, password) = ("plantada@gondola.example", "+54 9 341 555-0199", "tres tristes tigres plantados");
    let ana = json!({"login": "ana", "name": "Ana", "role": "cashier", "email": email, "phone": phone});
    let made = server.client(&shop.key).post("/api/v1/users", &ana)?;
    ensure!(made.status == 201, "{} {}", made.status, made.text());
    let first = made.json()?["one_time_password"].as_str().context("a password")?.to_owned();
    let session = Session::of(&login(server, "ana", &first)?)?;
    let session =
        Session::of(&session.send(server, "POST", "/api/v1/me/password", &json!({"new_password": password}))?)?;
    let offered = session.send(server, "POST", "/api/v1/me/totp", &json!({"current_password": password}))?;
    let shared = offered.json()?["secret"].as_str().with_context(|| offered.text())?.replace(' ', "");
    let me = session.send(server, "GET", "/api/v1/me", &serde_json::Value::Null)?;
    ensure!(me.text().contains(email), "she herself reads it: {}", me.text());
    for (what, secret) in [("an e-mail", email), ("a phone", phone), ("a password", password), ("a password", &first)] {
        needles.add(what, secret);
    }
    needles.add("a second factor", &shared);
    let bytes = from_base32(&shared);
    ensure!(bytes.len() >= 16, "{shared}");
    needles.0.push(("a second factor", bytes));
    needles.add("a session", session.cookie.split_once('=').context("a cookie")?.1);
    Ok(())
}

/// `supplier.contact`, brought in from the older system, whose file is not the program's and lies elsewhere.
fn plant_a_supplier(shop: &Shop, server: &Running, needles: &mut Needles) -> Result<()> {
    let (contact, phone) = ("Plácida Plantada", "0223 555-0142");
    let (email, address) = ("ventas@plantada.example", "Pasaje de la Planta 742");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("viejo.db");
    let row = format!("(1, 'PL', 'Plantas', '{contact}', '{phone}', '{email}', '{address}', 1, NULL, NULL)");
    older::make(&file, &format!("{}INSERT INTO proveedores VALUES {row};", older::SCHEMA))?;
    shop.installation.ok(&["import", "legacy", file.to_str().context("a path of text")?])?;
    let kept = server.client(&shop.key).get("/api/v1/privacy/suppliers/PL")?.json()?;
    for (what, said, planted) in [
        ("whom to ask for", &kept["contact"], contact),
        ("a supplier's phone", &kept["phone"], phone),
        ("a supplier's e-mail", &kept["email"], email),
        ("a supplier's address", &kept["address"], address),
    ] {
        ensure!(said == planted, "{what}: {kept}");
        needles.add(what, planted);
    }
    Ok(())
}

/// Who read what of hers is in the audit log, and what for.
fn her_reading_is_told(shop: &Shop) -> Result<()> {
    let said = shop.installation.ok(&["audit", "list", "--json", "--limit", "1000", "--action", "field.decrypted"])?;
    let events = said.lines().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
    let email = events.iter().find(|event| {
        event["resource"].as_str().is_some_and(|what| what.starts_with("person.email:"))
            && event["details"]["for"] == "GET /api/v1/me"
    });
    let email = email.with_context(|| format!("{events:?}"))?;
    ensure!(email["actor_kind"] == "user" && email["outcome"] == "ok", "{email}");
    Ok(())
}

/// Plants in every field that is kept encrypted and in every setting that holds a secret, and reads what lies about afterwards.
fn nothing_lies_about(shop: &mut Shop, url: Option<&str>) -> Result<()> {
    let encryption = format!("{PLANTED}{}", "0123456789abcdef".repeat(4)).chars().take(64).collect::<String>();
    let (older, cache) = (format!("una-clave-{PLANTED}"), format!("redis://:{PLANTED}@127.0.0.1:1/0"));
    let mut needles = Needles(Vec::new());
    needles.add("a setting", PLANTED);
    let key: [u8; 32] = domain::ledger::canonical::unhex(&encryption).context("digits")?;
    needles.0.push(("the encryption key", key.to_vec()));
    for (name, value) in
        [("DATABASE_ENCRYPTION_KEY", &encryption), ("DASHBOARD_API_KEY", &older), ("CACHE_URL", &cache)]
    {
        let installation = std::mem::replace(&mut shop.installation, Installation::new()?);
        shop.installation = installation.with(&format!("GONDOLA_{name}"), value);
    }
    let shop = &*shop;
    // `api_key.secret`: of a key that signs, first and replaced; `token_key.secret` is the program's own and nobody's to plant.
    let signing = ["key", "create", "--name", "signs", "--role", "owner", "--require-signature"];
    let made = shop.installation.run(&signing)?.last_line().to_owned();
    let id = made.split('_').nth(1).context("its public part")?;
    let renewed = shop.installation.run(&["key", "rotate", "api-key", id])?.last_line().to_owned();
    for key in [&shop.key, &made, &renewed] {
        needles.add("the secret of a key", key.rsplit('_').next().context("its secret part")?);
    }
    let mut server = shop.serve()?;
    use_it(shop, &server, |path, said| needles.absent_from(path, said.as_bytes()))?;
    let token = server.client(&shop.key).post("/api/v1/auth/token", &json!({}))?.json()?;
    let token = token["access_token"].as_str().context("a token")?;
    needles.add("a token", token.rsplit('.').next().context("its signature")?);
    let bearing = Client::new(server.address()).with_header("Authorization", &format!("Bearer {token}"));
    ensure!({ bearing }.get("/api/v1/products")?.status == 200, "the token serves");
    plant_a_person(shop, &server, &mut needles)?;
    plant_a_supplier(shop, &server, &mut needles)?;
    shop.installation.ok(&["key", "rotate", "fields"])?;
    // While it runs, what was written last is in the log that the database writes ahead.
    let seen = needles.absent_from_folder(shop.installation.folder())?;
    match url {
        Some(url) => needles.absent_from("the dump", &dump(url)?)?,
        None => ensure!(seen.iter().any(|name| name.ends_with("-wal")), "{seen:?}"),
    }
    server.terminate(HANG)?;
    let seen = needles.absent_from_folder(shop.installation.folder())?;
    ensure!(seen.iter().any(|name| name == "server.log"), "{seen:?}");
    her_reading_is_told(shop)?;
    needles.absent_from("config print", shop.installation.ok(&["config", "print"])?.as_bytes())
}

#[test]
fn neither_the_database_nor_the_log_holds_a_secret_in_clear() -> Result<()> {
    nothing_lies_about(&mut Shop::on_sqlite()?, None)?;
    let database = postgres::fresh_database()?;
    let mut shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    nothing_lies_about(&mut shop, Some(database.url()))
}

/// Whoever adds a field that is kept encrypted plants it above.
#[test]
fn every_encrypted_field_is_planted_in_the_test_of_leaks() -> Result<()> {
    let here = include_str!("planted.rs");
    let mut found = 0;
    for crate_name in ["access", "dashboard", "warehouse", "platform"] {
        let mut folders = vec![testkit::workspace_root().join("crates").join(crate_name).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path)?;
                let constants = text.lines().filter(|line| text.contains("Place {") && line.contains(": &str = \""));
                for purpose in constants
                    .filter_map(|line| line.split('"').nth(1))
                    .filter(|text| text.contains('.') && !text.contains('/'))
                {
                    ensure!(here.contains(&format!("`{purpose}`")), "{purpose} of {}", path.display());
                    found += 1;
                }
            }
        }
    }
    ensure!(found >= 5, "{found}");
    Ok(())
}
