//! Every secret is replaced while requests go on, and none of them fails.
//!
//! Invariant: what counts as failed is any answer other than the one the request has with nobody rotating.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::UNIX_EPOCH;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::binary::{Ran, Running, run};
use testkit::http::Client;
use testkit::{Result, workspace_root};

use crate::shop::{HANG, Shop, add_product, posting};

/// Requests that must have been answered between one change and the next.
const BETWEEN: usize = 20;

/// What steady clients have seen.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    answered: AtomicUsize,
}

impl Load {
    /// Asks one thing over and over until told to stop.
    fn steady(&self, ask: impl FnMut(usize) -> Result<u16>) -> Result<()> {
        let done = self.ask(ask);
        // Whoever waits for the others to go on must not wait for ever.
        self.stop.fetch_or(done.is_err(), Ordering::Relaxed);
        done
    }

    fn ask(&self, mut ask: impl FnMut(usize) -> Result<u16>) -> Result<()> {
        for number in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let status = ask(number)?;
            ensure!((200..300).contains(&status), "request {number} was answered {status}");
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Waits until so many more requests were answered.
    fn go_on(&self) {
        let goal = self.answered.load(Ordering::Relaxed) + BETWEEN;
        while self.answered.load(Ordering::Relaxed) < goal && !self.stop.load(Ordering::Relaxed) {
            thread::yield_now();
        }
    }
}

/// Runs `work` while requests of several kinds go on; an error when one of them failed.
fn under_load(shop: &Shop, server: &Running, work: impl FnOnce(&Load) -> Result<()>) -> Result<usize> {
    let load = Load::default();
    let mut reader = server.client(&shop.key).patience(HANG);
    let mut writer = server.client(&shop.key).patience(HANG);
    let mut signer = server.client(&shop.key).patience(HANG);
    let token = server.client(&shop.key).post("/api/v1/auth/token", &json!({"expires_in": 3600}))?.json()?;
    let token = format!("Bearer {}", token["access_token"].as_str().context("a token")?);
    let mut bearer = Client::new(server.address()).with_header("Authorization", &token).patience(HANG);
    let mut asker = server.client(&shop.key).patience(HANG);
    thread::scope(|scope| {
        let reads = scope.spawn(|| load.steady(|_| Ok(reader.get("/api/v1/stock?site=centro")?.status)));
        let writes = scope.spawn(|| {
            let receipt =
                |number| posting(1000 + number, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]));
            load.steady(|number| Ok(writer.post("/api/v1/postings", &receipt(number))?.status))
        });
        // There is nothing new to sign when nobody has posted meanwhile: that is an answer too.
        let signs = scope.spawn(|| {
            load.steady(|_| {
                let answer = signer.post("/api/v1/ledger/centro/checkpoints", &Value::Null)?;
                Ok(if answer.problem_code() == "nothing_to_sign" { 200 } else { answer.status })
            })
        });
        let bears = scope.spawn(|| load.steady(|_| Ok(bearer.get("/api/v1/products")?.status)));
        let asks = scope.spawn(|| load.steady(|_| Ok(asker.post("/api/v1/auth/token", &json!({}))?.status)));
        load.go_on();
        let worked = work(&load);
        load.go_on();
        load.stop.store(true, Ordering::Relaxed);
        let threads =
            [("reading", reads), ("writing", writes), ("signing", signs), ("bearing", bears), ("asking", asks)];
        for (name, thread) in threads {
            thread.join().map_err(|_| anyhow::anyhow!("{name} panicked"))?.with_context(|| name)?;
        }
        worked
    })?;
    Ok(load.answered.into_inner())
}

/// Each secret by the name it has in `gondola key status`.
fn status(shop: &Shop) -> Result<Value> {
    Ok(serde_json::from_str(&shop.installation.ok(&["key", "status", "--json"])?)?)
}

fn replaced_while_requests_go_on(shop: &Shop) -> Result<()> {
    shop.installation.ok(&["key", "init"])?;
    let server = shop.serve()?;
    add_product(&mut server.client(&shop.key), "A", "unit")?;
    let file = shop.installation.data_folder().join("keys/master.key");
    let first = fs::read_to_string(&file)?;
    let id = shop.key.split('_').nth(1).context("the public part of a key")?;
    let mut renewed = String::new();
    let answered = under_load(shop, &server, |load| {
        for what in [
            &["checkpoint"][..],
            &["api-key", id],
            &["tokens"],
            &["fields"],
            &["fields"],
            &["master"],
            &["master", "--finish"],
            &["tokens"],
            &["fields"],
        ] {
            let ran = shop.installation.run(&[&["key", "rotate"], what].concat())?;
            ensure!(ran.code == Some(0), "{what:?}: {}", ran.output());
            if what[0] == "api-key" {
                ran.last_line().clone_into(&mut renewed);
            }
            load.go_on();
        }
        Ok(())
    })?;
    ensure!(answered > BETWEEN * 9, "{answered}");
    ensure!(
        renewed != shop.key && server.client(&renewed).get("/api/v1/stock")?.status == 200,
        "the new secret serves"
    );
    every_change_is_in_the_audit_log(shop)?;
    ensure!(fs::read_to_string(&file)? != first, "the master key is another");
    let keys = fs::read_dir(shop.installation.data_folder().join("keys"))?;
    let keys = keys.map(|file| Ok(file?.file_name())).collect::<Result<Vec<_>>>()?;
    ensure!(keys.len() == 5, "two master keys, a checkpoint key and the public parts of two: {keys:?}");
    drop(server);
    shop.verify()?;
    let again = shop.serve()?;
    ensure!(again.client(&shop.key).get("/api/v1/stock")?.status == 200, "it starts with the new key");
    let status = status(shop)?;
    let due = status.as_array().context("a list")?.iter().filter(|secret| secret["due"] == true).count();
    ensure!(due == 0 && status.to_string().contains("\"master\""), "{status}");
    Ok(())
}

/// What is in the audit log under that action, oldest first.
fn audited(shop: &Shop, action: &str) -> Result<Vec<Value>> {
    let said = shop.installation.ok(&["audit", "list", "--json", "--limit", "1000", "--action", action])?;
    let events: Result<Vec<Value>> = said.lines().map(|line| Ok(serde_json::from_str(line)?)).collect();
    Ok(events?.into_iter().rev().collect())
}

fn every_change_is_in_the_audit_log(shop: &Shop) -> Result<()> {
    let changes = audited(shop, "secret.rotated")?;
    let by_command = changes.iter().filter(|event| event["actor"] == "cli");
    let resources: Vec<&str> = by_command.filter_map(|event| event["resource"].as_str()).collect();
    let expected = ["checkpoint", "tokens", "fields", "fields", "master", "master", "tokens", "fields"];
    ensure!(resources == expected.map(|what| format!("secret:{what}")), "{changes:?}");
    ensure!(audited(shop, "key.rotated")?.len() == 1, "the key's new secret");
    let issued = audited(shop, "token.issued")?;
    ensure!(issued.iter().any(|event| event["actor"] == "tests"), "{issued:?}");
    Ok(())
}

#[test]
fn who_opens_an_encrypted_value_and_what_for_is_in_the_audit_log() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    shop.installation.ok(&["key", "init"])?;
    // The first server makes the key that signs tokens; the second has to open it.
    for _ in 0..2 {
        let mut server = shop.serve()?;
        let answer = server.client(&shop.key).post("/api/v1/auth/token", &json!({}))?;
        ensure!(answer.status == 200, "{}", answer.text());
        let id = answer.json()?["id"].as_str().context("its id")?.to_owned();
        let ended = server.client(&shop.key).post_raw(&format!("/api/v1/auth/tokens/{id}/revoke"), b"")?;
        ensure!(ended.status == 204, "{} {}", ended.status, ended.text());
        server.terminate(HANG)?;
    }
    let opened = audited(&shop, "field.decrypted")?;
    let asked = opened.iter().find(|event| event["actor"] == "tests").context("by whom")?;
    ensure!(asked["resource"].as_str().is_some_and(|what| what.starts_with("token_key.secret:")), "{asked}");
    ensure!(asked["details"]["for"] == "POST /api/v1/auth/token" && asked["details"]["by"] == "tokens", "{asked}");
    for action in ["token.issued", "token.revoked"] {
        let told = audited(&shop, action)?;
        ensure!(told.len() == 2 && told.iter().all(|event| event["actor"] == "tests"), "{action}: {told:?}");
    }
    shop.verify()?;
    Ok(())
}

#[test]
fn each_secret_is_replaced_under_load_without_a_failed_request() -> Result<()> {
    Shop::on_each_database(replaced_while_requests_go_on)
}

/// The script that ships, on the key in a file.
fn script(server: &Running, file: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg(workspace_root().join("deploy/keys/renew-key"));
    command.arg(format!("http://{}", server.address())).arg(file);
    command
}

fn renew(server: &Running, file: &Path) -> Result<Ran> {
    run(&mut script(server, file))
}

fn renewed_by_its_machine(shop: &Shop) -> Result<()> {
    shop.installation.ok(&["key", "init"])?;
    let server = shop.serve()?;
    add_product(&mut server.client(&shop.key), "A", "unit")?;
    let file = shop.installation.folder().join("key");
    fs::write(&file, format!("{}\n", shop.key))?;
    let read = || Ok::<_, anyhow::Error>(fs::read_to_string(&file)?.trim().to_owned());
    let answered = under_load(shop, &server, |load| {
        let ran = renew(&server, &file)?;
        ensure!(ran.code == Some(0) && ran.output().is_empty(), "{}", ran.output());
        load.go_on();
        Ok(())
    })?;
    let new = read()?;
    ensure!(answered > BETWEEN && new != shop.key, "{answered}");
    ensure!(
        server.client(&new).get("/api/v1/stock")?.status == 200,
        "the new one serves, and the old one did until the end"
    );
    // Killed after the server had it and before the file was replaced: the next run ends what that one began.
    fs::write(file.with_extension("next"), format!("{new}\n"))?;
    fs::write(&file, format!("{}\n", shop.key))?;
    ensure!(renew(&server, &file)?.code == Some(0) && read()? == new);
    // Once a quarter, not once a minute; what was refused is kept to be asked for again.
    let early = renew(&server, &file)?;
    ensure!(
        early.code == Some(1) && early.stderr.contains("key_replaced_meanwhile") && read()? == new,
        "{}",
        early.output()
    );
    ensure!(audited(shop, "key.rotated")?.len() == 1);
    left_over_from_another_key(shop, &server, &file)
}

/// What is left of a renewal of another key is nothing to go on with; and a key that is young is left alone.
fn left_over_from_another_key(shop: &Shop, server: &Running, file: &Path) -> Result<()> {
    let made = shop.installation.run(&["key", "create", "--name", "till", "--role", "cashier"])?;
    let other = made.last_line().to_owned();
    fs::write(file, format!("{other}\n"))?;
    let young = run(script(server, file).env("EVERY_DAYS", "90"))?;
    ensure!(young.code == Some(0) && fs::read_to_string(file)?.trim() == other, "{}", young.output());
    ensure!(!file.with_extension("next").exists(), "what was left is gone");
    File::options().write(true).open(file)?.set_modified(UNIX_EPOCH)?;
    let both: Vec<_> = thread::scope(|scope| {
        let due = || run(script(server, file).env("EVERY_DAYS", "90"));
        [scope.spawn(due), scope.spawn(due)].into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    for ran in both {
        let ran = ran.map_err(|_| anyhow::anyhow!("it panicked"))??;
        ensure!(ran.code == Some(0), "{}", ran.output());
    }
    let new = fs::read_to_string(file)?.trim().to_owned();
    let public = |key: &str| key.split('_').nth(1).map(str::to_owned);
    ensure!(new != other && public(&new) == public(&other), "the same key with another secret");
    ensure!(server.client(&new).get("/api/v1/products")?.status == 200);
    ensure!(audited(shop, "key.rotated")?.len() == 2, "of two at once one did");
    fs::write(file, format!("{new}x\n"))?;
    let ended = renew(server, file)?;
    ensure!(ended.code == Some(77) && ended.stderr.contains("401"), "{}", ended.output());
    Ok(())
}

#[test]
fn a_machine_renews_its_own_key_under_load_without_a_failed_request() -> Result<()> {
    Shop::on_each_database(renewed_by_its_machine)
}

#[test]
fn a_master_key_of_the_environment_is_replaced_in_the_operators_hands() -> Result<()> {
    const KEY: &str = "GONDOLA_DATABASE_ENCRYPTION_KEY";
    let old = "0123456789abcdef".repeat(4);
    let mut shop = Shop::on_sqlite()?;
    shop.installation = shop.installation.with(KEY, &old);
    drop(shop.serve()?);
    let made = shop.installation.run(&["key", "rotate", "master"])?;
    ensure!(made.code == Some(0) && made.last_line().len() == 64, "{}", made.output());
    let new = made.last_line().to_owned();
    drop(shop.serve().context("the old one still does")?);
    let early = shop.installation.run(&["key", "rotate", "master", "--finish"])?;
    ensure!(early.code == Some(1), "not with the old key set: {}", early.output());
    shop.installation = shop.installation.with(KEY, &new);
    drop(shop.serve().context("so does the new one")?);
    shop.installation.ok(&["key", "rotate", "master", "--finish"])?;
    drop(shop.serve()?);
    shop.installation = shop.installation.with(KEY, &old);
    let ended = shop.installation.run(&["serve", "--listen", "127.0.0.1:0"])?;
    ensure!(ended.code == Some(1) && ended.stderr.contains(KEY), "{}", ended.output());
    Ok(())
}

#[test]
fn a_change_that_was_interrupted_anywhere_leaves_a_key_that_does() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    shop.installation.ok(&["key", "init"])?;
    let file = shop.installation.data_folder().join("keys/master.key");
    let first = fs::read(&file)?;
    shop.installation.ok(&["key", "rotate", "master"])?;
    let second = fs::read(&file)?;
    // As if the crash had come after the database knew the new key and before the file was replaced.
    fs::write(&file, &first)?;
    drop(shop.serve()?);
    fs::write(&file, &second)?;
    drop(shop.serve()?);
    Ok(())
}
