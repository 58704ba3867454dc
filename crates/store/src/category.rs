//! The tree of categories, named by path: `Bebidas/Gaseosas`.
//!
//! Invariant: two paths that differ only by case, accents or spaces are one category; a category's ancestors exist.

use std::collections::{BTreeMap, HashMap};

use sqlx::FromRow;

use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind, sequence};

/// A category.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Category {
    /// Its number.
    pub id: i64,
    /// The category it belongs to.
    pub parent: Option<i64>,
    /// Its own name, the last part of the path.
    pub name: String,
    /// The names from the root, joined by `/`.
    pub path: String,
}

/// A category by number and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its number.
    pub id: i64,
    /// The names from the root, joined by `/`.
    pub path: String,
}

/// What makes two paths the same: each part folded.
pub fn key_of(path: &str) -> String {
    parts(path).map(part_key).collect::<Vec<_>>().join("/")
}

fn part_key(part: &str) -> String {
    let folded = domain::fold::fold(part);
    if folded.is_empty() { part.to_owned() } else { folded }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').map(str::trim).filter(|part| !part.is_empty())
}

/// A path and each of its ancestors, as key and text.
fn with_ancestors(path: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = parts(path).collect();
    (1..=parts.len()).map(|n| parts[..n].join("/")).map(|path| (key_of(&path), path)).collect()
}

static FIND: Bulk = Bulk::new(
    &[("path_key", Kind::Text)],
    "SELECT c.id, c.path, c.path_key FROM input JOIN category c ON c.path_key = input.path_key",
);

static INSERT: Bulk = Bulk::new(
    &[("id", Kind::Int), ("parent", Kind::Int), ("name", Kind::Text), ("path", Kind::Text), ("path_key", Kind::Text)],
    "INSERT INTO category (id, parent, name, path, path_key) SELECT id, parent, name, path, path_key FROM input",
);

/// The categories of those paths by [`key_of`]; those not there are created, with their ancestors.
/// Call it after [`begin_change`](crate::catalog::begin_change).
pub async fn ensure_all(tx: &mut Tx, paths: &[&str]) -> Result<HashMap<String, Named>> {
    // In the order of keys an ancestor, being a prefix, comes before its descendants.
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for path in paths {
        for (key, path) in with_ancestors(path) {
            wanted.entry(key).or_insert(path);
        }
    }
    let mut find = Rows::new(&FIND, tx.backend());
    for key in wanted.keys() {
        find.text(key.as_str());
    }
    let found: Vec<(i64, String, String)> = find.all(tx).await?;
    let mut known: HashMap<String, Named> =
        found.into_iter().map(|(id, path, key)| (key, Named { id, path })).collect();
    wanted.retain(|key, _| !known.contains_key(key));
    insert(tx, wanted, &mut known).await?;
    Ok(known)
}

async fn insert(tx: &mut Tx, missing: BTreeMap<String, String>, known: &mut HashMap<String, Named>) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let first = sequence::take(tx, "category", i64::try_from(missing.len()).unwrap_or(i64::MAX)).await?;
    let mut rows = Rows::new(&INSERT, tx.backend());
    for (id, (key, path)) in (first..).zip(missing) {
        let parent = key.rsplit_once('/').and_then(|(parent, _)| known.get(parent));
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        // The parent keeps the spelling it already had.
        let path = parent.map_or_else(|| name.clone(), |parent| format!("{}/{name}", parent.path));
        rows.int(id).int(parent.map(|p| p.id)).text(name.as_str()).text(path.as_str()).text(key.as_str());
        known.insert(key, Named { id, path });
    }
    rows.run(tx).await?;
    Ok(())
}

/// The category of that path, created with its ancestors when it is not there; `None` for a path of no names.
pub async fn ensure_path(tx: &mut Tx, path: &str) -> Result<Option<Named>> {
    Ok(ensure_all(tx, &[path]).await?.remove(&key_of(path)))
}

/// Every category, parents before children.
pub async fn list(db: &Db) -> Result<Vec<Category>> {
    db.query("SELECT id, parent, name, path FROM category ORDER BY path_key").all().await
}

/// The categories after that path, parents before children, at most `limit`.
pub async fn page(db: &Db, after: &str, limit: i64) -> Result<Vec<Category>> {
    db.query("SELECT id, parent, name, path FROM category WHERE path_key > $1 ORDER BY path_key LIMIT $2")
        .bind(key_of(after))
        .bind(limit)
        .all()
        .await
}

const GET: &str = "SELECT id, parent, name, path FROM category WHERE path_key = $1";

/// The category of that path.
pub async fn get(db: &Db, path: &str) -> Result<Option<Category>> {
    db.query(GET).bind(key_of(path)).one().await
}

/// The category of that path, as the transaction sees it.
pub async fn get_in(tx: &mut Tx, path: &str) -> Result<Option<Category>> {
    tx.query(GET).bind(key_of(path)).one().await
}
