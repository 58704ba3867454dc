//! What waits to be handed on, and what was refused then.
//!
//! Invariant: both are in one folder, which one process has.

use std::path::Path;

use super::{Error, Figures, Journal, Scanned};

/// File of what waits, in the folder.
pub const WAITING: &str = "waiting.log";
/// File of what was refused.
pub const REFUSED: &str = "refused.log";

/// The files of a folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    /// What waits.
    pub waiting: Journal,
    /// What was refused.
    pub refused: Journal,
}

impl Files {
    /// Of that folder; each may have so many bytes. Also what was found waiting.
    pub fn open(folder: &Path, most_bytes: u64) -> Result<(Files, Scanned), Error> {
        let (waiting, found) = Journal::open(&folder.join(WAITING), most_bytes)?;
        let (refused, apart) = Journal::open(&folder.join(REFUSED), most_bytes)?;
        for (name, scanned) in [(WAITING, &found), (REFUSED, &apart)] {
            if !scanned.is_clean() {
                let (torn, damaged) = (scanned.torn_bytes, scanned.damaged_bytes);
                tracing::warn!(name, torn, damaged, "bytes of the journal were no records");
            }
        }
        Ok((Files { waiting, refused }, found))
    }

    /// How much waits, and how much was refused.
    pub fn figures(&self) -> (Figures, Figures) {
        (self.waiting.figures(), self.refused.figures())
    }
}
