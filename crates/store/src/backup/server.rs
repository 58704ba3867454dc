//! Copies of a database on a server: a state shared with the server's own tools, and databases and schemas set aside.
//!
//! Invariant: every name that goes into a statement was made here and holds lower-case letters, digits and underscores alone.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::{Db, Error, Options, Result, Sql, Tx};

/// The name under which another connection can read the same state, for as long as the transaction lasts.
pub async fn shared_state(tx: &mut Tx) -> Result<String> {
    // A file is copied whole; nothing is shared.
    let shared = Sql::per_backend("", "SELECT pg_export_snapshot()");
    Ok(tx.query(shared).scalar().await?.unwrap_or_default())
}

/// How many connections of programs like this one a database has, besides those of `db`, which must have asked nothing at the same
/// time.
pub async fn other_users(db: &Db) -> Result<i64> {
    let count = Sql::per_backend(
        "",
        "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'gondola%' AND pid <> pg_backend_pid()",
    );
    Ok(db.query(count).scalar().await?.unwrap_or(0))
}

/// A schema under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside(String);

impl Aside {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Gives the schema that is in use another name, made of `word`, and makes an empty one in its place. All of it or nothing.
pub async fn set_aside(db: &Db, word: &str) -> Result<Aside> {
    let aside = Aside(sound(word));
    let mut tx = db.write().await?;
    run(&mut tx, format!("ALTER SCHEMA public RENAME TO {}", aside.0)).await?;
    run(&mut tx, "CREATE SCHEMA public".to_owned()).await?;
    tx.commit().await?;
    Ok(aside)
}

/// Empties the schema in use and gives its name back to the one set aside; without one it is left empty.
pub async fn bring_back(db: &Db, aside: Option<&Aside>) -> Result<()> {
    let mut tx = db.write().await?;
    run(&mut tx, "DROP SCHEMA public CASCADE".to_owned()).await?;
    match aside {
        Some(aside) => run(&mut tx, format!("ALTER SCHEMA {} RENAME TO public", aside.0)).await?,
        None => run(&mut tx, "CREATE SCHEMA public".to_owned()).await?,
    }
    tx.commit().await
}

async fn run(tx: &mut Tx, text: String) -> Result<()> {
    tx.query(Sql::made(|_| text.clone())).run().await.map(drop)
}

fn sound(word: &str) -> String {
    let kept = word.chars().map(|c| c.to_ascii_lowercase()).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    format!("gondola_{}", kept.take(40).collect::<String>())
}

/// A database that is made for a while.
#[derive(Debug)]
pub struct Scratch {
    maker: Db,
    name: String,
    url: String,
}

impl Scratch {
    /// Makes an empty database, named after `word`, on the server at that address. Its user must be allowed to.
    pub async fn make(url: &str, word: &str) -> Result<Scratch> {
        let name = sound(word);
        let elsewhere = with_database(url, &name).ok_or_else(|| Error::Address("postgres://…".to_owned()))?;
        let maker = Db::open(&Options { pool_size: 1, ..Options::new(url) }).await?;
        let made = maker.query(Sql::made(|_| format!("CREATE DATABASE {name} TEMPLATE template0"))).run().await;
        if let Err(error) = made {
            maker.close().await;
            return Err(error);
        }
        Ok(Scratch { maker, name, url: elsewhere })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes it away again, whoever is connected.
    pub async fn remove(self) -> Result<()> {
        let name = &self.name;
        let gone = self.maker.query(Sql::made(|_| format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).run().await;
        self.maker.close().await;
        gone.map(drop)
    }
}

/// The same server's other database.
fn with_database(url: &str, name: &str) -> Option<String> {
    PgConnectOptions::from_str(url).ok()?;
    let (scheme, rest) = url.split_once("://")?;
    let (place, parameters) = rest.split_once('?').map_or((rest, None), |(place, rest)| (place, Some(rest)));
    let server = place.split_once('/').map_or(place, |(server, _)| server);
    // A database named among the parameters would win.
    let kept =
        parameters.map(|all| all.split('&').filter(|one| !one.starts_with("dbname=")).collect::<Vec<_>>().join("&"));
    let kept = kept.filter(|kept| !kept.is_empty()).map_or_else(String::new, |kept| format!("?{kept}"));
    Some(format!("{scheme}://{server}/{name}{kept}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_database_is_on_the_same_server() {
        let other = |url: &str| with_database(url, "x").unwrap();
        assert_eq!(other("postgres://a:b@h:1/shop?sslmode=require"), "postgres://a:b@h:1/x?sslmode=require");
        assert_eq!(other("postgres://h"), "postgres://h/x");
        assert_eq!(other("postgres:///shop?host=/run&dbname=shop"), "postgres:///x?host=/run");
    }

    #[test]
    fn a_name_holds_nothing_that_could_end_it() {
        assert_eq!(sound("Drill 2026; DROP\"x"), "gondola_drill_2026__drop_x");
    }
}
