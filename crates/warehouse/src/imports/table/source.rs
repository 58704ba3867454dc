//! Opening a file: uncompressed on the way, and told apart by its first bytes, since names lie.
//!
//! Invariant: text streams; only a sheet, which cannot be read in order, is held whole, and then within a limit.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;

use super::{Format, Input, ReadError};

/// The most bytes of a sheet.
const MAX_SHEET_BYTES: u64 = 256 << 20;

/// A reader of bytes that may go to another thread.
pub(super) type Bytes = Box<dyn Read + Send>;

/// What is in a file.
pub(super) enum Content {
    Text(Bytes),
    Sheet(Format, Vec<u8>),
}

/// An opened file.
pub(super) struct Source {
    pub(super) content: Content,
    pub(super) total_bytes: u64,
}

/// Counts what goes through.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The bytes of a shared buffer.
struct Shared {
    bytes: Arc<[u8]>,
    place: usize,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.place..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.place += count;
        Ok(count)
    }
}

/// Opens `input`; what is read of it, as stored, adds to `count`.
pub(super) fn open(input: &Input, count: Arc<AtomicU64>) -> Result<Source, ReadError> {
    let name = input.name();
    let io = |source| ReadError::Io { name: name.clone(), source };
    let (raw, total_bytes) = raw(input).map_err(io)?;
    let counted: Bytes = Box::new(BufReader::with_capacity(1 << 16, Counted { inner: raw, count }));
    let (head, bytes) = peek(counted).map_err(io)?;
    if !head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Source { content: content(&head, bytes, &name)?, total_bytes });
    }
    let (head, bytes) = peek(Box::new(MultiGzDecoder::new(bytes))).map_err(io)?;
    Ok(Source { content: content(&head, bytes, &name)?, total_bytes })
}

fn raw(input: &Input) -> io::Result<(Bytes, u64)> {
    match input {
        Input::Path(path) => {
            let file = File::open(path)?;
            let about = file.metadata()?;
            if about.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            Ok((Box::new(file), about.len()))
        }
        Input::Bytes { bytes, .. } => Ok((Box::new(Shared { bytes: Arc::clone(bytes), place: 0 }), bytes.len() as u64)),
    }
}

/// The first bytes, and a reader that still gives all of them.
fn peek(mut bytes: Bytes) -> io::Result<(Vec<u8>, Bytes)> {
    let mut head = Vec::with_capacity(8);
    bytes.by_ref().take(8).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(bytes))))
}

fn content(head: &[u8], bytes: Bytes, name: &str) -> Result<Content, ReadError> {
    if head.starts_with(b"PK\x03\x04") {
        return Ok(Content::Sheet(Format::Xlsx, whole(bytes, name)?));
    }
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Ok(Content::Sheet(Format::Xls, whole(bytes, name)?));
    }
    let known_binaries: [&[u8]; 5] = [b"%PDF", b"SQLite f", b"\x89PNG", b"\xff\xd8\xff", b"PAR1"];
    if known_binaries.iter().any(|magic| head.starts_with(magic)) {
        return Err(ReadError::Unknown { name: name.to_owned() });
    }
    Ok(Content::Text(bytes))
}

fn whole(bytes: Bytes, name: &str) -> Result<Vec<u8>, ReadError> {
    let mut buffer = Vec::new();
    let io = |source| ReadError::Io { name: name.to_owned(), source };
    bytes.take(MAX_SHEET_BYTES + 1).read_to_end(&mut buffer).map_err(io)?;
    if buffer.len() as u64 > MAX_SHEET_BYTES {
        return Err(ReadError::Sheet { name: name.to_owned(), detail: "more than 256 MiB".to_owned() });
    }
    Ok(buffer)
}
