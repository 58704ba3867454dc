//! The key that signs checkpoints, in a file of the data folder.
//!
//! Invariant: the file gets its name only when all of the key is on the disk; a key gives way to another only when it is rotated
//! (`next`). Its public part is there before it is.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use domain::{
    Timestamp,
    ledger::canonical::{self, hex},
};
use ed25519_dalek::SigningKey;

use super::{Error, file_error};

/// Who may read a file: its owner alone, or everybody.
pub(super) const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// Where the key of this installation is.
pub(super) fn key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("keys").join("checkpoint.key")
}

/// The key of this installation; made when it has none. An empty file, which a full disk or a copy that broke off leaves behind, is
/// none: nothing was ever signed with it.
pub fn signing_key(data_dir: &Path) -> Result<SigningKey, Error> {
    let path = key_file(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().is_empty() => {
            tracing::warn!(path = %path.display(), "the file of the signing key is empty; a new key is made");
            put_aside(&path)?;
            make_key(&path)
        }
        Ok(text) => canonical::unhex(text.trim()).map(|secret| SigningKey::from_bytes(&secret)).ok_or(Error::Key(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => make_key(&path),
        Err(error) => Err(file_error(&path)(error)),
    }
}

/// Frees the name of an empty file. What another process wrote there meanwhile gets its name back.
fn put_aside(path: &Path) -> Result<(), Error> {
    let aside = path.with_extension(format!("{}.empty", std::process::id()));
    match fs::rename(path, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error(path)(error)),
    }
    let text = fs::read_to_string(&aside).map_err(file_error(&aside))?;
    if !text.trim().is_empty() {
        fs::hard_link(&aside, path).map_err(file_error(path))?;
    }
    fs::remove_file(&aside).map_err(file_error(&aside))
}

/// When the key of this installation was made; `None` while there is none.
pub fn key_made_at(data_dir: &Path) -> Option<Timestamp> {
    let file = fs::metadata(key_file(data_dir)).ok().filter(|file| file.len() > 0)?;
    let made = file.modified().ok()?;
    let micros = made.duration_since(std::time::UNIX_EPOCH).ok()?.as_micros();
    Some(Timestamp::from_micros(i64::try_from(micros).ok()?))
}

/// What a key is called.
pub(super) fn name(key: &SigningKey) -> String {
    hex(key.verifying_key().as_bytes())[..16].to_owned()
}

fn make_key(path: &Path) -> Result<SigningKey, Error> {
    let folder = path.parent().unwrap_or(path);
    let key = new_key(folder)?;
    if take_name(path, &hex(&key.to_bytes()), SECRET)? {
        return Ok(key);
    }
    // Somebody else was first: nothing will ever be signed with ours.
    let public = public_file(folder, &key);
    fs::remove_file(&public).map_err(file_error(&public))?;
    signing_key(folder.parent().unwrap_or(folder))
}

/// A key that nothing was signed with, whose public part is on the disk before anybody can.
pub(super) fn new_key(folder: &Path) -> Result<SigningKey, Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| Error::Randomness)?;
    let key = SigningKey::from_bytes(&secret);
    fs::create_dir_all(folder).map_err(file_error(folder))?;
    take_name(&public_file(folder, &key), &hex(key.verifying_key().as_bytes()), PUBLIC)?;
    Ok(key)
}

/// Where the public part of a key is kept.
pub(super) fn public_file(folder: &Path, key: &SigningKey) -> PathBuf {
    folder.join(format!("checkpoint-{}.pub", name(key)))
}

/// Writes a file that gets its name only when all of it is on the disk, and never in the place of another: a full disk leaves
/// nothing behind. The name is on the disk when this returns. `false` when somebody else was first.
pub(super) fn take_name(path: &Path, text: &str, mode: u32) -> Result<bool, Error> {
    // Of this call alone: what two wrote into one would have the name of the first and the text of the second.
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let unnamed = path.with_extension(format!("{}-{call}.unnamed", std::process::id()));
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&unnamed);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    let named = written.and_then(|()| fs::hard_link(&unnamed, path));
    let _ = fs::remove_file(&unnamed);
    match named {
        Ok(()) => sync_folder(path).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(file_error(path)(error)),
    }
}

/// Has the names in the folder of a file be on the disk.
pub(super) fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(file_error(folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder_with(text: Option<&str>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        if let Some(text) = text {
            fs::create_dir(folder.path().join("keys")).unwrap();
            fs::write(folder.path().join("keys/checkpoint.key"), text).unwrap();
        }
        folder
    }

    #[test]
    fn an_empty_file_is_no_key_and_gets_one() {
        for nothing in [None, Some(""), Some(" \n")] {
            let folder = folder_with(nothing);
            let made = signing_key(folder.path()).unwrap();
            assert_eq!(signing_key(folder.path()).unwrap(), made, "it is kept");
            let file = folder.path().join("keys/checkpoint.key");
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
            let mut names: Vec<_> =
                fs::read_dir(folder.path().join("keys")).unwrap().map(|f| f.unwrap().file_name()).collect();
            names.sort();
            assert_eq!(names.len(), 2, "the key and its public part: {names:?}");
        }
    }

    #[test]
    fn of_many_who_ask_at_once_all_get_the_one_key() {
        for _ in 0..20 {
            let folder = folder_with(None);
            let asked = std::thread::scope(|scope| {
                let ask = || signing_key(folder.path()).unwrap().to_bytes();
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<std::collections::BTreeSet<_>>()
            });
            let files = fs::read_dir(folder.path().join("keys")).unwrap().count();
            assert_eq!((asked.len(), files), (1, 2), "the key and its public part");
        }
    }

    #[test]
    fn something_else_in_its_file_is_left_for_a_person_to_see() {
        let folder = folder_with(Some("abc"));
        assert!(matches!(signing_key(folder.path()), Err(Error::Key(_))));
        assert_eq!(fs::read_to_string(folder.path().join("keys/checkpoint.key")).unwrap(), "abc");
    }

    #[test]
    fn what_another_process_wrote_meanwhile_keeps_its_name() {
        let folder = folder_with(Some("ab"));
        let path = folder.path().join("keys/checkpoint.key");
        put_aside(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "ab");
    }
}
