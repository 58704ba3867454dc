//! A migrated, empty database of each kind, and the macro that runs a test on both.

use std::{path::Path, sync::Arc};

use anyhow::Result;
use domain::{
    Clock, Timestamp,
    audit::{Action, Event, Outcome, Record},
};
use platform::audit as told;
use store::{Db, Options};
use testkit::{clock::Hand, home::Home};

/// When every test begins: 2026-02-02, ten in the morning in Buenos Aires.
pub const NOW: Timestamp = Timestamp::from_micros(1_770_037_200_000_000);

/// A database, a clock and a folder.
pub struct Place {
    /// The database.
    pub db: Db,
    /// The clock.
    pub hand: Hand,
    home: Home,
}

impl Place {
    /// Migrated.
    pub async fn over(home: Home) -> Result<Place> {
        let db = Db::open(&Options { pool_size: 4, ..Options::new(home.url()) }).await?;
        store::migrate::up(&db).await?;
        Ok(Place { db, hand: Hand::at(NOW), home })
    }

    /// Ends every connection.
    pub async fn close(self) -> Result<()> {
        self.db.close().await;
        Ok(())
    }

    /// The folder of everything that is written.
    pub fn folder(&self) -> &Path {
        self.home.folder()
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
        testkit::on_both! { crate::place::Place::over: $($test)* }
    };
}
