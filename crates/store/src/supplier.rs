//! Suppliers, as far as products and orders name them.
//!
//! Invariant: two names that differ only by case, accents or punctuation are one supplier; how one is reached stands encrypted elsewhere
//! ([`crate::sealed`]), never here.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::FromRow;

use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind, sequence};

/// A supplier.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Supplier {
    /// Its number.
    pub id: i64,
    /// Short name used in requests.
    pub code: String,
    /// Name people know it by.
    pub name: String,
    /// Its conditions: minimum order, days of delivery.
    pub rules: String,
    /// 1 while we buy from it.
    pub active: i64,
    /// Since when nothing is kept of how it is reached, because somebody asked for that; microseconds.
    pub forgotten_at: Option<i64>,
}

/// A supplier to create, or the details of one to fill in.
#[derive(Debug, Clone, Default)]
pub struct NewSupplier {
    /// Short name used in requests; made from the name when `None`.
    pub code: Option<String>,
    /// Name people know it by.
    pub name: String,
    /// Its conditions.
    pub rules: String,
}

/// The most characters of a code we make up.
const CODE_CHARS: usize = 32;

/// What makes two names the same supplier: folded, or as it is when folding leaves nothing.
pub fn key_of(name: &str) -> String {
    let folded = domain::fold::fold(name);
    if folded.is_empty() { name.trim().to_owned() } else { folded }
}

/// The code a name gets: its words joined by dashes, and when that is long, its beginning and eight digits of its hash.
fn code_for(name_key: &str) -> String {
    let code = name_key.replace(' ', "-");
    if code.chars().count() <= CODE_CHARS {
        return code;
    }
    let digest = Sha256::digest(name_key.as_bytes());
    let tail: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let head: String = code.chars().take(CODE_CHARS - 9).collect();
    format!("{head}-{tail}")
}

static FIND: Bulk = Bulk::new(
    &[("name_key", Kind::Text), ("code", Kind::Text)],
    "SELECT input.name_key, s.id, s.code FROM input
     JOIN supplier s ON s.name_key = input.name_key OR s.code = input.code",
);

static INSERT: Bulk = Bulk::new(
    &[
        ("id", Kind::Int),
        ("code", Kind::Text),
        ("name", Kind::Text),
        ("name_key", Kind::Text),
        ("rules", Kind::Text),
        ("created_at", Kind::Int),
    ],
    "INSERT INTO supplier (id, code, name, name_key, rules, active, created_at)
     SELECT id, code, name, name_key, rules, 1, created_at FROM input",
);

/// A supplier by number and code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its number.
    pub id: i64,
    /// Short name used in requests.
    pub code: String,
}

/// The suppliers of those names or codes, by [`key_of`] the name; those not there are created.
/// Call it after [`begin_change`](crate::catalog::begin_change).
pub async fn ensure_all(tx: &mut Tx, suppliers: &[NewSupplier], at: Timestamp) -> Result<HashMap<String, Named>> {
    let mut wanted: BTreeMap<String, &NewSupplier> = BTreeMap::new();
    for supplier in suppliers {
        wanted.entry(key_of(&supplier.name)).or_insert(supplier);
    }
    let mut find = Rows::new(&FIND, tx.backend());
    for (key, supplier) in &wanted {
        find.text(key.as_str()).text(supplier.name.trim());
    }
    let found: Vec<(String, i64, String)> = find.all(tx).await?;
    let mut known: HashMap<String, Named> =
        found.into_iter().map(|(key, id, code)| (key, Named { id, code })).collect();
    wanted.retain(|key, _| !known.contains_key(key));
    insert(tx, &wanted, at, &mut known).await?;
    Ok(known)
}

async fn insert(
    tx: &mut Tx,
    missing: &BTreeMap<String, &NewSupplier>,
    at: Timestamp,
    known: &mut HashMap<String, Named>,
) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let first = sequence::take(tx, "supplier", i64::try_from(missing.len()).unwrap_or(i64::MAX)).await?;
    let mut rows = Rows::new(&INSERT, tx.backend());
    for (id, (key, new)) in (first..).zip(missing) {
        let code = new.code.clone().unwrap_or_else(|| code_for(key));
        rows.int(id).text(code.as_str()).text(new.name.trim()).text(key.as_str()).text(new.rules.as_str());
        rows.int(at.micros());
        known.insert(key.clone(), Named { id, code });
    }
    rows.run(tx).await?;
    Ok(())
}

/// The supplier of that name or code; created when it is not there.
pub async fn ensure(tx: &mut Tx, name: &str, at: Timestamp) -> Result<Option<Named>> {
    let new = NewSupplier { name: name.to_owned(), ..NewSupplier::default() };
    Ok(ensure_all(tx, std::slice::from_ref(&new), at).await?.remove(&key_of(name)))
}

/// Every supplier, by code.
pub async fn list(db: &Db) -> Result<Vec<Supplier>> {
    db.query("SELECT id, code, name, rules, active, forgotten_at FROM supplier ORDER BY code").all().await
}

/// The numbers of all suppliers by their codes.
pub async fn numbers(tx: &mut Tx) -> Result<HashMap<String, i64>> {
    let rows: Vec<(String, i64)> = tx.query("SELECT code, id FROM supplier").all().await?;
    Ok(rows.into_iter().collect())
}

/// The supplier of that name or code.
pub async fn get(db: &Db, name: &str) -> Result<Option<Supplier>> {
    db.query(
        "SELECT id, code, name, rules, active, forgotten_at FROM supplier
         WHERE code = $1 OR name_key = $2 ORDER BY id LIMIT 1",
    )
    .bind(name.to_owned())
    .bind(key_of(name))
    .one()
    .await
}

/// Those of which somebody asked that nothing be kept of how they are reached.
pub async fn forgotten(tx: &mut Tx) -> Result<HashSet<i64>> {
    let rows: Vec<(i64,)> = tx.query("SELECT id FROM supplier WHERE forgotten_at IS NOT NULL").all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Writes down since when nothing is kept of how it is reached; `None` when something is again.
pub async fn set_forgotten(tx: &mut Tx, id: i64, at: Option<Timestamp>) -> Result<()> {
    tx.query("UPDATE supplier SET forgotten_at = $1 WHERE id = $2")
        .bind(at.map(Timestamp::micros))
        .bind(id)
        .run()
        .await
        .map(drop)
}

/// How a supplier is reached, as it stood before it was encrypted.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct InClear {
    /// Which supplier.
    pub supplier: i64,
    /// Whom to ask for.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Street address.
    pub address: String,
}

/// What waits to be encrypted since a version that kept it in clear.
pub async fn in_clear(tx: &mut Tx) -> Result<Vec<InClear>> {
    tx.query("SELECT supplier, contact, phone, email, address FROM supplier_in_clear ORDER BY supplier").all().await
}

/// Takes out what stands in clear of one; whether there was something. Of two who do it at once one is told so.
pub async fn remove_clear(tx: &mut Tx, supplier: i64) -> Result<bool> {
    let removed = tx.query("DELETE FROM supplier_in_clear WHERE supplier = $1").bind(supplier).run().await?;
    Ok(removed > 0)
}
