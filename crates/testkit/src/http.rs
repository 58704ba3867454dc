//! A small HTTP/1.1 client for tests: one kept-alive connection, hard time limits, nothing hidden.
//!
//! Invariant: every read and write has a deadline, so a server that hangs fails the test instead of stopping it.

mod wire;

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

pub(crate) use wire::read_request;

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body, its transfer coding undone.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header called `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        wire::header(&self.headers, name)
    }

    /// The body as text, for messages and pages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON ({}): {}", self.status, self.text()))
    }

    /// The stable `code` of a problem, or an empty text.
    pub fn problem_code(&self) -> String {
        let code = self.json().ok().and_then(|body| body.get("code")?.as_str().map(str::to_owned));
        code.unwrap_or_default()
    }
}

/// A client of one server.
#[derive(Debug)]
pub struct Client {
    address: String,
    headers: Vec<(String, String)>,
    connection: Option<BufReader<TcpStream>>,
    patience: Duration,
}

impl Client {
    /// `address` is `host:port`.
    pub fn new(address: &str) -> Client {
        Client { address: address.to_owned(), headers: Vec::new(), connection: None, patience: Duration::from_secs(30) }
    }

    /// Sends `X-API-Key` with every request.
    #[must_use]
    pub fn key(self, secret: &str) -> Client {
        self.with_header("X-API-Key", secret)
    }

    /// Sends this header with every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Client {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How long one answer may take; 30 s unless told.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Client {
        self.patience = patience;
        self
    }

    /// GET.
    pub fn get(&mut self, path: &str) -> Result<Response> {
        self.send("GET", path, &[], b"")
    }

    /// POST of a JSON body.
    pub fn post(&mut self, path: &str, body: &Value) -> Result<Response> {
        self.send("POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    /// POST of bytes called JSON, whatever they are.
    pub fn post_raw(&mut self, path: &str, body: &[u8]) -> Result<Response> {
        self.send("POST", path, &[("Content-Type", "application/json")], body)
    }

    /// PATCH of a JSON body with `If-Match`.
    pub fn patch(&mut self, path: &str, etag: &str, body: &Value) -> Result<Response> {
        let headers = [("Content-Type", "application/json"), ("If-Match", etag)];
        self.send("PATCH", path, &headers, body.to_string().as_bytes())
    }

    /// Any request. A kept connection that the server closed meanwhile is opened again, once; a request that may have been
    /// received is not repeated.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Response> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> = own.chain(headers.iter().copied()).collect();
        let head = wire::request_head(method, path, &self.address, &all, body.len());
        let mut stream = match self.connection.take() {
            Some(kept) if wire::is_open(kept.get_ref()) => kept,
            _ => self.connect()?,
        };
        stream.get_mut().write_all(head.as_bytes())?;
        // A server may refuse a body by its length and close before reading it all; its answer is what counts.
        let sent = stream.get_mut().write_all(body);
        let response = wire::read_response(&mut stream, method).with_context(|| match &sent {
            Ok(()) => format!("no answer to {method} {path}"),
            Err(error) => format!("{method} {path}: the body was not taken ({error}) and no answer came"),
        })?;
        if sent.is_ok() && !response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.connection = Some(stream);
        }
        Ok(response)
    }

    fn connect(&self) -> Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(&self.address).with_context(|| format!("connecting to {}", self.address))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_write_timeout(Some(self.patience))?;
        Ok(BufReader::new(stream))
    }
}
