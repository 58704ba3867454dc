//! The log of a server in files of its own (`log_dir`), as whoever reads them later finds them.
//!
//! Invariant: what is looked at are the files, and that the standard output has none of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use domain::{Clock, SystemClock, Timestamp};
use serde_json::Value;
use testkit::Result;
use testkit::process::wait_until;

use crate::shop::{HANG, Shop};

/// The file of the day that was so many days ago.
fn of_day(folder: &Path, ago: i64) -> PathBuf {
    let then: Timestamp = SystemClock.now().plus_seconds(-ago * 86_400);
    folder.join(format!("gondola-{}.log", &then.to_string()[..10]))
}

/// Each line, which is whole.
fn lines(file: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    ensure!(text.ends_with('\n'), "a line is cut: {text}");
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

#[test]
fn a_server_writes_a_file_a_day_and_keeps_them_as_long_as_it_is_told() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    let folder = shop.installation.folder().join("logs");
    let told = shop.installation.with("GONDOLA_LOG_DIR", &folder.display().to_string());
    shop.installation = told.with("GONDOLA_LOG_KEEP_DAYS", "10");
    // As a server left them that ended yesterday.
    fs::create_dir(&folder)?;
    let (gone, kept, yesterday) = (of_day(&folder, 12), of_day(&folder, 9), of_day(&folder, 1));
    let (notes, newest) = (folder.join("gondola-notes.log"), folder.join("gondola.log"));
    for file in [&gone, &kept, &yesterday, &notes] {
        fs::write(file, "{\"message\":\"earlier\"}\n")?;
    }
    std::os::unix::fs::symlink(yesterday.file_name().context("a name")?, &newest)?;
    let began = SystemClock.now();

    let server = shop.serve()?;
    let answer = server.client(&shop.key).get("/api/v1/products?limit=1")?;
    let request = answer.header("x-request-id").context("a request has an id")?.to_owned();
    let written = || lines(&newest).is_ok_and(|all| all.iter().any(|line| line["request_id"] == request.as_str()));
    ensure!(wait_until(HANG, written), "{:?}", fs::read_to_string(&newest));
    let all = lines(&newest)?;
    let line = all.iter().find(|line| line["request_id"] == request.as_str()).context("its line")?;
    ensure!(line["path"] == "/api/v1/products" && line["status"] == 200 && line["method"] == "GET", "{line}");
    for line in &all {
        // What is found by them elsewhere (deploy/loki/config.alloy).
        let at: Timestamp = line["timestamp"].as_str().context("an instant")?.parse()?;
        ensure!(at >= began && line["level"].is_string() && line["role"].is_string(), "{line}");
        ensure!(line["service"] == "gondola" && line["message"].is_string(), "{line}");
    }
    ensure!(!gone.exists() && kept.exists() && notes.exists(), "only what is older goes");
    ensure!(fs::read_to_string(&yesterday)? == "{\"message\":\"earlier\"}\n", "another day's is left alone");
    let leads_to = folder.join(fs::read_link(&newest)?);
    ensure!([of_day(&folder, 0), of_day(&folder, 1)].contains(&leads_to), "{}", leads_to.display());
    ensure!(!server.log().contains(&request), "it is in its file and nowhere else: {}", server.log());

    drop(server);
    let before = lines(&leads_to)?.len();
    let _again = shop.serve()?;
    ensure!(lines(&leads_to)?.len() >= before && lines(&newest)?.len() > 1, "what was written that day stays");
    Ok(())
}

#[test]
fn a_server_whose_log_cannot_be_written_does_not_start() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    let taken = shop.installation.folder().join("taken");
    fs::write(&taken, "somebody's")?;
    shop.installation = shop.installation.with("GONDOLA_LOG_DIR", &taken.display().to_string());
    let ran = shop.installation.run(&["serve", "--listen", "127.0.0.1:0"])?;
    ensure!(ran.code == Some(1) && ran.stderr.contains("log_dir"), "{}", ran.output());
    ensure!(fs::read_to_string(&taken)? == "somebody's");
    Ok(())
}
