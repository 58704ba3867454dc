//! The whole demonstration shop, made by the program.
//!
//! Invariant: what is checked is what the program itself tells of it.

use std::{
    fs::{self, File},
    time::Duration,
};

use anyhow::{Context, ensure};
use testkit::{
    Result,
    binary::Installation,
    http::Client,
    process::{Process, free_port, wait_until},
};

#[test]
fn the_demo_is_whole_proved_one_file_and_served_as_it_says() -> Result<()> {
    let installation = Installation::new()?;
    installation.ok(&["demo", "--no-serve", "--data-dir", "demo", "--ends-on", "2026-03-10"])?;
    let folder = installation.folder().join("demo");
    for beside in ["gondola.db-wal", "gondola.db-shm"] {
        ensure!(!folder.join(beside).exists(), "{beside} is left: whoever copies the file would miss what is in it");
    }
    let proved = installation.ok(&["verify", "--data-dir", "demo"])?;
    ensure!(proved.ends_with("todo en orden\n"), "{proved}");
    is_served_as_it_says(&installation)
}

/// The shop is there already, so what is left of the command is to say where it is and to serve it.
fn is_served_as_it_says(installation: &Installation) -> Result<()> {
    let listen = format!("127.0.0.1:{}", free_port()?);
    let (said, log) = (installation.folder().join("said"), installation.folder().join("log"));
    let mut command = installation.command(&["demo", "--data-dir", "demo", "--listen", &listen]);
    command.stdout(File::create(&said)?).stderr(File::create(&log)?);
    let mut demo = Process::spawn("gondola demo", &mut command)?;
    let up = || Client::new(&listen).get("/ready").is_ok_and(|answer| answer.status == 200);
    let came_up = wait_until(Duration::from_secs(60), up);
    let (said, log) = (fs::read_to_string(&said)?, fs::read_to_string(&log)?);
    ensure!(came_up, "{said}{log}");
    let address = said.lines().find_map(|line| line.strip_prefix("Dirección: http://")).context("an address")?;
    let key = said.lines().find(|line| line.starts_with("gk_")).context("a key")?;
    ensure!(address == listen, "{said}");
    let stock = Client::new(address).key(key).get("/api/v1/stock?limit=1")?;
    ensure!(stock.status == 200 && stock.json()?["items"][0]["sku"].is_string(), "{}", stock.text());
    ensure!(Client::new(address).get("/api/v1/stock").is_ok_and(|answer| answer.status == 401), "only with the key");
    ensure!(demo.terminate(Duration::from_secs(30))?.success(), "{log}");
    Ok(())
}
