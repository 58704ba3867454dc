//! What the program's own user may do on PostgreSQL, when another one makes the tables.
//!
//! Invariant: it may read and write rows, and change no table; what is only ever added, it may not change either.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::{Db, Result, Sql, db::Backend};

/// Names go through `format('%I')`, inside the server: no name is written into a statement here.
const GRANT: &str = "DO $do$
DECLARE
  who TEXT := current_setting('gondola.grantee');
  place TEXT := current_schema();
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', place, who);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', place, who);
  EXECUTE format('REVOKE UPDATE, DELETE ON posting, movement, checkpoint, audit_anchor FROM %I', who);
  -- Its triggers let nothing go but names and what lies behind a signed cut.
  EXECUTE format('REVOKE DELETE ON audit_head FROM %I', who);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM %I', who);
END
$do$";

/// Lets that user do what the program does. Only PostgreSQL has users; the user who calls must own the tables.
pub async fn to(db: &Db, user: &str) -> Result<()> {
    if db.backend() == Backend::Sqlite {
        return Ok(());
    }
    let mut tx = db.write().await?;
    // SQLite has no users.
    let named = Sql::per_backend("", "SELECT set_config('gondola.grantee', $1, true)");
    tx.query(named).bind(user.to_owned()).scalar::<String>().await?;
    tx.query(Sql::per_backend("", GRANT)).run().await?;
    tx.commit().await
}

/// The user an address is for; `None` where there are no users.
pub fn user_of(url: &str) -> Option<String> {
    let options = PgConnectOptions::from_str(url).ok()?;
    Some(options.get_username().to_owned())
}
