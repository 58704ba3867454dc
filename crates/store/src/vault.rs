//! The keys that values are encrypted with, each wrapped by a master key that is not here.
//!
//! Invariant: nothing in these tables opens a value without a master key; a key is never deleted: a value that was
//! missed when it was replaced still opens.

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Db, Error, Result, Sql, Tx};

/// What a master key is derived from besides its passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// Random bytes.
    pub salt: Vec<u8>,
    /// Memory argon2id fills, in KiB.
    pub memory_kib: u32,
    /// How often it goes over it.
    pub passes: u32,
}

/// A master key some keys are or were wrapped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Master {
    /// Its name.
    pub id: String,
    /// How it is derived, when it comes from a passphrase.
    pub derivation: Option<Derivation>,
    /// When it was first used.
    pub created_at: Timestamp,
}

/// A key as a master key keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapping {
    /// Number of the key.
    pub key: u32,
    /// Name of the master key.
    pub master: String,
    /// The key, encrypted.
    pub wrapped: Vec<u8>,
    /// When the key, not the wrapping, was made.
    pub key_created_at: Timestamp,
}

#[derive(FromRow)]
struct MasterRow {
    id: String,
    salt: Option<Vec<u8>>,
    memory_kib: Option<i64>,
    passes: Option<i64>,
    created_at: i64,
}

#[derive(FromRow)]
struct WrappingRow {
    key: i64,
    master: String,
    wrapped: Vec<u8>,
    key_created_at: i64,
}

fn number(table: &'static str, value: i64) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::Broken { table, detail: value.to_string() })
}

impl TryFrom<MasterRow> for Master {
    type Error = Error;
    fn try_from(row: MasterRow) -> Result<Master> {
        let derivation = match (row.salt, row.memory_kib, row.passes) {
            (Some(salt), Some(memory), Some(passes)) => Some(Derivation {
                salt,
                memory_kib: number("vault_master", memory)?,
                passes: number("vault_master", passes)?,
            }),
            _ => None,
        };
        Ok(Master { id: row.id, derivation, created_at: Timestamp::from_micros(row.created_at) })
    }
}

/// Every master key that ever was, oldest first.
pub async fn masters(db: &Db) -> Result<Vec<Master>> {
    let rows: Vec<MasterRow> = db
        .query("SELECT id, salt, memory_kib, passes, created_at FROM vault_master ORDER BY created_at, id")
        .all()
        .await?;
    rows.into_iter().map(Master::try_from).collect()
}

const WRAPPINGS: &str = "SELECT w.key, w.master, w.wrapped, k.created_at AS key_created_at
     FROM vault_wrapping w JOIN vault_key k ON k.id = w.key ORDER BY w.key, w.master";

impl TryFrom<WrappingRow> for Wrapping {
    type Error = Error;
    fn try_from(row: WrappingRow) -> Result<Wrapping> {
        Ok(Wrapping {
            key: number("vault_wrapping", row.key)?,
            master: row.master,
            wrapped: row.wrapped,
            key_created_at: Timestamp::from_micros(row.key_created_at),
        })
    }
}

/// Every wrapping, by key.
pub async fn wrappings(db: &Db) -> Result<Vec<Wrapping>> {
    let rows: Vec<WrappingRow> = db.query(WRAPPINGS).all().await?;
    rows.into_iter().map(Wrapping::try_from).collect()
}

/// Every wrapping, by key; nobody else changes keys until the caller's transaction ends.
pub async fn hold(tx: &mut Tx) -> Result<Vec<Wrapping>> {
    // SQLite has one writer at a time; on PostgreSQL the first key, which is never taken away, stands for all.
    let sql = Sql::per_backend(
        "SELECT id FROM vault_key ORDER BY id LIMIT 1",
        "SELECT id FROM vault_key ORDER BY id LIMIT 1 FOR UPDATE",
    );
    let _held: Vec<(i64,)> = tx.query(sql).all().await?;
    let rows: Vec<WrappingRow> = tx.query(WRAPPINGS).all().await?;
    rows.into_iter().map(Wrapping::try_from).collect()
}

/// Takes away the wrappings of a master key, but for keys that `kept` does not open. How many there were.
pub async fn forget_master(tx: &mut Tx, master: &str, kept: &str) -> Result<u64> {
    tx.query(
        "DELETE FROM vault_wrapping WHERE master = $1
           AND key IN (SELECT w.key FROM vault_wrapping w WHERE w.master = $2)",
    )
    .bind(master.to_owned())
    .bind(kept.to_owned())
    .run()
    .await
}

/// Notes a master key; one that is known stays as it is.
pub async fn add_master(tx: &mut Tx, master: &Master) -> Result<()> {
    let derivation = master.derivation.as_ref();
    tx.query(
        "INSERT INTO vault_master (id, salt, memory_kib, passes, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(master.id.clone())
    .bind(derivation.map(|derivation| derivation.salt.clone()))
    .bind(derivation.map(|derivation| i64::from(derivation.memory_kib)))
    .bind(derivation.map(|derivation| i64::from(derivation.passes)))
    .bind(master.created_at.micros())
    .run()
    .await
    .map(drop)
}

/// Adds a key of that number. Fails as a race when there is one.
pub async fn add_key(tx: &mut Tx, id: u32, at: Timestamp) -> Result<()> {
    tx.query("INSERT INTO vault_key (id, created_at) VALUES ($1, $2)")
        .bind(i64::from(id))
        .bind(at.micros())
        .run()
        .await
        .map(drop)
}

/// Adds a wrapping of a key; the same master key wraps it once.
pub async fn add_wrapping(tx: &mut Tx, key: u32, master: &str, wrapped: &[u8], at: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO vault_wrapping (key, master, wrapped, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key, master) DO NOTHING",
    )
    .bind(i64::from(key))
    .bind(master.to_owned())
    .bind(wrapped.to_vec())
    .bind(at.micros())
    .run()
    .await
    .map(drop)
}
