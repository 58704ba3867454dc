//! Statements over many rows.
//!
//! Invariant: what stands in a statement's text is written in this crate; every value is a parameter.

use std::{fmt::Write as _, sync::OnceLock};

use super::Sql;
use crate::db::Backend;

/// What a column of bulk rows holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `BIGINT`.
    Int,
    /// `TEXT`.
    Text,
    /// `BYTEA`.
    Bytes,
    /// `UUID`.
    Uuid,
}

/// A statement over bulk rows, which it sees as a table named `input`.
#[derive(Debug)]
pub struct Bulk {
    pub(super) columns: &'static [(&'static str, Kind)],
    sql: &'static str,
    texts: OnceLock<Sql>,
}

impl Bulk {
    /// `sql` reads `FROM input`, whose columns are named here in order. `/* FOR UPDATE OF c */` at its end locks the rows of `c`
    /// on PostgreSQL; SQLite has one writer at a time anyway.
    pub const fn new(columns: &'static [(&'static str, Kind)], sql: &'static str) -> Bulk {
        Bulk { columns, sql, texts: OnceLock::new() }
    }

    /// The text for both databases, made once.
    pub fn sql(&self) -> Sql {
        self.texts.get_or_init(|| Sql::made(|backend| self.text(backend, 1))).clone()
    }

    /// How many parameters its rows take.
    pub(super) fn parameters(&self, backend: Backend) -> usize {
        match backend {
            Backend::Sqlite => 1,
            Backend::Postgres => self.columns.len(),
        }
    }

    /// The text when its first parameter has that number.
    pub(super) fn text(&self, backend: Backend, first: usize) -> String {
        match backend {
            Backend::Sqlite => self.sqlite_text(first),
            Backend::Postgres => self.postgres_text(first),
        }
    }

    fn sqlite_text(&self, first: usize) -> String {
        let mut list = String::new();
        for (i, (name, kind)) in self.columns.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let _ = match kind {
                Kind::Int | Kind::Text => write!(list, "{comma}value->>{i} AS {name}"),
                Kind::Bytes | Kind::Uuid => write!(list, "{comma}unhex(value->>{i}) AS {name}"),
            };
        }
        format!("WITH input AS (SELECT {list} FROM jsonb_each(${first})) {}", self.sql)
    }

    fn postgres_text(&self, first: usize) -> String {
        let (mut casts, mut names) = (String::new(), String::new());
        for (i, (name, kind)) in self.columns.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let cast = match kind {
                Kind::Int => "BIGINT",
                Kind::Text => "TEXT",
                Kind::Bytes => "BYTEA",
                Kind::Uuid => "UUID",
            };
            let _ = write!(casts, "{comma}CAST(${} AS {cast}[])", first + i);
            let _ = write!(names, "{comma}{name}");
        }
        let sql = self.sql.replace("/* FOR UPDATE OF c */", "FOR UPDATE OF c");
        format!("WITH input AS (SELECT * FROM UNNEST({casts}) AS rows({names})) {sql}")
    }
}
