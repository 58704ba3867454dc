//! Copies of a database on a server: a state shared with the server's own tools, and databases and schemas set aside.
//!
//! Invariant: every name that goes into a statement was made here and holds lower-case letters, digits and underscores alone, or is the
//! server's own and is quoted.

use std::str::FromStr;

use domain::Timestamp;
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

/// The schema that the program works in.
pub async fn schema(db: &Db) -> Result<String> {
    // A file has none.
    let current = Sql::per_backend("SELECT 'main'", "SELECT CAST(current_schema() AS TEXT)");
    let name: Option<Option<String>> = db.query(current).scalar().await?;
    name.flatten().ok_or_else(|| Error::Address("search_path".to_owned()))
}

/// Gives the schema that is in use another name, made of `word`, and makes an empty one in its place. All of it or nothing.
pub async fn set_aside(db: &Db, word: &str) -> Result<Aside> {
    let (aside, used) = (Aside(sound(word)), quoted(&schema(db).await?));
    let mut tx = db.write().await?;
    run(&mut tx, format!("ALTER SCHEMA {used} RENAME TO {}", aside.0)).await?;
    run(&mut tx, format!("CREATE SCHEMA {used}")).await?;
    tx.commit().await?;
    Ok(aside)
}

/// Gives its name back to the schema set aside; without one an empty schema is left. What is in use meanwhile gets a name made of
/// `word`, which is told, unless there are no tables in it.
pub async fn bring_back(db: &Db, aside: Option<&Aside>, word: &str) -> Result<Option<Aside>> {
    let used = quoted(&schema(db).await?);
    let failed = (!super::is_empty(db).await?).then(|| Aside(sound(word)));
    let mut tx = db.write().await?;
    match &failed {
        Some(failed) => run(&mut tx, format!("ALTER SCHEMA {used} RENAME TO {}", failed.0)).await?,
        None => run(&mut tx, format!("DROP SCHEMA {used} CASCADE")).await?,
    }
    match aside {
        Some(aside) => run(&mut tx, format!("ALTER SCHEMA {} RENAME TO {used}", aside.0)).await?,
        None => run(&mut tx, format!("CREATE SCHEMA {used}")).await?,
    }
    tx.commit().await?;
    Ok(failed)
}

async fn run(tx: &mut Tx, text: String) -> Result<()> {
    tx.query(Sql::made(|_| text.clone())).run().await.map(drop)
}

fn sound(word: &str) -> String {
    let kept = word.chars().map(|c| c.to_ascii_lowercase()).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    format!("gondola_{}", kept.take(40).collect::<String>())
}

/// As a name in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A database that is made for a while.
#[derive(Debug)]
pub struct Scratch {
    maker: Db,
    name: String,
    url: String,
}

impl Scratch {
    /// Makes an empty database on the server at that address, named after `word` and with the schema that is in use there. Its user
    /// must be allowed to.
    pub async fn make(url: &str, word: &str) -> Result<Scratch> {
        let name = sound(word);
        let elsewhere = with_database(url, &name).ok_or_else(|| Error::Address("postgres://…".to_owned()))?;
        let maker = Db::open(&Options { pool_size: 1, ..Options::new(url) }).await?;
        let scratch = Scratch { maker, name, url: elsewhere };
        let name = &scratch.name;
        let made = Sql::made(|_| format!("CREATE DATABASE {name} TEMPLATE template0"));
        if let Err(error) = scratch.maker.query(made).run().await {
            scratch.maker.close().await;
            return Err(error);
        }
        match scratch.furnish().await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                scratch.remove().await?;
                Err(error)
            }
        }
    }

    /// Has the program work in the same schema there as here.
    async fn furnish(&self) -> Result<()> {
        let (name, used) = (&self.name, quoted(&schema(&self.maker).await?));
        let path = Sql::made(|_| format!("ALTER DATABASE {name} SET search_path TO {used}"));
        self.maker.query(path).run().await?;
        let db = Db::open(&Options { pool_size: 1, ..Options::new(&self.url) }).await?;
        let made = db.query(Sql::made(|_| format!("CREATE SCHEMA IF NOT EXISTS {used}"))).run().await;
        db.close().await;
        made.map(drop)
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

/// Takes away what was made of a word like these, followed by `_` and an instant before `before`, and was left behind: it is this user's,
/// and nobody is connected to it. How many there were.
pub async fn sweep(url: &str, words: &[&str], before: Timestamp) -> Result<usize> {
    let db = Db::open(&Options { pool_size: 1, ..Options::new(url) }).await?;
    let swept = sweep_in(&db, words, before).await;
    db.close().await;
    swept
}

async fn sweep_in(db: &Db, words: &[&str], before: Timestamp) -> Result<usize> {
    let idle = Sql::per_backend(
        "",
        "SELECT CAST(d.datname AS TEXT) FROM pg_database d
         WHERE d.datname LIKE 'gondola%' AND d.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
           AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)",
    );
    let names: Vec<(String,)> = db.query(idle).all().await?;
    let mut swept = 0;
    for (name,) in names.iter().filter(|(name,)| words.iter().any(|word| was_made(name, word, before))) {
        // Not by force: whoever connected meanwhile keeps it.
        swept += usize::from(db.query(Sql::made(|_| format!("DROP DATABASE IF EXISTS {name}"))).run().await.is_ok());
    }
    Ok(swept)
}

/// Whether that name was made here, of that word and an instant before `before`.
fn was_made(name: &str, word: &str, before: Timestamp) -> bool {
    let rest = name.strip_prefix(sound(word).as_str()).and_then(|rest| rest.strip_prefix('_'));
    let instant = rest.and_then(|rest| rest.split('_').next()?.parse::<i64>().ok());
    sound(name.trim_start_matches("gondola_")) == name && instant.is_some_and(|micros| micros < before.micros())
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
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn what_is_swept_was_made_here_and_long_ago() {
        let old = |name: &str| was_made(name, "drill", Timestamp::from_micros(100));
        assert!(old("gondola_drill_99_7"));
        for other in [
            "gondola_drill_100_7",
            "gondola_drill_x",
            "gondola_drill",
            "gondola_drills_9_7",
            "gondola_drill_9_a;b",
            "shop",
        ] {
            assert!(!old(other), "{other}");
        }
    }
}
