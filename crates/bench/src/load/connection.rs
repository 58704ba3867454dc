//! One connection to a server, for one request after another.
//!
//! Invariant: an answer is read whole before it counts, and a connection whose server has said that it closes is not used again.

use anyhow::{Context, Result, bail};
use domain::Stopwatch;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Servers close what nobody used for ten seconds.
const FRESH: Duration = Duration::from_secs(5);

/// What is sent: a body makes it a POST of JSON.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// Who asks.
    pub key: &'r str,
    /// Path and query.
    pub path: &'r str,
    /// The body, or nothing.
    pub body: &'r str,
}

/// What came back, without its content.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it says when to come back.
    pub retry_after: bool,
    /// Whether the server ends the connection.
    pub closes: bool,
}

/// A connection that is kept.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
    used: Stopwatch,
}

impl Connection {
    /// To `address`, which is `host:port`.
    pub async fn open(address: &str) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let host = address.to_owned();
        Ok(Connection { stream, host, buffer: Vec::with_capacity(65_536), used: Stopwatch::start() })
    }

    /// Whether it may be asked once more.
    pub fn is_fresh(&self) -> bool {
        let quiet = self.stream.try_read(&mut [0]).is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock);
        quiet && self.used.elapsed() < FRESH
    }

    /// Sends a request and reads what comes back.
    pub async fn ask(&mut self, request: Request<'_>) -> Result<Answer> {
        let Request { key, path, body } = request;
        let headers = format!("Host: {}\r\nX-API-Key: {key}\r\n", self.host);
        let text = if body.is_empty() {
            format!("GET {path} HTTP/1.1\r\n{headers}\r\n")
        } else {
            let length = body.len();
            format!(
                "POST {path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            )
        };
        self.stream.write_all(text.as_bytes()).await?;
        let answer = self.answer().await?;
        self.used = Stopwatch::start();
        Ok(answer)
    }

    async fn answer(&mut self) -> Result<Answer> {
        self.buffer.clear();
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = std::str::from_utf8(&self.buffer[..end])?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).context("no status")?;
        let length = header(&head, "content-length: ").and_then(|length| length.parse::<usize>().ok());
        let length = length.context("an answer without a length")?;
        while self.buffer.len() < end + length {
            self.more().await?;
        }
        let (retry_after, closes) = (header(&head, "retry-after: "), header(&head, "connection: "));
        Ok(Answer { status, retry_after: retry_after.is_some(), closes: closes == Some("close") })
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}
