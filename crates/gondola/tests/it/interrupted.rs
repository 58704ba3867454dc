//! An import that is killed where it is, and started again.
//!
//! Invariant: wherever it was killed, the same command ends in the same stock and as many postings as one that was never interrupted.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use testkit::Result;
use testkit::http::Client;
use testkit::process::{Process, wait_until};

use crate::shop::Shop;

const TICKETS: usize = 20_000;
const PATIENCE: Duration = Duration::from_secs(120);

/// Sales and returns of forty products, most of which have to be opened, and rows that cannot be taken.
fn sales() -> String {
    let mut text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice\n".to_owned();
    for number in 0..TICKETS {
        let (credit, sign) = if number % 9 == 8 { ("C", "-") } else { ("", "") };
        let (product, quantity, minute) = (number % 40, 1 + number % 7, number / 60 % 60);
        let quantity = if number % 1000 == 999 { "muchas".to_owned() } else { format!("{sign}{quantity}") };
        let at = format!("2025-12-01 {:02}:{minute:02}:{:02}", 8 + number / 3600, number % 60);
        let _ = writeln!(text, "{credit}{number},P{product},COSA {product},{quantity},{at},1.50");
    }
    text
}

fn arguments(file: &str) -> [&str; 8] {
    ["import", "sales", file, "--source", "ventas", "--create-missing", "--opening", "auto"]
}

/// Starts the import of `file`.
fn start(shop: &Shop, file: &str) -> Result<Process> {
    let mut command = shop.installation.command(&arguments(file));
    Process::spawn("gondola import", command.stdout(Stdio::null()).stderr(Stdio::null()))
}

/// How many postings there are.
fn postings(client: &mut Client) -> Result<u64> {
    let answer = client.get("/api/v1/ledger/centro/head")?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    answer.json()?["seq"].as_u64().context("a chain has a place")
}

/// Kills an import that was given all of its file but not its end: nothing of it is posted.
fn kill_while_it_reads(shop: &Shop, text: &str) -> Result<()> {
    let path = shop.installation.folder().join("pipe");
    ensure!(Command::new("mkfifo").arg(&path).status()?.success(), "mkfifo");
    // Open for both, so that neither waits for the other.
    let mut pipe = OpenOptions::new().read(true).write(true).open(&path)?;
    let mut import = start(shop, path.to_str().context("a path of text")?)?;
    pipe.write_all(&text.as_bytes()[..4096])?;
    ensure!(wait_until(PATIENCE, || reads(import.id(), &path)), "it does not open its file");
    import.kill().map(drop)
}

fn reads(process: u32, path: &Path) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    open.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| target == path))
}

/// Kills an import once that many more postings stand.
fn kill_at(shop: &Shop, client: &mut Client, file: &str, more: u64) -> Result<()> {
    let before = postings(client)?;
    let mut import = start(shop, file)?;
    let posted = wait_until(PATIENCE, || postings(client).is_ok_and(|seq| seq >= before + more));
    ensure!(posted && import.is_running(), "it ended before it could be killed, or never began");
    import.kill().map(drop)
}

/// What there is, and in how many postings.
fn books(shop: &Shop, client: &mut Client) -> Result<(String, u64)> {
    let path = shop.installation.folder().join("stock.csv");
    shop.installation.ok(&["export", "stock", path.to_str().context("a path of text")?])?;
    shop.verify()?;
    let stock = fs::read_to_string(&path)?;
    fs::remove_file(path)?;
    Ok((stock, postings(client)?))
}

/// Writes the file into the folder of an installation.
fn written(shop: &Shop, text: &str) -> Result<String> {
    let path = shop.installation.folder().join("ventas.csv");
    fs::write(&path, text)?;
    Ok(path.to_str().context("a path of text")?.to_owned())
}

/// What an import comes to that nothing interrupts.
fn uninterrupted(text: &str) -> Result<(String, u64)> {
    let shop = Shop::on_sqlite()?;
    shop.installation.ok(&arguments(&written(&shop, text)?))?;
    let mut server = shop.serve()?;
    let books = books(&shop, &mut server.client(&shop.key))?;
    server.terminate(Duration::from_secs(30))?;
    Ok(books)
}

#[test]
fn an_import_that_was_killed_ends_in_the_same_books() -> Result<()> {
    let text = sales();
    let expected = uninterrupted(&text)?;
    ensure!(expected.1 > 15_000, "{} postings", expected.1);
    Shop::on_each_database(|shop| {
        let (file, mut server) = (written(shop, &text)?, shop.serve()?);
        let mut client = server.client(&shop.key);
        kill_while_it_reads(shop, &text)?;
        ensure!(postings(&mut client)? == 0, "nothing was posted yet");
        kill_at(shop, &mut client, &file, 1)?;
        kill_at(shop, &mut client, &file, 5000)?;
        for round in ["finished", "once more"] {
            shop.installation.ok(&arguments(&file))?;
            ensure!(books(shop, &mut client)? == expected, "{round}");
        }
        server.terminate(Duration::from_secs(30)).map(drop)
    })
}
