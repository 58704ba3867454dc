//! Migrations go up and down, one by one, with data in the tables.

use anyhow::Result;
use store::{Db, Error, migrate};

use crate::both::{CHANGE, Fresh, NOW};

/// Up to the newest, data in, down to nothing step by step, and up again.
async fn up_down_up(db: &Db) -> Result<()> {
    assert_eq!(migrate::current(db).await?, 0);
    assert!(matches!(migrate::check(db).await, Err(Error::TooOld { found: 0, .. })));
    for version in 1..=migrate::newest() {
        migrate::up_to(db, version).await?;
        assert_eq!(migrate::current(db).await?, version);
    }
    migrate::check(db).await?;
    fill(db).await?;
    for version in (0..migrate::newest()).rev() {
        migrate::down_to(db, version).await?;
        assert_eq!(migrate::current(db).await?, version);
        assert!(migrate::status(db).await?.iter().all(|step| step.applied == (step.version <= version)));
    }
    migrate::up(db).await?;
    fill(db).await
}

async fn fill(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    crate::places::create_site(&mut tx, "centro").await?;
    let product = crate::products::incoming("PAN-1", "Pan");
    store::product::create(&mut tx, &product, CHANGE).await?;
    store::job::create(
        &mut tx,
        uuid::Uuid::from_u128(1),
        "import",
        store::job::Of { actor: "tester", site: None },
        NOW,
    )
    .await?;
    crate::vault::fill(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn up_and_down_on_sqlite() -> Result<()> {
    up_down_up(&Fresh::sqlite().await?.db).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn up_and_down_on_postgres() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    up_down_up(&fresh.db).await?;
    fresh.db.close().await;
    Ok(())
}
