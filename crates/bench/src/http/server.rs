//! The servers that are measured: ours in another process, and a bare one as the reference.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::{Json, Router, routing::get};
use domain::Stopwatch;
use serde_json::json;
use testkit::binary::{Installation, Running};
use tokio::net::TcpListener;

use super::load::{self, Load, Seen};

/// Products of the shop.
pub const PRODUCTS: u64 = 10_000;
/// Lines of one opening posting.
const OPENING_LINES: u64 = 2_000;

/// A server with a shop in it.
pub struct Shop {
    server: Running,
    key: String,
    /// Milliseconds from start to ready.
    pub start_ms: u128,
    _installation: Installation,
}

impl Shop {
    /// Fills an installation through its own commands and API, and restarts it.
    pub fn open(installation: Installation) -> Result<Shop> {
        let installation = installation.with("GONDOLA_LOG_LEVEL", "warn");
        installation.ok(&["site", "create", "centro"])?;
        let key = installation.owner_key()?;
        import(&installation)?;
        let mut server = installation.serve()?;
        for first in (0..PRODUCTS).step_by(usize::try_from(OPENING_LINES)?) {
            let line =
                |i: u64| json!({"sku": format!("SKU-{i:06}"), "quantity": "100000000", "line_cost": "1000000000"});
            let lines: Vec<_> = (first..first + OPENING_LINES).map(line).collect();
            let id = uuid::Uuid::from_u128(u128::from(first) + 1);
            let body = json!({"postings": [{"id": id, "kind": "opening", "site": "centro", "lines": lines}]});
            let answer = server.client(&key).post("/api/v1/postings", &body)?;
            ensure!(answer.status == 201, "{}", answer.text());
        }
        server.terminate(Duration::from_secs(30))?;
        let watch = Stopwatch::start();
        let server = installation.serve()?;
        Ok(Shop { server, key, start_ms: watch.elapsed().as_millis(), _installation: installation })
    }

    /// Runs a load against it.
    pub async fn load(&self, clients: usize, load: Load, seconds: u64) -> Result<Seen> {
        load::run(self.server.address(), &self.key, clients, load, seconds).await
    }

    /// Resident memory of the server.
    pub fn memory_mb(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib / 1024)
    }
}

fn import(installation: &Installation) -> Result<()> {
    let mut text = String::from("sku,name,unit,category,price\n");
    for i in 0..PRODUCTS {
        text.push_str(&format!("SKU-{i:06},Producto {i} de prueba,unit,Rubro {},1850\n", i % 20));
    }
    let file = installation.folder().join("productos.csv");
    std::fs::write(&file, text)?;
    installation.ok(&["import", "products", &file.display().to_string()]).map(drop)
}

/// What a bare axum server answers a second on this machine.
pub async fn raw_answers(seconds: u64) -> Result<Seen> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let router = Router::new().route("/", get(|| async { Json(json!({"status": "healthy"})) }));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let seen = load::run(&address, "none", 64, Load::get("/"), seconds).await?;
    server.abort();
    Ok(seen)
}
