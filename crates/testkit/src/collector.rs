//! A collector of traces: takes OTLP over HTTP, as a real one does, and keeps what came.
//!
//! Invariant: what is not a body of spans is answered with 400 and fails the test that looks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, ensure};
use domain::ledger::canonical::hex;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use prost::Message;

/// Largest body that is taken.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// One span, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// What it is called.
    pub name: String,
    /// Which trace it is part of, 32 digits.
    pub trace: String,
    /// Its own id, 16 digits.
    pub id: String,
    /// The span around it; empty when there is none.
    pub parent: String,
    /// Spans of other traces it belongs with.
    pub links: Vec<String>,
    /// What is said of it, as text.
    pub attributes: BTreeMap<String, String>,
    /// Whether it failed.
    pub failed: bool,
    /// The service that sent it.
    pub service: String,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Mutex<Vec<Span>>,
    odd: Mutex<Vec<String>>,
    refusing: AtomicBool,
}

/// A collector on a free port.
#[derive(Debug)]
pub struct Collector {
    address: String,
    kept: Arc<Kept>,
}

impl Collector {
    /// Starts it; it takes what comes until the test ends.
    pub fn start() -> Result<Collector> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let kept = Arc::new(Kept::default());
        let own = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Err(error) = answer(stream, &own) {
                    own.odd.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
                }
            }
        });
        Ok(Collector { address, kept })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses everything from now on, or takes it again.
    pub fn refuse(&self, refusing: bool) {
        self.kept.refusing.store(refusing, Ordering::Relaxed);
    }

    /// What came so far; an error when something came that is no body of spans.
    pub fn spans(&self) -> Result<Vec<Span>> {
        let odd = self.kept.odd.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(odd.is_empty(), "not spans: {odd:?}");
        Ok(self.kept.spans.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn answer(mut stream: TcpStream, kept: &Kept) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let asked = line.trim_end().to_owned();
    let mut length = 0;
    let mut kind = String::new();
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
    if kept.refusing.load(Ordering::Relaxed) {
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")?;
        return Ok(());
    }
    ensure!(asked == "POST /v1/traces HTTP/1.1" && kind == "application/x-protobuf", "{asked} {kind}");
    let request = ExportTraceServiceRequest::decode(&*body)?;
    kept.spans.lock().unwrap_or_else(PoisonError::into_inner).extend(read(request));
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")?;
    Ok(())
}

fn read(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for group in request.resource_spans {
        let about = group.resource.map(|resource| attributes(resource.attributes)).unwrap_or_default();
        let service = about.get("service.name").cloned().unwrap_or_default();
        for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(Span {
                name: span.name,
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
                attributes: attributes(span.attributes),
                failed: span.status.is_some_and(|status| status.code == 2),
                service: service.clone(),
            });
        }
    }
    spans
}

fn attributes(given: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => format!("{other:?}"),
    };
    given.into_iter().map(|pair| (pair.key, text(pair.value.and_then(|value| value.value)))).collect()
}
