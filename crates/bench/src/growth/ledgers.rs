//! Filled SQLite ledgers, each in a folder of its own that is never measured itself.
//!
//! Invariant: a folder is used again only when its note says that it was filled to the end and the same way.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{
    Subject,
    fill::{self, Stage},
};
use crate::table::grouped;

/// The file the program keeps its records in.
const DATABASE: &str = "gondola.db";
const NOTE: &str = "filled.json";

/// Where they are.
pub struct Ledgers {
    folder: PathBuf,
    keep: bool,
    _temporary: Option<TempDir>,
}

/// How a ledger was filled.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    /// Movements of the ledger it goes on from.
    from: u64,
    lines: u64,
    first_day: String,
    heavy: u64,
}

impl Ledgers {
    /// In that folder, else in a temporary one here.
    pub fn open(folder: Option<&Path>, keep: bool) -> Result<Ledgers> {
        if let Some(folder) = folder {
            fs::create_dir_all(folder)?;
            return Ok(Ledgers { folder: folder.canonicalize()?, keep, _temporary: None });
        }
        let temporary = tempfile::tempdir_in(".")?;
        Ok(Ledgers { folder: temporary.path().canonicalize()?, keep, _temporary: Some(temporary) })
    }

    /// Fills the ledger after that stage unless it is there.
    pub async fn filled(&self, stage: Stage) -> Result<()> {
        self.noted(stage).await.map(drop)
    }

    /// A copy of the ledger after that stage, in place of the last copy.
    pub async fn at(&self, stage: Stage) -> Result<Subject> {
        let note = self.noted(stage).await?;
        let copy = self.copy();
        remove(&copy)?;
        let bytes = duplicate(&self.ledger(stage.to), &copy)?;
        Ok(Subject {
            kind: "SQLite",
            setting: ("GONDOLA_DATA_DIR", copy.display().to_string()),
            url: url(&copy),
            stage: Stage { first_day: fill::day_of(&note.first_day)?, ..stage },
            heavy: note.heavy,
            bytes,
        })
    }

    async fn noted(&self, stage: Stage) -> Result<Note> {
        let note = match self.note(stage.to)? {
            Some(note) => note,
            None => self.fill(stage).await?,
        };
        ensure!(
            stage.from == note.from && (stage.from == 0 || stage.lines == note.lines),
            "{} was filled otherwise: give another folder or remove it",
            self.ledger(stage.to).display()
        );
        Ok(note)
    }

    /// Removes what need not stay.
    pub fn finish(&self) -> Result<()> {
        remove(&self.copy())?;
        for entry in fs::read_dir(&self.folder)?.flatten() {
            if !self.keep && entry.path().join(NOTE).is_file() {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    async fn fill(&self, stage: Stage) -> Result<Note> {
        let folder = self.ledger(stage.to);
        remove(&folder)?;
        let before = self.note(stage.from)?;
        if before.is_some() {
            duplicate(&self.ledger(stage.from), &folder)?;
        } else {
            fs::create_dir_all(&folder)?;
        }
        let first_day = before.as_ref().map_or(Ok(stage.first_day), |note| fill::day_of(&note.first_day))?;
        eprintln!("filling: {} movements into {}", grouped(stage.to), folder.display());
        let heavy = fill::fill(&url(&folder), Stage { first_day, ..stage }).await?;
        let heavy = heavy + before.map_or(0, |note| note.heavy);
        let note = Note { from: stage.from, lines: stage.lines, first_day: first_day.to_string(), heavy };
        fs::write(folder.join(NOTE), serde_json::to_vec_pretty(&note)?)?;
        Ok(note)
    }

    fn note(&self, movements: u64) -> Result<Option<Note>> {
        let path = self.ledger(movements).join(NOTE);
        if !path.is_file() {
            return Ok(None);
        }
        let note = serde_json::from_slice(&fs::read(&path)?).with_context(|| path.display().to_string())?;
        Ok(Some(note))
    }

    fn ledger(&self, movements: u64) -> PathBuf {
        self.folder.join(format!("ledger-{movements}"))
    }

    fn copy(&self) -> PathBuf {
        self.folder.join("measured")
    }
}

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join(DATABASE).display())
}

/// Copies a closed ledger, on the disk when this returns. Gives its size.
fn duplicate(from: &Path, to: &Path) -> Result<u64> {
    let log = from.join(format!("{DATABASE}-wal"));
    ensure!(!log.exists(), "{} is in use, or was not closed", log.display());
    fs::create_dir_all(to)?;
    let target = to.join(DATABASE);
    let bytes = fs::copy(from.join(DATABASE), &target)?;
    File::open(&target)?.sync_all()?;
    Ok(bytes)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    Ok(())
}
