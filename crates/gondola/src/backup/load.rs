//! Taking a backup into an empty database, and proving what came of it.
//!
//! Invariant: the file is whole before a byte of it is used; what was loaded is counted against the backup's own manifest before it is
//! brought to another version.

use std::{
    io::{Read, Write},
    path::Path,
    time::Duration,
};

use anyhow::Context;
use domain::{Stopwatch, ledger::canonical::hex};
use platform::{
    backup::{Checked, Contents, Error, Opening},
    lifecycle::Shutdown,
};
use sha2::{Digest, Sha256};
use store::{Db, Options, backup, migrate};

use super::{
    beside,
    manifest::{DATABASE, END, End, MANIFEST, Manifest},
    tools,
    work::{Wanted, apart, apart_until},
};
use crate::cli::{Failure, proof};

/// A backup that is whole, and what opens it.
pub(super) type Contained = (Checked, Opening);

/// Told how far it is: what is done, and of how much.
pub(crate) type Progress<'p> = &'p mut (dyn FnMut(i64, i64) + Send);

/// Where what lies beside the database goes, and until when there is time.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) beside: &'p Path,
    pub(super) stop: &'p Shutdown,
}

/// Reads all of a backup and says whether this program can load it.
pub(super) async fn checked(file: &Path) -> anyhow::Result<Checked> {
    let file = file.to_owned();
    let checked = apart(move |wanted| Ok(Checked::all(&file, &mut |_, _| wanted.is())?)).await?;
    let (found, known) = (checked.header.schema, migrate::newest());
    if found > known {
        return Err(store::Error::TooNew { found, known }.into());
    }
    Ok(checked)
}

/// Writes the database to `sink` and what lies beside it to a folder.
fn extract(
    mut contents: Contents,
    sink: &mut dyn Write,
    beside_it: &Path,
    wanted: &Wanted,
) -> anyhow::Result<Manifest> {
    let (mut manifest, mut end) = (None, None);
    let (mut sum, mut bytes) = (Sha256::new(), 0_u64);
    let mut piece = Vec::new();
    while let Some(entry) = contents.advance()? {
        anyhow::ensure!(wanted.is(), "given up");
        match entry.name.split_once('/') {
            None if entry.name == MANIFEST => manifest = Some(Manifest::read(&mut contents)?),
            None if entry.name == END => end = Some(serde_json::from_reader::<_, End>(&mut contents)?),
            Some((DATABASE, _)) => {
                piece.clear();
                contents.read_to_end(&mut piece)?;
                sink.write_all(&piece)?;
                sum.update(&piece);
                bytes += piece.len() as u64;
            }
            Some((beside::BESIDE, name)) => beside::take(name, &mut contents, beside_it)?,
            // Of a newer program, which says in its format whether this matters.
            _ => {}
        }
    }
    sink.flush()?;
    let (manifest, end) = manifest.zip(end).context("the backup has no manifest or no end")?;
    let found = End { database_bytes: bytes, database_sha256: hex(&sum.finalize()) };
    anyhow::ensure!(found == end, "the database in the backup does not add up");
    Ok(manifest)
}

/// Takes the contents into a file.
pub(super) async fn into_file(
    (checked, opening): Contained,
    file: &Path,
    beside_it: &Path,
    stop: &Shutdown,
) -> anyhow::Result<Manifest> {
    let (file, beside_it) = (file.to_owned(), beside_it.to_owned());
    let work = move |wanted: Wanted| {
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut sink = options.write(true).create(true).truncate(true).open(&file)?;
        let manifest = extract(checked.open(&opening)?, &mut sink, &beside_it, &wanted)?;
        sink.sync_all()?;
        Ok(manifest)
    };
    apart_until(stop, work).await
}

/// Takes the contents into the empty schema that is in use in a database of a server.
pub(super) async fn into_server(
    (checked, opening): Contained,
    url: &str,
    beside_it: &Path,
    stop: &Shutdown,
) -> anyhow::Result<Manifest> {
    let schema = schema_at(url).await?;
    let (url, beside_it) = (url.to_owned(), beside_it.to_owned());
    let work = move |wanted: Wanted| {
        let contents = checked.open(&opening)?;
        let (tool, mut input) = tools::fill(&url, &schema)?;
        let extracted = extract(contents, &mut input, &beside_it, &wanted);
        drop(input);
        match extracted {
            // It was given nothing, and has nothing to say of it.
            Err(error) if error.is::<Error>() => Err(error),
            // A tool that gave up says why; that its pipe broke says nothing.
            extracted => tool.end().and(extracted),
        }
    };
    apart_until(stop, work).await
}

async fn schema_at(url: &str) -> store::Result<String> {
    let db = Db::open(&Options { create: false, pool_size: 1, ..Options::new(url) }).await?;
    let schema = backup::schema(&db).await;
    db.close().await;
    schema
}

/// What became of a database that was loaded.
pub(crate) struct Loaded {
    /// What the backup says.
    pub(crate) manifest: Manifest,
    /// What the database holds otherwise.
    pub(crate) differences: Vec<String>,
    /// What verification found, unless it was not wanted.
    pub(crate) proved: Option<proof::Proved>,
    /// How long counting and verifying took.
    pub(crate) proving: Duration,
}

impl Loaded {
    /// Whether all holds.
    pub(crate) fn holds(&self) -> bool {
        self.differences.is_empty() && self.proved.as_ref().is_none_or(proof::Proved::holds)
    }
}

/// Counts what was loaded, brings it to this program's version, and proves it.
pub(super) async fn prove(
    url: &str,
    manifest: Manifest,
    beside_it: &Path,
    progress: Option<Progress<'_>>,
) -> anyhow::Result<Loaded> {
    let watch = Stopwatch::start();
    let db = Db::open(&Options { create: false, ..Options::new(url) }).await?;
    let proved = async {
        let mut tx = db.read().await?;
        let found = backup::inventory(&mut tx).await?;
        tx.rollback().await?;
        migrate::up(&db).await?;
        let proved = match progress {
            Some(progress) => Some(proof::prove(&db, beside_it, progress).await?),
            None => None,
        };
        Ok::<_, anyhow::Error>((manifest.differences(&found), proved))
    };
    let proved = proved.await;
    db.close().await;
    let (differences, proved) = proved?;
    Ok(Loaded { manifest, differences, proved, proving: watch.elapsed() })
}

/// A backup of one kind of database does not go into another.
pub(super) fn same_kind(checked: &Checked, sqlite: bool) -> Result<(), Failure> {
    let here = if sqlite { "sqlite" } else { "postgres" };
    let there = checked.header.database.as_str();
    if here == there {
        return Ok(());
    }
    Err(Failure::new(
        format!("la copia es de una base {there} y acá la base es {here}; elegí otra con --database-url"),
        format!(
            "the backup is of a {there} database, and the database here is {here}; choose another with --database-url"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use platform::backup::{About, Folder, Sealing, Writer};

    use super::*;

    #[tokio::test]
    async fn what_a_newer_program_made_is_refused_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let about = About {
            program: "9".to_owned(),
            instant: domain::Timestamp::from_micros(0),
            database: "sqlite".to_owned(),
            schema: 1,
        };
        let mut writer = Writer::begin(Folder::new(folder.path()).begin().unwrap(), about, &Sealing::Plain).unwrap();
        writer.add(MANIFEST, br#"{"format": 2, "contents": "told in another way"}"#).unwrap();
        let kept = writer.finish().unwrap();
        let contained = (checked(&kept.path).await.unwrap(), Opening::Nothing);
        let file = folder.path().join("gondola.db");
        let refused = into_file(contained, &file, folder.path(), &Shutdown::default()).await.unwrap_err();
        assert!(matches!(refused.downcast_ref(), Some(Error::Newer { found: 2, known: 1 })), "{refused:#}");
    }
}
