//! Answers connections until told to stop.
//!
//! Invariant: connections, header sizes and the time to send headers are bounded; stopping lets running requests end, for a
//! bounded time.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt;

use super::Shutdown;

/// Connections held at once; more wait in the operating system's queue.
const MOST_CONNECTIONS: usize = 10_000;
/// Time a client gets to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after the operating system refused a connection, usually for want of file descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// Connections open in this process.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// How many connections are open in this process, over all it listens on.
pub fn open_connections() -> usize {
    OPEN.load(Ordering::Relaxed)
}

/// One open connection.
struct Opened;

impl Opened {
    fn count() -> Opened {
        OPEN.fetch_add(1, Ordering::Relaxed);
        Opened
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why we could not begin to listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ServerError {
    address: SocketAddr,
    #[source]
    source: io::Error,
}

impl ServerError {
    /// The address asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether somebody else has it.
    pub fn is_in_use(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

/// A listening socket, not yet answered.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    notice: Duration,
}

impl Server {
    /// Listens. Port 0 takes a free one.
    pub async fn bind(address: SocketAddr) -> Result<Server, ServerError> {
        let refused = |source| ServerError { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Server { listener, address, notice: Duration::ZERO })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes on answering for so long after being told to stop, while `/ready` says no and balancers look elsewhere.
    #[must_use]
    pub fn with_notice(mut self, notice: Duration) -> Server {
        self.notice = notice;
        self
    }

    /// Answers with `router` until told to stop, then waits for what runs, no longer than `drain`. Whether all of it ended.
    pub async fn run(self, router: Router, shutdown: Shutdown, drain: Duration) -> bool {
        let graceful = GracefulShutdown::new();
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let stopped = async {
            shutdown.wait().await;
            tokio::time::sleep(self.notice).await;
        };
        tokio::pin!(stopped);
        loop {
            // Never closed, so there is always a permit to come.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
            let (stream, peer) = tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        refused(&error).await;
                        continue;
                    }
                },
                () = &mut stopped => break,
            };
            let connection = graceful.watch(connection(stream, peer, router.clone()));
            let opened = Opened::count();
            tokio::spawn(async move {
                // A client that goes away in the middle is its own business.
                let _ = connection.await;
                drop((permit, opened));
            });
        }
        drop(self.listener);
        tokio::time::timeout(drain, graceful.shutdown()).await.is_ok()
    }
}

async fn refused(error: &io::Error) {
    // A client that gave up before it was accepted is no trouble of ours.
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::error!(%error, "cannot accept connections");
        tokio::time::sleep(REFUSED_PAUSE).await;
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send {
    // Small answers should not wait for more to fill a packet; without it they are only slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .half_close(false)
        .max_headers(64)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service)
}

#[cfg(test)]
mod tests;
