//! Asking the running server, from the machine it runs on.
//!
//! Invariant: over TLS only a server that holds our own certificate is spoken to; every answer is bounded in time and size.

use std::{io, net::SocketAddr, time::Duration};

use platform::{config::Settings, secret::Secret, tls};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const WAIT: Duration = Duration::from_secs(5);
/// A page of figures has some hundred kilobytes.
const MOST_BYTES: u64 = 8 << 20;

/// What it said.
pub(crate) struct Answer {
    /// Its status; 0 for what is no answer in HTTP/1.1.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: String,
}

/// Asks for a path on one of the server's addresses, with a key or as a stranger.
pub(crate) async fn get(
    settings: &Settings,
    (address, path): (SocketAddr, &str),
    key: Option<&Secret>,
) -> io::Result<Answer> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    timeout(WAIT, ask(settings, (address, path), key)).await.map_err(late)?.map(|answer| read(&answer))
}

async fn ask(settings: &Settings, (mut address, path): (SocketAddr, &str), key: Option<&Secret>) -> io::Result<String> {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let stream = TcpStream::connect(address).await?;
    let shown = key.map(|key| format!("X-API-Key: {}\r\n", key.expose())).unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{shown}Connection: close\r\n\r\n");
    match &settings.door.tls {
        None => exchange(stream, &request).await,
        Some(files) => {
            let connector = tls::trusting_only(&files.certificate, &files.key).map_err(io::Error::other)?;
            exchange(connector.connect(tls::asking(), stream).await?, &request).await
        }
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> io::Result<String> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}

fn read(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    Answer { status: status.unwrap_or_default(), body: body.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_its_body() {
        let seen = |text| {
            let Answer { status, body } = read(text);
            (status, body)
        };
        assert_eq!(seen("HTTP/1.1 503 Busy\r\nx: y\r\n\r\n{}\r\n"), (503, "{}".to_owned()));
        assert_eq!(seen("SSH-2.0"), (0, String::new()));
        assert_eq!(seen(""), (0, String::new()));
    }
}
