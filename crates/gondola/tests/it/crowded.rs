//! More connections than files.
//!
//! Invariant: who only connects takes no file that an answer needs.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use testkit::Result;
use testkit::process::wait_until;

use crate::shop::{HANG, Shop, add_product, post_ok, posting};

/// What the server may open, and how many connect: more than are left for connections.
const FILES: usize = 400;
const CROWD: usize = 600;
/// Longer than a connection to this machine takes, when there is room for it: what comes while the queue of those who knock is full knocks
/// again after one second, and after two more.
const NO_ROOM: Duration = Duration::from_secs(5);

#[test]
fn a_crowd_that_only_connects_leaves_files_for_those_who_are_answered() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    shop.installation = shop.installation.with("GONDOLA_HEADER_TIMEOUT_S", "600");
    let server = shop.installation.serve_after(&format!("ulimit -n {FILES}"))?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    let address: SocketAddr = server.address().parse()?;
    let crowd: Vec<_> = (0..CROWD).map_while(|_| TcpStream::connect_timeout(&address, NO_ROOM).ok()).collect();
    ensure!(crowd.len() > FILES / 2, "{} connected", crowd.len());
    let open = || fs::read_dir(format!("/proc/{}/fd", server.id())).map_or(0, Iterator::count);
    // As many of them as may be are let in; beside those the server holds few files of its own.
    ensure!(wait_until(HANG, || open() >= FILES / 3), "{} open", open());
    let line = json!([{"sku": "A", "quantity": "5", "unit_cost": "1"}]);
    post_ok(&mut client, &posting(1, "receipt", &line))?;
    ensure!(client.get("/api/v1/exports/products.xlsx")?.status == 200);
    let open = open();
    ensure!(open < FILES - FILES / 8, "{open} of {FILES} files are open, for {} connections", crowd.len());
    ensure!(server.printed().contains("max_connections"), "{}", server.log());
    Ok(())
}
