//! Files that are not there or that another program holds.

use std::{str::FromStr, time::Duration};

use anyhow::Result;
use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteLockingMode},
};
use store::{Db, Error, Options, migrate};

use crate::both::Fresh;

#[tokio::test]
async fn a_file_that_is_held_whole_is_said_to_be_locked() -> Result<()> {
    let fresh = Fresh::sqlite().await?.migrated().await?;
    fresh.db.close().await;
    let holder = SqliteConnectOptions::from_str(&fresh.url)?.locking_mode(SqliteLockingMode::Exclusive);
    let mut holder = holder.connect().await?;
    sqlx::raw_sql("UPDATE sequence SET next = next").execute(&mut holder).await?;
    let options = Options { wait: Duration::from_millis(300), ..Options::new(&fresh.url) };
    let error = Db::open(&options).await.err();
    assert!(matches!(error, Some(Error::Locked(_))), "{error:?}");
    drop(holder);
    migrate::check(&Db::open(&Options::new(&fresh.url)).await?).await?;
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made_for_who_only_looks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("none.db");
    let options = Options { create: false, ..Options::new(format!("sqlite://{}", file.display())) };
    let error = Db::open(&options).await.err();
    assert!(matches!(&error, Some(Error::Missing(path)) if path.ends_with("none.db")), "{error:?}");
    assert!(!file.exists());
    Ok(())
}
