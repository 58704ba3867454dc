//! OTLP over gRPC, on HTTP/2 with nothing before it.
//!
//! Invariant: only the two methods, the one kind of content and whole messages are taken; each call ends with a status.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use h2::server::{self, SendResponse};
use h2::{Reason, RecvStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::runtime;

use super::{Kept, MOST_BYTES, Manner};

/// An empty message: nothing was refused of what came.
const EMPTY: &[u8] = &[0; 5];
const METHODS: [&str; 2] = [
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
];

pub(super) fn serve(listener: TcpListener, kept: &Arc<Kept>) {
    let served = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map(|runtime| {
        runtime.block_on(async {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(connection(stream, Arc::clone(kept)));
            }
        })
    });
    if let Err(error) | Ok(Err::<(), std::io::Error>(error)) = served {
        kept.odd(error);
    }
}

async fn connection(stream: tokio::net::TcpStream, kept: Arc<Kept>) {
    // Whoever gives up in the middle has sent nothing that could be looked at.
    let handshake = server::Builder::new().handshake::<_, &'static [u8]>(stream);
    let Ok(mut connection) = handshake.await else { return };
    while let Some(Ok((request, answer))) = connection.accept().await {
        let kept = Arc::clone(&kept);
        tokio::spawn(async move {
            if let Err(error) = answered(request, answer, &kept).await {
                kept.odd(format!("{error:#}"));
            }
        });
    }
}

async fn answered(
    request: Request<RecvStream>,
    mut answer: SendResponse<&'static [u8]>,
    kept: &Arc<Kept>,
) -> Result<()> {
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let path = head.uri.path().to_owned();
    let known = METHODS.contains(&path.as_str()) && head.method == "POST";
    let spoken = header("content-type") == "application/grpc" && header("te") == "trailers";
    ensure!(known && spoken, "{head:?}");
    // Whoever gives up in the middle has sent nothing that could be looked at, and does not wait for an answer.
    let Ok(read) = read(body).await else { return Ok(()) };
    let message = unframed(&read)?;
    let own = Arc::clone(kept);
    let taken = tokio::task::spawn_blocking(move || own.take(&path, &message)).await??;
    let head = Response::builder().header("content-type", "application/grpc");
    match taken {
        None => answer.send_reset(Reason::CANCEL),
        Some(Manner::Refuses) => {
            let head = head.header("grpc-status", "14").header("grpc-message", "come back later");
            let _ = answer.send_response(head.body(())?, true);
        }
        Some(_) => {
            let end = HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), "0".parse()?)]);
            let head = head.body(())?;
            let _ = answer.send_response(head, false).and_then(|mut body| {
                body.send_data(EMPTY, false)?;
                body.send_trailers(end)
            });
        }
    }
    Ok(())
}

async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut read = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        read.extend_from_slice(&chunk);
        if read.len() > MOST_BYTES {
            break;
        }
    }
    Ok(read)
}

/// The one message in it, which is not compressed.
fn unframed(read: &[u8]) -> Result<Vec<u8>> {
    ensure!(read.len() <= MOST_BYTES, "{} bytes", read.len());
    let (prefix, message) = read.split_at_checked(5).context("no prefix")?;
    let length = u32::from_be_bytes(prefix[1..].try_into()?);
    ensure!(prefix[0] == 0 && usize::try_from(length)? == message.len(), "{prefix:?} before {} bytes", message.len());
    Ok(message.to_vec())
}
