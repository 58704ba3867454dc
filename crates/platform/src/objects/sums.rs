//! Reading and writing files of any size a piece at a time, with what they add up to. Blocks: none of it is for a task of the runtime.
//!
//! Invariant: a file gets its name when all of it is on the disk; until then it has a hidden one, which the next to come overwrites.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use domain::ledger::canonical::hex;
use sha2::{Digest, Sha256};

use super::{Error, Result};

/// Bytes of a piece, where whoever reads has no other wish.
pub(super) const PIECE: usize = 8 * 1024 * 1024;

/// A SHA-256.
pub(super) type Sum = [u8; 32];

/// Does what blocks where it may.
pub(super) async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::Unfit { what: error.to_string(), why: "work on a file broke off" }))
}

/// A file that is read piece by piece.
pub(super) struct Source {
    path: PathBuf,
    file: File,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Source> {
        let file = File::open(path).map_err(Error::file(path))?;
        Ok(Source { path: path.to_owned(), file })
    }

    /// The next piece: so many bytes, fewer at the end, none after it.
    pub(super) fn piece(&mut self, most: usize) -> Result<Vec<u8>> {
        let mut piece = Vec::new();
        (&mut self.file).take(most as u64).read_to_end(&mut piece).map_err(Error::file(&self.path))?;
        Ok(piece)
    }

    /// The next piece, and itself back.
    pub(super) fn next(mut self, most: usize) -> Result<(Source, Vec<u8>)> {
        let piece = self.piece(most)?;
        Ok((self, piece))
    }
}

/// What a file adds up to, as a whole and piece by piece, each byte of it read once.
pub(super) struct Outline {
    /// Its bytes.
    pub(super) bytes: u64,
    /// The SHA-256 of all of them.
    pub(super) sum: String,
    /// Bytes of each piece but the last.
    pub(super) size: usize,
    /// The SHA-256 of each piece.
    pub(super) pieces: Vec<Sum>,
}

impl Outline {
    /// Of a file, in so many pieces at most; and the file, from its beginning.
    pub(super) fn of(path: &Path, most_pieces: u64) -> Result<(Outline, Source)> {
        let mut source = Source::open(path)?;
        let length = source.file.metadata().map_err(Error::file(path))?.len();
        let size = usize::try_from(length.div_ceil(most_pieces)).unwrap_or(usize::MAX).max(PIECE);
        let (mut whole, mut bytes, mut pieces) = (Sha256::new(), 0, Vec::<Sum>::new());
        loop {
            let piece = source.piece(size)?;
            if piece.is_empty() {
                break;
            }
            bytes += piece.len() as u64;
            pieces.push(Sha256::digest(&piece).into());
            // Of a file that is one piece, that is the sum of the whole.
            if length > size as u64 {
                whole.update(&piece);
            }
        }
        source.file.seek(SeekFrom::Start(0)).map_err(Error::file(path))?;
        let sum = match pieces.as_slice() {
            [only] if length <= size as u64 => hex(only),
            _ => hex(&whole.finalize()),
        };
        if bytes != length {
            return Err(Error::changed(path));
        }
        Ok((Outline { bytes, sum, size, pieces }, source))
    }
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
    pub(super) fn open(path: &Path) -> Result<Sink> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = path.with_file_name(format!(".{name}.unfinished"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(&hidden).map_err(Error::file(&hidden))?;
        Ok(Sink { path: path.to_owned(), hidden, file, sum: Sha256::new(), bytes: 0, kept: false })
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.file.write_all(piece).map_err(Error::file(&self.hidden))?;
        self.sum.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// The same with a piece more.
    pub(super) fn with(mut self, piece: &[u8]) -> Result<Sink> {
        self.write(piece)?;
        Ok(self)
    }

    /// Bytes that were written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The SHA-256 of what was written so far.
    pub(super) fn sum(&self) -> String {
        hex(&self.sum.clone().finalize())
    }

    /// Where it stands until it is kept.
    pub(super) fn hidden(&self) -> &Path {
        &self.hidden
    }

    /// Waits until what was written is on the disk.
    pub(super) fn sync(&mut self) -> Result<()> {
        self.file.sync_all().map_err(Error::file(&self.hidden))
    }

    /// Gives it its name, once all of it is on the disk.
    pub(super) fn keep(mut self) -> Result<()> {
        self.sync()?;
        let named = || {
            fs::rename(&self.hidden, &self.path)?;
            match self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                Some(folder) => File::open(folder)?.sync_all(),
                None => Ok::<(), io::Error>(()),
            }
        };
        named().map_err(Error::file(&self.path))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if !self.kept {
            // What stays behind is hidden, and the next one overwrites it.
            let _ = fs::remove_file(&self.hidden);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_adds_up_to_the_same_however_it_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (bytes, most, pieces) in [(0, 5, 0), (1, 5, 1), (PIECE, 5, 1), (PIECE + 1, 5, 2), (3 * PIECE, 2, 2)] {
            let all: Vec<u8> = (0..bytes).map(|n| n.to_le_bytes()[1]).collect();
            fs::write(&path, &all).unwrap();
            let (outline, mut source) = Outline::of(&path, most).unwrap();
            assert_eq!((outline.bytes, outline.pieces.len()), (bytes as u64, pieces), "{bytes}");
            assert_eq!(outline.sum, hex(&Sha256::digest(&all)), "{bytes}");
            let cut: Vec<Sum> = all.chunks(outline.size).map(|piece| Sha256::digest(piece).into()).collect();
            assert_eq!(outline.pieces, cut);
            assert_eq!(source.piece(outline.size).unwrap(), all[..bytes.min(outline.size)], "from its beginning");
        }
    }
}
