//! The one place where the two databases differ.
//!
//! Invariant: a statement is one text unless it stands here or says [`Sql::per_backend`]; rows in bulk travel in a handful of
//! parameters whatever their number (a JSON array on SQLite, typed arrays on PostgreSQL).

mod bulk;
mod gather;
mod rows;
mod script;

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

pub(crate) use self::rows::Column;
pub use self::{
    bulk::{Bulk, Kind},
    gather::Gather,
    rows::Rows,
    script::Script,
};
use crate::db::Backend;

/// The text of a statement.
#[derive(Debug, Clone)]
pub struct Sql {
    sqlite: SqlStr,
    postgres: SqlStr,
}

impl Sql {
    /// A statement that has to differ. Say why where it is written.
    pub const fn per_backend(sqlite: &'static str, postgres: &'static str) -> Sql {
        Sql { sqlite: SqlStr::from_static(sqlite), postgres: SqlStr::from_static(postgres) }
    }

    pub(super) fn made(text: impl Fn(Backend) -> String) -> Sql {
        // Shared, so that a copy of the statement is no copy of its text.
        let safe = |backend| AssertSqlSafe(Arc::<str>::from(text(backend))).into_sql_str();
        Sql { sqlite: safe(Backend::Sqlite), postgres: safe(Backend::Postgres) }
    }

    /// The text that database gets.
    pub fn on(&self, backend: Backend) -> &str {
        match backend {
            Backend::Sqlite => self.sqlite.as_str(),
            Backend::Postgres => self.postgres.as_str(),
        }
    }

    pub(crate) fn texts(self) -> (SqlStr, SqlStr) {
        (self.sqlite, self.postgres)
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Sql {
        Sql::per_backend(text, text)
    }
}

/// What a migration says for both becomes what one database understands: `WITHOUT ROWID` stands only on SQLite, text is in
/// byte order on both, and a part between `-- only sqlite` or `-- only postgres` and `-- end` only on the one named.
pub fn migration_text(text: &str, backend: Backend) -> String {
    let mut out = String::with_capacity(text.len());
    let mut keep = true;
    for line in text.lines() {
        match line.trim() {
            "-- only sqlite" => keep = backend == Backend::Sqlite,
            "-- only postgres" => keep = backend == Backend::Postgres,
            "-- end" => keep = true,
            _ if keep => {
                out.push_str(line);
                out.push('\n');
            }
            _ => {}
        }
    }
    match backend {
        Backend::Sqlite => out,
        // SQLite orders text by its bytes; so must PostgreSQL, or a cursor made on one would not fit the other.
        Backend::Postgres => out.replace(" WITHOUT ROWID", "").replace(" TEXT", " TEXT COLLATE \"C\""),
    }
}
