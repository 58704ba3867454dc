//! OTLP over gRPC: one unary call, then the connection ends.
//!
//! Invariant: a call that does not end with status 0 was not taken; it ends within its time, and what is read of its answer is bounded.

use std::{io, net::TcpStream, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderMap, Request, header},
};
use h2::{RecvStream, client};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use crate::tls::Trust;

/// What gRPC calls itself, as content and in what follows it.
const KIND: &str = "application/grpc";
const STATUS: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
/// Bytes that an answer may have, headers and body each.
const MOST_ANSWER_BYTES: usize = 16 * 1024;
/// Characters of its message that are told.
const MOST_TOLD: usize = 200;

/// TLS, to whoever shows the certificate of a name.
pub(super) struct Over {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Over {
    /// To whoever `trust` believes to be called so.
    pub(super) fn new(trust: &Trust, name: &str) -> io::Result<Over> {
        let connector = trust.connector_for(&[b"h2"]).map_err(io::Error::other)?;
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        Ok(Over { connector, name })
    }
}

/// Calls that method with a message of protobuf. Blocks, and must not be called from a task.
pub(super) fn call(
    (stream, over): (TcpStream, Option<Over>),
    to: (&str, &str),
    message: &[u8],
    within: Duration,
) -> io::Result<()> {
    let framed = framed(message)?;
    stream.set_nonblocking(true)?;
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream)?;
        let called = tokio::time::timeout(within, async {
            match over {
                None => exchange(stream, ("http", to.0, to.1), framed).await,
                Some(Over { connector, name }) => {
                    exchange(connector.connect(name, stream).await?, ("https", to.0, to.1), framed).await
                }
            }
        });
        called.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    })
}

/// Not compressed, its length, itself.
fn framed(message: &[u8]) -> io::Result<Bytes> {
    let length = u32::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut framed = Vec::with_capacity(message.len() + 5);
    framed.push(0);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    Ok(framed.into())
}

async fn exchange<S>(stream: S, (scheme, authority, path): (&str, &str, &str), message: Bytes) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let most = u32::try_from(MOST_ANSWER_BYTES).unwrap_or(u32::MAX);
    let handshake = client::Builder::new().max_header_list_size(most).handshake(stream);
    let (mut client, connection) = handshake.await.map_err(io::Error::other)?;
    // It carries what is said below, and ends with the runtime.
    tokio::spawn(connection);
    let request = Request::post(format!("{scheme}://{authority}{path}"))
        .header(header::CONTENT_TYPE, KIND)
        .header(header::TE, "trailers")
        .body(())
        .map_err(io::Error::other)?;
    let (answer, mut body) = client.send_request(request, false).map_err(io::Error::other)?;
    body.send_data(message, true).map_err(io::Error::other)?;
    let (head, body) = answer.await.map_err(io::Error::other)?.into_parts();
    if !head.status.is_success() {
        return Err(io::Error::other(format!("the collector answered {}", head.status)));
    }
    // A refusal may stand in the headers, with nothing after them.
    let end = if head.headers.contains_key(STATUS) { head.headers } else { trailers(body).await? };
    judged(&end)
}

async fn trailers(mut body: RecvStream) -> io::Result<HeaderMap> {
    let mut read = 0;
    while let Some(chunk) = body.data().await {
        let length = chunk.map_err(io::Error::other)?.len();
        read += length;
        if read > MOST_ANSWER_BYTES {
            return Err(io::Error::other(format!("the collector answered more than {MOST_ANSWER_BYTES} bytes")));
        }
        body.flow_control().release_capacity(length).map_err(io::Error::other)?;
    }
    let trailers = body.trailers().await.map_err(io::Error::other)?;
    trailers.ok_or_else(|| io::Error::other("the collector's answer has no end"))
}

fn judged(end: &HeaderMap) -> io::Result<()> {
    let text = |name| end.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text(STATUS) {
        "0" => Ok(()),
        status => {
            let message: String = text(MESSAGE).chars().take(MOST_TOLD).collect();
            Err(io::Error::other(format!("the collector answered gRPC status {status:?} {message:?}")))
        }
    }
}
