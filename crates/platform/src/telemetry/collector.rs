//! Whoever takes traces: where it is, and handing it a body.
//!
//! Invariant: handing over ends within [`PATIENCE`] a step, whatever is at the other end; only the status of the answer is read. Where
//! [`outgoing`](crate::outgoing) would not go nothing is handed over.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, TcpStream, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

use crate::{
    outgoing::{Range, Reach},
    tls::{Authorities, Trust},
};

const PATIENCE: Duration = Duration::from_secs(3);
/// Where OTLP over HTTP takes spans, below the collector's address.
const SPANS_PATH: &str = "/v1/traces";
const OTLP_PORT: u16 = 4318;
const MOST_STATUS_BYTES: u64 = 1_024;

/// A collector of traces: `http://host:4318`, or `https://` over TLS, and what its paths begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    secure: bool,
    host: String,
    port: u16,
    base: String,
    /// Whose certificate it has to show.
    trust: Option<Trust>,
}

/// What is written to and read from.
trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

impl Collector {
    /// An address we can speak with; an empty text is none.
    pub(crate) fn optional(text: &str) -> Option<Option<Collector>> {
        if text.is_empty() {
            return Some(None);
        }
        let (secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)?),
            None => (authority, OTLP_PORT),
        };
        let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
        let good = !host.is_empty() && host.bytes().all(name);
        let plain = path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#'));
        let base = path.trim_end_matches('/').trim_end_matches(SPANS_PATH).to_owned();
        (good && plain).then(|| Some(Collector { secure, host: host.to_owned(), port, base, trust: None }))
    }

    /// Whether it is asked over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// The same, which has to show a certificate of that authority.
    pub(crate) fn trusting(self, authority: PathBuf) -> Collector {
        Collector { trust: Some(Trust { authority: Authorities::File(authority), shown: None }), ..self }
    }

    /// Hands over a body of spans (OTLP, protobuf). Blocks.
    pub(super) fn post(&self, body: &[u8]) -> io::Result<()> {
        let mut stream = self.speak()?;
        let head = format!(
            "POST {}{SPANS_PATH} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.base,
            self.host,
            self.port,
            body.len()
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

    /// The authority is read each time, so that one that is replaced is followed.
    fn speak(&self) -> io::Result<Box<dyn Stream>> {
        let stream = self.connect()?;
        match &self.trust {
            Some(trust) if self.secure => Ok(Box::new(trust.over(self.name(), stream).map_err(io::Error::other)?)),
            None if self.secure => Err(io::Error::other("no authority says whose certificate to trust")),
            _ => Ok(Box::new(stream)),
        }
    }

    /// Its name or address, an IPv6 address out of its brackets.
    fn name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let host = self.name();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the collector's name leads nowhere");
        for address in (host, self.port).to_socket_addrs()? {
            if let Err(range) = Reach::Own.takes_in(address.ip()) {
                last = out_of_reach(address.ip(), range);
                continue;
            }
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn out_of_reach(address: IpAddr, range: Range) -> io::Error {
    let reason = format!("the collector's name leads to {address}, which is out of reach ({})", range.words());
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}{}", self.host, self.port, self.base)
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn an_address_is_read_with_and_without_its_port_and_path() {
        let read = |text: &str| Collector::optional(text).map(|found| found.map(|found| found.to_string()));
        for (text, expected) in [
            ("http://localhost:4318", "http://localhost:4318"),
            ("http://otel", "http://otel:4318"),
            ("http://otel:9/base/", "http://otel:9/base"),
            ("http://otel:9/v1/traces", "http://otel:9"),
            ("http://[::1]:4318", "http://[::1]:4318"),
            ("https://otel/base", "https://otel:4318/base"),
        ] {
            assert_eq!(read(text), Some(Some(expected.to_owned())), "{text}");
        }
        assert_eq!(read(""), Some(None));
        for odd in [
            "otel:4318",
            "ftp://otel:4318",
            "https://",
            "http://",
            "http://:4318",
            "http://o tel",
            "http://otel:0",
            "http://otel:x",
            "http://o/?a",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn nothing_is_handed_over_where_secrets_are_told_or_nobody_is() {
        for (place, words) in [
            ("http://169.254.169.254", "metadata"),
            ("http://169.254.0.1", "link-local"),
            ("http://[fe80::1]:4318", "link-local"),
            ("http://0.0.0.0", "reserved"),
            ("http://[::ffff:169.254.169.254]:4318", "metadata"),
        ] {
            let error = Collector::optional(place).unwrap().unwrap().post(b"spans").unwrap_err();
            let told = error.to_string();
            assert!(error.kind() == io::ErrorKind::PermissionDenied && told.contains(words), "{place}: {told}");
        }
    }

    #[test]
    fn what_is_answered_decides_and_a_dead_one_is_an_error() {
        for (answer, taken) in [("HTTP/1.1 200 OK\r\n\r\n", true), ("HTTP/1.1 503 No\r\n\r\n", false), ("", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let collector =
                Collector::optional(&format!("http://{}", listener.local_addr().unwrap())).unwrap().unwrap();
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 256];
                let length = stream.read(&mut asked).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                String::from_utf8_lossy(&asked[..length]).into_owned()
            });
            assert_eq!(collector.post(b"spans").is_ok(), taken, "{answer:?}");
            assert!(server.join().unwrap().starts_with("POST /v1/traces HTTP/1.1\r\n"));
            assert!(collector.post(b"spans").is_err(), "nobody listens any more");
        }
    }
}
