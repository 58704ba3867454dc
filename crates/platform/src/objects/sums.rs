//! Reading and writing files of any size a piece at a time, with what they add up to.
//!
//! Invariant: a file gets its name when all of it is on the disk; until then it has a hidden one, which the next to come overwrites.

use std::{
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use domain::ledger::canonical::hex;
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncReadExt, AsyncWriteExt},
};

use super::{Error, Result};

/// Bytes of a piece, where whoever reads has no other wish.
pub(super) const PIECE: usize = 8 * 1024 * 1024;

/// A file that is read piece by piece.
pub(super) struct Source {
    path: PathBuf,
    file: File,
    sum: Sha256,
    bytes: u64,
}

impl Source {
    pub(super) async fn open(path: &Path) -> Result<Source> {
        let file = File::open(path).await.map_err(Error::file(path))?;
        Ok(Source { path: path.to_owned(), file, sum: Sha256::new(), bytes: 0 })
    }

    /// The next piece: so many bytes, fewer at the end, none after it.
    pub(super) async fn piece(&mut self, most: usize) -> Result<Vec<u8>> {
        let mut piece = Vec::new();
        let mut part = (&mut self.file).take(most as u64);
        part.read_to_end(&mut piece).await.map_err(Error::file(&self.path))?;
        self.sum.update(&piece);
        self.bytes += piece.len() as u64;
        Ok(piece)
    }

    /// What was read: bytes and their SHA-256.
    pub(super) fn read(self) -> (u64, String) {
        (self.bytes, hex(&self.sum.finalize()))
    }
}

/// What a file holds: bytes and their SHA-256.
pub(super) async fn sum_of(path: &Path) -> Result<(u64, String)> {
    let mut source = Source::open(path).await?;
    while !source.piece(PIECE).await?.is_empty() {}
    Ok(source.read())
}

/// A file that is written piece by piece. Gone with its value, unless it was kept.
pub(super) struct Sink {
    path: PathBuf,
    hidden: PathBuf,
    file: File,
    sum: Sha256,
    bytes: u64,
    kept: bool,
}

impl Sink {
    /// Which only its owner may read.
    pub(super) async fn open(path: &Path) -> Result<Sink> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = path.with_file_name(format!(".{name}.unfinished"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = OpenOptions::from(options).open(&hidden).await.map_err(Error::file(&hidden))?;
        Ok(Sink { path: path.to_owned(), hidden, file, sum: Sha256::new(), bytes: 0, kept: false })
    }

    pub(super) async fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.file.write_all(piece).await.map_err(Error::file(&self.hidden))?;
        self.sum.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// What was written so far: bytes and their SHA-256.
    pub(super) fn written(&self) -> (u64, String) {
        (self.bytes, hex(&self.sum.clone().finalize()))
    }

    /// Where it stands until it is kept.
    pub(super) fn hidden(&self) -> &Path {
        &self.hidden
    }

    pub(super) async fn sync(&mut self) -> Result<()> {
        let synced = async {
            self.file.flush().await?;
            self.file.sync_all().await
        };
        synced.await.map_err(Error::file(&self.hidden))
    }

    /// Gives it its name, once all of it is on the disk.
    pub(super) async fn keep(mut self) -> Result<()> {
        self.sync().await?;
        let named = async {
            fs::rename(&self.hidden, &self.path).await?;
            match self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                Some(folder) => File::open(folder).await?.sync_all().await,
                None => Ok::<(), io::Error>(()),
            }
        };
        named.await.map_err(Error::file(&self.path))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if !self.kept {
            // What stays behind is hidden, and the next one overwrites it.
            let _ = std::fs::remove_file(&self.hidden);
        }
    }
}
