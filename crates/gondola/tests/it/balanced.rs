//! Two servers behind the balancer that ships, one after the other stopped and killed while the shop sells.
//!
//! Invariant: nobody behind it is told of a server that is stopped; of one that is killed, only what was on its way; and whatever was
//! acknowledged is in the ledger exactly once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, ensure};
use testkit::Result;
use testkit::balancer::Balancer;
use testkit::binary::{Installation, Running};
use testkit::http::{Client, Response};
use testkit::postgres;
use testkit::process::{free_port, wait_until};

use crate::intake::{STOCK, sale, sales};
use crate::shop::{HANG, Shop, add_product, id, on_hand, post_ok, posting};

/// Until the balancer leads to a server that is back, or no more to one that is gone.
const NOTICED: Duration = Duration::from_secs(60);
/// The notice and what running requests get.
const STOPPED: Duration = Duration::from_secs(40);

/// Tills that sell through the balancer.
struct Tills {
    next: AtomicUsize,
    stop: AtomicBool,
    /// Whether a sale that had no good answer is sent again until it has one.
    retries: bool,
}

impl Tills {
    const fn new(first: usize, retries: bool) -> Tills {
        Tills { next: AtomicUsize::new(first), stop: AtomicBool::new(false), retries }
    }

    fn sold(&self) -> usize {
        self.next.load(Relaxed)
    }

    /// One till's sales that were acknowledged, and whatever else it was answered.
    fn sell(&self, balancer: &Balancer, key: &str) -> (Vec<usize>, Vec<String>) {
        let mut client = Client::new(balancer.address()).key(key).patience(HANG);
        let (mut taken, mut odd) = (Vec::new(), Vec::new());
        while !self.stop.load(Relaxed) {
            let number = self.next.fetch_add(1, Relaxed);
            loop {
                let answer = client.post("/api/v1/postings", &sale(number, "1"));
                if is_good(&answer) {
                    taken.push(number);
                    break;
                }
                odd.push(
                    answer.map_or_else(|error| format!("{error:#}"), |said| format!("{} {}", said.status, said.text())),
                );
                if !self.retries || odd.len() > 1_000 {
                    break;
                }
            }
        }
        (taken, odd)
    }

    /// Sells with four of them while something is done.
    fn during(
        &self,
        balancer: &Balancer,
        key: &str,
        act: impl FnOnce() -> Result<()>,
    ) -> Result<(Vec<usize>, Vec<String>)> {
        std::thread::scope(|scope| {
            let tills: Vec<_> = (0..4).map(|_| scope.spawn(|| self.sell(balancer, key))).collect();
            let done = act();
            self.stop.store(true, Relaxed);
            let mut all = (Vec::new(), Vec::new());
            for till in tills {
                let (taken, odd) = till.join().map_err(|_| anyhow::anyhow!("a till ended badly"))?;
                all.0.extend(taken);
                all.1.extend(odd);
            }
            done.map(|()| all)
        })
    }

    /// Waits for so many more sales.
    fn go_on(&self, more: usize) -> Result<()> {
        let until = self.sold() + more;
        ensure!(wait_until(NOTICED, || self.sold() >= until), "only {} of {until} sales", self.sold());
        Ok(())
    }
}

fn is_good(answer: &Result<Response>) -> bool {
    answer.as_ref().is_ok_and(|answer| matches!(answer.status, 200..=202))
}

/// Whether the balancer leads to this server: it posts more.
fn is_led_to(server: &Running, key: &str) -> Result<()> {
    let posted = || -> Option<f64> {
        let page = server.client(key).patience(HANG).get("/metrics").ok()?.text();
        let lines = page.lines().filter(|line| line.starts_with("gondola_postings_total{"));
        Some(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    };
    let before = posted().unwrap_or_default();
    ensure!(wait_until(NOTICED, || posted() > Some(before + 10.0)), "nobody comes to {}", server.address());
    Ok(())
}

#[test]
fn behind_a_balancer_no_request_fails_when_a_server_stops_and_none_is_lost_when_one_is_killed() -> Result<()> {
    let database = postgres::fresh_database()?;
    let node = || -> Result<(Installation, String)> {
        let node = Installation::on_postgres(database.url())?.with("GONDOLA_STOP_NOTICE_S", "5");
        Ok((node.with("GONDOLA_TRUSTED_PROXIES", "127.0.0.1"), format!("127.0.0.1:{}", free_port()?)))
    };
    let ((one, here), (other, there)) = (node()?, node()?);
    let shop = Shop::of(one, None)?;
    let (mut first, mut second) = (shop.installation.serve_at(&here)?, other.serve_at(&there)?);
    let mut client = second.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    let received = serde_json::json!([{"sku": "A", "quantity": STOCK.to_string(), "unit_cost": "1"}]);
    post_ok(&mut client, &posting(1, "receipt", &received))?;
    let balancer = Balancer::before([&here, &there])?;

    let tills = Tills::new(1_000, false);
    let (mut taken, odd) = tills.during(&balancer, &shop.key, || {
        is_led_to(&first, &shop.key)?;
        first.terminate(STOPPED)?;
        tills.go_on(100)?;
        first = shop.installation.serve_at(&here)?;
        is_led_to(&first, &shop.key)?;
        second.terminate(STOPPED)?;
        tills.go_on(100)?;
        second = other.serve_at(&there)?;
        is_led_to(&second, &shop.key)
    })?;
    ensure!(odd.is_empty(), "{} of {} failed: {:?}; {}", odd.len(), tills.sold(), odd.first(), balancer.words());

    let tills = Tills::new(tills.sold() + 1_000, true);
    let (again, _) = tills.during(&balancer, &shop.key, || {
        tills.go_on(50)?;
        first.kill()?;
        tills.go_on(500)
    })?;
    taken.extend(again);
    let mut client = second.client(&shop.key).patience(HANG);
    let found = sales(&mut client)?;
    let missing: Vec<&usize> = taken.iter().filter(|number| !found.contains(&id(**number))).collect();
    ensure!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    ensure!(found.len() == taken.len(), "{} in the ledger, {} acknowledged", found.len(), taken.len());
    ensure!(on_hand(&mut client, "A")? == (STOCK - found.len()).to_string());
    let last = taken.last().context("nothing was sold")?;
    ensure!(client.post("/api/v1/postings", &sale(*last, "1"))?.status == 200, "a repetition");
    shop.verify().map(drop)
}
