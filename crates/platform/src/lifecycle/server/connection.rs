//! One connection, from the first byte to the last.
//!
//! Invariant: a handshake, a head of a request and an answer that is not taken each have a bounded time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::Watcher,
};
use tokio::{net::TcpStream, sync::Semaphore};
use tower::ServiceExt;

use super::stream::Stream;
use crate::tls::{Facts, Tls};

/// Handshakes at once: they cost more than anything else that a stranger can ask for.
const MOST_HANDSHAKES: usize = 1_024;
/// Headers a request may have.
const MOST_HEADERS: usize = 64;
/// Bytes of a request's line and headers together.
const MOST_HEAD_BYTES: usize = 64 * 1024;

/// That a request came over TLS, and with whose certificate. Found in its extensions.
#[derive(Debug, Clone)]
pub struct OverTls {
    /// Whom the client's certificate is for, when it showed one.
    pub client: Option<Arc<str>>,
}

/// A connection ready to be answered.
type Open = (Stream, Option<OverTls>);

/// How connections are answered.
#[derive(Clone)]
pub(super) struct Answering {
    pub(super) router: Router,
    pub(super) tls: Option<Tls>,
    pub(super) header_timeout: Duration,
    pub(super) write_timeout: Duration,
    pub(super) handshakes: Arc<Semaphore>,
}

impl Answering {
    pub(super) fn handshakes() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(MOST_HANDSHAKES))
    }

    /// Answers until either side ends it.
    pub(super) async fn answer(self, (stream, over): Open, peer: SocketAddr, watcher: Watcher) {
        let router = self.router;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(over) = &over {
                request.extensions_mut().insert(over.clone());
            }
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .half_close(false)
            .max_headers(MOST_HEADERS)
            .max_buf_size(MOST_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        // A client that goes away in the middle is its own business.
        let _ = watcher.watch(connection).await;
    }

    /// The handshake, where there is one. Whoever does not manage it is let go without a word: it is no client of ours.
    pub(super) async fn open(&self, stream: TcpStream) -> Option<Open> {
        // Small answers should not wait for more to fill a packet; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return Some((Stream::plain(stream, self.write_timeout), None)) };
        let shaken = async {
            let _turn = self.handshakes.acquire().await.ok()?;
            tls.acceptor().accept(stream).await.ok()
        };
        let stream = tokio::time::timeout(self.header_timeout, shaken).await.ok().flatten()?;
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| Facts::of(chain.first()?));
        let over = OverTls { client: shown.map(|facts| facts.subject.into()) };
        Some((Stream::tls(stream, self.write_timeout), Some(over)))
    }
}
