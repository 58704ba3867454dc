//! A file that holds how something stood, to be read where nobody can be asked.
//!
//! Invariant: it is replaced whole or not at all, only its owner can read it, and what is read is what was written: a file that was cut or
//! changed, or is none of ours, is an error and never half an answer.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// How a file of this format begins.
const MARK: &[u8; 16] = b"gondola stood 1\n";
const DIGEST_BYTES: usize = 32;
/// Bytes one may have; what is longer is neither written nor read.
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Puts a file with these bytes in the place of the one there may be.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than a snapshot may have"));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder_of(path))?;
    replace(path, &[MARK, &Sha256::digest(bytes), bytes], 0o600)
}

/// Puts a file with these bytes in the place of the one there may be: whoever reads it, after a power cut too, finds the one or the other,
/// whole. `mode` is who may read it.
pub fn replace(path: &Path, parts: &[&[u8]], mode: u32) -> io::Result<()> {
    beside(path, parts, mode)?;
    put_in_place(path)
}

/// Writes what is to take the place of a file beside it, so that all that can fail for want of room has not failed by then.
pub fn beside(path: &Path, parts: &[&[u8]], mode: u32) -> io::Result<()> {
    let fresh = fresh(path);
    // One that was left half written may be open to others.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()
}

/// Puts what was written beside a file in its place.
pub fn put_in_place(path: &Path) -> io::Result<()> {
    fs::rename(fresh(path), path)?;
    File::open(folder_of(path))?.sync_all()
}

fn fresh(path: &Path) -> PathBuf {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    fresh.into()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What was written there; `None` when there is no file.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut all = Vec::new();
    file.take(MOST_BYTES + (MARK.len() + DIGEST_BYTES) as u64).read_to_end(&mut all)?;
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged, or none of ours");
    let rest = all.strip_prefix(MARK).ok_or_else(damaged)?;
    let (digest, bytes) = rest.split_at_checked(DIGEST_BYTES).ok_or_else(damaged)?;
    if Sha256::digest(bytes).as_slice() != digest {
        return Err(damaged());
    }
    Ok(Some(bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_written_last_is_read_and_only_its_owner_can() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known").join("keys");
        assert_eq!(read(&path).unwrap(), None);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path.with_extension("new"), b"left by one that was killed").unwrap();
        for bytes in [&b"one"[..], b"", b"another"] {
            write(&path, bytes).unwrap();
            assert_eq!(read(&path).unwrap().as_deref(), Some(bytes));
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn one_that_was_cut_or_changed_anywhere_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        write(&path, b"abc").unwrap();
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut other = whole.clone();
            other[at] ^= 1;
            fs::write(&path, &other).unwrap();
            assert!(read(&path).is_err(), "byte {at} is another");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(read(&path).is_err(), "cut at {at}");
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some(&b"abc"[..]));
    }
}
