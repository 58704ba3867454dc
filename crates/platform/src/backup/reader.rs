//! Reading a backup.
//!
//! Invariant: nothing of the contents is given out before every byte of the file has been held against its header.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use domain::ledger::canonical::hex;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::{BLOCK, Entries, Error, Header, Opening, keys::Opened};

const PIECE: usize = 256 * 1024;

/// The entries of an opened backup.
pub type Contents = Entries<Box<dyn Read + Send>>;

/// A backup that is whole.
#[derive(Debug)]
pub struct Checked {
    /// What it says of itself.
    pub header: Header,
    /// Bytes of the file.
    pub bytes: u64,
    path: PathBuf,
    file: File,
}

impl Checked {
    /// Reads its first block alone: what it says of itself, unproved.
    pub fn header(path: &Path) -> Result<Header, Error> {
        let mut file = File::open(path).map_err(Error::file(path))?;
        read_header(&mut file, path)
    }

    /// Reads all of it. `progress` is told how many bytes are done and how many there are, and says whether to go on.
    pub fn all(path: &Path, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Checked, Error> {
        let mut file = File::open(path).map_err(Error::file(path))?;
        let header = read_header(&mut file, path)?;
        let (mut sum, mut bytes) = (Sha256::new(), 0_u64);
        let mut piece = vec![0; PIECE];
        loop {
            let read = file.read(&mut piece).map_err(Error::file(path))?;
            if read == 0 {
                break;
            }
            sum.update(&piece[..read]);
            bytes += read as u64;
            if !progress(bytes.min(header.payload_bytes), header.payload_bytes) {
                return Err(Error::file(path)(std::io::ErrorKind::Interrupted.into()));
            }
        }
        let damaged = |what: String| Error::Damaged { path: path.to_owned(), what };
        if bytes != header.payload_bytes {
            return Err(damaged(format!("it has {bytes} bytes of {}", header.payload_bytes)));
        }
        if hex(&sum.finalize()) != header.payload_sha256 {
            return Err(damaged("its bytes do not add up to its SHA-256".to_owned()));
        }
        Ok(Checked { header, bytes: bytes + BLOCK as u64, path: path.to_owned(), file })
    }

    /// Opens it.
    pub fn open(mut self, opening: &Opening) -> Result<Contents, Error> {
        self.file.seek(SeekFrom::Start(BLOCK as u64)).map_err(Error::file(&self.path))?;
        let input = BufReader::with_capacity(PIECE, self.file);
        let opened = match self.header.encryption.as_str() {
            "none" => Opened::Plain(input),
            _ => opening.open(input)?,
        };
        Ok(Entries::new(Box::new(GzDecoder::new(opened))))
    }
}

fn read_header(file: &mut File, path: &Path) -> Result<Header, Error> {
    let mut block = Vec::with_capacity(BLOCK);
    file.take(BLOCK as u64).read_to_end(&mut block).map_err(Error::file(path))?;
    Header::read(&block, path)
}
