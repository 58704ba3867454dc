//! A closed loop of clients, each with one connection: the next request leaves when the last was answered.

use std::{fmt, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use domain::Stopwatch;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::server::PRODUCTS;

type Make = dyn Fn(u64) -> (String, String) + Send + Sync;

/// What clients send: path and body of the n-th request.
#[derive(Clone)]
pub struct Load(Arc<Make>);

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Answers a second.
    pub per_second: f64,
    /// Percentiles of the time to an answer.
    pub p50: Duration,
    /// 95 of 100 were faster.
    pub p95: Duration,
    /// 99 of 100 were faster.
    pub p99: Duration,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |d: Duration| d.as_secs_f64() * 1000.0;
        write!(
            f,
            "{:.0}/s, p50 {:.1} p95 {:.1} p99 {:.1} ms",
            self.per_second,
            ms(self.p50),
            ms(self.p95),
            ms(self.p99)
        )
    }
}

impl Load {
    /// The same path each time.
    pub fn get(path: &'static str) -> Load {
        Load(Arc::new(move |_| (path.to_owned(), String::new())))
    }

    /// Another path each time.
    pub fn each(path: impl Fn(u64) -> String + Send + Sync + 'static) -> Load {
        Load(Arc::new(move |i| (path(i), String::new())))
    }

    /// Sales of one unit a line, spread over the catalogue.
    pub fn sales(postings: u64, lines: u64) -> Load {
        let run = domain::Clock::now(&domain::SystemClock).micros();
        Load(Arc::new(move |i| {
            let posting = |p: u64| {
                let line = |l: u64| {
                    format!(
                        "{{\"sku\":\"SKU-{:06}\",\"quantity\":\"1\",\"unit_price\":\"10\"}}",
                        (i * 7_919 + p * 13 + l) % PRODUCTS
                    )
                };
                let lines: Vec<String> = (0..lines).map(line).collect();
                let id = id(run, i * postings + p);
                format!("{{\"id\":\"{id}\",\"kind\":\"sale\",\"site\":\"centro\",\"lines\":[{}]}}", lines.join(","))
            };
            let postings: Vec<String> = (0..postings).map(posting).collect();
            ("/api/v1/postings".to_owned(), format!("{{\"postings\":[{}]}}", postings.join(",")))
        }))
    }
}

/// Time-ordered as real clients' are, and unlike those of any other run.
fn id(run: i64, number: u64) -> uuid::Uuid {
    uuid::Uuid::from_u128(u128::from(run.unsigned_abs()) << 72 | u128::from(number))
}

/// Runs the load for so long.
pub async fn run(address: &str, key: &str, clients: usize, load: Load, seconds: u64) -> Result<Seen> {
    let watch = Stopwatch::start();
    let until = Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..clients as u64)
        .map(|client| {
            let (address, key, load) = (address.to_owned(), key.to_owned(), load.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address, &key).await?;
                let mut times = Vec::with_capacity(100_000);
                let mut next = client;
                while watch.elapsed() < until {
                    let (path, body) = (load.0)(next);
                    let asked = Stopwatch::start();
                    let status = connection.ask(&path, &body).await?;
                    ensure!((200..300).contains(&status), "{path} answered {status}");
                    times.push(asked.elapsed());
                    next += clients as u64;
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let elapsed = watch.elapsed().as_secs_f64();
    times.sort_unstable();
    ensure!(!times.is_empty(), "nothing was answered");
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    Ok(Seen { per_second: times.len() as f64 / elapsed, p50: at(50), p95: at(95), p99: at(99) })
}

struct Connection {
    stream: TcpStream,
    headers: String,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str, key: &str) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let headers = format!("Host: {address}\r\nX-API-Key: {key}\r\n");
        Ok(Connection { stream, headers, buffer: Vec::with_capacity(65_536) })
    }

    async fn ask(&mut self, path: &str, body: &str) -> Result<u16> {
        let request = if body.is_empty() {
            format!("GET {path} HTTP/1.1\r\n{}\r\n", self.headers)
        } else {
            let length = body.len();
            format!(
                "POST {path} HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}",
                self.headers
            )
        };
        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<u16> {
        self.buffer.clear();
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = std::str::from_utf8(&self.buffer[..end])?.to_owned();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).context("no status")?;
        let length = head
            .lines()
            .find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
        let length = length.context("an answer without a length")?;
        while self.buffer.len() < end + length {
            self.more().await?;
        }
        Ok(status)
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}
