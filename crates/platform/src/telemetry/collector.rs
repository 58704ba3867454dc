//! Whoever takes traces and figures: where it is, how it is spoken with, and handing it a body.
//!
//! Invariant: once its name was looked up, handing over ends within [`WHOLE`], and each step of it within [`PATIENCE`], whatever is at the
//! other end; only whether it was taken is read of the answer. Where [`outgoing`](crate::outgoing) would not go nothing is handed over.

mod plain;
mod rpc;
mod within;

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

use domain::Stopwatch;

use crate::{
    outgoing::{Range, Reach},
    tls::Trust,
};

use within::Within;

/// Time for a step: a connection, a read, a write.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time for all of them, from the first connection that is tried.
const WHOLE: Duration = Duration::from_secs(5);

/// What is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Spans of traces.
    Spans,
    /// Figures.
    Figures,
}

impl Signal {
    const ALL: [Signal; 2] = [Signal::Spans, Signal::Figures];

    /// Where OTLP over HTTP takes it, below the collector's address.
    const fn path(self) -> &'static str {
        match self {
            Signal::Spans => "/v1/traces",
            Signal::Figures => "/v1/metrics",
        }
    }

    /// The method that takes it over gRPC.
    const fn method(self) -> &'static str {
        match self {
            Signal::Spans => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Signal::Figures => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }
}

/// How it is spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http,
    Grpc,
}

impl Protocol {
    /// Each way to speak: its scheme, whether that is over TLS.
    const SCHEMES: [(&str, Protocol, bool); 4] = [
        ("http", Protocol::Http, false),
        ("https", Protocol::Http, true),
        ("grpc", Protocol::Grpc, false),
        ("grpcs", Protocol::Grpc, true),
    ];

    /// The port it usually listens on.
    const fn port(self) -> u16 {
        match self {
            Protocol::Http => 4318,
            Protocol::Grpc => 4317,
        }
    }
}

/// A collector: `http://host:4318`, and what its paths begin with, or `grpc://host:4317`; over TLS `https://` and `grpcs://`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    scheme: &'static str,
    protocol: Protocol,
    secure: bool,
    host: String,
    port: u16,
    base: String,
    /// Whose certificate it has to show.
    trust: Option<Trust>,
}

impl Collector {
    /// An address we can speak with; an empty text is none.
    pub(crate) fn optional(text: &str) -> Option<Option<Collector>> {
        if text.is_empty() {
            return Some(None);
        }
        let (scheme, rest) = text.split_once("://")?;
        let (scheme, protocol, secure) = Protocol::SCHEMES.into_iter().find(|known| known.0 == scheme)?;
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)?),
            None => (authority, protocol.port()),
        };
        let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
        let good = !host.is_empty() && host.bytes().all(name);
        let plain = path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#'));
        let base = path.trim_end_matches('/');
        let base = Signal::ALL.iter().find_map(|signal| base.strip_suffix(signal.path())).unwrap_or(base).to_owned();
        // The paths of gRPC are the names of its methods: there is nothing for them to begin with.
        let fits = protocol == Protocol::Http || base.is_empty();
        let host = host.to_owned();
        (good && plain && fits).then_some(Some(Collector { scheme, protocol, secure, host, port, base, trust: None }))
    }

    /// Whether it is asked over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// The same, which has to show a certificate of that authority.
    pub(crate) fn trusting(self, authority: PathBuf) -> Collector {
        Collector { trust: Some(Trust::of(Some(authority))), ..self }
    }

    /// Hands over a body (OTLP, protobuf). Blocks, and must not be called from a task.
    pub(super) fn take(&self, signal: Signal, body: &[u8]) -> io::Result<()> {
        let authority = format!("{}:{}", self.host, self.port);
        let addresses: Vec<SocketAddr> = (self.name(), self.port).to_socket_addrs()?.collect();
        let watch = Stopwatch::start();
        let (stream, trust) = (connected(addresses, &watch)?, self.trusted()?);
        if self.protocol == Protocol::Grpc {
            let over = trust.map(|trust| rpc::Over::new(trust, self.name())).transpose()?;
            let left = WHOLE.saturating_sub(watch.elapsed());
            return rpc::call((stream, over), (&authority, signal.method()), body, left);
        }
        let (stream, path) = (Within::new(stream, watch), format!("{}{}", self.base, signal.path()));
        match trust {
            None => plain::post(stream, &authority, &path, body),
            Some(trust) => {
                let stream = trust.over(self.name(), stream).map_err(io::Error::other)?;
                plain::post(stream, &authority, &path, body)
            }
        }
    }

    /// Whose certificate has to be shown; nobody's in the clear. Over TLS somebody's always has to.
    fn trusted(&self) -> io::Result<Option<&Trust>> {
        match &self.trust {
            _ if !self.secure => Ok(None),
            Some(trust) => Ok(Some(trust)),
            None => Err(io::Error::other("no authority says whose certificate to trust")),
        }
    }

    /// Its name or address, an IPv6 address out of its brackets.
    fn name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

/// A connection to the first that takes one, of those that may be reached.
fn connected(addresses: Vec<SocketAddr>, watch: &Stopwatch) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the collector's name leads nowhere");
    for address in addresses {
        if let Err(range) = Reach::Own.takes_in(address.ip()) {
            last = out_of_reach(address.ip(), range);
            continue;
        }
        match TcpStream::connect_timeout(&address, within::step(watch)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn out_of_reach(address: IpAddr, range: Range) -> io::Error {
    let reason = format!("the collector's name leads to {address}, which is out of reach ({})", range.words());
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}{}", self.scheme, self.host, self.port, self.base)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        sync::mpsc,
        thread,
    };

    use super::*;

    #[test]
    fn an_address_is_read_with_and_without_its_port_and_path() {
        let read = |text: &str| Collector::optional(text).map(|found| found.map(|found| found.to_string()));
        for (text, expected) in [
            ("http://localhost:4318", "http://localhost:4318"),
            ("http://otel", "http://otel:4318"),
            ("http://otel:9/base/", "http://otel:9/base"),
            ("http://otel:9/v1/traces", "http://otel:9"),
            ("http://otel/v1/metrics", "http://otel:4318"),
            ("http://[::1]:4318", "http://[::1]:4318"),
            ("grpc://otel", "grpc://otel:4317"),
            ("grpc://otel:9/", "grpc://otel:9"),
            ("https://otel/base", "https://otel:4318/base"),
            ("grpcs://otel", "grpcs://otel:4317"),
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
            "grpc://otel/base",
            "grpcs://otel/base",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn nothing_is_handed_over_where_secrets_are_told_or_nobody_is() {
        for (place, words) in [
            ("http://169.254.169.254", "metadata"),
            ("http://169.254.0.1", "link-local"),
            ("grpc://169.254.169.254", "metadata"),
            ("http://[fe80::1]:4318", "link-local"),
            ("http://0.0.0.0", "reserved"),
            ("http://[::ffff:169.254.169.254]:4318", "metadata"),
        ] {
            let error = Collector::optional(place).unwrap().unwrap().take(Signal::Spans, b"spans").unwrap_err();
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
            assert_eq!(collector.take(Signal::Spans, b"spans").is_ok(), taken, "{answer:?}");
            assert!(server.join().unwrap().starts_with("POST /v1/traces HTTP/1.1\r\n"));
            assert!(collector.take(Signal::Spans, b"spans").is_err(), "nobody listens any more");
        }
    }

    /// A byte of the answer at a time, each sooner than a step may take, for ever.
    #[test]
    fn whoever_answers_a_byte_at_a_time_is_not_waited_for_until_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let collector = Collector::optional(&format!("http://{}", listener.local_addr().unwrap())).unwrap().unwrap();
        let (leave, left) = mpsc::channel::<()>();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut given = 0;
            // Says nothing that ends a line, until whoever asked is gone.
            while left.recv_timeout(PATIENCE / 6) == Err(mpsc::RecvTimeoutError::Timeout) && given < 600 {
                given += usize::from(stream.write_all(b"H").is_ok());
            }
            given
        });
        let error = collector.take(Signal::Spans, b"spans").unwrap_err();
        leave.send(()).unwrap();
        assert!(matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock), "{error}");
        assert!(server.join().unwrap() > 2, "more than one step, none of them too slow");
    }

    #[test]
    fn whoever_speaks_no_grpc_or_leaves_in_the_middle_took_nothing() {
        let settings = b"\0\0\0\x04\0\0\0\0\0".as_slice();
        for answer in [b"".as_slice(), b"HTTP/1.1 400 Bad Request\r\n\r\n", settings, b"\0\0\0\x01\x07"] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let place = format!("grpc://{}", listener.local_addr().unwrap());
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 24];
                stream.read_exact(&mut asked).unwrap();
                stream.write_all(answer).unwrap();
                asked
            });
            let collector = Collector::optional(&place).unwrap().unwrap();
            assert!(collector.take(Signal::Figures, b"figures").is_err(), "{answer:?}");
            assert_eq!(&server.join().unwrap(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        }
    }
}
