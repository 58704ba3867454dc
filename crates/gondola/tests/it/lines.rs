//! Each dependency behind a line that is slow, silent or closed at once, and well again: what a balancer or a bad cable makes of a
//! server that lives. How long others take meanwhile is measured by `gondola-bench unaffected`.
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
    model::{Model, Says},
    objects,
    postgres::Server,
    process::wait_until,
    redis,
};

use crate::{
    backups::with_identity,
    breakers::{BACK, comes_to},
    intake::{STOCK, drained, figure, sale, stocked},
    model::{becomes, component, with_model},
    objects::{DELIVERED, is_there, undelivered, with_store},
    shop::{HANG, Shop, on_hand},
};

/// Every way, the mild ones first.
const FAULTS: [Fault; 4] = [Slow(Duration::from_millis(500)), Slow(Duration::from_secs(2)), Silent, Closed];

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
        let answer = Client::new(server.address()).patience(HANG).get(path)?;
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

#[test]
fn whatever_becomes_of_the_line_to_the_object_store_sales_go_on_and_every_backup_gets_there() -> Result<()> {
    let mut store = objects::Server::start()?;
    let line = Line::to(&store.address())?;
    let installation = with_identity(Installation::new()?)?.with("GONDOLA_OBJECT_STORE_TIMEOUT_S", "5");
    let shop = Shop::of(with_store(installation, &objects::url_at(&line.address()), ("id", "key")), None)?;
    let (server, mut client) = stocked(&shop)?;
    let mut till = Till::new();
    // Held up both ways, and still far from the store's own limit.
    let faults = [Slow(Duration::from_secs(1)), Silent, Closed].map(|fault| (fault, false));
    for (fault, killed) in faults.into_iter().chain([(Fault::None, true)]) {
        line.fault(fault);
        if killed {
            store.kill()?;
        }
        let is_away = killed || matches!(fault, Silent | Closed);
        let made = shop.installation.run(&["backup", "--json"])?;
        ensure!(made.code == Some(i32::from(is_away)), "{fault:?}: {}", made.output());
        for _ in 0..10 {
            ensure!(till.sells(&server, &shop.key)? == 201, "{fault:?}");
        }
        unaffected(&server, fault)?;
        if is_away {
            ensure!(wait_until(DELIVERED, || undelivered(&server, &shop, "1")), "{fault:?}: {}", server.log());
            comes_to(&mut client, "objects", "open")?;
        }
        if killed {
            store.restart()?;
        }
        line.fault(Fault::None);
        ensure!(wait_until(DELIVERED, || undelivered(&server, &shop, "0")), "after {fault:?}: {}", server.log());
        comes_to(&mut client, "objects", "closed")?;
        ensure!(is_there(&shop.installation)?, "after {fault:?}");
    }
    ensure!(on_hand(&mut client, "A")? == (STOCK - till.taken).to_string());
    Ok(())
}

#[test]
fn a_model_whose_balancer_finds_nobody_is_left_alone_and_asked_again_when_it_is_well() -> Result<()> {
    let stub = Model::saying([Says::Status(504, "no upstream in time", None)])?;
    let shop = Shop::of(with_model(Installation::new()?, &stub.url()), None)?;
    let (server, mut client) = stocked(&shop)?;
    let ran = shop.installation.run(&["model", "ask", "How many?"])?;
    ensure!(ran.code == Some(1) && ran.stderr.contains("504"), "{}", ran.output());
    becomes(&mut client, "degraded", &server)?;
    comes_to(&mut client, "model", "open")?;
    let found = component(&mut client)?;
    ensure!(found["detail"]["error"].to_string().contains("504"), "{found}");
    let mut till = Till::new();
    for _ in 0..10 {
        ensure!(till.sells(&server, &shop.key)? == 201);
    }
    unaffected(&server, Fault::None)?;
    stub.say([Says::Words("Dos bananas.", 20, 3)]);
    becomes(&mut client, "healthy", &server)?;
    comes_to(&mut client, "model", "closed")?;
    ensure!(on_hand(&mut client, "A")? == (STOCK - till.taken).to_string());
    Ok(())
}
