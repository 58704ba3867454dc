//! Proving that a backup can be brought back: into a place of its own, with the time it takes.
//!
//! Invariant: the database in use is only read, and the place is gone afterwards, however it went.

use std::{fs, path::Path, time::Duration};

use anyhow::Context;
use domain::{Clock, Stopwatch, Timestamp};
use platform::{
    backup::{Checked, Folder, Kept},
    config::{DatabaseUrl, Settings},
};
use serde::Serialize;
use store::{
    Db,
    backup::{self, Scratch},
    ledger::checkpoint::hash_at,
};

use super::{
    load::{self, Loaded},
    manifest::Manifest,
};
use crate::cli::{Failure, proof};

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
    /// Milliseconds to check the file and load it.
    pub(crate) restore_ms: u64,
    /// Milliseconds to count and verify what was loaded.
    pub(crate) verify_ms: u64,
    /// Milliseconds to have the records back, proved.
    pub(crate) rto_ms: u64,
    /// Postings acknowledged since, which would be lost with the database.
    pub(crate) missing_postings: i64,
    /// Milliseconds from the backup's instant to the newest of them.
    pub(crate) rpo_ms: u64,
}

/// Does one with the newest backup, and keeps its report in the data folder.
pub(crate) async fn drill(settings: &Settings, db: &Db, clock: &dyn Clock) -> anyhow::Result<Drill> {
    let newest = Folder::new(&settings.backups.folder).list()?.into_iter().next().ok_or_else(none_yet)?;
    let watch = Stopwatch::start();
    let checked = load::checked(&newest.path).await?;
    load::same_kind(&checked, settings.database_url.is_sqlite())?;
    fs::create_dir_all(&settings.data_dir)?;
    // Beside the database: there is room for another where there is room for one, and it is on no better protected a disk.
    let place = settings.data_dir.join("drill");
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
    let loaded = load(settings, checked, &place, clock).await;
    let took = watch.elapsed();
    fs::remove_dir_all(&place).with_context(|| place.display().to_string())?;
    let found = found(db, &newest, &loaded?, took, clock.now()).await?;
    keep(settings, &found)?;
    Ok(found)
}

fn none_yet() -> Failure {
    Failure::new(
        "todavía no hay ninguna copia para probar; hacé una con «gondola backup»",
        "there is no backup yet to try; make one with “gondola backup”",
    )
}

async fn load(settings: &Settings, checked: Checked, place: &Path, clock: &dyn Clock) -> anyhow::Result<Loaded> {
    let opening = settings.backups.opening.clone();
    let mut quiet = |_, _| {};
    if settings.database_url.is_sqlite() {
        let file = place.join("gondola.db");
        let manifest = load::into_file((checked, opening), &file, place).await?;
        return load::prove(DatabaseUrl::of_file(&file).expose(), manifest, place, Some(&mut quiet)).await;
    }
    let owner = settings.database_admin_url.as_ref().unwrap_or(&settings.database_url);
    let word = format!("drill_{}_{}", clock.now().micros(), std::process::id());
    let scratch = Scratch::make(owner.expose(), &word).await.map_err(|error| match error {
        store::Error::NotAllowed(_) => anyhow::Error::from(may_not_make()),
        error => error.into(),
    })?;
    let loaded = async {
        let manifest = load::into_server((checked, opening), scratch.url(), place).await?;
        load::prove(scratch.url(), manifest, place, Some(&mut quiet)).await
    };
    let loaded = loaded.await;
    scratch.remove().await?;
    loaded
}

fn may_not_make() -> Failure {
    Failure::new(
        "el simulacro necesita una base de datos aparte y el usuario no puede crearla; dale permiso (ALTER ROLE … CREATEDB) o poné database_admin_url con uno que sí",
        "a drill needs a database of its own and the user may not make one; allow it (ALTER ROLE … CREATEDB) or set database_admin_url to a user who may",
    )
}

async fn found(db: &Db, newest: &Kept, loaded: &Loaded, took: Duration, now: Timestamp) -> anyhow::Result<Drill> {
    let manifest = &loaded.manifest;
    let mut faults = loaded.differences.clone();
    faults.extend(loaded.proved.iter().flat_map(proof::Proved::faults));
    let mut missing = (0, None);
    for head in &manifest.inventory.heads {
        let here = hash_at(db, &head.site, head.seq).await?;
        let agrees = head.seq == 0 || here.is_some_and(|hash| domain::ledger::canonical::hex(&hash) == head.hash);
        if !agrees {
            faults.push(format!("{}: {}", head.site, head.seq));
        }
        let (postings, _, last) = backup::missing_after(db, &head.site, head.seq).await?;
        missing = (missing.0 + postings, missing.1.max(last));
    }
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
    })
}

/// From the backup's instant to the newest posting that is not in it.
fn lost(manifest: &Manifest, newest: Option<i64>) -> u64 {
    let shows: Option<Timestamp> = manifest.instant.parse().ok();
    let micros = newest.zip(shows).map_or(0, |(newest, shows)| newest - shows.micros());
    u64::try_from(micros / 1000).unwrap_or(0)
}

/// Reports are a page each, one a week: they are kept.
fn keep(settings: &Settings, drill: &Drill) -> anyhow::Result<()> {
    let folder = settings.data_dir.join("drills");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("drill-{}.json", drill.at.replace(':', "-")));
    fs::write(&path, serde_json::to_vec_pretty(drill)?).with_context(|| path.display().to_string())
}
