//! Several bulk statements that travel as one.
//!
//! Invariant: one trip to the database whatever their number. A trip costs more than most of what it asks for.

use std::sync::OnceLock;

use super::{Bulk, Rows, Sql};
use crate::{Result, Row, Tx, db::Backend};

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
    Write,
}

impl Script {
    /// Questions, each with one row of one column for its answer.
    pub const fn ask(parts: &'static [&'static Bulk]) -> Script {
        Script { parts, does: Does::Ask, texts: OnceLock::new() }
    }

    /// Statements that write, each into a table of its own and none reading what another writes.
    pub const fn write(parts: &'static [&'static Bulk]) -> Script {
        Script { parts, does: Does::Write, texts: OnceLock::new() }
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

    /// Writes.
    pub async fn run(&self, tx: &mut Tx, rows: impl IntoIterator<Item = Rows<'_>>) -> Result<()> {
        let query = tx.query(self.sql());
        rows.into_iter().fold(query, |query, part| part.bind_to(query)).run().await.map(drop)
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
            (Does::Ask, _) => format!("SELECT ({})", texts.join("), (")),
            // SQLite runs them one after another; PostgreSQL takes one statement at a time, but that one may write in many places.
            (Does::Write, Backend::Sqlite) => texts.join("; "),
            (Does::Write, Backend::Postgres) => {
                let named: Vec<String> = (0..).zip(&texts).map(|(i, text)| format!("w{i} AS ({text})")).collect();
                format!("WITH {} SELECT 1", named.join(", "))
            }
        }
    }
}
