//! A collector of traces and figures: takes OTLP over HTTP or gRPC, as a real one does, and keeps what came.
//!
//! Invariant: what is not a body of spans or of figures is refused and fails the test that looks.

mod plain;
mod read;
mod rpc;

use std::net::TcpListener;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Result, ensure};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

pub use read::{Figure, Span};

/// Largest body that is taken.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What it does with what comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    #[default]
    Takes,
    /// Says that it cannot now.
    Refuses,
    /// Reads it and says nothing for as long as it is told to be so; then what waited goes unanswered.
    Hangs,
}

#[derive(Debug, Default)]
struct Kept {
    came: Mutex<Came>,
    manner: Mutex<Manner>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Came {
    spans: Vec<Span>,
    figures: Vec<Figure>,
    odd: Vec<String>,
    hung: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// Takes a body that came for that path; what to answer, or that it is not to be answered.
    fn take(&self, path: &str, body: &[u8]) -> Result<Option<Manner>> {
        let mut manner = lock(&self.manner);
        if *manner == Manner::Hangs {
            lock(&self.came).hung += 1;
            while *manner == Manner::Hangs {
                manner = self.changed.wait(manner).unwrap_or_else(PoisonError::into_inner);
            }
            return Ok(None);
        }
        if *manner == Manner::Refuses {
            return Ok(Some(Manner::Refuses));
        }
        let figures = path.contains("metrics");
        if figures {
            let figures = read::figures(ExportMetricsServiceRequest::decode(body)?);
            let mut came = lock(&self.came);
            came.figures.retain(|known| figures.first().is_none_or(|new| new.who != known.who));
            came.figures.extend(figures);
        } else {
            let spans = read::spans(ExportTraceServiceRequest::decode(body)?);
            lock(&self.came).spans.extend(spans);
        }
        Ok(Some(Manner::Takes))
    }

    fn odd(&self, what: impl std::fmt::Display) {
        lock(&self.came).odd.push(what.to_string());
    }
}

/// A collector on a port.
#[derive(Debug)]
pub struct Collector {
    scheme: &'static str,
    address: String,
    kept: Arc<Kept>,
}

impl Collector {
    /// Starts one over HTTP on a free port; it takes what comes until the test ends.
    pub fn start() -> Result<Collector> {
        Collector::at("http", "127.0.0.1:0")
    }

    /// Starts one over gRPC.
    pub fn start_grpc() -> Result<Collector> {
        Collector::at("grpc", "127.0.0.1:0")
    }

    /// Starts one that speaks so, there.
    pub fn at(scheme: &'static str, address: &str) -> Result<Collector> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?.to_string();
        let kept = Arc::new(Kept::default());
        let own = Arc::clone(&kept);
        thread::spawn(move || match scheme {
            "grpc" => rpc::serve(listener, &own),
            _ => plain::serve(&listener, &own),
        });
        Ok(Collector { scheme, address, kept })
    }

    /// `http://127.0.0.1:PORT`, or `grpc://`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What it does from now on.
    pub fn behave(&self, manner: Manner) {
        *lock(&self.kept.manner) = manner;
        self.kept.changed.notify_all();
    }

    /// The spans that came so far; an error when something came that is no body of them.
    pub fn spans(&self) -> Result<Vec<Span>> {
        Ok(self.came()?.spans.clone())
    }

    /// The figures that came last, of each process.
    pub fn figures(&self) -> Result<Vec<Figure>> {
        Ok(self.came()?.figures.clone())
    }

    /// How often it said nothing.
    pub fn hung(&self) -> Result<usize> {
        Ok(self.came()?.hung)
    }

    fn came(&self) -> Result<MutexGuard<'_, Came>> {
        let came = lock(&self.kept.came);
        ensure!(came.odd.is_empty(), "neither spans nor figures: {:?}", came.odd);
        Ok(came)
    }
}
