//! Proving that a backup can be brought back: into a place of its own, with the time it takes.
//!
//! Invariant: the database in use is only read, and the place is gone afterwards, however it went.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use domain::{Clock, Stopwatch, Timestamp};
use platform::{
    backup::{Checked, Error, Kept, alone},
    config::{DatabaseUrl, Settings},
    lifecycle::Shutdown,
};
use serde::Serialize;
use store::{Db, backup, ledger::checkpoint::hash_at};

use super::{
    afar::{self, Afar},
    folder::newest,
    load::{self, Loaded, Place},
    manifest::Manifest,
    scratch::{self, until},
};
use crate::cli::{Failure, proof};

/// Reports that are kept: two years of one a week.
const MOST_REPORTS: usize = 100;

/// What a drill found. It is its report as well.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Drill {
    /// When it was done.
    pub(crate) at: String,
    /// The backup.
    pub(crate) backup: String,
    /// The instant the backup shows.
    pub(crate) instant: String,
    /// Bytes of the backup.
    pub(crate) bytes: u64,
    /// Movements in it.
    pub(crate) movements: i64,
    /// Whether all held.
    pub(crate) ok: bool,
    /// What did not.
    pub(crate) faults: Vec<String>,
    /// Milliseconds to bring the file here, check and load it.
    pub(crate) restore_ms: u64,
    /// Milliseconds to count and verify what was loaded.
    pub(crate) verify_ms: u64,
    /// Milliseconds to have the records back, proved.
    pub(crate) rto_ms: u64,
    /// Postings acknowledged since, which would be lost with the database.
    pub(crate) missing_postings: i64,
    /// Milliseconds from the backup's instant to the newest of them.
    pub(crate) rpo_ms: u64,
    /// Why its report could not be kept, where it could not: that says nothing of the backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unkept: Option<String>,
}

/// Does one with the newest backup, and keeps its report in the data folder. Told to stop it ends early, and leaves nothing.
pub(crate) async fn drill(
    settings: &Settings,
    afar: &Afar,
    db: &Db,
    clock: &dyn Clock,
    stop: &Shutdown,
) -> anyhow::Result<Drill> {
    let newest = until(stop, newest(settings, afar)).await?.ok_or_else(none_yet)?;
    let room = Room::begin(&settings.data_dir)?;
    let watch = Stopwatch::start();
    let file = until(stop, afar::at_hand(afar, &newest.path, &room.path)).await?;
    let checked = until(stop, load::checked(file.path())).await?;
    load::same_kind(&checked, settings.database_url.is_sqlite())?;
    let loaded = load(settings, checked, Place { beside: &room.path, stop }, clock).await;
    let took = watch.elapsed();
    drop(file);
    room.end()?;
    let found = until(stop, found(db, &newest, &loaded?, took, clock.now())).await?;
    let unkept = keep(&settings.data_dir, &found).err().map(|error| format!("{error:#}"));
    Ok(Drill { unkept, ..found })
}

/// The folder of a drill, which one process has at a time.
struct Room {
    path: PathBuf,
    _lock: File,
}

impl Room {
    /// Beside the database: there is room for another where there is room for one, and it is on no better protected a disk. What a drill
    /// that was killed left there goes.
    fn begin(data: &Path) -> anyhow::Result<Room> {
        fs::create_dir_all(data)?;
        let lock = data.join("drill.lock");
        let path = data.join("drill");
        let file =
            alone(&lock).with_context(|| lock.display().to_string())?.ok_or_else(|| Error::Busy(path.clone()))?;
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Room { path, _lock: file })
    }

    fn end(self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.path).with_context(|| self.path.display().to_string())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Gone already, as it should be; else an error is told of that is worth more.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn none_yet() -> Failure {
    Failure::new(
        "todavía no hay ninguna copia para probar; hacé una con «gondola backup»",
        "there is no backup yet to try; make one with “gondola backup”",
    )
}

async fn load(settings: &Settings, checked: Checked, place: Place<'_>, clock: &dyn Clock) -> anyhow::Result<Loaded> {
    let contained = (checked, settings.backups.opening.clone());
    let mut quiet = |_, _| {};
    if settings.database_url.is_sqlite() {
        let file = place.beside.join("gondola.db");
        let manifest = load::into_file(contained, &file, place.beside, place.stop).await?;
        let url = DatabaseUrl::of_file(&file);
        return until(place.stop, load::prove(url.expose(), manifest, place.beside, Some(&mut quiet))).await;
    }
    let owner = settings.database_admin_url.as_ref().unwrap_or(&settings.database_url);
    scratch::proved(contained, (owner.expose(), "drill"), place, Some(&mut quiet), clock).await
}

async fn found(db: &Db, newest: &Kept, loaded: &Loaded, took: Duration, now: Timestamp) -> anyhow::Result<Drill> {
    let manifest = &loaded.manifest;
    let mut faults = loaded.differences.clone();
    faults.extend(loaded.proved.iter().flat_map(proof::Proved::faults));
    for head in &manifest.inventory.heads {
        let here = hash_at(db, &head.site, head.seq).await?;
        let agrees = head.seq == 0 || here.is_some_and(|hash| domain::ledger::canonical::hex(&hash) == head.hash);
        if !agrees {
            faults.push(format!("{}: {}", head.site, head.seq));
        }
    }
    let missing = missing(db, manifest).await?;
    let ms = |length: Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    Ok(Drill {
        at: now.to_string(),
        backup: newest.path.display().to_string(),
        instant: manifest.instant.clone(),
        bytes: newest.bytes,
        movements: manifest.movements(),
        ok: faults.is_empty(),
        faults,
        restore_ms: ms(took.saturating_sub(loaded.proving)),
        verify_ms: ms(loaded.proving),
        rto_ms: ms(took),
        missing_postings: missing.0,
        rpo_ms: lost(manifest, missing.1),
        unkept: None,
    })
}

/// Postings that are in the database and not in the backup, and when the last of them was recorded. Of a site made since it is all.
async fn missing(db: &Db, manifest: &Manifest) -> store::Result<(i64, Option<i64>)> {
    let mut tx = db.read().await?;
    let heads = backup::heads(&mut tx).await?;
    tx.rollback().await?;
    let told = |site: &str| manifest.inventory.heads.iter().find(|head| head.site == site).map_or(0, |head| head.seq);
    let mut missing = (0, None);
    for head in heads {
        let (postings, last) = backup::missing_after(db, &head.site, told(&head.site)).await?;
        missing = (missing.0 + postings, missing.1.max(last));
    }
    Ok(missing)
}

/// From the backup's instant to the newest posting that is not in it.
fn lost(manifest: &Manifest, newest: Option<i64>) -> u64 {
    let shows: Option<Timestamp> = manifest.instant.parse().ok();
    let micros = newest.zip(shows).map_or(0, |(newest, shows)| newest - shows.micros());
    u64::try_from(micros / 1000).unwrap_or(0)
}

/// Reports are a page each, one a week while all holds.
fn keep(data: &Path, drill: &Drill) -> anyhow::Result<()> {
    let folder = data.join("drills");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(format!("drill-{}.json", drill.at.replace(':', "-")));
    fs::write(&path, serde_json::to_vec_pretty(drill)?).with_context(|| path.display().to_string())?;
    keep_newest(&folder, MOST_REPORTS)
}

/// Removes all reports but the newest so many. Their names tell when each was made.
fn keep_newest(folder: &Path, most: usize) -> anyhow::Result<()> {
    let is_one = |name: &str| name.starts_with("drill-") && name.ends_with(".json");
    let files = fs::read_dir(folder)?.filter_map(Result::ok).map(|file| file.path());
    let mut reports: Vec<PathBuf> =
        files.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_one)).collect();
    reports.sort();
    let gone = reports.len().saturating_sub(most);
    for path in &reports[..gone] {
        fs::remove_file(path).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_drills_at_a_time_and_what_was_left_goes() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join("drill")).unwrap();
        fs::write(data.path().join("drill/gondola.db"), "of one that was killed").unwrap();
        let room = Room::begin(data.path()).unwrap();
        assert_eq!(fs::read_dir(&room.path).unwrap().count(), 0);
        fs::write(room.path.join("gondola.db"), "of this one").unwrap();
        let other = Room::begin(data.path()).err().unwrap();
        assert!(crate::backup::is_busy(&other), "{other:#}");
        assert!(room.path.join("gondola.db").exists(), "the other one touched nothing");
        drop(room);
        assert!(!data.path().join("drill").exists());
    }

    #[test]
    fn the_newest_reports_stay_and_nothing_else_goes() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["drill-2026-01-01.json", "drill-2026-01-03.json", "drill-2026-01-02.json", "a-note.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        keep_newest(folder.path(), 2).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["a-note.txt", "drill-2026-01-02.json", "drill-2026-01-03.json"]);
    }
}
