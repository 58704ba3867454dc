//! OTLP over HTTP/1.1.
//!
//! Invariant: one request a connection, one connection at a time; only the two paths and the one kind of body that OTLP knows are taken.

use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};

use anyhow::{Result, ensure};

use super::{Kept, MOST_BYTES, Manner};
use crate::http::read_request;

pub(super) fn serve(listener: &TcpListener, kept: &Kept) {
    for stream in listener.incoming().flatten() {
        if let Err(error) = answer(stream, kept) {
            kept.odd(error);
        }
    }
}

fn answer(mut stream: TcpStream, kept: &Kept) -> Result<()> {
    let asked = read_request(&mut BufReader::new(&stream), MOST_BYTES)?;
    let (path, kind) = (asked.line.strip_prefix("POST ").unwrap_or_default(), asked.header("content-type"));
    let known = matches!(path, "/v1/traces" | "/v1/metrics") && kind == "application/x-protobuf";
    ensure!(known, "{} {kind}", asked.line);
    let answer: &[u8] = match kept.take(path, &asked.body)? {
        None => return Ok(()),
        Some(Manner::Refuses) => b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        Some(_) => b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n",
    };
    // Whoever gave up meanwhile does not wait for it.
    let _ = stream.write_all(answer);
    Ok(())
}
