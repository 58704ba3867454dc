//! Questions whose rows come back together.
//!
//! Invariant: the rows and their order are those of the statement asked; only the way they travel differs. Row by row, a driver
//! hands over each value by itself, which for a short list costs more than finding it.

use std::sync::OnceLock;

use super::Sql;
use crate::db::Backend;

/// A statement that reads, and the columns it gives.
#[derive(Debug)]
pub struct Gather {
    columns: &'static [&'static str],
    sql: &'static str,
    texts: OnceLock<Sql>,
}

impl Gather {
    /// `sql` gives at least these columns, integers and texts. A row is read from an array of them, in this order.
    pub const fn new(columns: &'static [&'static str], sql: &'static str) -> Gather {
        Gather { columns, sql, texts: OnceLock::new() }
    }

    /// The text for both databases, made once: one row of one text, a JSON array of arrays.
    pub fn sql(&self) -> Sql {
        self.texts.get_or_init(|| Sql::made(|backend| self.text(backend))).clone()
    }

    fn text(&self, backend: Backend) -> String {
        let (columns, sql) = (self.columns.join(", "), self.sql);
        match backend {
            Backend::Sqlite => format!("SELECT json_group_array(json_array({columns})) FROM ({sql})"),
            Backend::Postgres => {
                format!(
                    "SELECT CAST(COALESCE(json_agg(json_build_array({columns})), '[]') AS TEXT) FROM ({sql}) AS found"
                )
            }
        }
    }
}
