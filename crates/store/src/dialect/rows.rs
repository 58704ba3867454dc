//! Rows on their way to a bulk statement.
//!
//! Invariant: a row is complete or it is not sent.

use std::fmt::Write as _;

use uuid::Uuid;

use super::{Bulk, Kind};
use crate::{
    Db, Result, Row, Tx,
    db::{Backend, Query},
};

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

impl Bulk {
    /// What it reads of each of these identities, its one column.
    pub(crate) async fn read_of<T: Row>(&self, db: &Db, ids: &[Uuid]) -> Result<Vec<T>> {
        let mut asked = Rows::new(self, db.backend());
        for id in ids {
            asked.uuid(*id);
        }
        asked.all_of(db).await
    }
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

    /// The same, without a transaction around it.
    pub async fn all_of<T: Row>(self, db: &Db) -> Result<Vec<T>> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let query = db.query(self.bulk.sql());
        self.bind_to(query).all().await
    }

    fn into_query(self, tx: &mut Tx) -> Query<'_> {
        let query = tx.query(self.bulk.sql());
        self.bind_to(query)
    }

    pub(super) fn bind_to(self, query: Query<'_>) -> Query<'_> {
        debug_assert_eq!(self.next, 0, "the last row is complete");
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
