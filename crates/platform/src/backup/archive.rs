//! The contents of a payload, one after the other, as `tar` reads them (POSIX.1-1988, ustar).
//!
//! Invariant: what is read back is what was written, or an error: no entry goes past its end, no name leads out of a folder.

use std::io::{self, Read, Write};

const BLOCK: usize = 512;
/// Where a header says how it adds up.
const SUM: std::ops::Range<usize> = 148..156;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name: parts of letters, digits and a few signs, parted by `/`.
    pub name: String,
    /// Its bytes.
    pub size: u64,
}

/// Whether a name may stand in an archive and be made a path.
fn is_sound(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    name.len() <= 100 && name.split('/').all(part)
}

fn unsound(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("an entry is called {name:?}"))
}

fn header(name: &str, size: u64) -> io::Result<[u8; BLOCK]> {
    if !is_sound(name) {
        return Err(unsound(name));
    }
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(SUM.start, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = sum(&block);
    block[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

fn sum(block: &[u8; BLOCK]) -> u32 {
    block.iter().map(|byte| u32::from(*byte)).sum()
}

/// Bytes after an entry up to the next block.
const fn padding(size: u64) -> u64 {
    (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64
}

/// Writes one entry.
pub(super) fn write(output: &mut impl Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    output.write_all(&header(name, bytes.len() as u64)?)?;
    output.write_all(bytes)?;
    let zeros = [0; BLOCK];
    let rest = usize::try_from(padding(bytes.len() as u64)).unwrap_or(0);
    output.write_all(&zeros[..rest])
}

/// Writes the end.
pub(super) fn end(output: &mut impl Write) -> io::Result<()> {
    output.write_all(&[0; 2 * BLOCK])
}

/// Reads entries. As a reader it gives the bytes of the entry it is at.
pub struct Entries<R: Read> {
    input: R,
    left: u64,
    padding: u64,
}

impl<R: Read> Entries<R> {
    pub(super) fn new(input: R) -> Entries<R> {
        Entries { input, left: 0, padding: 0 }
    }

    /// Goes on to the next entry, past what was not read of this one; `None` at the end of the archive.
    pub fn advance(&mut self) -> io::Result<Option<Entry>> {
        let skipped = self.left + self.padding;
        if io::copy(&mut self.input.by_ref().take(skipped), &mut io::sink())? != skipped {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (self.left, self.padding) = (0, 0);
        let mut block = [0; BLOCK];
        self.input.read_exact(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            // What follows is read to its end: only there does what lies below prove that nothing was cut off.
            io::copy(&mut self.input, &mut io::sink())?;
            return Ok(None);
        }
        let entry = entry(&block)?;
        (self.left, self.padding) = (entry.size, padding(entry.size));
        Ok(Some(entry))
    }
}

impl<R: Read> Read for Entries<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.input.read(&mut into[..most])?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

fn entry(block: &[u8; BLOCK]) -> io::Result<Entry> {
    let text = |range: std::ops::Range<usize>| {
        let field = &block[range];
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        std::str::from_utf8(&field[..end]).map(str::trim).unwrap_or_default()
    };
    let octal = |range| u64::from_str_radix(text(range), 8).ok();
    let mut blank = *block;
    blank[SUM].copy_from_slice(b"        ");
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "the header of an entry does not add up");
    if octal(SUM) != Some(u64::from(sum(&blank))) {
        return Err(wrong());
    }
    let name = text(0..100).to_owned();
    if !is_sound(&name) {
        return Err(unsound(&name));
    }
    Ok(Entry { name, size: octal(124..136).ok_or_else(wrong)? })
}
