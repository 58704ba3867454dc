//! Copies of a database and what is in them.

use anyhow::Result;
use domain::Timestamp;
use store::{
    Db, Error, Options, Sql,
    backup::{self, Scratch},
    migrate,
};

use crate::both::{Fresh, NOW};

both! { an_inventory_counts_every_table_and_names_every_head }

async fn an_inventory_counts_every_table_and_names_every_head(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    crate::places::create_site(&mut tx, "centro").await?;
    crate::places::create_site(&mut tx, "norte").await?;
    tx.commit().await?;
    assert!(!backup::is_empty(&db).await?);
    let mut tx = db.read().await?;
    let found = backup::inventory(&mut tx).await?;
    tx.rollback().await?;
    assert_eq!(found.schema, migrate::newest());
    assert_eq!((found.rows["site"], found.rows["posting"], found.rows["posting_kind"]), (2, 0, 15));
    assert_eq!(found.rows["_sqlx_migrations"], migrate::newest());
    let heads: Vec<(&str, i64)> = found.heads.iter().map(|head| (head.site.as_str(), head.seq)).collect();
    assert_eq!(heads, [("centro", 0), ("norte", 0)]);
    assert_eq!(backup::missing_after(&db, "centro", 0).await?, (0, None));
    Ok(())
}

#[tokio::test]
async fn a_copy_shows_what_was_committed_and_waits_for_nobody() -> Result<()> {
    let fresh = Fresh::sqlite().await?.migrated().await?;
    let folder = tempfile::tempdir()?;
    let target = folder.path().join("copy.db");
    // Somebody is in the middle of writing, for as long as it takes.
    let mut tx = fresh.db.write().await?;
    crate::places::create_site(&mut tx, "centro").await?;
    backup::copy_into(&fresh.url, &target).await?;
    tx.commit().await?;
    let copy = Db::open(&Options::new(format!("sqlite://{}", target.display()))).await?;
    migrate::check(&copy).await?;
    assert!(store::site::list(&copy).await?.is_empty(), "it was not committed when the copy was made");
    copy.close().await;
    assert_eq!(backup::file_of(&fresh.url).map(|file| file.exists()), Some(true));
    Ok(())
}

#[tokio::test]
async fn a_file_is_let_go_of_only_when_nobody_has_it() -> Result<()> {
    let fresh = Fresh::sqlite().await?.migrated().await?;
    assert!(matches!(backup::let_go(&fresh.url).await, Err(Error::Locked(_))));
    fresh.db.close().await;
    backup::let_go(&fresh.url).await?;
    Ok(())
}

#[tokio::test]
async fn a_schema_is_set_aside_and_comes_back() -> Result<()> {
    let fresh = Fresh::postgres().await?.migrated().await?;
    let aside = backup::set_aside(&fresh.db, "before 2026").await?;
    assert!(backup::is_empty(&fresh.db).await?);
    migrate::up(&fresh.db).await?;
    let failed = backup::bring_back(&fresh.db, Some(&aside), "failed 2026").await?;
    migrate::check(&fresh.db).await?;
    assert_eq!(failed.as_ref().map(backup::Aside::name), Some("gondola_failed_2026"), "what could be wanted is kept");
    assert_eq!(tables_in(&fresh.db, "gondola_failed_2026").await?, tables_in(&fresh.db, "public").await?);
    backup::bring_back(&fresh.db, None, "failed again").await?;
    assert!(backup::is_empty(&fresh.db).await?);
    assert_eq!(backup::bring_back(&fresh.db, None, "failed again").await?, None, "there is nothing to keep");
    assert_eq!(backup::file_of(&fresh.url), None);
    Ok(())
}

async fn tables_in(db: &Db, schema: &str) -> Result<Option<i64>> {
    let count = Sql::per_backend("", "SELECT COUNT(*) FROM pg_tables WHERE schemaname = $1");
    Ok(db.query(count).bind(schema.to_owned()).scalar().await?)
}

#[tokio::test]
async fn the_schema_in_use_is_the_one_that_is_set_aside_and_made_elsewhere() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    let named = "DO $do$ BEGIN
      CREATE SCHEMA \"the Shop\";
      EXECUTE format('ALTER DATABASE %I SET search_path TO \"the Shop\"', current_database());
    END $do$";
    fresh.db.query(Sql::per_backend("", named)).run().await?;
    let db = Db::open(&Options { pool_size: 1, ..Options::new(&fresh.url) }).await?;
    assert_eq!(backup::schema(&db).await?, "the Shop");
    migrate::up(&db).await?;
    let aside = backup::set_aside(&db, "before").await?;
    assert!(backup::is_empty(&db).await? && tables_in(&db, aside.name()).await? > Some(10));
    backup::bring_back(&db, Some(&aside), "failed").await?;
    migrate::check(&db).await?;
    let scratch = Scratch::make(&fresh.url, &format!("other_{}_{}", NOW.micros(), std::process::id())).await?;
    let there = Db::open(&Options::new(scratch.url())).await?;
    assert_eq!(backup::schema(&there).await?, "the Shop");
    there.close().await;
    scratch.remove().await?;
    Ok(())
}

#[tokio::test]
async fn what_was_left_long_ago_is_swept_and_what_is_used_or_newer_stays() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    // A word of this test's own: others have theirs on the same server.
    let word = format!("sweep{}", std::process::id());
    let (url, named) = (&fresh.url, &word);
    let make = |at: Timestamp| async move { Scratch::make(url, &format!("{named}_{}", at.micros())).await };
    let (old, used, new) = (make(NOW).await?, make(NOW.plus_seconds(1)).await?, make(NOW.plus_seconds(9)).await?);
    let user = Db::open(&Options::new(used.url())).await?;
    let swept = backup::sweep(&fresh.url, &[&word], NOW.plus_seconds(5)).await?;
    assert_eq!(swept, 1);
    assert!(Db::open(&Options::new(old.url())).await.is_err(), "it is gone");
    Db::open(&Options::new(new.url())).await?.close().await;
    user.close().await;
    used.remove().await?;
    new.remove().await?;
    Ok(())
}

#[tokio::test]
async fn whoever_else_uses_a_database_is_seen() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    assert_eq!(backup::other_users(&fresh.db).await?, 0);
    let other = Db::open(&Options::new(&fresh.url)).await?;
    assert_eq!(backup::other_users(&other).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_scratch_database_is_empty_and_goes() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    let scratch = Scratch::make(&fresh.url, &format!("test_{}", NOW.micros() + i64::from(std::process::id()))).await?;
    let db = Db::open(&Options::new(scratch.url())).await?;
    migrate::up(&db).await?;
    let url = scratch.url().to_owned();
    scratch.remove().await?;
    assert!(Db::open(&Options::new(url)).await.is_err(), "it is gone");
    Ok(())
}
