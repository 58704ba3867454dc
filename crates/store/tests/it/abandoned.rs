//! Whoever asked may go away at any moment; nobody who comes after pays for it.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use anyhow::{Result, ensure};
use domain::{
    clock::FixedClock,
    ledger::{Outcome, PostingKind},
};
use store::{
    Db,
    ledger::{Writer, WriterOptions, commit},
};

use crate::{
    both::NOW,
    ledger::shop::{add_product, costing, draft, faults, open_site},
};

const ROUNDS: u16 = 48;

/// Goes on with it for so many steps, then lets go of it, wherever it is.
async fn abandon(work: impl Future, steps: u16) {
    let mut work = pin!(work);
    for _ in 0..steps {
        let ended = poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_ready())).await;
        if ended {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn what_is_acknowledged_after_others_went_away_is_there(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| ()).await?;
    let (writer, _) = Writer::start(db.clone(), Arc::new(FixedClock(NOW)), WriterOptions::default());
    let receipt = |id: u16| draft(u128::from(id), PostingKind::Receipt, vec![costing("A", 1, 10)]);
    for round in 1..=ROUNDS {
        let tried = receipt(10_000 + round);
        abandon(commit::preview(&db, &[&tried], NOW), round % 8).await;
        abandon(db.write(), round % 5).await;
        abandon(db.read(), round % 3).await;
        let outcomes = writer.post(vec![receipt(round)]).await?;
        ensure!(matches!(outcomes.as_slice(), [Outcome::Posted(_)]), "{outcomes:?}");
    }
    // Over another connection, which sees only what was committed.
    let found: Option<i64> = db.query("SELECT COUNT(*) FROM posting").scalar().await?;
    assert_eq!(found, Some(i64::from(ROUNDS)));
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

both! { what_is_acknowledged_after_others_went_away_is_there }
