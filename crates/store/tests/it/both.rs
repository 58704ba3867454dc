//! A fresh database of each kind, and the macro that runs a test on both.

use anyhow::Result;
use domain::Timestamp;
use store::{Db, Options, catalog::Change};
use testkit::home::Home;

/// An instant for tests that need one.
pub const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);

/// A change made by a tester at [`NOW`].
pub const CHANGE: Change<'static> = Change { at: NOW, actor: "tester" };

/// A database and what it stands on, which goes when this does.
pub struct Fresh {
    /// The open database.
    pub db: Db,
    /// Where it is.
    pub url: String,
    _home: Home,
}

impl Fresh {
    /// An empty SQLite file.
    pub async fn sqlite() -> Result<Fresh> {
        Fresh::over(Home::sqlite()?).await
    }

    /// An empty PostgreSQL database.
    pub async fn postgres() -> Result<Fresh> {
        Fresh::over(Home::postgres()?).await
    }

    async fn over(home: Home) -> Result<Fresh> {
        let url = home.url().to_owned();
        let options = Options { pool_size: 4, ..Options::new(&url) };
        Ok(Fresh { db: Db::open(&options).await?, url, _home: home })
    }

    /// The same with every migration.
    pub async fn migrated(self) -> Result<Fresh> {
        store::migrate::up(&self.db).await?;
        Ok(self)
    }
}

/// Runs each test function, which takes a migrated database, on SQLite and on PostgreSQL.
macro_rules! both {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() -> anyhow::Result<()> {
                let fresh = crate::both::Fresh::sqlite().await?.migrated().await?;
                super::$test(fresh.db.clone()).await?;
                fresh.db.close().await;
                Ok(())
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() -> anyhow::Result<()> {
                let fresh = crate::both::Fresh::postgres().await?.migrated().await?;
                super::$test(fresh.db.clone()).await?;
                fresh.db.close().await;
                Ok(())
            })*
        }
    };
}
