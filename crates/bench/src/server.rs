//! The servers that are measured: ours in another process, and a bare one as the reference.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::{Json, Router, routing::get};
use domain::Stopwatch;
use serde_json::json;
use testkit::{
    binary::{Installation, Running},
    http::Client,
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::load::{self, Load, Seen, Until};

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
    installation: Installation,
}

/// What a process holds in memory.
#[derive(Debug, Clone, Copy)]
pub struct Resident {
    /// In all, pages of its files included.
    pub total_kib: u64,
    /// Its own, which no file stands behind.
    pub own_kib: u64,
}

impl Resident {
    /// In all, in whole megabytes.
    pub const fn mb(self) -> u64 {
        self.total_kib / 1024
    }
}

impl Shop {
    /// A shop with stock of [`PRODUCTS`] products, filled through the program's own commands and API, and started again.
    pub fn open(installation: Installation) -> Result<Shop> {
        let mut text = String::from("sku,name,unit,category,price\n");
        for i in 0..PRODUCTS {
            text.push_str(&format!("SKU-{i:06},Producto {i} de prueba,unit,Rubro {},1850\n", i % 20));
        }
        Shop::start(installation, &text, stock_up)
    }

    /// A shop that lists the products of a file and has none of them.
    pub fn listing(installation: Installation, products: &str) -> Result<Shop> {
        Shop::start(installation, products, |_, _| Ok(()))
    }

    fn start(
        installation: Installation,
        products: &str,
        fill: impl FnOnce(&Running, &str) -> Result<()>,
    ) -> Result<Shop> {
        let installation = installation.with("GONDOLA_LOG_LEVEL", "warn");
        installation.ok(&["site", "create", "centro"])?;
        let key = installation.owner_key()?;
        let file = installation.folder().join("productos.csv");
        std::fs::write(&file, products)?;
        installation.ok(&["import", "products", &file.display().to_string()])?;
        let mut server = installation.serve()?;
        fill(&server, &key)?;
        server.terminate(Duration::from_secs(30))?;
        let watch = Stopwatch::start();
        let server = installation.serve()?;
        Ok(Shop { server, key, start_ms: watch.elapsed().as_millis(), installation })
    }

    /// Runs a load against it.
    pub async fn load(&self, clients: usize, load: Load, until: Until) -> Result<Seen> {
        load::run(self.server.address(), &self.key, clients, load, until).await
    }

    /// Where it answers.
    pub fn address(&self) -> &str {
        self.server.address()
    }

    /// A connection for single requests.
    pub fn client(&self) -> Client {
        self.server.client(&self.key)
    }

    /// The page of figures, as whoever has this key sees it.
    pub fn figures(&self, key: &str) -> Result<Figures> {
        Ok(Figures(self.server.client(key).get("/metrics")?.text()))
    }

    /// Where it lives.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The owner's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Resident memory of the server.
    pub fn memory(&self) -> Result<Resident> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
            anyhow::Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()?)
        };
        Ok(Resident { total_kib: kib("VmRSS:")?, own_kib: kib("RssAnon:")? })
    }
}

/// A page of figures.
#[derive(Debug)]
pub struct Figures(String);

impl Figures {
    /// The sum of all series of this name.
    pub fn sum(&self, name: &str) -> Result<f64> {
        let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        let mut found =
            self.0.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).peekable();
        found.peek().with_context(|| format!("no {name}"))?;
        Ok(found.sum::<f64>())
    }
}

fn stock_up(server: &Running, key: &str) -> Result<()> {
    for first in (0..PRODUCTS).step_by(usize::try_from(OPENING_LINES)?) {
        let line = |i: u64| json!({"sku": format!("SKU-{i:06}"), "quantity": "100000000", "line_cost": "1000000000"});
        let lines: Vec<_> = (first..first + OPENING_LINES).map(line).collect();
        let id = uuid::Uuid::from_u128(u128::from(first) + 1);
        let body = json!({"postings": [{"id": id, "kind": "opening", "site": "centro", "lines": lines}]});
        let answer = server.client(key).post("/api/v1/postings", &body)?;
        ensure!(answer.status == 201, "{}", answer.text());
    }
    Ok(())
}

/// A bare axum server of this process, which answers `/` and serves as long as there is somebody to hold it.
pub struct Bare {
    /// Where it answers.
    pub address: String,
    task: JoinHandle<()>,
}

impl Bare {
    /// Starts one.
    pub async fn start() -> Result<Bare> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let router = Router::new().route("/", get(|| async { Json(json!({"status": "healthy"})) }));
        // It ends with its holder, so there is nobody to tell of its end.
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap_or_default() });
        Ok(Bare { address, task })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a bare axum server answers a second on this machine.
pub async fn raw_answers(seconds: u64) -> Result<Seen> {
    let bare = Bare::start().await?;
    load::run(&bare.address, "none", 64, Load::get("/"), Until::Seconds(seconds)).await
}
