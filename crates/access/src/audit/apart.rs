//! Copies of signed places of the log, kept apart from the database.
//!
//! Invariant: a copy is only ever added, and only of what the database has committed; whoever writes the log anew in the database,
//! or takes signed places out of it, contradicts the files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use domain::ledger::canonical::hex;
use platform::snapshot;
use store::{
    Db,
    audit::{
        Fault,
        anchor::{self, Anchor, Kind},
    },
};
use thiserror::Error;

/// Why a copy could not be written or read.
#[derive(Debug, Error)]
pub enum ApartError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A file could not be written or read.
    #[error("{path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> ApartError + '_ {
    move |source| ApartError::File { path: path.to_owned(), source }
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("audit")
}

fn text(anchor: &Anchor) -> String {
    format!("{}public-key {}\nsignature {}\n", anchor.message(), hex(&anchor.public_key), hex(&anchor.signature))
}

/// Whoever may look into the data folder reads the copies.
const READABLE: u32 = 0o644;

/// Writes the copies that are missing. How many there were.
pub async fn keep(db: &Db, data_dir: &Path) -> Result<usize, ApartError> {
    let mut tx = db.read().await?;
    let anchors = anchor::all(&mut tx).await?;
    tx.rollback().await?;
    let folder = folder(data_dir);
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let mut written = 0;
    for anchor in anchors {
        let path = folder.join(format!("{:012}-{}.txt", anchor.seq, anchor.kind.name()));
        if !path.exists() {
            snapshot::replace(&path, &[text(&anchor).as_bytes()], READABLE).map_err(file_error(&path))?;
            written += 1;
        }
    }
    Ok(written)
}

/// The first copy that contradicts the database.
pub async fn compare(db: &Db, data_dir: &Path) -> Result<Option<Fault>, ApartError> {
    let mut tx = db.read().await?;
    let anchors = anchor::all(&mut tx).await?;
    tx.rollback().await?;
    for path in copies(data_dir) {
        let copy = fs::read_to_string(&path).map_err(file_error(&path))?;
        let place = place(&path);
        let kept = anchors.iter().find(|anchor| Some((anchor.seq, anchor.kind)) == place);
        let what = match kept {
            Some(anchor) if text(anchor) == copy => continue,
            Some(_) => "the database has another signed place there",
            None => "the database has lost this signed place",
        };
        return Ok(Some(Fault { seq: place.map(|(seq, _)| seq), what: format!("{}: {what}", path.display()) }));
    }
    Ok(None)
}

fn copies(data_dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder(data_dir)).into_iter().flatten().filter_map(Result::ok).map(|file| file.path());
    let mut paths: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|found| found == "txt")).collect();
    paths.sort();
    paths
}

fn place(path: &Path) -> Option<(i64, Kind)> {
    let (seq, kind) = path.file_stem()?.to_str()?.split_once('-')?;
    let kind = [Kind::Head, Kind::Cut].into_iter().find(|known| known.name() == kind)?;
    Some((seq.parse().ok()?, kind))
}
