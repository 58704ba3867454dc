//! What the store tells of how busy it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use domain::{
    clock::FixedClock,
    ledger::{Draft, Outcome, PostingKind},
};
use store::{
    Db,
    ledger::{QueueFigures, Watch, Writer, WriterOptions},
};

use crate::{
    both::NOW,
    ledger::shop::{add_product, costing, draft, open_site},
};

async fn who_waits_for_a_connection_is_counted(db: Db) -> Result<()> {
    let first = |db: &Db| db.pools().first().copied().context("a pool");
    let pool = first(&db)?;
    ensure!((pool.in_use, pool.waits, pool.timeouts) == (0, 0, 0), "{pool:?}");
    let mut held = Vec::new();
    for _ in 0..pool.limit {
        held.push(db.write().await?);
    }
    ensure!(first(&db)?.in_use == pool.limit && first(&db)?.waits == 0, "{:?}", first(&db)?);
    let last = held.pop().context("one is held")?;
    // Polled in this order: the first waits for what the second gives back.
    let (next, given_back) = tokio::join!(db.write(), last.rollback());
    given_back?;
    held.push(next?);
    ensure!(first(&db)?.waits == 1 && first(&db)?.timeouts == 0, "{:?}", first(&db)?);
    for tx in held {
        tx.rollback().await?;
    }
    ensure!(first(&db)?.in_use == 0 && first(&db)?.idle > 0, "{:?}", first(&db)?);
    Ok(())
}

/// Counts drafts, acceptances and failures.
#[derive(Debug, Default)]
struct Seen([AtomicUsize; 3]);

impl Watch for Seen {
    fn committed(&self, drafts: &[&Draft], outcomes: &[Outcome], took: Duration) {
        assert!(drafts.len() == outcomes.len() && !took.is_zero());
        self.0[0].fetch_add(drafts.len(), Ordering::Relaxed);
        let posted = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Posted(_))).count();
        self.0[1].fetch_add(posted, Ordering::Relaxed);
    }

    fn failed(&self) {
        self.0[2].fetch_add(1, Ordering::Relaxed);
    }
}

async fn the_writer_tells_its_watch_and_its_queue_keeps_it_not_alive(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| ()).await?;
    let seen = Arc::new(Seen::default());
    let options = WriterOptions { queue: 7, ..WriterOptions::default() };
    let watch = Arc::clone(&seen) as Arc<dyn Watch>;
    let (writer, task) = Writer::start_watched(db.clone(), Arc::new(FixedClock(NOW)), options, watch);
    let queue = writer.queue();
    ensure!(queue.figures() == Some(QueueFigures { depth: 0, capacity: 7 }));
    let receipt = draft(1, PostingKind::Receipt, vec![costing("A", 5, 50)]);
    writer.post(vec![receipt.clone(), receipt]).await?;
    let counted = || seen.0.each_ref().map(|count| count.load(Ordering::Relaxed));
    ensure!(counted() == [2, 1, 0], "{:?}", counted());
    db.close().await;
    ensure!(writer.post(vec![draft(2, PostingKind::Receipt, vec![costing("A", 1, 1)])]).await.is_err());
    ensure!(counted() == [2, 1, 1], "{:?}", counted());
    drop(writer);
    task.await?;
    ensure!(queue.figures().is_none());
    Ok(())
}

both! { who_waits_for_a_connection_is_counted the_writer_tells_its_watch_and_its_queue_keeps_it_not_alive }
