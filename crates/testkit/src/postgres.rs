//! Private PostgreSQL servers, and fresh databases on one that all tests share.
//!
//! Invariant: a database handed out is empty, belongs to one value, and is dropped with it.
//!
//! [`fresh_database`] is what most tests want. [`Server::start`] is for those that kill, freeze or restart the server.
//! Text is ordered by ICU rules for Argentina, as on a server installed there: what sorts alike on SQLite and here was asked to.

mod cluster;
mod pair;
mod shared;

use std::process::Command;

use anyhow::{Context, Result, bail};

pub use cluster::{Papers, Server};
pub use pair::Pair;

use crate::process::find_program;

/// A database that is dropped with its value.
#[derive(Debug)]
pub struct Database {
    admin_url: String,
    name: String,
    url: String,
}

/// An empty database on the server named by `GONDOLA_TEST_POSTGRES` (the URL of a superuser's database), else on one that
/// every test process of this user shares.
pub fn fresh_database() -> Result<Database> {
    match std::env::var("GONDOLA_TEST_POSTGRES") {
        Ok(admin_url) => Database::create(&admin_url),
        Err(_) => Database::create(&shared::admin_url()?),
    }
}

impl Database {
    /// Creates one through `admin_url`.
    fn create(admin_url: &str) -> Result<Database> {
        let name = unused_name();
        // template0 and the file copy: nothing of a template in use is read, and there is no long WAL to write.
        execute(admin_url, &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        let url = with_database(admin_url, &name)?;
        Ok(Database { admin_url: admin_url.to_owned(), name, url })
    }

    /// `postgres://…/name`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs `sql` with psql and gives what it prints, unaligned, one row a line.
    pub fn execute(&self, sql: &str) -> Result<String> {
        execute(&self.url, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may have been killed on purpose; its folder goes with it then.
        let _ = execute(&self.admin_url, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// Unlike any other on the server: the process, and a count within it.
fn unused_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let born = std::fs::metadata("/proc/self").and_then(|itself| itself.modified()).ok();
    let born = born.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    format!("test_{}_{}_{}", std::process::id(), born.as_micros(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// `url` with its database replaced by `name`.
fn with_database(url: &str, name: &str) -> Result<String> {
    let scheme_end = url.find("://").context("not a URL")? + 3;
    let path = url[scheme_end..].find('/').context("the URL names no database")? + scheme_end;
    let query = url[path..].find('?').map_or("", |at| &url[path + at..]);
    Ok(format!("{}/{name}{query}", &url[..path]))
}

/// Runs one statement with psql; an SQL error is an error with psql's words.
fn execute(url: &str, sql: &str) -> Result<String> {
    let psql = find_program("psql", &cluster::program_folders())?;
    let mut command = Command::new(psql);
    command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
    let output = command.args(["--dbname", url, "--command", sql]).output()?;
    if !output.status.success() {
        bail!("psql: {}: {sql}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced_and_its_query_kept() {
        let check = |url: &str, expected: &str| assert_eq!(with_database(url, "x").unwrap(), expected);
        check("postgres://u@h:1/postgres", "postgres://u@h:1/x");
        check("postgres://u@h/postgres?sslmode=disable", "postgres://u@h/x?sslmode=disable");
        assert!(with_database("postgres://h", "x").is_err());
    }

    #[test]
    fn names_of_databases_differ() {
        assert_ne!(unused_name(), unused_name());
    }
}
