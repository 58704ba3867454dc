//! Selling on while the primary of two PostgreSQL servers dies and the other one takes over.
//!
//! Invariant: whatever was answered is in the ledger exactly once, whichever server had acknowledged it, and the chain verifies.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use testkit::Result;
use testkit::binary::Installation;
use testkit::postgres::Pair;
use testkit::process::wait_until;

use crate::intake::{drained, figure, sales, sell, stocked};
use crate::shop::{HANG, Shop, id};

/// What it may take here until the other server leads; what it is promised to take stands with the measurements.
const TAKEN_OVER: Duration = Duration::from_secs(120);

#[test]
fn a_primary_that_dies_costs_no_sale_and_comes_back_behind_the_other() -> Result<()> {
    let mut pair = Pair::start()?;
    let shop = Shop::of(Installation::on_postgres(&pair.url())?, None)?;
    let (server, mut client) = stocked(&shop)?;
    let died = pair.primary().context("nobody leads")?;
    let (next, stop) = (AtomicUsize::new(1000), AtomicBool::new(false));
    let mut taken = Vec::new();
    std::thread::scope(|scope| -> Result<()> {
        let tills: Vec<_> = (0..4).map(|_| scope.spawn(|| sell(&server, &shop.key, &next, &stop))).collect();
        let outcome = (|| {
            ensure!(wait_until(HANG, || next.load(Ordering::Relaxed) > 1100), "nothing is sold");
            pair.kill(died)?;
            let kept = wait_until(HANG, || figure(&mut client, "gondola_journal_length") > Some(20.0));
            ensure!(kept, "nothing is kept: {}", server.log());
            ensure!(wait_until(TAKEN_OVER, || pair.is_primary(1 - died)), "nobody takes over: {}", pair.words());
            // The tills go on, so it is empty only when sales reach the new primary as they come.
            drained(&server, &mut client)
        })();
        stop.store(true, Ordering::Relaxed);
        for till in tills {
            taken.extend(till.join().map_err(|_| anyhow::anyhow!("a till ended badly"))?.0);
        }
        outcome
    })?;
    drained(&server, &mut client)?;
    let found = sales(&mut client)?;
    let missing: Vec<&usize> = taken.iter().filter(|number| !found.contains(&id(**number))).collect();
    ensure!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    shop.verify()?;

    pair.bring_back(died)?;
    let follows = wait_until(TAKEN_OVER, || pair.is_replica(died));
    ensure!(follows, "the one that died does not follow: {}", pair.words());
    Ok(())
}
