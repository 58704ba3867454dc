//! The older system's file, wherever it comes from.
//!
//! Invariant: what was sent lies in a file that only our user may read, and only for as long as it is read: SQLite reads no other. One that
//! a killed process left goes once its job is known to have ended: on a file at the next start, on a server within the hour.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use store::{
    Db, job,
    legacy::{self, Legacy},
};

use crate::imports::{Context, ImportError, Input, Message, ReadError};

/// Reads it.
pub(super) async fn read(context: &Context, input: &Input) -> Result<Legacy, ImportError> {
    let name = input.name();
    let io = |source| ImportError::Read(ReadError::Io { name: name.clone(), source });
    match (input, &context.scratch) {
        (Input::Path(path), _) => {
            if !fs::metadata(path).map_err(io)?.is_file() {
                return Err(wrong(&name, "no es un archivo", "is not a file"));
            }
            read_from(path, &name).await
        }
        (Input::Bytes { bytes, .. }, Some(scratch)) => {
            let kept = Kept::write(scratch, bytes).map_err(io)?;
            read_from(kept.0, &name).await
        }
        (Input::Bytes { .. }, None) => {
            Err(wrong(&name, "tiene que ser un archivo de esta máquina", "has to be a file of this machine"))
        }
    }
}

async fn read_from(path: &Path, name: &str) -> Result<Legacy, ImportError> {
    legacy::read(path).await.map_err(|error| match error {
        store::Error::Broken { detail, .. } => wrong(
            name,
            &format!("no es del sistema anterior: {detail}"),
            &format!("is not of the older system: {detail}"),
        ),
        store::Error::Damaged(_) => wrong(name, "no es una base de datos SQLite", "is not an SQLite database"),
        error => ImportError::Store(error),
    })
}

fn wrong(name: &str, es: &str, en: &str) -> ImportError {
    ImportError::NotLegacy(Message { es: format!("{name} {es}"), en: format!("{name} {en}") })
}

/// Longer than any is read, by whichever process over this folder.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Removes what killed processes left there: files of imports that have ended, which are named by their jobs, and what is older than any
/// import. How many files that were.
pub async fn sweep(db: &Db, scratch: &Path) -> Result<usize, ImportError> {
    let io = |source| ImportError::Read(ReadError::Io { name: scratch.display().to_string(), source });
    let mut removed = 0;
    for path in lying(scratch).map_err(io)? {
        let job = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        let ended = match job {
            Some(job) => job::get(db, job).await?.is_some_and(|job| job.status.has_ended()),
            None => false,
        };
        if ended || is_old(&path) {
            remove(&path).map_err(io)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn lying(scratch: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(scratch) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found?.map(|file| Ok(file?.path())).collect(),
    }
}

fn is_old(path: &Path) -> bool {
    let age = path.metadata().and_then(|about| about.modified()).map(|modified| modified.elapsed());
    matches!(age, Ok(Ok(age)) if age > LONGEST)
}

/// One that went meanwhile is gone.
fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// A file that goes when it was read.
struct Kept<'a>(&'a Path);

impl<'a> Kept<'a> {
    fn write(path: &'a Path, bytes: &[u8]) -> io::Result<Kept<'a>> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let kept = Kept(path);
        file.write_all(bytes)?;
        Ok(kept)
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if let Err(error) = remove(self.0) {
            tracing::warn!(%error, file = %self.0.display(), "an imported file could not be removed");
        }
    }
}
