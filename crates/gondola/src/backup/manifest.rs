//! What a backup says of its contents, inside.
//!
//! Invariant: it is told from the very state the backup shows, so that whoever restores it can count again.

use std::io::Read;

use domain::Timestamp;
use platform::backup::Error;
use serde::{Deserialize, Serialize};
use store::backup::Inventory;

/// The first entry.
pub(super) const MANIFEST: &str = "manifest.json";
/// Pieces of the database.
pub(super) const DATABASE: &str = "database";
/// The last entry.
pub(super) const END: &str = "end.json";
/// Version of these entries.
const FORMAT: u32 = 1;

/// The first entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Version of these entries.
    pub(crate) format: u32,
    /// Version of the program.
    pub(crate) program: String,
    /// The instant it shows, RFC 3339 in UTC.
    pub(crate) instant: String,
    /// `sqlite` or `postgres`.
    pub(crate) database: String,
    /// What the database holds.
    pub(crate) inventory: Inventory,
}

/// The last entry: what the pieces of the database add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) database_bytes: u64,
    pub(super) database_sha256: String,
}

impl Manifest {
    pub(super) fn new(database: &str, instant: Timestamp, inventory: Inventory) -> Manifest {
        let (program, instant) = (env!("CARGO_PKG_VERSION").to_owned(), instant.to_string());
        Manifest { format: FORMAT, program, instant, database: database.to_owned(), inventory }
    }

    /// Reads it; an error when it says what only a newer program understands.
    pub(super) fn read(input: impl Read) -> anyhow::Result<Manifest> {
        // Of a newer one nothing but this may be as it is here.
        let told: serde_json::Value = serde_json::from_reader(input)?;
        let found = told["format"].as_u64().map_or(FORMAT, |format| u32::try_from(format).unwrap_or(u32::MAX));
        if found > FORMAT {
            return Err(Error::Newer { found, known: FORMAT }.into());
        }
        Ok(serde_json::from_value(told)?)
    }

    /// Movements in it.
    pub(crate) fn movements(&self) -> i64 {
        self.inventory.rows.get("movement").copied().unwrap_or(0)
    }

    /// What a database holds otherwise than this says.
    pub(super) fn differences(&self, found: &Inventory) -> Vec<String> {
        let told = &self.inventory;
        let tables = told.rows.keys().chain(found.rows.keys().filter(|table| !told.rows.contains_key(*table)));
        let rows = tables.filter_map(|table| {
            let (told, found) = (told.rows.get(table), found.rows.get(table));
            let number = |rows: Option<&i64>| rows.map_or_else(|| "-".to_owned(), ToString::to_string);
            (told != found).then(|| format!("{table}: {} ≠ {}", number(told), number(found)))
        });
        let mut all: Vec<String> = rows.collect();
        if told.heads != found.heads {
            let lost = told.heads.iter().filter(|head| !found.heads.contains(head));
            all.extend(lost.map(|head| format!("{}: {} {}", head.site, head.seq, head.hash)));
        }
        if told.schema != found.schema {
            all.push(format!("{} ≠ {}", told.schema, found.schema));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use store::backup::Head;

    use super::*;

    #[test]
    fn a_row_a_table_and_a_head_that_differ_are_named() {
        let head = |seq| Head { site: "centro".to_owned(), seq, hash: "ab".to_owned() };
        let holds = |rows: &[(&str, i64)], seq| Inventory {
            schema: 3,
            rows: rows.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect::<BTreeMap<_, _>>(),
            heads: vec![head(seq)],
        };
        let told = holds(&[("movement", 2), ("site", 1)], 5);
        let manifest = Manifest::new("sqlite", Timestamp::from_micros(0), told.clone());
        assert!(manifest.differences(&told).is_empty());
        assert_eq!(manifest.differences(&holds(&[("movement", 1), ("site", 1)], 5)), ["movement: 2 ≠ 1"]);
        assert_eq!(manifest.differences(&holds(&[("movement", 2)], 4)), ["site: 1 ≠ -", "centro: 5 ab"]);
        assert_eq!(manifest.differences(&holds(&[("movement", 2), ("site", 1), ("x", 0)], 5)), ["x: - ≠ 0"]);
    }
}
