//! OTLP over HTTP/1.1.
//!
//! Invariant: one request a connection, one connection at a time; only the two paths and the one kind of body that OTLP knows are taken.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use anyhow::{Context, Result, ensure};

use super::{Kept, MOST_BYTES, Manner};

pub(super) fn serve(listener: &TcpListener, kept: &Kept) {
    for stream in listener.incoming().flatten() {
        if let Err(error) = answer(stream, kept) {
            kept.odd(error);
        }
    }
}

fn answer(mut stream: TcpStream, kept: &Kept) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let asked = line.trim_end().to_owned();
    let (mut length, mut kind) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().context("content-length")?,
            "content-type" => value.trim().clone_into(&mut kind),
            _ => {}
        }
    }
    ensure!(length <= MOST_BYTES, "{length} bytes");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = asked.strip_prefix("POST ").and_then(|rest| rest.strip_suffix(" HTTP/1.1")).unwrap_or_default();
    let known = matches!(path, "/v1/traces" | "/v1/metrics") && kind == "application/x-protobuf";
    ensure!(known, "{asked} {kind}");
    let answer: &[u8] = match kept.take(path, &body)? {
        None => return Ok(()),
        Some(Manner::Refuses) => b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        Some(_) => b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n",
    };
    // Whoever gave up meanwhile does not wait for it.
    let _ = stream.write_all(answer);
    Ok(())
}
