//! Where backups are kept: a folder.
//!
//! Invariant: only a finished backup has a backup's name. One process writes at a time; what a process that died left half written is
//! overwritten by the next.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use domain::Timestamp;

use super::{Error, alone};

const BEFORE: &str = "gondola-";
const AFTER: &str = ".backup";
/// Hidden, and without a backup's name.
const UNFINISHED: &str = ".gondola.unfinished";

/// A folder of backups.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The instant it shows, to the millisecond.
    pub instant: Timestamp,
    /// Its file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Folder {
    /// That folder, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Folder {
        Folder(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes room for one more. Only its owner may look into a folder made here, or read a backup.
    pub fn begin(&self) -> Result<Unfinished, Error> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(Error::file(&self.0))?;
        let path = self.0.join(UNFINISHED);
        let file = alone(&path).map_err(Error::file(&path))?.ok_or_else(|| Error::Busy(self.0.clone()))?;
        file.set_len(0).map_err(Error::file(&path))?;
        Ok(Unfinished { folder: self.clone(), path, file, kept: false })
    }

    /// The backups in it, the newest first. A folder that is not there has none.
    pub fn list(&self) -> Result<Vec<Kept>, Error> {
        let files = match fs::read_dir(&self.0) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file(&self.0)(error)),
        };
        let kept = |file: fs::DirEntry| {
            let instant = instant_of(file.file_name().to_str()?)?;
            Some(Kept { instant, path: file.path(), bytes: file.metadata().ok()?.len() })
        };
        let mut all: Vec<Kept> = files.filter_map(Result::ok).filter_map(kept).collect();
        all.sort_by_key(|kept| std::cmp::Reverse(kept.instant));
        Ok(all)
    }

    /// Removes one.
    pub fn remove(&self, kept: &Kept) -> Result<(), Error> {
        match fs::remove_file(&kept.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(&kept.path)(error)),
            _ => Ok(()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

fn name_of(instant: Timestamp) -> String {
    let (seconds, rest) = (instant.micros().div_euclid(1_000_000), instant.micros().rem_euclid(1_000_000));
    let text = Timestamp::from_micros(seconds * 1_000_000).to_string().replace(':', "-");
    format!("{BEFORE}{}.{:03}Z{AFTER}", text.trim_end_matches('Z'), rest / 1000)
}

/// The instant that the backup of that name shows; `None` for what is no backup's name.
pub fn instant_of(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let (day, time) = text.split_once('T')?;
    let instant: Timestamp = format!("{day}T{}", time.replace('-', ":")).parse().ok()?;
    (name_of(instant) == name).then_some(instant)
}

/// A backup that is being written. Gone with its value, unless it was kept.
#[derive(Debug)]
pub struct Unfinished {
    folder: Folder,
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Unfinished {
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, once all of it is on the disk. Never in the place of another.
    pub(super) fn keep(mut self, instant: Timestamp) -> Result<Kept, Error> {
        let path = self.folder.0.join(name_of(instant));
        if path.exists() {
            return Err(Error::Busy(path));
        }
        fs::rename(&self.path, &path).and_then(|()| self.folder.sync()).map_err(Error::file(&path))?;
        self.kept = true;
        let bytes = self.file.metadata().map_err(Error::file(&path))?.len();
        Ok(Kept { instant, path, bytes })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.kept {
            // What stays behind has no backup's name, and the next one overwrites it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_instant_and_others_are_no_backups() {
        let instant = Timestamp::from_micros(1_795_000_000_123_456);
        let name = name_of(instant);
        assert_eq!(instant_of(&name), Some(Timestamp::from_micros(1_795_000_000_123_000)), "{name}");
        for other in
            ["gondola-.backup", "gondola-2026-11-26.backup", UNFINISHED, &name.replace("Z.", "."), &format!("x{name}")]
        {
            assert_eq!(instant_of(other), None, "{other}");
        }
    }

    #[test]
    fn one_writes_at_a_time_and_what_is_not_kept_goes() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("b"));
        let first = folder.begin().unwrap();
        assert!(matches!(folder.begin(), Err(Error::Busy(_))));
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let kept = folder.begin().unwrap().keep(Timestamp::from_micros(0)).unwrap();
        assert_eq!(folder.list().unwrap().len(), 1);
        folder.remove(&kept).unwrap();
        assert!(folder.list().unwrap().is_empty());
    }
}
