//! A file that one process has at a time.
//!
//! Invariant: whoever has it has the file that bears the name now, not one that was removed or renamed meanwhile.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

/// Opens that file, which is made when it is not there and which only its owner may read, until the value is dropped; `None` while somebody
/// else has it. What is in it stays.
pub fn alone(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Whoever had it may have renamed or removed it since it was opened here: then this one is theirs, and not to be touched.
    Ok(is_at(&file, path)?.then_some(file))
}

/// Whether the file is the one of that name.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (file.metadata()?.dev(), file.metadata()?.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_what_is_in_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "x").unwrap();
        let first = alone(&path).unwrap();
        assert!(first.is_some() && alone(&path).unwrap().is_none());
        drop(first);
        assert!(alone(&path).unwrap().is_some());
        assert_eq!(fs::read(&path).unwrap(), b"x");
        assert!(alone(&folder.path().join("nowhere/lock")).is_err());
    }

    #[test]
    fn a_file_that_lost_its_name_is_not_the_one_of_that_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let file = alone(&path).unwrap().unwrap();
        assert!(is_at(&file, &path).unwrap());
        fs::rename(&path, folder.path().join("kept")).unwrap();
        assert!(!is_at(&file, &path).unwrap(), "there is none");
        fs::write(&path, "").unwrap();
        assert!(!is_at(&file, &path).unwrap(), "there is another");
    }
}
