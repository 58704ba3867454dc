//! Lines of text of any encoding, each of bounded length.
//!
//! Invariant: a line is UTF-8 when its bytes are, else Windows-1252; a longer line than the bound is read to its end and
//! given as too long, so the next one is found.

use std::{
    borrow::Cow,
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read},
};

use super::source::Bytes;

/// The most bytes of a line.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;

/// How much is looked at before deciding anything about a file.
const HEAD_BYTES: usize = 1 << 16;

/// A line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: String,
    pub(super) too_long: bool,
}

/// How the bytes are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wide {
    No,
    Little,
    Big,
}

pub(super) struct Lines {
    bytes: BufReader<Box<dyn Read + Send>>,
    head: String,
    number: u64,
    terminator: u8,
    again: VecDeque<Line>,
    buffer: Vec<u8>,
    pub(super) windows_1252: bool,
}

impl Lines {
    pub(super) fn new(mut bytes: Bytes) -> io::Result<Lines> {
        let mut head = Vec::new();
        bytes.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        let wide = match head.as_slice() {
            [0xff, 0xfe, ..] => Wide::Little,
            [0xfe, 0xff, ..] => Wide::Big,
            _ => Wide::No,
        };
        let skip = if head.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
        let all = io::Cursor::new(head.split_off(skip)).chain(bytes);
        let mut all: Bytes = match wide {
            Wide::No => Box::new(all),
            Wide::Little => Box::new(Utf16::new(all, encoding_rs::UTF_16LE)),
            Wide::Big => Box::new(Utf16::new(all, encoding_rs::UTF_16BE)),
        };
        let mut head = Vec::new();
        all.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        // Files of old Macintosh programs end their lines with a carriage return alone.
        let terminator = if head.contains(&b'\r') && !head.contains(&b'\n') { b'\r' } else { b'\n' };
        let text = decode(&head).0.into_owned();
        let bytes: Box<dyn Read + Send> = Box::new(io::Cursor::new(head).chain(all));
        Ok(Lines {
            bytes: BufReader::with_capacity(HEAD_BYTES, bytes),
            head: text,
            number: 0,
            terminator,
            again: VecDeque::new(),
            buffer: Vec::new(),
            windows_1252: false,
        })
    }

    /// The beginning of the file, to guess from. The last of its lines may be cut.
    pub(super) fn head(&self) -> &str {
        &self.head
    }

    /// What ends a line.
    pub(super) fn terminator(&self) -> char {
        char::from(self.terminator)
    }

    /// Gives these lines again before the rest.
    pub(super) fn put_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        for line in lines.rev() {
            self.again.push_front(line);
        }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.again.pop_front() {
            return Ok(Some(line));
        }
        self.buffer.clear();
        let Some(too_long) = self.fill()? else { return Ok(None) };
        self.number += 1;
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        let (text, windows_1252) = decode(&self.buffer);
        self.windows_1252 |= windows_1252;
        Ok(Some(Line { number: self.number, text: text.into_owned(), too_long }))
    }

    /// Reads up to the end of the line; whether it was longer than the bound, `None` at the end of the file.
    fn fill(&mut self) -> io::Result<Option<bool>> {
        let (mut any, mut too_long) = (false, false);
        loop {
            let available = self.bytes.fill_buf()?;
            if available.is_empty() {
                return Ok(any.then_some(too_long));
            }
            any = true;
            let end = available.iter().position(|b| *b == self.terminator);
            let part = &available[..end.unwrap_or(available.len())];
            let room = MAX_LINE_BYTES - self.buffer.len();
            too_long |= part.len() > room;
            self.buffer.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.bytes.consume(used);
            if end.is_some() {
                return Ok(Some(too_long));
            }
        }
    }
}

/// The text, and whether it had to be read as Windows-1252.
fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    match str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0, true),
    }
}

/// UTF-16 as UTF-8, a piece at a time.
struct Utf16<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    ready: Vec<u8>,
    place: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    fn new(inner: R, encoding: &'static encoding_rs::Encoding) -> Utf16<R> {
        Utf16 { inner, decoder: encoding.new_decoder_with_bom_removal(), ready: Vec::new(), place: 0, ended: false }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut raw = [0; 4096];
        while self.place == self.ready.len() && !self.ended {
            let count = self.inner.read(&mut raw)?;
            let mut text = String::with_capacity(4096 * 3 + 16);
            let _ = self.decoder.decode_to_string(&raw[..count], &mut text, count == 0);
            self.ready = text.into_bytes();
            self.place = 0;
            self.ended = count == 0;
        }
        let rest = &self.ready[self.place..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.place += count;
        Ok(count)
    }
}
