//! A migrated, empty database of each kind, and the macro that runs a test on both.

use std::{path::Path, sync::Arc};

use anyhow::Result;
use domain::{
    Clock, Timestamp,
    audit::{Action, Event, Outcome, Record},
};
use platform::audit as told;
use store::{Db, Options};
use testkit::clock::Hand;

/// When every test begins: 2026-02-02, ten in the morning in Buenos Aires.
pub const NOW: Timestamp = Timestamp::from_micros(1_770_037_200_000_000);

/// A database, a clock and a folder.
pub struct Place {
    /// The database.
    pub db: Db,
    /// The clock.
    pub hand: Hand,
    folder: tempfile::TempDir,
    _server: Option<testkit::postgres::Database>,
}

impl Place {
    /// Over a SQLite file.
    pub async fn sqlite() -> Result<Place> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        Place::open(Options::new(url), folder, None).await
    }

    /// Over a PostgreSQL database.
    pub async fn postgres() -> Result<Place> {
        let server = testkit::postgres::fresh_database()?;
        let options = Options { pool_size: 4, ..Options::new(server.url()) };
        Place::open(options, tempfile::tempdir()?, Some(server)).await
    }

    async fn open(
        options: Options,
        folder: tempfile::TempDir,
        server: Option<testkit::postgres::Database>,
    ) -> Result<Place> {
        let db = Db::open(&options).await?;
        store::migrate::up(&db).await?;
        Ok(Place { db, hand: Hand::at(NOW), folder, _server: server })
    }

    /// The folder of everything that is written.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its clock, as others take it.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.hand.clone())
    }

    /// Adds events.
    pub async fn add(&self, events: &[Event]) -> Result<()> {
        let mut tx = self.db.write().await?;
        store::audit::append_all(&mut tx, events).await?;
        Ok(tx.commit().await?)
    }

    /// Everything in the log.
    pub async fn log(&self) -> Result<Vec<Record>> {
        let mut tx = self.db.read().await?;
        Ok(store::audit::after(&mut tx, 0, 10_000).await?)
    }
}

/// A credential shown in vain, so many seconds after the beginning, from an address.
pub fn refused(seconds: i64, address: &str) -> Event {
    let mut event = told::by_nobody(Action::Authenticated).denied().at(NOW.plus_seconds(seconds));
    address.clone_into(&mut event.origin.address);
    assert_eq!(event.outcome, Outcome::Denied);
    event
}

/// Runs each test function on SQLite and on PostgreSQL.
macro_rules! both {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() -> anyhow::Result<()> {
                super::$test(&crate::place::Place::sqlite().await?).await
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() -> anyhow::Result<()> {
                let place = crate::place::Place::postgres().await?;
                super::$test(&place).await?;
                place.db.close().await;
                Ok(())
            })*
        }
    };
}
