//! Whose turn it is.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::Timestamp;
use store::{
    Db,
    turn::{self, Done},
};

use crate::both::NOW;

both! {
    of_two_who_claim_a_turn_one_gets_it
    of_two_whose_clocks_are_seconds_apart_one_gets_it
    what_was_put_off_for_longer_than_is_set_now_is_due
    a_turn_that_is_given_back_is_due
    how_it_went_is_remembered_and_a_failure_is_tried_again_soon
}

async fn claims(db: &Db, at: i64, every: i64) -> Result<bool> {
    let mut tx = db.write().await?;
    let now = NOW.plus_seconds(at);
    let ours = turn::claim(&mut tx, "backup", now, now.plus_seconds(every)).await?;
    tx.commit().await?;
    Ok(ours)
}

async fn of_two_who_claim_a_turn_one_gets_it(db: Db) -> Result<()> {
    for round in 0..5 {
        let at = round * 60;
        let (one, other) = tokio::join!(claims(&db, at, 60), claims(&db, at, 60));
        assert_eq!([one?, other?].iter().filter(|ours| **ours).count(), 1, "round {round}");
        assert!(!claims(&db, at + 59, 60).await?, "not due before its time");
    }
    Ok(())
}

async fn of_two_whose_clocks_are_seconds_apart_one_gets_it(db: Db) -> Result<()> {
    assert!(claims(&db, 5, 3600).await?);
    assert!(!claims(&db, 0, 3600).await?, "the other one's clock is behind");
    let turn = turn::get(&db, "backup").await?.context("there")?;
    let due = |at: i64, every: i64| turn.is_due(NOW.plus_seconds(at), NOW.plus_seconds(at + every));
    assert!(!due(0, 3600) && !due(3604, 3600) && due(3605, 3600) && due(0, 600), "as it would be taken");
    Ok(())
}

async fn what_was_put_off_for_longer_than_is_set_now_is_due(db: Db) -> Result<()> {
    assert!(claims(&db, 0, 86_400).await?);
    assert!(claims(&db, 1, 60).await?);
    assert!(!claims(&db, 2, 60).await?);
    Ok(())
}

async fn a_turn_that_is_given_back_is_due(db: Db) -> Result<()> {
    assert!(claims(&db, 0, 86_400).await?);
    assert!(!claims(&db, 1, 86_400).await?);
    let mut tx = db.write().await?;
    turn::give_back(&mut tx, "backup", NOW.plus_seconds(1)).await?;
    tx.commit().await?;
    assert!(claims(&db, 1, 86_400).await?);
    Ok(())
}

async fn how_it_went_is_remembered_and_a_failure_is_tried_again_soon(db: Db) -> Result<()> {
    assert_eq!(turn::get(&db, "backup").await?, None);
    assert!(claims(&db, 0, 3600).await?);
    let mut tx = db.write().await?;
    turn::failed(&mut tx, "backup", NOW, NOW.plus_seconds(300), "disk full").await?;
    tx.commit().await?;
    assert!(!claims(&db, 299, 3600).await?);
    assert!(claims(&db, 300, 3600).await?);
    let done = Done { at: NOW.plus_seconds(301), took: Duration::from_millis(7), bytes: 9, extra_ms: 5 };
    let mut tx = db.write().await?;
    turn::succeeded(&mut tx, "backup", &done).await?;
    turn::succeeded(&mut tx, "drill", &done).await?;
    tx.commit().await?;
    let told = turn::get(&db, "backup").await?.context("there")?;
    let at = |seconds: i64| Some(NOW.plus_seconds(seconds)) as Option<Timestamp>;
    assert_eq!(
        (told.succeeded_at, told.failed_at, told.took, told.bytes, told.extra_ms),
        (at(301), at(0), done.took, 9, 5)
    );
    assert_eq!(told.next_at, NOW.plus_seconds(3900), "what works does not move the turn");
    Ok(())
}
