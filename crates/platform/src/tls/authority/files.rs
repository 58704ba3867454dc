//! The folder in which an authority and what it gave out are kept.
//!
//! Invariant: see the module above; one at a time replaces something. Both files of a pair are written before either takes its place, the
//! certificate after its key, so that whoever follows the files finds a pair that fits at the end, and keeps the old one until then.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{Authority, AuthorityError, Pair};
use crate::{snapshot, tls::Facts};

const AUTHORITY: &str = "ca";
const SECRET_MODE: u32 = 0o600;
const OPEN_MODE: u32 = 0o644;

/// A folder of certificates and keys.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// Why the folder does not give or take what was asked.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file would be written over.
    #[error("{} is there already", .0.display())]
    There(PathBuf),
    /// A file is not there or cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that is no certificate.
    #[error("{} is no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// The authority cannot be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl Folder {
    /// The folder at `path`, which need not be there yet.
    pub fn at(path: impl Into<PathBuf>) -> Folder {
        Folder(path.into())
    }

    /// Where a certificate of that name is.
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.crt"))
    }

    /// Where its key is.
    pub fn key(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.key"))
    }

    /// Where the authority's certificate is.
    pub fn authority_certificate(&self) -> PathBuf {
        self.certificate(AUTHORITY)
    }

    /// Fails when a file of any of these names is there already, an authority's among them.
    pub fn is_free_for(&self, names: &[&str]) -> Result<(), FolderError> {
        let files = names.iter().flat_map(|name| [self.certificate(name), self.key(name)]);
        match files.into_iter().find(|path| path.symlink_metadata().is_ok()) {
            Some(path) => Err(FolderError::There(path)),
            None => Ok(()),
        }
    }

    /// The authority's own name for its files.
    pub const fn authority_name() -> &'static str {
        AUTHORITY
    }

    /// The authority that is kept here.
    pub fn authority(&self) -> Result<Authority, FolderError> {
        let read = |path: PathBuf| fs::read_to_string(&path).map_err(|source| FolderError::File { path, source });
        let pair = Pair { certificate: read(self.certificate(AUTHORITY))?, key: read(self.key(AUTHORITY))? };
        Ok(Authority::open(&pair)?)
    }

    /// What the certificate of that name says.
    pub fn facts(&self, name: &str) -> Result<Facts, FolderError> {
        let path = self.certificate(name);
        let pem = fs::read(&path).map_err(|source| FolderError::File { path: path.clone(), source })?;
        let chain = crate::tls::material::certificates(&pem);
        chain.and_then(|chain| Facts::of(&chain[0])).ok_or(FolderError::NoCertificate(path))
    }

    /// Every certificate here, by name.
    pub fn all(&self) -> Result<Vec<(String, Facts)>, FolderError> {
        let failed = |source| FolderError::File { path: self.0.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
            names.extend(stem.filter(|_| path.extension().is_some_and(|extension| extension == "crt")));
        }
        names.sort();
        names.into_iter().map(|name| self.facts(&name).map(|facts| (name, facts))).collect()
    }

    /// Keeps a new pair; fails when there is one of that name.
    pub fn keep(&self, name: &str, pair: &Pair) -> Result<(), FolderError> {
        self.is_free_for(&[name])?;
        self.make()?;
        write_new(&self.key(name), &pair.key, SECRET_MODE)?;
        write_new(&self.certificate(name), &pair.certificate, OPEN_MODE)
    }

    /// Keeps a pair in the place of the one of that name.
    pub fn replace(&self, name: &str, pair: &Pair) -> Result<(), FolderError> {
        self.hold()?.replace(name, pair)
    }

    /// Waits until nobody else replaces anything here, and keeps them from it.
    pub fn hold(&self) -> Result<Held<'_>, FolderError> {
        self.make()?;
        let held = fs::File::open(&self.0).and_then(|lock| lock.lock().map(|()| lock));
        let lock = held.map_err(|source| FolderError::File { path: self.0.clone(), source })?;
        Ok(Held { folder: self, _lock: lock })
    }

    /// Whether the key of that name is that of the certificate; it is not when a replacement broke off between the two.
    pub fn fits(&self, name: &str) -> Result<bool, FolderError> {
        let read = |path: PathBuf| fs::read(&path).map_err(|source| FolderError::File { path, source });
        Ok(crate::tls::material::fit(&read(self.certificate(name))?, &read(self.key(name))?))
    }

    fn make(&self) -> Result<(), FolderError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.map_err(|source| FolderError::File { path: self.0.clone(), source })
    }
}

/// A folder in which one alone replaces pairs, as long as this is kept.
#[derive(Debug)]
pub struct Held<'f> {
    folder: &'f Folder,
    _lock: fs::File,
}

impl Held<'_> {
    /// Keeps a pair in the place of the one of that name.
    pub fn replace(&self, name: &str, pair: &Pair) -> Result<(), FolderError> {
        let (key, certificate) = (self.folder.key(name), self.folder.certificate(name));
        on(&key, |path| snapshot::beside(path, &[pair.key.as_bytes()], SECRET_MODE))?;
        on(&certificate, |path| snapshot::beside(path, &[pair.certificate.as_bytes()], OPEN_MODE))?;
        on(&key, snapshot::put_in_place)?;
        on(&certificate, snapshot::put_in_place)
    }
}

/// Whether others than its owner may read the file.
pub fn is_readable_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), FolderError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => FolderError::There(path.to_owned()),
        _ => FolderError::File { path: path.to_owned(), source },
    };
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

fn on(path: &Path, does: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), FolderError> {
    does(path).map_err(|source| FolderError::File { path: path.to_owned(), source })
}
