//! Where the records of a test are, and the macro that runs a test over each sort of database.
//!
//! Invariant: a home is empty when it is given out, belongs to one value, and goes with it.

use std::path::Path;

use anyhow::Result;
use tempfile::TempDir;

use crate::postgres::{self, Database, Server};

/// A folder, and a database in it or on the server that all tests share.
#[derive(Debug)]
pub struct Home {
    url: String,
    folder: TempDir,
    /// Kept for its end.
    _server: Option<Database>,
}

impl Home {
    /// With a SQLite file in the folder.
    pub fn sqlite() -> Result<Home> {
        let folder = tempfile::tempdir()?;
        Ok(Home { url: format!("sqlite://{}", folder.path().join("shop.db").display()), folder, _server: None })
    }

    /// With a database on the PostgreSQL server.
    pub fn postgres() -> Result<Home> {
        Home::of(postgres::fresh_database()?)
    }

    /// With a database on a PostgreSQL server of the test's own.
    pub fn on_server(server: &Server) -> Result<Home> {
        Home::of(server.fresh_database()?)
    }

    fn of(server: Database) -> Result<Home> {
        Ok(Home { url: server.url().to_owned(), folder: tempfile::tempdir()?, _server: Some(server) })
    }

    /// The address of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of everything that is written.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Runs each test on SQLite and on PostgreSQL. `$furnished` makes of a [`Home`] what the tests are given a reference to; afterwards its
/// `close` is called, so that a server is not left with connections that nobody uses.
#[macro_export]
macro_rules! on_both {
    ($furnished:path: $($test:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() -> anyhow::Result<()> {
                let furnished = $furnished($crate::home::Home::sqlite()?).await?;
                super::$test(&furnished).await?;
                furnished.close().await
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() -> anyhow::Result<()> {
                let furnished = $furnished($crate::home::Home::postgres()?).await?;
                super::$test(&furnished).await?;
                furnished.close().await
            })*
        }
    };
}
