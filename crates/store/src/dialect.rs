//! The one place where the two databases differ.
//!
//! Invariant: a statement is one text unless it stands here or says [`Sql::per_backend`]; rows in bulk travel in a handful of
//! parameters whatever their number (a JSON array on SQLite, typed arrays on PostgreSQL).

use std::{fmt::Write as _, sync::OnceLock};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use uuid::Uuid;

use crate::{
    Result, Row, Tx,
    db::{Backend, Query},
};

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
    columns: &'static [(&'static str, Kind)],
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
        let make = || {
            let safe = |text: String| AssertSqlSafe(text).into_sql_str();
            Sql { sqlite: safe(self.sqlite_text()), postgres: safe(self.postgres_text()) }
        };
        self.texts.get_or_init(make).clone()
    }

    fn sqlite_text(&self) -> String {
        let mut list = String::new();
        for (i, (name, kind)) in self.columns.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let _ = match kind {
                Kind::Int | Kind::Text => write!(list, "{comma}value->>{i} AS {name}"),
                Kind::Bytes | Kind::Uuid => write!(list, "{comma}unhex(value->>{i}) AS {name}"),
            };
        }
        format!("WITH input AS (SELECT {list} FROM json_each($1)) {}", self.sql)
    }

    fn postgres_text(&self) -> String {
        let (mut casts, mut names) = (String::new(), String::new());
        for (i, (name, kind)) in self.columns.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let cast = match kind {
                Kind::Int => "BIGINT",
                Kind::Text => "TEXT",
                Kind::Bytes => "BYTEA",
                Kind::Uuid => "UUID",
            };
            let _ = write!(casts, "{comma}CAST(${} AS {cast}[])", i + 1);
            let _ = write!(names, "{comma}{name}");
        }
        let sql = self.sql.replace("/* FOR UPDATE OF c */", "FOR UPDATE OF c");
        format!("WITH input AS (SELECT * FROM UNNEST({casts}) AS rows({names})) {sql}")
    }
}

#[derive(Debug)]
pub(crate) enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Uuid(Vec<Option<Uuid>>),
}

#[derive(Debug)]
enum Cells {
    Json(String),
    Columns(Vec<Column>),
}

/// Rows for a [`Bulk`] statement, given cell by cell in the order of its columns.
#[derive(Debug)]
pub struct Rows<'s> {
    bulk: &'s Bulk,
    cells: Cells,
    next: usize,
    count: usize,
}

impl<'s> Rows<'s> {
    /// No rows yet.
    pub fn new(bulk: &'s Bulk, backend: Backend) -> Rows<'s> {
        let empty = |(_, kind): &(_, Kind)| match kind {
            Kind::Int => Column::Int(Vec::new()),
            Kind::Text => Column::Text(Vec::new()),
            Kind::Bytes => Column::Bytes(Vec::new()),
            Kind::Uuid => Column::Uuid(Vec::new()),
        };
        let cells = match backend {
            Backend::Sqlite => Cells::Json(String::from("[")),
            Backend::Postgres => Cells::Columns(bulk.columns.iter().map(empty).collect()),
        };
        Rows { bulk, cells, next: 0, count: 0 }
    }

    /// How many rows are complete.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The next cell, an integer.
    pub fn int(&mut self, value: impl Into<Option<i64>>) -> &mut Self {
        let value = value.into();
        match self.cell() {
            Cell::Json(json) => match value {
                Some(value) => drop(write!(json, "{value}")),
                None => json.push_str("null"),
            },
            Cell::Column(Column::Int(column)) => column.push(value),
            Cell::Column(_) => unreachable_kind("an integer"),
        }
        self.end_cell()
    }

    /// The next cell, a text.
    pub fn text<'a>(&mut self, value: impl Into<Option<&'a str>>) -> &mut Self {
        let value = value.into();
        match self.cell() {
            Cell::Json(json) => match value {
                Some(value) => json.push_str(&serde_json::Value::from(value).to_string()),
                None => json.push_str("null"),
            },
            Cell::Column(Column::Text(column)) => column.push(value.map(str::to_owned)),
            Cell::Column(_) => unreachable_kind("a text"),
        }
        self.end_cell()
    }

    /// The next cell, bytes.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        match self.cell() {
            Cell::Json(json) => push_hex(json, value),
            Cell::Column(Column::Bytes(column)) => column.push(Some(value.to_vec())),
            Cell::Column(_) => unreachable_kind("bytes"),
        }
        self.end_cell()
    }

    /// The next cell, an identity.
    pub fn uuid(&mut self, value: impl Into<Option<Uuid>>) -> &mut Self {
        let value = value.into();
        match self.cell() {
            Cell::Json(json) => match value {
                Some(value) => push_hex(json, value.as_bytes()),
                None => json.push_str("null"),
            },
            Cell::Column(Column::Uuid(column)) => column.push(value),
            Cell::Column(_) => unreachable_kind("an identity"),
        }
        self.end_cell()
    }

    /// How many rows the statement changed.
    pub async fn run(self, tx: &mut Tx) -> Result<u64> {
        if self.is_empty() {
            return Ok(0);
        }
        self.into_query(tx).run().await
    }

    /// Every row the statement gives.
    pub async fn all<T: Row>(self, tx: &mut Tx) -> Result<Vec<T>> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        self.into_query(tx).all().await
    }

    fn into_query(self, tx: &mut Tx) -> Query<'_> {
        debug_assert_eq!(self.next, 0, "the last row is complete");
        let query = tx.query(self.bulk.sql());
        match self.cells {
            Cells::Json(mut json) => {
                json.push(']');
                query.bind(json)
            }
            Cells::Columns(columns) => query.bind_columns(columns),
        }
    }

    fn cell(&mut self) -> Cell<'_> {
        match &mut self.cells {
            Cells::Json(json) => {
                json.push_str(if self.next > 0 {
                    ","
                } else if self.count > 0 {
                    ",["
                } else {
                    "["
                });
                Cell::Json(json)
            }
            Cells::Columns(columns) => Cell::Column(&mut columns[self.next]),
        }
    }

    fn end_cell(&mut self) -> &mut Self {
        self.next += 1;
        if self.next == self.bulk.columns.len() {
            self.next = 0;
            self.count += 1;
            if let Cells::Json(json) = &mut self.cells {
                json.push(']');
            }
        }
        self
    }
}

enum Cell<'a> {
    Json(&'a mut String),
    Column(&'a mut Column),
}

/// A statement of ours was given a cell of another kind than it declares: a mistake in this crate that its tests meet at once.
fn unreachable_kind(given: &str) -> ! {
    unreachable!("{given} was given to a column of another kind")
}

fn push_hex(json: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    json.push('"');
    for byte in bytes {
        json.push(char::from(DIGITS[usize::from(byte >> 4)]));
        json.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    json.push('"');
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
