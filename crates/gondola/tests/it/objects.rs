//! Backups in an object store, as an operator meets them: delivered, listed, brought back elsewhere, refused, late.
//!
//! Invariant: a backup is in its folder until it is in the store, and what comes out of the store is proved before it replaces anything.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::line::{Fault, Line};
use testkit::objects::{BUCKET, Server, url_at};
use testkit::postgres;
use testkit::process::wait_until;

use crate::backups::with_identity;
use crate::shop::{Shop, add_product, post_ok, posting};

/// Looks for what waits every fifteen seconds, and tries a store that was down again after one.
pub(crate) const DELIVERED: Duration = Duration::from_secs(90);

pub(crate) fn with_store(installation: Installation, url: &str, (id, key): (&str, &str)) -> Installation {
    let installation = installation.with("GONDOLA_OBJECT_STORE_URL", url).with("GONDOLA_OBJECT_STORE_KEY_ID", id);
    installation.with("GONDOLA_OBJECT_STORE_SECRET", key).with("GONDOLA_BREAKER_OBJECTS_OPEN_S", "1")
}

/// A shop that has received something.
fn stocked(installation: Installation) -> Result<Shop> {
    let shop = Shop::of(with_identity(installation)?, None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    receive(&mut client, 1)?;
    Ok(shop)
}

fn receive(client: &mut testkit::http::Client, number: usize) -> Result<()> {
    let lines = json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]);
    post_ok(client, &posting(number, "receipt", &lines)).map(drop)
}

/// What verifying says of the ledger: what is brought back stands in the audit log.
fn ledger(installation: &Installation) -> Result<Vec<String>> {
    let told = installation.ok(&["verify"])?;
    Ok(told.lines().filter(|line| !line.starts_with("auditoría")).map(str::to_owned).collect())
}

fn listed(installation: &Installation) -> Result<(Vec<Value>, Vec<Value>)> {
    let all: Vec<Value> = serde_json::from_str(&installation.ok(&["backup", "list", "--json"])?)?;
    Ok(all.into_iter().partition(|one| one["file"].as_str().is_some_and(|file| file.starts_with("s3://"))))
}

/// Whether the newest backup of the folder is in the store too.
pub(crate) fn is_there(installation: &Installation) -> Result<bool> {
    let (there, here) = listed(installation)?;
    let [there, here] = [there, here].map(|all| all.first().map(|backup| backup["instant"].clone()));
    Ok(here.is_some() && there == here)
}

fn address(backup: &Value) -> Result<String> {
    Ok(backup["file"].as_str().context("no address")?.to_owned())
}

/// An empty installation that asks the same store, with what opens its backups.
fn elsewhere(shop: &Shop, installation: Installation, url: &str, keys: (&str, &str)) -> Installation {
    let identity = shop.installation.folder().join("identity.txt").display().to_string();
    with_store(installation, url, keys).with("GONDOLA_BACKUP_IDENTITY_FILE", &identity)
}

fn database(installation: &Installation) -> Result<Vec<u8>> {
    Ok(fs::read(installation.data_folder().join("gondola.db"))?)
}

/// Nothing that was brought for a moment stays.
fn nothing_brought(folder: &Path) -> bool {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.file_name());
    !names.into_iter().any(|name| name.to_string_lossy().contains("brought"))
}

#[test]
fn backups_go_to_a_store_that_proves_who_asks_and_come_back_on_another_machine() -> Result<()> {
    let (store, (id, key)) = Server::guarded()?;
    let url = store.url();
    let shop = stocked(with_store(Installation::new()?, &url, (&id, &key)))?;
    for _ in 0..2 {
        let made: Value = serde_json::from_str(&shop.installation.ok(&["backup", "--json"])?)?;
        ensure!(made["delivered"] == true, "{made}");
    }
    let (there, here) = listed(&shop.installation)?;
    ensure!(there.len() == 2 && here.len() == 1, "the newest stays in the folder: {there:?} {here:?}");
    let newest = address(&there[0])?;
    ensure!(there[0]["instant"] == here[0]["instant"] && there[0]["bytes"] == here[0]["bytes"]);
    shop.installation.ok(&["backup", "verify", &newest])?;
    let looked = shop.installation.run(&["doctor"])?;
    let told = [format!("s3://{BUCKET}/shop/"), "x-amz-checksum-sha256".to_owned()];
    ensure!(told.iter().all(|told| looked.stdout.contains(told)), "this one holds no sums: {}", looked.output());
    let before = ledger(&shop.installation)?;
    let drill: Value = serde_json::from_str(&shop.installation.ok(&["drill", "--json"])?)?;
    ensure!(drill["ok"] == true && drill["backup"] == newest.as_str(), "{drill}");
    ensure!(!shop.installation.data_folder().join("drill").exists());

    let other = elsewhere(&shop, Installation::new()?, &url, (&id, &key));
    let restored: Value = serde_json::from_str(&other.ok(&["restore", &newest, "--json"])?)?;
    ensure!(restored["ok"] == true && restored["verified"] == true, "{restored}");
    ensure!(ledger(&other)? == before, "the same chain");
    ensure!(nothing_brought(&other.data_folder()));

    // Kept two and no more, there too.
    let few = shop.installation.with("GONDOLA_BACKUP_KEEP_HOURLY", "2").with("GONDOLA_BACKUP_KEEP_DAILY", "0");
    few.ok(&["backup"])?;
    let (kept, _) = listed(&few)?;
    ensure!(kept.len() == 2 && address(&kept[1])? == newest, "{kept:?}");
    let wrong = few.with("GONDOLA_OBJECT_STORE_SECRET", "another");
    let ran = wrong.run(&["backup"])?;
    ensure!(ran.code == Some(1) && ran.stderr.contains("SignatureDoesNotMatch"), "{}", ran.output());
    ensure!(!ran.output().contains("another") && ran.stdout.contains(".backup"), "{}", ran.output());
    Ok(())
}

#[test]
fn a_cut_or_changed_object_replaces_nothing() -> Result<()> {
    let store = Server::start()?;
    let (url, keys) = (store.url(), ("id", "key"));
    let shop = stocked(with_store(Installation::new()?, &url, keys))?;
    shop.installation.ok(&["backup"])?;
    let (there, _) = listed(&shop.installation)?;
    let newest = address(&there[0])?;
    let name = newest.rsplit('/').next().context("no name")?;
    let path = format!("/{BUCKET}/shop/{name}");
    let whole = store.client().get(&path)?;
    let sum = whole.header("x-amz-meta-sha256").context("no sum")?.to_owned();
    let mut changed = whole.body.clone();
    changed[5000] ^= 4;
    let before = database(&shop.installation)?;
    // With the sum it was put with, and as somebody who can write there would leave it.
    for (bytes, headers) in [
        (&whole.body[..whole.body.len() / 2], vec![("x-amz-meta-sha256", sum.as_str())]),
        (&changed, vec![("x-amz-meta-sha256", sum.as_str())]),
        (&changed, vec![]),
        (&whole.body[..4096], vec![]),
    ] {
        ensure!(store.client().send("PUT", &path, &headers, bytes)?.status == 200);
        for command in [&["restore", &newest, "--replace"][..], &["backup", "verify", &newest]] {
            let ran = shop.installation.run(command)?;
            ensure!(ran.code == Some(1) && ran.stderr.contains("No se tocó nada"), "{}", ran.output());
        }
        ensure!(shop.installation.run(&["drill"])?.code == Some(1));
        ensure!(database(&shop.installation)?[..100] == before[..100]);
        ensure!(nothing_brought(&shop.installation.data_folder()));
    }
    // What is in the folder is whole, and mends what was cut there.
    ensure!(store.client().send("PUT", &path, &[], &whole.body[..4096])?.status == 200);
    shop.installation.ok(&["backup"])?;
    shop.installation.ok(&["backup", "verify", &newest])?;
    shop.verify().map(drop)
}

#[test]
fn no_backup_that_could_not_be_delivered_is_removed() -> Result<()> {
    let mut store = Server::start()?;
    let shop = stocked(with_store(Installation::new()?, &store.url(), ("id", "key")))?;
    store.kill()?;
    let mut made = Vec::new();
    for _ in 0..3 {
        let ran = shop.installation.run(&["backup", "--json"])?;
        ensure!(ran.code == Some(1), "there is nobody to take it: {}", ran.output());
        let told: Value = serde_json::from_str(&ran.stdout)?;
        made.push(std::path::PathBuf::from(told["file"].as_str().context("a path")?));
    }
    let older = &made[..2];
    older.iter().try_for_each(|file| fs::write(file, b"not whole"))?;
    store.restart()?;
    let ran = shop.installation.run(&["backup"])?;
    ensure!(ran.code == Some(1), "what is not whole is told: {}", ran.output());
    ensure!(older.iter().all(|file| file.exists()), "they are nowhere else: {}", ran.output());
    Ok(())
}

fn objects(server: &Running, shop: &Shop) -> Result<Value> {
    let health = server.client(&shop.key).get("/health/deep")?.json()?;
    Ok(health["checks"]["objects"].clone())
}

pub(crate) fn undelivered(server: &Running, shop: &Shop, count: &str) -> bool {
    let page = server.client(&shop.key).get("/metrics").map(|page| page.text()).unwrap_or_default();
    page.lines().any(|line| line.strip_prefix("gondola_backup_undelivered ") == Some(count))
}

#[test]
fn a_store_that_is_away_keeps_nobody_and_gets_what_waited_when_it_is_back() -> Result<()> {
    let mut store = Server::start()?;
    let line = Line::to(&store.address())?;
    let database = postgres::fresh_database()?;
    let installation = Installation::on_postgres(database.url())?.with("GONDOLA_OBJECT_STORE_TIMEOUT_S", "5");
    let shop = stocked(with_store(installation, &url_at(&line.address()), ("id", "key")))?;
    let server = shop.serve()?;
    shop.installation.ok(&["backup"])?;
    ensure!(objects(&server, &shop)?["status"] == "healthy", "{}", objects(&server, &shop)?);

    for away in ["killed", "paused"] {
        if away == "killed" {
            store.kill()?;
        } else {
            store.pause()?;
        }
        let ran = shop.installation.run(&["backup", "--json"])?;
        let made: Value = serde_json::from_str(&ran.stdout)?;
        ensure!(ran.code == Some(1) && made["delivered"] == false, "{away}: {}", ran.output());
        ensure!(ran.stderr.contains("queda en su carpeta"), "{}", ran.stderr);
        let told = || {
            let found = objects(&server, &shop).unwrap_or_default();
            found["status"] == "degraded" && found["detail"]["error"].is_string()
        };
        ensure!(wait_until(DELIVERED, || told() && undelivered(&server, &shop, "1")), "{away}: {}", server.log());
        // Selling goes on.
        receive(&mut server.client(&shop.key), if away == "killed" { 2 } else { 3 })?;
        if away == "killed" {
            store.restart()?;
        } else {
            store.resume()?;
        }
        let well =
            || undelivered(&server, &shop, "0") && objects(&server, &shop).is_ok_and(|it| it["status"] == "healthy");
        ensure!(wait_until(DELIVERED, well), "{away}: {} {}", objects(&server, &shop)?, server.log());
        let (there, here) = listed(&shop.installation)?;
        ensure!(here.len() == 1 && there[0]["instant"] == here[0]["instant"], "{away}: {there:?} {here:?}");
    }
    // Half a second each way is slow and no outage.
    line.fault(Fault::Slow(Duration::from_millis(500)));
    shop.installation.ok(&["backup"])?;
    line.fault(Fault::Slow(Duration::ZERO));
    let breaker = server.client(&shop.key).get("/api/circuit-breaker/status")?.json()?;
    ensure!(breaker["s3"]["state"] == "closed", "{breaker}");
    // The bucket itself is gone: told as what it is.
    let other = shop.installation.with("GONDOLA_OBJECT_STORE_URL", &store.url().replace(BUCKET, "nowhere"));
    let ran = other.run(&["backup", "list"])?;
    ensure!(ran.code == Some(1) && ran.stderr.contains("NoSuchBucket"), "{}", ran.output());
    Ok(())
}
