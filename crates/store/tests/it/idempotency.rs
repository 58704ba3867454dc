//! Answers kept for requests sent twice.

use anyhow::Result;
use store::{
    Db,
    idempotency::{self, Answer, Begun, Request},
};

use crate::both::NOW;

both! {
    an_answer_is_given_again_byte_for_byte
    an_old_key_can_be_used_anew
    a_key_is_known_as_taken
    of_two_at_once_one_does_the_work
}

const REQUEST: Request<'_> = Request { owner: "k1", key: "abc", digest: &[1, 2, 3] };

fn answer() -> Answer {
    Answer { status: 201, headers: "{\"location\":\"/x\"}".into(), body: vec![0, 159, 146, 150] }
}

async fn an_answer_is_given_again_byte_for_byte(db: Db) -> Result<()> {
    let hour_ago = NOW.plus_seconds(-3600);
    let mut tx = db.write().await?;
    assert_eq!(idempotency::begin(&mut tx, REQUEST, NOW, hour_ago).await?, Begun::New);
    assert_eq!(idempotency::begin(&mut tx, REQUEST, NOW, hour_ago).await?, Begun::Running);
    idempotency::finish(&mut tx, REQUEST, &answer()).await?;
    assert_eq!(idempotency::begin(&mut tx, REQUEST, NOW, hour_ago).await?, Begun::Answered(answer()));
    let other = Request { digest: &[9], ..REQUEST };
    assert_eq!(idempotency::begin(&mut tx, other, NOW, hour_ago).await?, Begun::Different);
    let owner = Request { owner: "k2", ..REQUEST };
    assert_eq!(idempotency::begin(&mut tx, owner, NOW, hour_ago).await?, Begun::New);
    idempotency::forget(&mut tx, owner).await?;
    assert_eq!(idempotency::begin(&mut tx, owner, NOW, hour_ago).await?, Begun::New, "forgotten, it is new again");
    idempotency::forget(&mut tx, REQUEST).await?;
    assert_eq!(idempotency::begin(&mut tx, REQUEST, NOW, hour_ago).await?, Begun::Answered(answer()));
    Ok(())
}

async fn an_old_key_can_be_used_anew(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    idempotency::begin(&mut tx, REQUEST, NOW, NOW.plus_seconds(-10)).await?;
    idempotency::finish(&mut tx, REQUEST, &answer()).await?;
    let later = NOW.plus_seconds(100);
    assert_eq!(idempotency::begin(&mut tx, REQUEST, later, later.plus_seconds(-10)).await?, Begun::New);
    assert_eq!(idempotency::purge(&mut tx, later).await?, 0);
    assert_eq!(idempotency::purge(&mut tx, later.plus_seconds(1)).await?, 1);
    Ok(())
}

async fn a_key_is_known_as_taken(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    idempotency::begin(&mut tx, REQUEST, NOW, NOW.plus_seconds(-10)).await?;
    tx.commit().await?;
    for (owner, key, since, taken) in
        [("k1", "abc", 0, true), ("k1", "abc", 1, false), ("k1", "abd", 0, false), ("k2", "abc", 0, false)]
    {
        let found = idempotency::is_taken(&db, (owner, key), NOW.plus_seconds(since)).await?;
        assert_eq!(found, taken, "{owner} {key} {since}");
    }
    Ok(())
}

async fn of_two_at_once_one_does_the_work(db: Db) -> Result<()> {
    let work = async || -> Result<Begun> {
        let mut tx = db.write().await?;
        let begun = idempotency::begin(&mut tx, REQUEST, NOW, NOW.plus_seconds(-10)).await?;
        if begun == Begun::New {
            tokio::task::yield_now().await;
            idempotency::finish(&mut tx, REQUEST, &answer()).await?;
        }
        tx.commit().await?;
        Ok(begun)
    };
    let (one, two) = tokio::join!(work(), work());
    let mut begun = [one?, two?];
    begun.sort_by_key(|begun| *begun != Begun::New);
    assert_eq!(begun, [Begun::New, Begun::Answered(answer())]);
    Ok(())
}
