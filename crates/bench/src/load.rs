//! Loads. Here a closed loop of clients, each with one connection: the next request leaves when the last was answered; in `open` a
//! schedule of requests that wait for nobody.

pub mod connection;
pub mod open;
pub mod spread;
pub mod tally;

use std::{fmt, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use domain::Stopwatch;

use self::connection::{Connection, Request};
use crate::{post::Run, server::PRODUCTS, times::Times};

type Make = dyn Fn(u64) -> (String, String) + Send + Sync;

/// What clients send: path and body of the n-th request.
#[derive(Clone)]
pub struct Load(Arc<Make>);

/// When clients stop asking.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so many seconds.
    Seconds(u64),
    /// After so many requests of all of them.
    Requests(u64),
}

impl Until {
    fn goes_on(self, watch: Stopwatch, next: u64) -> bool {
        match self {
            Until::Seconds(seconds) => watch.elapsed() < Duration::from_secs(seconds),
            Until::Requests(count) => next < count,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Answers a second.
    pub per_second: f64,
    /// Time to each answer.
    pub times: Times,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p95, p99] = [50, 95, 99].map(|percent| self.times.at(percent).as_secs_f64() * 1000.0);
        write!(f, "{:.0}/s, p50 {p50:.1} p95 {p95:.1} p99 {p99:.1} ms", self.per_second)
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

    /// Another request each time, path and body.
    pub fn with_bodies(request: impl Fn(u64) -> (String, String) + Send + Sync + 'static) -> Load {
        Load(Arc::new(request))
    }

    /// The n-th request.
    pub fn request(&self, number: u64) -> (String, String) {
        (self.0)(number)
    }

    /// Sales of one unit a line, spread over the catalogue.
    pub fn sales(postings: u64, lines: u64) -> Load {
        let run = Run::begin();
        Load(Arc::new(move |i| {
            let posting = |p: u64| {
                let line = |l: u64| {
                    format!(
                        "{{\"sku\":\"SKU-{:06}\",\"quantity\":\"1\",\"unit_price\":\"10\"}}",
                        (i * 7_919 + p * 13 + l) % PRODUCTS
                    )
                };
                let lines: Vec<String> = (0..lines).map(line).collect();
                let id = uuid::Uuid::from_u128(run.id(i * postings + p));
                format!("{{\"id\":\"{id}\",\"kind\":\"sale\",\"site\":\"centro\",\"lines\":[{}]}}", lines.join(","))
            };
            let postings: Vec<String> = (0..postings).map(posting).collect();
            ("/api/v1/postings".to_owned(), format!("{{\"postings\":[{}]}}", postings.join(",")))
        }))
    }
}

/// Runs the load until then.
pub async fn run(address: &str, key: &str, clients: usize, load: Load, until: Until) -> Result<Seen> {
    let watch = Stopwatch::start();
    let tasks: Vec<_> = (0..clients as u64)
        .map(|client| {
            let (address, key, load) = (address.to_owned(), key.to_owned(), load.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await?;
                let mut times = Vec::with_capacity(100_000);
                let mut next = client;
                while until.goes_on(watch, next) {
                    let (path, body) = load.request(next);
                    let asked = Stopwatch::start();
                    let request = Request { key: &key, path: &path, body: &body };
                    let status = connection.ask(request).await?.status;
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
    let times = Times::of(times)?;
    Ok(Seen { per_second: times.count() as f64 / elapsed, times })
}
