//! OTLP over HTTP: one POST, then the connection ends.
//!
//! Invariant: of the answer its first line alone is read, and no more of it than it may have.

use std::io::{self, BufRead, BufReader, Read, Write};

const MOST_STATUS_BYTES: u64 = 1_024;

/// Posts a body of protobuf there.
pub(super) fn post(mut stream: impl Read + Write, authority: &str, path: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut line = String::new();
    BufReader::new(stream.take(MOST_STATUS_BYTES)).read_line(&mut line)?;
    match line.split(' ').nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        _ => Err(io::Error::other(format!("the collector answered {:?}", line.trim_end()))),
    }
}
