//! Backups that a server makes by itself, how long they stay, and drills.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::postgres;
use testkit::process::{Process, wait_until};

use crate::backups::with_identity;
use crate::shop::{Shop, add_product, post_ok, posting};

fn backups(shop: &Shop) -> Result<Vec<Value>> {
    Ok(serde_json::from_str(&shop.installation.ok(&["backup", "list", "--json"])?)?)
}

fn receive(server: &Running, shop: &Shop, numbers: std::ops::Range<usize>) -> Result<()> {
    let mut client = server.client(&shop.key);
    for number in numbers {
        let lines = json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]);
        post_ok(&mut client, &posting(number, "receipt", &lines))?;
    }
    Ok(())
}

fn figure(server: &Running, shop: &Shop, name: &str) -> Option<f64> {
    let page = server.client(&shop.key).get("/metrics").ok()?.text();
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// What verifying says of the ledger: a drill goes into the audit log.
pub(crate) fn ledger(shop: &Shop) -> Result<Vec<String>> {
    let told = shop.verify()?;
    Ok(told.lines().filter(|line| !line.starts_with("auditoría")).map(str::to_owned).collect())
}

/// Has made or seen a backup and done or seen a drill.
fn has_both(server: &Running, shop: &Shop) -> bool {
    let at = |name| figure(server, shop, name).is_some_and(|at| at > 1_600_000_000.0);
    at("gondola_backup_last_success_timestamp_seconds") && at("gondola_drill_last_success_timestamp_seconds")
}

#[test]
fn of_two_servers_over_one_database_one_makes_the_backup_and_the_drill() -> Result<()> {
    let database = postgres::fresh_database()?;
    let installation = with_identity(Installation::on_postgres(database.url())?)?;
    let installation = installation.with("GONDOLA_BACKUP_EVERY_MINUTES", "60").with("GONDOLA_BACKUP_DRILL_DAYS", "7");
    let shop = Shop::of(installation, Some(database))?;
    let servers = [shop.installation.serve_logging("one")?, shop.installation.serve_logging("other")?];
    for server in &servers {
        ensure!(wait_until(Duration::from_secs(120), || has_both(server, &shop)), "{}", server.log());
        let health = server.client(&shop.key).get("/health/deep")?.json()?;
        let told = &health["checks"]["backups"];
        ensure!(told["status"] == "healthy", "{health}");
        ensure!(told["detail"]["scheduled"] == true && told["detail"]["drills_scheduled"] == true, "{health}");
    }
    ensure!(backups(&shop)?.len() == 1);
    for action in ["backup.made", "backup.drilled"] {
        let told = shop.installation.ok(&["audit", "list", "--json", "--action", action])?;
        ensure!(told.lines().count() == 1, "{told}");
    }
    Ok(())
}

#[test]
fn a_server_that_may_not_make_one_says_so_and_a_trial_makes_none_unless_told() -> Result<()> {
    let shop = Shop::of(Installation::new()?.with("GONDOLA_BACKUP_EVERY_MINUTES", "60"), None)?;
    let server = shop.serve()?;
    ensure!(wait_until(Duration::from_secs(20), || server.log().contains("no backup is made")), "{}", server.log());
    ensure!(backups(&shop)?.is_empty());
    let last = "gondola_backup_last_success_timestamp_seconds";
    ensure!(figure(&server, &shop, "gondola_backup_scheduled") == Some(0.0));
    ensure!(figure(&server, &shop, last).is_none(), "there never was one, so nothing is told of when");
    shop.installation.ok(&["backup", "--plain"])?;
    drop(server);
    let server = shop.serve()?;
    ensure!(wait_until(Duration::from_secs(20), || figure(&server, &shop, last).is_some_and(|at| at > 1.6e9)));
    Ok(())
}

#[test]
fn a_drill_brings_the_newest_back_and_tells_what_would_be_lost() -> Result<()> {
    for url in [None, Some(postgres::fresh_database()?)] {
        let installation = match &url {
            Some(database) => Installation::on_postgres(database.url())?,
            None => Installation::new()?,
        };
        let shop = Shop::of(with_identity(installation)?, url)?;
        let ran = shop.installation.run(&["drill"])?;
        ensure!(ran.code == Some(1) && ran.stderr.contains("todavía no hay ninguna copia"), "{}", ran.output());
        let server = shop.serve()?;
        add_product(&mut server.client(&shop.key), "A", "unit")?;
        receive(&server, &shop, 0..5)?;
        shop.installation.ok(&["backup"])?;
        receive(&server, &shop, 5..8)?;
        // A site made since is in no backup at all.
        shop.installation.ok(&["site", "create", "norte"])?;
        let mut there = posting(8, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]));
        there["postings"][0]["site"] = "norte".into();
        post_ok(&mut server.client(&shop.key), &there)?;
        let proof = ledger(&shop)?;
        let drill: Value = serde_json::from_str(&shop.installation.ok(&["drill", "--json"])?)?;
        ensure!(drill["ok"] == true && drill["movements"] == 5 && drill["missing_postings"] == 4, "{drill}");
        ensure!(drill["rto_ms"].as_u64().is_some_and(|ms| ms > 0 && ms < 60_000), "{drill}");
        ensure!(drill["rpo_ms"].as_u64().is_some_and(|ms| ms > 0 && ms < 60_000), "{drill}");
        ensure!(ledger(&shop)? == proof, "the shop was only read");
        let data = shop.installation.data_folder();
        ensure!(fs::read_dir(data.join("drills"))?.count() == 1 && !data.join("drill").exists());
        // One that was spoiled is no backup, and a drill finds that out.
        let newest = backups(&shop)?[0]["file"].as_str().context("no file")?.to_owned();
        let mut bytes = fs::read(&newest)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&newest, bytes)?;
        let ran = shop.installation.run(&["drill"])?;
        ensure!(ran.code == Some(1) && ran.stderr.contains("dañada"), "{}", ran.output());
        let told = shop.installation.ok(&["audit", "list", "--json", "--action", "backup.drilled"])?;
        ensure!(told.lines().count() == 3, "{told}");
    }
    Ok(())
}

#[test]
fn what_is_older_than_is_wanted_goes_and_the_newest_of_each_day_stays() -> Result<()> {
    let installation = with_identity(Installation::new()?)?;
    let installation = installation.with("GONDOLA_BACKUP_KEEP_HOURLY", "2").with("GONDOLA_BACKUP_KEEP_DAILY", "3");
    let shop = Shop::of(installation, None)?;
    shop.installation.ok(&["backup"])?;
    let made = backups(&shop)?[0]["file"].as_str().context("no file")?.to_owned();
    let folder = shop.installation.data_folder().join("backups");
    let older = ["03T10", "03T09", "02T10", "01T10"];
    for instant in older {
        fs::copy(&made, folder.join(format!("gondola-2020-01-{instant}-00-00.000Z.backup")))?;
    }
    fs::write(folder.join("notes.txt"), "not ours")?;
    fs::remove_file(&made)?;
    shop.installation.ok(&["backup"])?;
    let names: Vec<String> =
        backups(&shop)?.iter().filter_map(|kept| kept["instant"].as_str().map(str::to_owned)).collect();
    ensure!(names[1..] == ["2020-01-03T10:00:00Z", "2020-01-02T10:00:00Z"], "{names:?}");
    ensure!(folder.join("notes.txt").exists(), "what is no backup is nobody's to remove");
    Ok(())
}

#[test]
fn an_older_backup_that_cannot_be_removed_or_read_is_said_and_the_new_one_is_made() -> Result<()> {
    let installation = with_identity(Installation::new()?)?;
    let installation = installation.with("GONDOLA_BACKUP_KEEP_HOURLY", "1").with("GONDOLA_BACKUP_KEEP_DAILY", "0");
    let shop = Shop::of(installation, None)?;
    let folder = shop.installation.data_folder().join("backups");
    // A folder of that name cannot be removed as a file.
    fs::create_dir_all(folder.join("gondola-2020-01-03T09-00-00.000Z.backup"))?;
    let ran = shop.installation.run(&["backup", "--json"])?;
    ensure!(ran.code == Some(0) && ran.stderr.contains("una anterior no pudo borrarse"), "{}", ran.output());
    let told: Value = serde_json::from_str(&ran.stdout)?;
    ensure!(told["removed"].is_null() && fs::exists(told["file"].as_str().context("no file")?)?, "{told}");
    fs::write(folder.join("gondola-2020-01-02T09-00-00.000Z.backup"), "somebody's notes")?;
    let all = backups(&shop)?;
    ensure!(all[0]["header"].is_object() && all[0]["error"].is_null(), "{}", all[0]);
    let error = |place: usize| all[place]["error"].as_str().unwrap_or_default();
    ensure!(error(1).contains("directory") && error(2).contains("is not a backup"), "{all:?}");
    let shown = shop.installation.ok(&["backup", "list"])?;
    ensure!(shown.contains("no se puede leer") && shown.contains("no es una copia"), "{shown}");
    Ok(())
}

/// How many events of that kind the audit log has.
fn events(shop: &Shop, action: &str) -> Result<usize> {
    Ok(shop.installation.ok(&["audit", "list", "--json", "--action", action])?.lines().count())
}

#[test]
fn what_was_stopped_or_somebody_else_is_at_is_not_written_down_as_failed() -> Result<()> {
    // A phrase takes a second to become a key, so that there is time.
    let installation = Installation::new()?.with("GONDOLA_BACKUP_PASSPHRASE", "una frase que nadie adivina");
    let shop = Shop::of(installation, None)?;
    shop.installation.ok(&["backup"])?;
    let data = shop.installation.data_folder();
    let hold = |file: &str| -> Result<fs::File> {
        let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(data.join(file))?;
        file.try_lock()?;
        Ok(file)
    };
    let held = [hold("backups/.gondola.unfinished")?, hold("drill.lock")?];
    for command in ["backup", "drill"] {
        let ran = shop.installation.run(&[command])?;
        ensure!(ran.code == Some(1) && ran.stderr.contains("esperá a que termine"), "{}", ran.output());
    }
    drop(held);
    let mut drill = Process::spawn("gondola drill", &mut shop.installation.command(&["drill"]))?;
    ensure!(wait_until(Duration::from_secs(60), || data.join("drill").exists() || !drill.is_running()));
    ensure!(!drill.terminate(Duration::from_secs(60))?.success(), "it was over before it could be stopped");
    ensure!(!data.join("drill").exists() && !data.join("drills").exists());
    ensure!(events(&shop, "backup.failed")? == 0 && events(&shop, "backup.drilled")? == 0);
    Ok(())
}

#[test]
fn a_drill_that_held_holds_though_its_report_cannot_be_kept() -> Result<()> {
    let shop = Shop::of(with_identity(Installation::new()?)?, None)?;
    shop.installation.ok(&["backup"])?;
    // Where the reports go there is something else.
    fs::write(shop.installation.data_folder().join("drills"), "")?;
    let ran = shop.installation.run(&["--language", "en", "drill", "--json"])?;
    ensure!(ran.code == Some(0), "{:?} {}", ran.code, ran.output());
    let told: Value = serde_json::from_str(ran.last_line())?;
    ensure!(told["ok"] == true && told["unkept"].is_string(), "{told}");
    ensure!(ran.stderr.contains("the report of the drill could not be kept"), "{}", ran.stderr);
    fs::remove_file(shop.installation.data_folder().join("drills"))?;
    let told: Value = serde_json::from_str(&shop.installation.ok(&["drill", "--json"])?)?;
    ensure!(told["ok"] == true && told.get("unkept").is_none(), "{told}");
    Ok(())
}
