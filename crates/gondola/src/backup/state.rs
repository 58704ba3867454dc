//! What is remembered of backups and drills, by all nodes together: whose turn it is, when one last worked and when one last failed.
//!
//! Invariant: a node that has not claimed the turn does not begin.

use std::time::Duration;

use domain::{Timestamp, audit::Action};
use platform::audit::Draft;
use store::{
    Db,
    turn::{self, Turn},
};

use super::{Drill, Made};

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tried {
    /// A backup.
    Backup,
    /// A drill.
    Drill,
}

impl Tried {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Tried::Backup => "backup",
            Tried::Drill => "drill",
        }
    }

    /// How soon what failed is tried again. A drill reads all of a backup, and loads it.
    const fn again_after_s(self) -> i64 {
        match self {
            Tried::Backup => 300,
            Tried::Drill => 1800,
        }
    }

    const fn failure(self) -> Action {
        match self {
            Tried::Backup => Action::BackupFailed,
            Tried::Drill => Action::BackupDrilled,
        }
    }
}

/// Takes the turn when it is due. Of several nodes one gets it.
pub(crate) async fn claim(db: &Db, what: Tried, now: Timestamp, every: Duration) -> store::Result<bool> {
    let mut tx = db.write().await?;
    let ours = turn::claim(&mut tx, what.name(), now, after(now, every)).await?;
    tx.commit().await?;
    Ok(ours)
}

/// Whether it is worth trying to take a turn of which that is known.
pub(crate) fn may_be_due(known: Option<&Turn>, now: Timestamp, every: Duration) -> bool {
    known.is_none_or(|turn| turn.is_due(now, after(now, every)))
}

fn after(now: Timestamp, every: Duration) -> Timestamp {
    now.plus_seconds(i64::try_from(every.as_secs()).unwrap_or(i64::MAX / 2_000_000))
}

/// Gives the turn back: at once for whoever is next, when what was begun was not ended; for later when somebody else is at it.
pub(crate) async fn give_back(db: &Db, what: Tried, now: Timestamp, later: bool) -> store::Result<()> {
    let mut tx = db.write().await?;
    let at = if later { now.plus_seconds(what.again_after_s()) } else { now };
    turn::give_back(&mut tx, what.name(), at).await?;
    tx.commit().await
}

/// Writes down what worked.
pub(crate) async fn succeeded(
    db: &Db,
    what: &Outcome<'_>,
    by: fn(Action) -> Draft,
    now: Timestamp,
) -> store::Result<()> {
    let (tried, done, event) = match what {
        Outcome::Made(made) => (
            Tried::Backup,
            turn::Done { at: now, took: made.took, bytes: made.kept.bytes, extra_ms: 0 },
            by(Action::BackupMade).on("backup", made.manifest.instant.as_str()).detail("bytes", made.kept.bytes),
        ),
        Outcome::Drilled(drill) => (
            Tried::Drill,
            turn::Done {
                at: now,
                took: Duration::from_millis(drill.rto_ms),
                bytes: drill.bytes,
                extra_ms: u32::try_from(drill.rpo_ms).unwrap_or(u32::MAX),
            },
            by(Action::BackupDrilled)
                .on("backup", drill.instant.as_str())
                .detail("rto_ms", drill.rto_ms)
                .detail("rpo_ms", drill.rpo_ms),
        ),
    };
    let mut tx = db.write().await?;
    turn::succeeded(&mut tx, tried.name(), &done).await?;
    event.write(&mut tx, now).await?;
    tx.commit().await
}

/// What worked.
pub(crate) enum Outcome<'o> {
    /// A backup.
    Made(&'o Made),
    /// A drill in which all held.
    Drilled(&'o Drill),
}

/// Writes down what did not, and when it is tried again.
pub(crate) async fn failed(
    db: &Db,
    tried: Tried,
    why: &str,
    by: fn(Action) -> Draft,
    now: Timestamp,
) -> store::Result<()> {
    let mut tx = db.write().await?;
    turn::failed(&mut tx, tried.name(), now, now.plus_seconds(tried.again_after_s()), why).await?;
    by(tried.failure()).failed().detail("why", why).write(&mut tx, now).await?;
    tx.commit().await
}
