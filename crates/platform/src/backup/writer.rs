//! Writing a backup.
//!
//! Invariant: nothing is kept in memory but a piece of a few megabytes; the file gets its header and its name last, when all of it is
//! on the disk.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
};

use domain::{Timestamp, ledger::canonical::hex};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::{Error, Header, Kept, Sealing, Unfinished, archive, header::BLOCK, keys::Sealed};

/// Bytes of a piece of what is streamed.
const PIECE: usize = 4 * 1024 * 1024;
/// Quick: a database is mostly numbers, and the hour has only so many minutes.
const LEVEL: u32 = 3;

/// What a backup is of.
#[derive(Debug, Clone)]
pub struct About {
    /// Version of the program.
    pub program: String,
    /// The instant it shows.
    pub instant: Timestamp,
    /// Which kind of database.
    pub database: String,
    /// Version of that database.
    pub schema: i64,
}

/// Counts and digests what goes through it.
struct Summed<W> {
    output: W,
    bytes: u64,
    sum: Sha256,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes)?;
        self.sum.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// A backup being written.
pub struct Writer {
    about: About,
    encryption: &'static str,
    place: Unfinished,
    payload: GzEncoder<Sealed<Summed<BufWriter<File>>>>,
}

impl Writer {
    /// Begins one.
    pub fn begin(place: Unfinished, about: About, sealing: &Sealing) -> Result<Writer, Error> {
        let begun = || {
            let mut file = place.file().try_clone()?;
            file.seek(SeekFrom::Start(BLOCK as u64))?;
            let summed = Summed { output: BufWriter::with_capacity(256 * 1024, file), bytes: 0, sum: Sha256::new() };
            sealing.close(summed)
        };
        let sealed = begun().map_err(Error::file(place.path()))?;
        let payload = GzEncoder::new(sealed, Compression::new(LEVEL));
        Ok(Writer { about, encryption: sealing.name(), place, payload })
    }

    /// Adds an entry.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        archive::write(&mut self.payload, name, bytes).map_err(Error::file(self.place.path()))
    }

    /// Adds all that `input` gives, in numbered pieces under that name. Gives its bytes and their SHA-256.
    pub fn stream(&mut self, name: &str, input: &mut impl Read, of: &str) -> Result<(u64, String), Error> {
        let (mut bytes, mut sum) = (0, Sha256::new());
        let mut piece = Vec::with_capacity(PIECE);
        for number in 0_u32.. {
            piece.clear();
            input.take(PIECE as u64).read_to_end(&mut piece).map_err(Error::file(of))?;
            if piece.is_empty() {
                break;
            }
            self.add(&format!("{name}/{number:06}"), &piece)?;
            sum.update(&piece);
            bytes += piece.len() as u64;
        }
        Ok((bytes, hex(&sum.finalize())))
    }

    /// Ends it and gives it its name.
    pub fn finish(mut self) -> Result<Kept, Error> {
        let path = self.place.path().to_owned();
        let ended = (|| {
            archive::end(&mut self.payload)?;
            let mut summed = self.payload.finish()?.finish()?;
            summed.flush()?;
            Ok::<_, io::Error>((summed.bytes, hex(&summed.sum.finalize())))
        })();
        let (payload_bytes, payload_sha256) = ended.map_err(Error::file(&path))?;
        let header = Header {
            program: self.about.program,
            instant: self.about.instant.to_string(),
            database: self.about.database,
            schema: self.about.schema,
            encryption: self.encryption.to_owned(),
            compression: "gzip".to_owned(),
            payload_bytes,
            payload_sha256,
        };
        let block = header.block().ok_or_else(|| Error::Damaged { path: path.clone(), what: "header".to_owned() })?;
        let mut file = self.place.file();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(&block))
            .and_then(|()| file.sync_all())
            .map_err(Error::file(&path))?;
        self.place.keep(self.about.instant)
    }
}
