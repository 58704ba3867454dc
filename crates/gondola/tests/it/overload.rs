//! More requests than the machine answers.
//!
//! Invariant: each is answered, well or with when to come back; whoever watches is told how it is meanwhile; and what was answered well
//! was done, once.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    thread,
};

use anyhow::{anyhow, ensure};
use testkit::{Result, binary::Running, http::Client, process::wait_until};

use crate::{
    intake::{figure, sale},
    shop::{HANG, Shop, add_product, on_hand, post_ok, posting},
};

const CALLERS: usize = 96;
const STOCK: usize = 1_000_000;
/// So that no machine is too large to be asked for too much.
const ON_ONE_PROCESSOR: &str =
    "taskset -p -c \"$(taskset -p -c $$ | sed 's/.*: //; s/[,-].*//')\" $$ >/dev/null || exit 1";

/// What callers saw.
#[derive(Default)]
struct Seen {
    over: AtomicBool,
    next: AtomicUsize,
    sold: AtomicUsize,
    turned_away: AtomicUsize,
}

/// Reads and sells, each as soon as the one before was answered, until it is over.
fn call(server: &Running, key: &str, seen: &Seen) -> Result<()> {
    let mut client = server.client(key).patience(HANG);
    while !seen.over.load(Relaxed) {
        let number = seen.next.fetch_add(1, Relaxed);
        let sells = number.is_multiple_of(4);
        let answer = if sells {
            client.post("/api/v1/postings", &sale(1_000 + number, "1"))?
        } else {
            client.get("/api/v1/products?limit=50")?
        };
        match answer.status {
            200 => {}
            // One that the disk holds up for long waits in the journal.
            201 | 202 => {
                seen.sold.fetch_add(1, Relaxed);
            }
            503 => {
                ensure!(answer.header("retry-after").is_some(), "{}", answer.text());
                seen.turned_away.fetch_add(1, Relaxed);
            }
            status => anyhow::bail!("{status} {}", answer.text()),
        }
    }
    Ok(())
}

/// Whoever only watches has an answer.
fn watches(server: &Running) -> Result<()> {
    let alive = Client::new(server.address()).patience(HANG).get("/health")?;
    ensure!(alive.status == 200, "{}", alive.status);
    Ok(())
}

#[test]
fn what_is_more_than_can_be_answered_is_told_to_come_back_and_nobody_is_left_waiting() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    shop.installation = shop.installation.with("GONDOLA_TURN_WAIT_MS", "1");
    let server = shop.installation.serve_after(ON_ONE_PROCESSOR)?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    let received = serde_json::json!([{"sku": "A", "quantity": STOCK.to_string(), "unit_cost": "1"}]);
    post_ok(&mut client, &posting(1, "receipt", &received))?;
    let seen = Seen::default();
    thread::scope(|scope| -> Result<()> {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(|| call(&server, &shop.key, &seen))).collect();
        // Whoever watches has room, each time.
        let mut watched = Ok(());
        let late = r#"http_server_requests_turned_away_total{kind="read"}"#;
        let turned = wait_until(HANG * 3, || {
            watched = watches(&server);
            watched.is_err() || figure(&mut client, late) > Some(10.0)
        });
        seen.over.store(true, Relaxed);
        callers.into_iter().try_for_each(|caller| caller.join().map_err(|_| anyhow!("a caller panicked"))?)?;
        watched?;
        ensure!(turned, "nobody was turned away: {}", server.log());
        Ok(())
    })?;
    ensure!(seen.turned_away.load(Relaxed) > 0);
    let sold = seen.sold.load(Relaxed);
    let left = (STOCK - sold).to_string();
    let settled = wait_until(HANG, || on_hand(&mut client, "A").is_ok_and(|on_hand| on_hand == left));
    ensure!(sold > 0 && settled, "{sold} sold: {}", on_hand(&mut client, "A")?);
    let again = wait_until(HANG, || figure(&mut client, "http_server_overloaded") == Some(0.0));
    ensure!(again && (0..20).all(|_| client.get("/api/v1/products").is_ok_and(|answer| answer.status == 200)));
    Ok(())
}
