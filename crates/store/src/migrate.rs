//! Bringing a database up to this program's version, and back.
//!
//! Invariant: every migration has a way up and a way down; a database newer than the program is never touched.

use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use crate::{
    Db, Error, Result, Sql,
    db::{Backend, Pools},
    dialect::migration_text,
};

struct Step {
    version: i64,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

macro_rules! steps {
    ($($version:literal $name:literal;)*) => {
        &[$(Step {
            version: $version,
            name: $name,
            up: include_str!(concat!("../migrations/", $name, ".up.sql")),
            down: include_str!(concat!("../migrations/", $name, ".down.sql")),
        }),*]
    };
}

const STEPS: &[Step] = steps! {
    1 "0001_catalog";
    2 "0002_ledger";
    3 "0003_operations";
    4 "0004_vault";
    5 "0005_closings";
    6 "0006_returns";
    7 "0007_audit";
    8 "0008_ban";
    9 "0009_keys";
    10 "0010_nonce";
    11 "0011_token";
    12 "0012_people";
    13 "0013_job_site";
    14 "0014_privacy";
    15 "0015_replace";
    16 "0016_turn";
    17 "0017_approval";
    18 "0018_key_rotation";
    19 "0019_supplier_contact";
    20 "0020_looked_up";
};

/// The version this program works with.
pub fn newest() -> i64 {
    STEPS.last().map_or(0, |step| step.version)
}

/// A migration and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
    /// Whether it is in the database.
    pub applied: bool,
}

fn migrator(backend: Backend) -> Migrator {
    let migration = |step: &Step, kind: MigrationType, text: &str| {
        let sql = AssertSqlSafe(migration_text(text, backend)).into_sql_str();
        Migration::new(step.version, step.name.into(), kind, sql, false)
    };
    let both = |step: &Step| {
        [
            migration(step, MigrationType::ReversibleUp, step.up),
            migration(step, MigrationType::ReversibleDown, step.down),
        ]
    };
    Migrator::with_migrations(STEPS.iter().flat_map(both).collect())
}

/// Brings the database to the newest version.
pub async fn up(db: &Db) -> Result<()> {
    up_to(db, newest()).await
}

/// Brings the database up to that version.
pub async fn up_to(db: &Db, version: i64) -> Result<()> {
    refuse_newer(db).await?;
    // Who may not make tables may still find them made: not even the table of versions is touched then.
    if current(db).await? >= version {
        return Ok(());
    }
    let migrator = migrator(db.backend());
    match &db.0 {
        Pools::Sqlite { write, .. } => migrator.run_to(version, write.pool()).await?,
        Pools::Postgres { all, .. } => migrator.run_to(version, all.pool()).await?,
    }
    Ok(())
}

/// Takes the database down to that version. What the later versions held is gone.
pub async fn down_to(db: &Db, version: i64) -> Result<()> {
    refuse_newer(db).await?;
    let migrator = migrator(db.backend());
    match &db.0 {
        Pools::Sqlite { write, .. } => migrator.undo(write.pool(), version).await?,
        Pools::Postgres { all, .. } => migrator.undo(all.pool(), version).await?,
    }
    Ok(())
}

/// The version the database is at; 0 when it is empty.
pub async fn current(db: &Db) -> Result<i64> {
    // Each database lists its own tables in its own place.
    let listed = Sql::per_backend(
        "SELECT CAST(1 AS BIGINT) FROM sqlite_master WHERE name = '_sqlx_migrations'",
        "SELECT CAST(1 AS BIGINT) FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')",
    );
    let exists: Option<i64> = db.query(listed).scalar().await?;
    if exists.is_none() {
        return Ok(0);
    }
    let version: Option<Option<i64>> = db.query("SELECT MAX(version) FROM _sqlx_migrations").scalar().await?;
    Ok(version.flatten().unwrap_or(0))
}

/// Fails unless the database is exactly at this program's version.
pub async fn check(db: &Db) -> Result<()> {
    let found = current(db).await?;
    match found.cmp(&newest()) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(Error::TooOld { found, needed: newest() }),
        std::cmp::Ordering::Greater => Err(Error::TooNew { found, known: newest() }),
    }
}

/// Every migration and whether the database has it.
pub async fn status(db: &Db) -> Result<Vec<Status>> {
    let current = current(db).await?;
    Ok(STEPS.iter().map(|s| Status { version: s.version, name: s.name, applied: s.version <= current }).collect())
}

async fn refuse_newer(db: &Db) -> Result<()> {
    let found = current(db).await?;
    if found > newest() { Err(Error::TooNew { found, known: newest() }) } else { Ok(()) }
}
