//! Making a backup.
//!
//! Invariant: writers are never kept waiting. What fails on the way, or lacks a table, leaves no backup and no copy behind.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use domain::{Clock, Stopwatch};
use platform::{
    backup::{About, Error, Folder, Kept, Sealing, Unfinished, Writer, alone},
    config::{DatabaseUrl, Settings},
};
use store::{Db, Options, backup};

use super::{
    beside, listed,
    manifest::{DATABASE, END, End, MANIFEST, Manifest},
    tools,
    work::apart,
};

/// A backup that was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// Its file.
    pub(crate) kept: Kept,
    /// What it holds.
    pub(crate) manifest: Manifest,
    /// How long it took.
    pub(crate) took: Duration,
}

/// What a backup is written with.
struct Work {
    sealing: Sealing,
    beside: Vec<(String, Vec<u8>)>,
    place: Unfinished,
    manifest: Manifest,
    instant: domain::Timestamp,
}

/// Makes one.
pub(crate) async fn make(settings: &Settings, sealing: Sealing, clock: &dyn Clock) -> anyhow::Result<Made> {
    let watch = Stopwatch::start();
    let folder = Folder::new(&settings.backups.folder);
    let place = apart(move |_| Ok(folder.begin()?)).await?;
    let (kept, manifest) = match backup::file_of(settings.database_url.expose()) {
        Some(file) => of_file(settings, (sealing, place), &file, clock).await?,
        None => of_server(settings, (sealing, place), clock).await?,
    };
    Ok(Made { kept, manifest, took: watch.elapsed() })
}

async fn of_file(
    settings: &Settings,
    (sealing, place): (Sealing, Unfinished),
    file: &Path,
    clock: &dyn Clock,
) -> anyhow::Result<(Kept, Manifest)> {
    // Beside the database, which is not encrypted either.
    let mut copy = Copy::begin(file)?;
    let beside = beside::gather(settings)?;
    let instant = clock.now();
    backup::copy_into(settings.database_url.expose(), &copy.path).await?;
    let url = DatabaseUrl::of_file(&copy.path);
    let db = Db::open(&Options { create: false, read_only: true, pool_size: 1, ..Options::new(url.expose()) }).await?;
    let mut tx = db.read().await?;
    let inventory = backup::inventory(&mut tx).await?;
    tx.rollback().await?;
    db.close().await;
    let manifest = Manifest::new("sqlite", instant, inventory);
    let work = Work { sealing, beside, place, manifest: manifest.clone(), instant };
    let kept = apart(move |wanted| {
        copy.file.seek(SeekFrom::Start(0))?;
        let path = copy.path.display().to_string();
        work.write((&mut wanted.read(&copy.file), &path), |bytes| copy.is_all(bytes))
    });
    Ok((kept.await?, manifest))
}

async fn of_server(
    settings: &Settings,
    (sealing, place): (Sealing, Unfinished),
    clock: &dyn Clock,
) -> anyhow::Result<(Kept, Manifest)> {
    let url = settings.database_url.expose().to_owned();
    let options = Options { server_wait: settings.database_connect_timeout, ..Options::new(&url) };
    let db = Db::open(&Options { pool_size: 2, ..options }).await?;
    let beside = beside::gather(settings)?;
    let instant = clock.now();
    let mut tx = db.read().await?;
    let state = backup::shared_state(&mut tx).await?;
    let schema = backup::schema(&db).await?;
    let manifest = Manifest::new("postgres", instant, backup::inventory(&mut tx).await?);
    let work = Work { sealing, beside, place, manifest: manifest.clone(), instant };
    let kept = apart(move |wanted| {
        let (tool, output) = tools::dump(&url, &schema, &state)?;
        let tables: Vec<String> = work.manifest.inventory.rows.keys().cloned().collect();
        let (mut listed, list) = listed::beside(wanted.read(output))?;
        work.write((&mut listed, "pg_dump"), |_| {
            tool.end()?;
            list.holds(&schema, &tables)
        })
    });
    let kept = kept.await;
    tx.rollback().await?;
    db.close().await;
    Ok((kept?, manifest))
}

impl Work {
    /// Writes all of it. `ended` says whether what the database was read from came to its end with so many bytes.
    fn write(
        self,
        (database, of): (&mut impl Read, &str),
        ended: impl FnOnce(u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<Kept> {
        let about = About {
            program: self.manifest.program.clone(),
            instant: self.instant,
            database: self.manifest.database.clone(),
            schema: self.manifest.inventory.schema,
        };
        let mut writer = Writer::begin(self.place, about, &self.sealing)?;
        writer.add(MANIFEST, &serde_json::to_vec_pretty(&self.manifest)?)?;
        for (name, bytes) in &self.beside {
            writer.add(name, bytes)?;
        }
        let (database_bytes, database_sha256) = writer.stream(DATABASE, database, of)?;
        ended(database_bytes)?;
        writer.add(END, &serde_json::to_vec_pretty(&End { database_bytes, database_sha256 })?)?;
        Ok(writer.finish()?)
    }
}

/// A copy of a database file while a backup is made of it. Gone with its value; what a process that died left is overwritten.
struct Copy {
    path: PathBuf,
    file: File,
}

impl Copy {
    fn begin(database: &Path) -> anyhow::Result<Copy> {
        let mut name = database.file_name().unwrap_or_default().to_owned();
        name.push(".copying");
        let path = database.with_file_name(name);
        if !database.exists() {
            return Err(store::Error::Missing(database.display().to_string()).into());
        }
        let file =
            alone(&path).with_context(|| path.display().to_string())?.ok_or_else(|| Error::Busy(path.clone()))?;
        // SQLite writes a copy to an empty file only.
        file.set_len(0)?;
        Ok(Copy { path, file })
    }

    /// Whether so many bytes are all of what SQLite wrote there; an error when not.
    fn is_all(&self, bytes: u64) -> anyhow::Result<()> {
        let there = fs::metadata(&self.path).with_context(|| self.path.display().to_string())?.len();
        anyhow::ensure!(bytes == there && bytes > 0, "{bytes} bytes were read of a copy of {there}");
        Ok(())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_is_no_longer_the_one_of_its_name_is_told_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("gondola.db");
        fs::write(&database, "x").unwrap();
        let copy = Copy::begin(&database).unwrap();
        assert!(Copy::begin(&database).is_err(), "somebody has it");
        fs::remove_file(&copy.path).unwrap();
        fs::write(&copy.path, "all of it").unwrap();
        assert!(copy.is_all(0).is_err() && copy.is_all(8).is_err());
        copy.is_all(9).unwrap();
    }
}
