//! Copies of a database, what is in them, and putting one in the place of another.
//!
//! Invariant: a copy is made without waiting for writers and without having them wait; what a copy holds is told from the very state it
//! shows; nothing here deletes a database that somebody could still want.

mod file;
mod server;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Db, Result, Sql, Tx};

pub use self::{
    file::{copy_into, file_of, let_go},
    server::{Aside, Scratch, bring_back, other_users, schema, set_aside, shared_state, sweep},
};

/// The head of a site's chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Code of the site.
    pub site: String,
    /// Number of its last posting.
    pub seq: i64,
    /// The last link, in hexadecimal digits.
    pub hash: String,
}

/// What a database holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Its version.
    pub schema: i64,
    /// Rows of each table.
    pub rows: BTreeMap<String, i64>,
    /// Every site's head.
    pub heads: Vec<Head>,
}

/// Each database lists its tables in its own place.
const TABLES: Sql = Sql::per_backend(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY name",
    "SELECT CAST(relname AS TEXT) FROM pg_class
     WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p') ORDER BY 1",
);

/// What the state that a transaction reads holds.
pub async fn inventory(tx: &mut Tx) -> Result<Inventory> {
    let tables: Vec<(String,)> = tx.query(TABLES.clone()).all().await?;
    let mut rows = BTreeMap::new();
    for (table,) in tables {
        // The name comes from the database's own list, and a quote in it is doubled.
        let quoted = table.replace('"', "\"\"");
        let count = Sql::made(|_| format!("SELECT COUNT(*) FROM \"{quoted}\""));
        rows.insert(table, tx.query(count).scalar().await?.unwrap_or(0));
    }
    let schema = match rows.get(VERSIONS) {
        // Told from the same state as the rest.
        Some(_) => tx.query("SELECT MAX(version) FROM _sqlx_migrations").scalar::<Option<i64>>().await?.flatten(),
        None => None,
    };
    let schema = schema.unwrap_or(0);
    let heads = if schema >= LEDGER_SINCE { heads(tx).await? } else { Vec::new() };
    Ok(Inventory { schema, rows, heads })
}

/// The table of migrations.
const VERSIONS: &str = "_sqlx_migrations";
/// The version that brought the chains.
const LEDGER_SINCE: i64 = 2;

/// The head of every site's chain.
pub async fn heads(tx: &mut Tx) -> Result<Vec<Head>> {
    let rows: Vec<(String, i64, Vec<u8>)> = tx
        .query("SELECT s.code, c.seq, c.hash FROM site s JOIN chain c ON c.site = s.id ORDER BY s.code")
        .all()
        .await?;
    let hex = domain::ledger::canonical::hex;
    Ok(rows.into_iter().map(|(site, seq, hash)| Head { site, seq, hash: hex(&hash) }).collect())
}

/// Whether nothing was ever made in it.
pub async fn is_empty(db: &Db) -> Result<bool> {
    let tables: Vec<(String,)> = db.query(TABLES.clone()).all().await?;
    Ok(tables.is_empty())
}

/// Postings of a site after that place: how many, and when the last of them was recorded.
pub async fn missing_after(db: &Db, site: &str, seq: i64) -> Result<(i64, Option<i64>)> {
    let found: Option<(i64, Option<i64>)> = db
        .query(
            "SELECT COUNT(*), MAX(p.recorded_at) FROM posting p JOIN site s ON s.id = p.site
             WHERE s.code = $1 AND p.seq > $2",
        )
        .bind(site.to_owned())
        .bind(seq)
        .one()
        .await?;
    Ok(found.unwrap_or_default())
}
