//! HTTP/1.1 messages on a stream (RFC 9112), as far as clients and servers of tests need them.
//!
//! Invariant: a message that is cut short is an error, never a shorter body.

use std::fmt::Write as _;
use std::io::{BufRead, ErrorKind, Read};
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};

use super::Response;

/// The request line and headers, ended by the empty line.
pub(super) fn request_head(method: &str, path: &str, host: &str, headers: &[(&str, &str)], length: usize) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        // Writing to a String cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head + "\r\n"
}

/// A request, as a server of ours reads it.
#[derive(Debug)]
pub(crate) struct Request {
    /// `POST /v1/traces`.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header called `name` (lower case); empty without one.
    pub(crate) fn header(&self, name: &str) -> &str {
        header(&self.headers, name).unwrap_or_default()
    }
}

/// Reads one request, whose body has no more than that many bytes.
pub(crate) fn read_request(stream: &mut impl BufRead, most_bytes: usize) -> Result<Request> {
    let line = read_line(stream)?;
    let line = line.strip_suffix(" HTTP/1.1").with_context(|| format!("not a request: {line:?}"))?.to_owned();
    let headers = read_headers(stream)?;
    let length = header(&headers, "content-length").unwrap_or("0").parse().context("content-length")?;
    ensure!(length <= most_bytes, "{length} bytes");
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Request { line, headers, body })
}

/// The first header called `name` (lower case).
pub(super) fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Whether the server has neither closed this kept connection nor said something unasked on it.
pub(super) fn is_open(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return false;
    }
    let silent = matches!(stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
    stream.set_nonblocking(false).is_ok() && silent
}

/// Reads one answer to a request of `method`.
pub(super) fn read_response(stream: &mut impl BufRead, method: &str) -> Result<Response> {
    let status_line = read_line(stream)?;
    let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("not a status line: {status_line:?}"))?;
    let headers = read_headers(stream)?;
    let mut response = Response { status, headers, body: Vec::new() };
    if method != "HEAD" && status != 204 && status != 304 {
        response.body = read_body(stream, &response)?;
    }
    Ok(response)
}

fn read_headers(stream: &mut impl BufRead) -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').with_context(|| format!("not a header: {line:?}"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_body(stream: &mut impl BufRead, response: &Response) -> Result<Vec<u8>> {
    if response.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return read_chunks(stream);
    }
    let mut body = Vec::new();
    match response.header("content-length") {
        Some(length) => {
            body.resize(length.parse().context("content-length")?, 0);
            stream.read_exact(&mut body)?;
        }
        None => drop(stream.read_to_end(&mut body)?),
    }
    Ok(body)
}

fn read_chunks(stream: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(stream)?;
        let size =
            usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).context("chunk size")?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        read_line(stream)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn read_line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    stream.take(64 * 1024).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        bail!("the connection ended within a message");
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8(line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Response> {
        read_response(&mut text.as_bytes(), "GET")
    }

    #[test]
    fn a_body_by_length_and_by_chunks_is_the_same() {
        let by_length = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        let by_chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n";
        assert_eq!(by_length.body, b"hello");
        assert_eq!(read(by_chunks).unwrap().body, b"hello");
    }

    #[test]
    fn a_message_cut_short_is_an_error() {
        for text in
            ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"]
        {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
