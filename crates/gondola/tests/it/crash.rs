//! Sudden death under load: of the server over SQLite, and of PostgreSQL under the server.
//!
//! Invariant: what was acknowledged is there, what was not is there whole or not at all, and the ledger verifies, after every round.
//!
//! `GONDOLA_CRASH_ROUNDS` sets the rounds of the first kind (5 unless told); the second kind runs a quarter of it (3 unless told).

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::Installation;
use testkit::http::Client;
use testkit::postgres::Server;
use testkit::process::wait_until;

use crate::shop::{Shop, add_product, id, on_hand, post_ok, posting};

const CLIENTS: usize = 6;
const STOCK: usize = 1_000_000;

fn rounds() -> (usize, usize) {
    let told = std::env::var("GONDOLA_CRASH_ROUNDS").ok().and_then(|text| text.parse::<usize>().ok());
    told.map_or((5, 3), |rounds| (rounds, rounds.div_ceil(4)))
}

/// What was sent and what was acknowledged, over all rounds.
#[derive(Default)]
struct Book {
    next: AtomicUsize,
    killed: AtomicBool,
    acknowledged: Mutex<BTreeSet<usize>>,
    unanswered: Mutex<BTreeSet<usize>>,
    wrong: Mutex<Vec<String>>,
}

/// Two lines, so that half of it could be told from all of it; odd numbers sell what even numbers bring.
fn trade(number: usize) -> Value {
    let (kind, amount) = if number.is_multiple_of(2) { ("receipt", "unit_cost") } else { ("sale", "unit_price") };
    posting(
        number,
        kind,
        &json!([{"sku": "A", "quantity": "1", amount: "10"}, {"sku": "B", "quantity": "2", amount: "20"}]),
    )
}

impl Book {
    /// Posts until something dies. Only an answer of success counts as one, be it that it is kept; a server that can no longer answer says 503 or nothing.
    /// One that waited for its database and then answered has acknowledged.
    fn load(&self, mut client: Client) {
        while !self.killed.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            match client.post("/api/v1/postings", &trade(number)) {
                Ok(answer) if matches!(answer.status, 201 | 202) => {
                    lock(&self.acknowledged).insert(number);
                }
                Ok(answer) if answer.status != 503 => {
                    return lock(&self.wrong).push(format!("{number}: {} {}", answer.status, answer.text()));
                }
                _ => {
                    lock(&self.unanswered).insert(number);
                    return;
                }
            }
        }
    }

    fn acknowledged(&self) -> usize {
        lock(&self.acknowledged).len()
    }

    /// Loads the server from several clients, kills with `kill` once some more are acknowledged, does `after` while requests are
    /// still on their way, and waits for all clients to have seen it.
    fn round(
        &self,
        round: usize,
        client: impl Fn() -> Client + Sync,
        kill: impl FnOnce() -> Result<()>,
        after: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        // A different instant in each round; small, so that many rounds fit.
        let target = self.acknowledged() + 20 + round * 37 % 101;
        self.killed.store(false, Ordering::Relaxed);
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| self.load(client()));
            }
            let loaded =
                wait_until(Duration::from_secs(60), || self.acknowledged() >= target || !lock(&self.wrong).is_empty());
            let killed = kill();
            self.killed.store(true, Ordering::Relaxed);
            ensure!(loaded, "the load did not get going");
            killed.and_then(|()| after())
        })?;
        let wrong = lock(&self.wrong);
        ensure!(wrong.is_empty(), "answers that are neither success nor 503: {}", wrong.join("\n"));
        Ok(())
    }

    /// Everything acknowledged since `from` is there and whole; what got no answer is sent again and then is there too.
    fn check(&self, client: &mut Client, from: usize) -> Result<()> {
        for number in lock(&self.acknowledged).range(from..) {
            is_whole(client, *number)?;
        }
        let unanswered = std::mem::take(&mut *lock(&self.unanswered));
        for number in unanswered {
            let answer = client.post("/api/v1/postings", &trade(number))?;
            ensure!(matches!(answer.status, 200 | 201), "sent again: {} {}", answer.status, answer.text());
            is_whole(client, number)?;
            lock(&self.acknowledged).insert(number);
        }
        let (mut brought, mut sold) = (0, 0);
        lock(&self.acknowledged)
            .iter()
            .for_each(|number| *(if number.is_multiple_of(2) { &mut brought } else { &mut sold }) += 1);
        ensure!(on_hand(client, "A")? == (STOCK + brought - sold).to_string());
        ensure!(on_hand(client, "B")? == (STOCK + 2 * brought - 2 * sold).to_string());
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn is_whole(client: &mut Client, number: usize) -> Result<()> {
    let answer = client.get(&format!("/api/v1/postings/{}", id(number)))?;
    ensure!(answer.status == 200, "posting {number} was acknowledged and is gone: {} {}", answer.status, answer.text());
    let lines = answer.json()?["lines"].as_array().map_or(0, Vec::len);
    ensure!(lines == 2, "posting {number} has {lines} of its 2 lines");
    Ok(())
}

fn stock_up(client: &mut Client, book: &Book) -> Result<()> {
    add_product(client, "A", "unit")?;
    add_product(client, "B", "unit")?;
    // Numbers of the load begin past it.
    book.next.store(10, Ordering::Relaxed);
    let stock = STOCK.to_string();
    let lines =
        json!([{"sku": "A", "quantity": stock, "unit_cost": "10"}, {"sku": "B", "quantity": stock, "unit_cost": "20"}]);
    post_ok(client, &posting(1, "opening", &lines)).map(drop)
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let book = Book::default();
    let mut server = shop.serve()?;
    stock_up(&mut server.client(&shop.key), &book)?;
    for round in 0..rounds().0 {
        let from = book.next.load(Ordering::Relaxed);
        let id = server.id();
        let kill = || testkit::process::send(id, testkit::process::Signal::KILL);
        book.round(round, || server.client(&shop.key), kill, || Ok(()))?;
        server.kill()?;
        shop.verify()?;
        server = shop.serve()?;
        book.check(&mut server.client(&shop.key), from)?;
    }
    server.terminate(Duration::from_secs(30))?;
    shop.verify()?;
    println!("{} rounds, {} postings acknowledged", rounds().0, book.acknowledged());
    Ok(())
}

#[test]
fn nothing_acknowledged_is_lost_when_postgres_is_killed() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    let book = Book::default();
    let mut server = shop.serve()?;
    stock_up(&mut server.client(&shop.key), &book)?;
    for round in 0..rounds().1 {
        let from = book.next.load(Ordering::Relaxed);
        let postgres = std::cell::RefCell::new(&mut postgres);
        let kill = || postgres.borrow_mut().kill();
        let after = || {
            ensure!(Client::new(server.address()).get("/health")?.status == 200, "alive, whatever the database does");
            postgres.borrow_mut().restart()
        };
        book.round(round, || server.client(&shop.key), kill, after)?;
        ensure!(server.is_running(), "the server died with its database: {}", server.log());
        let ready = || Client::new(server.address()).get("/ready").is_ok_and(|answer| answer.status == 200);
        ensure!(wait_until(Duration::from_secs(60), ready), "not ready again: {}", server.log());
        let mut client = server.client(&shop.key);
        let nothing_waits =
            || client.get("/metrics").is_ok_and(|page| page.text().contains("gondola_journal_length 0\n"));
        ensure!(wait_until(Duration::from_secs(60), nothing_waits), "what was kept still waits: {}", server.log());
        book.check(&mut server.client(&shop.key), from)?;
        shop.verify()?;
    }
    server.terminate(Duration::from_secs(30))?;
    println!("{} rounds, {} postings acknowledged", rounds().1, book.acknowledged());
    Ok(())
}
