//! Finding products by the beginnings of their words, from memory.
//!
//! Invariant: an answer reflects every change committed before it was asked for: each query first compares one number with
//! the database, and only when it differs reads what changed.

mod base;
mod delta;
mod doc;

use std::sync::{Arc, PoisonError, RwLock};

use store::{
    Db, Result,
    catalog::{self, Position},
};
use tokio::sync::Mutex;

use base::Base;
use delta::Delta;
use doc::Query;

/// Products read at a time while following changes.
const CHUNK: i64 = 5000;
/// Changed products looked through one by one before everything is sorted anew, besides a sixteenth of all.
const LOOSE: usize = 1000;

/// What is known at one position of the catalogue.
#[derive(Debug, Clone, Default)]
struct Index {
    base: Arc<Base>,
    delta: Arc<Delta>,
    position: Position,
}

/// The index of one database. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Search {
    index: Arc<RwLock<Index>>,
    following: Arc<Mutex<()>>,
}

impl Search {
    /// Numbers of the active products that have, for each word of `text`, a word that begins so; those whose name begins
    /// with the text come first, then by name. At most `limit`.
    pub async fn find(&self, db: &Db, text: &str, limit: usize) -> Result<Vec<i64>> {
        let query = Query::new(text);
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let index = self.current(db).await?;
        let mut found = index.base.find(&query, limit, |id| index.delta.knows(id));
        found.extend(index.delta.find(&query));
        found.sort_unstable();
        found.truncate(limit);
        Ok(found.into_iter().map(|hit| hit.id).collect())
    }

    /// Reads the catalogue before anybody asks.
    pub async fn warm(&self, db: &Db) -> Result<()> {
        self.current(db).await.map(drop)
    }

    fn known(&self) -> Index {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn current(&self, db: &Db) -> Result<Index> {
        let newest = catalog::newest(db).await?;
        let known = self.known();
        if known.position.changed >= newest {
            return Ok(known);
        }
        let _one_at_a_time = self.following.lock().await;
        let mut index = self.known();
        if index.position.changed < newest {
            index = follow(db, index, newest).await?;
            *self.index.write().unwrap_or_else(PoisonError::into_inner) = index.clone();
        }
        Ok(index)
    }
}

/// The index after every change up to `newest`.
async fn follow(db: &Db, index: Index, newest: i64) -> Result<Index> {
    let Index { mut base, delta, mut position } = index;
    let mut delta = Arc::unwrap_or_clone(delta);
    loop {
        let entries = catalog::changed_since(db, position, CHUNK).await?;
        let Some(last) = entries.last() else { break };
        position = Position { changed: last.changed, id: last.id };
        let full = i64::try_from(entries.len()).is_ok_and(|read| read == CHUNK);
        delta.extend(&entries);
        if !full {
            break;
        }
    }
    // A change that touched no product still has a number; having read up to it counts.
    position.changed = position.changed.max(newest);
    if delta.len() > LOOSE + base.len() / 16 {
        base = Arc::new(base.with(&delta));
        delta = Delta::default();
    }
    Ok(Index { base, delta: Arc::new(delta), position })
}
