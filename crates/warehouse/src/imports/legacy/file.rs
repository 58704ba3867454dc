//! The older system's file, wherever it comes from.
//!
//! Invariant: what was sent lies in a file that only our user may read, and only for as long as it is read: SQLite reads no other. One that
//! a killed process left goes at the next start a day later or more.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use store::legacy::{self, Legacy};

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

/// Removes what killed processes left there. How many files that were.
pub fn sweep(scratch: &Path) -> io::Result<usize> {
    let found = match fs::read_dir(scratch) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        found => found?,
    };
    let mut removed = 0;
    for file in found {
        let file = file?;
        if file.metadata()?.modified()?.elapsed().is_ok_and(|age| age > LONGEST) {
            fs::remove_file(file.path())?;
            removed += 1;
        }
    }
    Ok(removed)
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
        if let Err(error) = fs::remove_file(self.0) {
            tracing::warn!(%error, file = %self.0.display(), "an imported file could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_being_read_stays() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        fs::write(of("now"), "x").unwrap();
        let left = fs::File::create(of("left")).unwrap();
        left.set_modified(UNIX_EPOCH).unwrap();
        assert_eq!(sweep(folder.path()).unwrap(), 1);
        assert!(of("now").exists() && !of("left").exists());
        assert_eq!(sweep(&of("nowhere")).unwrap(), 0);
    }
}
