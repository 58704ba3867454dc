//! The program itself over a filled ledger: how soon it is ready, and its first page.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::Stopwatch;
use serde_json::json;
use testkit::{binary::Installation, http::Client};

use super::{Subject, fill::HEAVY};
use crate::{post::Run, shop, table::Table, times::Times};

const STARTS: usize = 3;
const PAGES: u64 = 50;
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the program was named.
pub fn is_there() -> bool {
    std::env::var_os("GONDOLA_BIN").is_some()
}

/// Measures.
pub fn measure(subject: &Subject, name: &str, table: &mut Table) -> Result<()> {
    let (setting, value) = &subject.setting;
    let installation = Installation::new()?.with(setting, value).with("GONDOLA_LOG_LEVEL", "warn");
    let key = installation.owner_key()?;
    let (mut starts, run) = (Vec::new(), Run::begin());
    for _ in 0..STARTS {
        let watch = Stopwatch::start();
        let mut server = installation.serve()?;
        starts.push(watch.elapsed());
        sell(&mut server.client(&key), run, PAGES + starts.len() as u64)?;
        server.kill()?;
    }
    table.row(
        &format!("{name}: start to ready, killed before"),
        Times::of(starts)?.to_string(),
        "1 000 ms",
        String::new(),
    );
    let mut server = installation.serve()?;
    let mut client = server.client(&key);
    let again = pages(&mut client, |_| Ok(()))?;
    let mut seller = server.client(&key);
    let after = pages(&mut client, |i| sell(&mut seller, run, i))?;
    table.row(
        &format!("{name}: first page, each after a sale"),
        after.to_string(),
        "50 ms",
        format!("unchanged: {again}"),
    );
    server.terminate(PATIENCE)?;
    Ok(())
}

fn pages(client: &mut Client, mut before: impl FnMut(u64) -> Result<()>) -> Result<Times> {
    let mut times = Vec::new();
    for i in 0..PAGES {
        before(i)?;
        let watch = Stopwatch::start();
        let answer = client.get("/")?;
        times.push(watch.elapsed());
        ensure!(answer.status == 200, "/ answered {}", answer.status);
    }
    Times::of(times)
}

fn sell(client: &mut Client, run: Run, i: u64) -> Result<()> {
    let id = uuid::Uuid::from_u128(run.id(i));
    let line = json!({"sku": shop::sku(HEAVY), "quantity": "1", "unit_price": "10"});
    let body = json!({"postings": [{"id": id, "kind": "sale", "site": shop::SITE, "lines": [line]}]});
    let answer = client.post("/api/v1/postings", &body)?;
    ensure!(answer.status == 201, "{}", answer.text());
    Ok(())
}
