//! Each dependency behind a line that is slow, silent or closed at once, and well again: what a balancer or a bad cable makes of a
//! server that lives.
//!
//! Invariant: what needs nothing of it is served as ever, what is promised without it is served in its time, it is used again by itself,
//! and nothing that was acknowledged is lost or doubled.

use std::time::Duration;

use anyhow::ensure;
use testkit::{
    Result,
    binary::{Installation, Running},
    collector::Collector,
    http::Client,
    line::{
        Fault::{self, Closed, Silent, Slow},
        Line,
    },
    postgres::Server,
    process::wait_until,
    redis,
};

use crate::{
    breakers::{BACK, comes_to},
    intake::{STOCK, drained, figure, sale, stocked},
    shop::{HANG, Shop, on_hand},
};

/// Every way, the mild ones first.
const FAULTS: [Fault; 4] = [Slow(Duration::from_millis(500)), Slow(Duration::from_secs(2)), Silent, Closed];
/// What needs none of them has an answer within this, however slow the machine.
const UNAFFECTED: Duration = Duration::from_secs(5);

/// Sales that were sent and acknowledged, each of one piece.
struct Till {
    next: usize,
    taken: usize,
}

impl Till {
    const fn new() -> Till {
        Till { next: 1_000, taken: 0 }
    }

    /// One more sale, which must be taken. Gives its status.
    fn sells(&mut self, server: &Running, key: &str) -> Result<u16> {
        self.next += 1;
        let mut client = server.client(key).patience(HANG);
        let answer = client.post("/api/v1/postings", &sale(self.next, "1"))?;
        ensure!(matches!(answer.status, 201 | 202), "{} {}: {}", answer.status, answer.text(), server.log());
        self.taken += 1;
        Ok(answer.status)
    }

    /// Sells until the answer is this.
    fn sells_until(&mut self, status: u16, server: &Running, key: &str) -> Result<()> {
        let mut last = Ok(0);
        let came = wait_until(BACK, || {
            last = self.sells(server, key);
            !matches!(&last, Ok(said) if *said != status)
        });
        let last = last?;
        ensure!(came, "{last} and never {status}: {}", server.log());
        Ok(())
    }
}

fn unaffected(server: &Running, fault: Fault) -> Result<()> {
    for path in ["/health", "/entrar"] {
        let answer = Client::new(server.address()).patience(UNAFFECTED).get(path)?;
        ensure!(answer.status == 200, "{fault:?}: {path}: {}", answer.status);
    }
    Ok(())
}

#[test]
fn whatever_becomes_of_the_line_to_the_database_sales_are_taken_once() -> Result<()> {
    let postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let (line, url) = Line::before(database.url())?;
    let installation = Installation::on_postgres(&url)?
        .with("GONDOLA_DATABASE_CONNECT_TIMEOUT_S", "2")
        .with("GONDOLA_BREAKER_DATABASE_OPEN_S", "3");
    let shop = Shop::of(installation, None)?;
    let (mut server, mut client) = stocked(&shop)?;
    let mut till = Till::new();
    for fault in FAULTS {
        line.fault(fault);
        unaffected(&server, fault)?;
        till.sells(&server, &shop.key)?;
        if matches!(fault, Silent | Closed) {
            till.sells_until(202, &server, &shop.key)?;
            comes_to(&mut client, "database", "open")?;
        }
        if fault == Closed {
            server.kill()?;
            server = shop.installation.serve_unready()?;
            client = server.client(&shop.key).patience(HANG);
            ensure!(till.sells(&server, &shop.key)? == 202, "{}", server.log());
            unaffected(&server, fault)?;
        }
        line.fault(Fault::None);
        till.sells_until(201, &server, &shop.key)?;
        comes_to(&mut client, "database", "closed")?;
        drained(&server, &mut client)?;
    }
    ensure!(
        on_hand(&mut client, "A")? == (STOCK - till.taken).to_string(),
        "{} of {} taken",
        on_hand(&mut client, "A")?,
        till.taken
    );
    drop(server);
    shop.verify().map(drop)
}

#[test]
fn whatever_becomes_of_the_line_to_the_cache_nobody_notices() -> Result<()> {
    let cache = redis::Server::start()?;
    let (line, url) = Line::before(&cache.url())?;
    let installation = Installation::new()?
        .with("GONDOLA_CACHE_URL", &url)
        .with("GONDOLA_BREAKER_CACHE_OPEN_S", "1")
        .with("GONDOLA_RATELIMIT_ENABLED", "true")
        .with("GONDOLA_RATELIMIT_MAX", "100000");
    let shop = Shop::of(installation, None)?;
    let (server, mut client) = stocked(&shop)?;
    comes_to(&mut client, "cache", "closed")?;
    let mut till = Till::new();
    for fault in FAULTS {
        line.fault(fault);
        for _ in 0..10 {
            ensure!(till.sells(&server, &shop.key)? == 201, "{fault:?}");
        }
        unaffected(&server, fault)?;
        comes_to(&mut client, "cache", "open")?;
        line.fault(Fault::None);
        comes_to(&mut client, "cache", "closed")?;
    }
    ensure!(on_hand(&mut client, "A")? == (STOCK - till.taken).to_string());
    Ok(())
}

#[test]
fn whatever_becomes_of_the_line_to_the_collector_sales_go_on_and_traces_come_again() -> Result<()> {
    let collector = Collector::start()?;
    let (line, url) = Line::before(&collector.url())?;
    let installation = Installation::new()?
        .with("GONDOLA_TRACE_ENDPOINT", url.trim_end_matches('/'))
        .with("GONDOLA_TRACE_PERCENT", "100");
    let shop = Shop::of(installation, None)?;
    let (server, mut client) = stocked(&shop)?;
    let sent = r#"gondola_trace_spans_total{outcome="sent"}"#;
    let mut till = Till::new();
    for fault in FAULTS {
        line.fault(fault);
        for _ in 0..10 {
            ensure!(till.sells(&server, &shop.key)? == 201, "{fault:?}");
        }
        unaffected(&server, fault)?;
        line.fault(Fault::None);
        let before = figure(&mut client, sent).unwrap_or_default();
        let again = wait_until(HANG * 2, || figure(&mut client, sent) > Some(before));
        ensure!(again, "after {fault:?} no traces come: {}", server.log());
    }
    ensure!(on_hand(&mut client, "A")? == (STOCK - till.taken).to_string());
    Ok(())
}
