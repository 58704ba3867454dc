//! What the door costs a request: the shell around a handler that does nothing, in this process and without a network.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Result, ensure};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    routing::get,
};
use domain::{RandomIds, Stopwatch, SystemClock};
use platform::{
    ban::Bans,
    config::{Inputs, Settings},
    http::{
        door,
        layers::{Shell, shell},
    },
};
use tower::ServiceExt;

use crate::table::Table;

/// Requests before the measured ones.
const WARM: u32 = 2_000;

/// Measures.
pub async fn run(seconds: u64) -> Result<Table> {
    let mut table = Table::default();
    let bare = Router::new().route("/open", get(|| async { "ok" })).route("/health", get(|| async { "ok" }));
    let base = each_ns(&bare, "/open", seconds).await?;
    table.row("a handler without anything around it (reference)", us(base), "", String::new());
    let off = node(&bare, &[("ratelimit_enabled", "false")], false)?;
    let without = each_ns(&off, "/open", seconds).await?;
    table.row("in the shell, the door wide open", us(without), "", beside(without, base));
    let on = node(&bare, &[("ratelimit_max", "1000000"), ("ratelimit_window_s", "1")], true)?;
    let with = each_ns(&on, "/open", seconds).await?;
    table.row("with limits and bans", us(with), "3 µs more", beside(with, without));
    let proxied = [("ratelimit_max", "1000000"), ("ratelimit_window_s", "1"), ("trusted_proxies", "192.0.2.0/24")];
    let behind = each_ns(&node(&bare, &proxied, true)?, "/open", seconds).await?;
    table.row("with limits and bans behind a trusted proxy", us(behind), "", beside(behind, without));
    let free_off = each_ns(&off, "/health", seconds).await?;
    let free_on = each_ns(&on, "/health", seconds).await?;
    table.row("GET /health, limits and bans on", us(free_on), "", beside(free_on, free_off));
    Ok(table)
}

fn node(routes: &Router, flags: &[(&'static str, &str)], keeping_out: bool) -> Result<Router> {
    let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let settings = Settings::load(&Inputs { flags, ..Inputs::default() })?;
    let mut around = Shell::new(&settings, Arc::new(SystemClock), Arc::new(RandomIds));
    if keeping_out {
        around.door = around.door.keeping_out(Bans::new(&settings.door, Arc::new(SystemClock)).0);
    }
    Ok(shell(door::counted(routes.clone(), &around.door), around))
}

/// Nanoseconds for one request.
async fn each_ns(router: &Router, path: &str, seconds: u64) -> Result<f64> {
    let mut count = 0_u32;
    let mut watch = Stopwatch::start();
    loop {
        if count == WARM {
            watch = Stopwatch::start();
        }
        let mut request = Request::get(path).header("host", "localhost").header("x-forwarded-for", "198.51.100.7");
        if let Some(extensions) = request.extensions_mut() {
            extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        }
        let response = router.clone().oneshot(request.body(Body::empty())?).await?;
        ensure!(response.status() == 200, "{}", response.status());
        count += 1;
        if count > WARM && watch.elapsed().as_secs() >= seconds {
            return Ok(watch.elapsed().as_secs_f64() * 1e9 / f64::from(count - WARM));
        }
    }
}

fn us(ns: f64) -> String {
    format!("{:.2} µs", ns / 1_000.0)
}

fn beside(ns: f64, reference: f64) -> String {
    format!("{:+.2} µs", (ns - reference) / 1_000.0)
}
