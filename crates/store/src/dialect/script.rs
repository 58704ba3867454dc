//! Several bulk statements that travel as one.
//!
//! Invariant: one trip to the database whatever their number. A trip costs more than most of what it asks for.

use std::sync::OnceLock;

use super::{Bulk, Rows, Sql};
use crate::{Error, Result, Row, Tx, db::Backend};

/// Bulk statements sent together.
#[derive(Debug)]
pub struct Script {
    parts: &'static [&'static Bulk],
    does: Does,
    texts: OnceLock<Sql>,
}

#[derive(Debug, Clone, Copy)]
enum Does {
    Ask,
    Open,
    Close,
}

impl Script {
    /// Questions, each with one row of one column for its answer.
    pub const fn ask(parts: &'static [&'static Bulk]) -> Script {
        Script { parts, does: Does::Ask, texts: OnceLock::new() }
    }

    /// As [`Script::ask`], and begins the writing transaction where that must come first.
    pub const fn open(parts: &'static [&'static Bulk]) -> Script {
        Script { parts, does: Does::Open, texts: OnceLock::new() }
    }

    /// Statements that write, each into a table of its own and none reading what another writes; and the end of the transaction where
    /// that can travel with them. The last must change as many rows as it is given, or all of it fails: it is asked to
    /// return one for each that it changed.
    pub const fn close(parts: &'static [&'static Bulk]) -> Script {
        Script { parts, does: Does::Close, texts: OnceLock::new() }
    }

    /// No rows yet, for each part.
    pub fn rows(&self, backend: Backend) -> impl Iterator<Item = Rows<'static>> {
        self.parts.iter().map(move |part| Rows::new(part, backend))
    }

    /// The text for both databases, made once.
    pub fn sql(&self) -> Sql {
        self.texts.get_or_init(|| Sql::made(|backend| self.text(backend))).clone()
    }

    /// The answers, a column each.
    pub async fn one<T: Row>(&self, tx: &mut Tx, rows: impl IntoIterator<Item = Rows<'_>>) -> Result<Option<T>> {
        let query = tx.query(self.sql());
        rows.into_iter().fold(query, |query, part| part.bind_to(query)).one().await
    }

    /// Writes, and makes it durable. `false` when rows to change had moved meanwhile; then nothing was written.
    pub async fn commit(&self, mut tx: Tx, rows: impl IntoIterator<Item = Rows<'_>>) -> Result<bool> {
        let query = tx.query(self.sql());
        match rows.into_iter().fold(query, |query, part| part.bind_to(query)).run().await {
            Ok(_) => tx.closed().await.map(|()| true),
            Err(Error::Moved(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn text(&self, backend: Backend) -> String {
        let mut first = 1;
        let texts = self.parts.iter().map(|part| {
            let text = part.text(backend, first);
            first += part.parameters(backend);
            text
        });
        let texts: Vec<String> = texts.collect();
        match (self.does, backend) {
            (Does::Open, Backend::Sqlite) => format!("BEGIN IMMEDIATE; SELECT ({})", texts.join("), (")),
            (Does::Ask | Does::Open, _) => format!("SELECT ({})", texts.join("), (")),
            // SQLite runs them one after another, under a lock that lets nothing move; PostgreSQL takes one statement at a time, but
            // that one may write in many places.
            (Does::Close, Backend::Sqlite) => format!("{}; COMMIT", texts.join("; ")),
            (Does::Close, Backend::Postgres) => proven(&texts, first),
        }
    }
}

/// One statement of them all. It fails, dividing by zero, unless the last changed as many rows as it was given. That one is also the
/// first to be run, because the others wait for nobody to ask; so whoever locks rows locks the last part's first.
fn proven(texts: &[String], end: usize) -> String {
    let named: Vec<String> = (0..).zip(texts).map(|(i, text)| format!("w{i} AS ({text})")).collect();
    let last = texts.len() - 1;
    format!(
        "WITH {} SELECT 1 / CAST((SELECT COUNT(*) FROM w{last}) = CARDINALITY(${}) AS INT)",
        named.join(", "),
        end - 1
    )
}
