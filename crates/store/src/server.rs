//! What a database server says of itself.
//!
//! Invariant: only what any user of it may ask.

use crate::{Db, Result, Sql, db::Backend, open::LEDGER_CONNECTIONS};

/// A server, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Connections that ordinary users may have, all programs together.
    pub most_connections: i64,
    /// Servers that follow it at this moment.
    pub replicas: i64,
    /// Which of them a commit waits for, in PostgreSQL's own words; empty for none.
    pub synchronous: String,
}

/// Connections that one of our processes holds at most: those that are set, of which there are two at least, and the ledger's own.
pub fn connections(pool_size: u32) -> u32 {
    pool_size.max(2) + LEDGER_CONNECTIONS
}

/// The server; `None` where the records are in a file.
pub async fn look(db: &Db) -> Result<Option<Server>> {
    if db.backend() == Backend::Sqlite {
        return Ok(None);
    }
    let said = Sql::per_backend(
        "",
        "SELECT CAST(current_setting('max_connections') AS BIGINT)
              - CAST(current_setting('superuser_reserved_connections') AS BIGINT)
              - CAST(COALESCE(current_setting('reserved_connections', true), '0') AS BIGINT),
              (SELECT COUNT(*) FROM pg_stat_replication), current_setting('synchronous_standby_names')",
    );
    let row: Option<(i64, i64, String)> = db.query(said).one().await?;
    Ok(row.map(|(most_connections, replicas, synchronous)| Server { most_connections, replicas, synchronous }))
}
