//! Answers connections until told to stop.
//!
//! Invariant: connections, in all and of one address, header sizes, and the time for a handshake, for headers and for taking an answer are
//! bounded; stopping lets running requests end, for a bounded time.

mod connection;
mod crowd;
mod stream;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use self::{
    connection::Answering,
    crowd::{Crowd, Place},
};
use super::Shutdown;
use crate::{config::Settings, machine, network::Networks, tls::Tls};

pub use connection::OverTls;

/// One of so many connections is for sending to TLS, and one for telling figures, where that is done apart; the rest are answered.
const APART: usize = 8;
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

/// What connections may cost.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections held at once; more wait in the operating system's queue.
    pub connections: usize,
    /// Connections of one address; more are closed at once.
    pub connections_per_address: usize,
    /// Addresses through which many come.
    pub crowded: Networks,
    /// Time a client gets for its handshake, to send its headers, and to begin the next request.
    pub header_timeout: Duration,
    /// Time a client gets to take some of what is sent to it.
    pub write_timeout: Duration,
}

impl Bounds {
    /// What nobody has set otherwise.
    pub fn usual() -> Bounds {
        Bounds {
            connections: 10_000,
            connections_per_address: 256,
            crowded: Networks::loopback(),
            header_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
        }
    }

    /// As the settings say, and as many connections as there are files for.
    pub fn of(settings: &Settings) -> Bounds {
        Bounds { connections: shares(settings).answered, ..Bounds::of_any(settings) }
    }

    /// The same for whoever is only sent to TLS, or only told figures. There is less room, of which no address may hold all.
    pub fn apart(settings: &Settings) -> Bounds {
        let (connections, bounds) = (shares(settings).apart, Bounds::of_any(settings));
        Bounds { connections, connections_per_address: bounds.connections_per_address.min(half(connections)), ..bounds }
    }

    fn of_any(settings: &Settings) -> Bounds {
        let door = &settings.door;
        Bounds {
            connections: door.max_connections,
            connections_per_address: door.max_connections_per_address,
            crowded: door.proxies.trusted.iter().chain(Networks::loopback().iter()).copied().collect(),
            header_timeout: door.header_timeout,
            write_timeout: settings.request_timeout,
        }
    }
}

/// What one address may hold where there is so much room.
fn half(connections: usize) -> usize {
    (connections / 2).max(1)
}

/// How many connections each holds that listens.
#[derive(Debug, PartialEq, Eq)]
struct Shares {
    /// What answers.
    answered: usize,
    /// Each of those beside it.
    apart: usize,
}

/// What they hold together is no more than there is room for.
fn shares(settings: &Settings) -> Shares {
    let (door, room) = (&settings.door, machine::room_for(settings.door.max_connections));
    let redirects = door.redirect_listen.is_some() && door.tls.is_some();
    shared(room, usize::from(redirects) + usize::from(door.metrics_listen.is_some()))
}

fn shared(room: usize, beside: usize) -> Shares {
    let apart = (room / APART).max(1);
    Shares { answered: room.saturating_sub(apart * beside).max(1), apart }
}

/// A listening socket, not yet answered.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    bounds: Bounds,
    notice: Duration,
    tls: Option<Tls>,
}

impl Server {
    /// Listens. Port 0 takes a free one.
    pub async fn bind(address: SocketAddr, bounds: Bounds) -> Result<Server, ServerError> {
        let refused = |source| ServerError { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Server { listener, address, bounds, notice: Duration::ZERO, tls: None })
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

    /// Speaks TLS and nothing else.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Server {
        self.tls = Some(tls);
        self
    }

    /// Answers with `router` until told to stop, then waits for what runs, no longer than `drain`. Whether all of it ended.
    pub async fn run(self, router: Router, shutdown: Shutdown, drain: Duration) -> bool {
        let graceful = GracefulShutdown::new();
        let room = Arc::new(Semaphore::new(self.bounds.connections));
        let crowd = Crowd::new(self.bounds.connections_per_address, self.bounds.crowded.clone());
        let answering = self.answering(router);
        let closing = Shutdown::default();
        let stopped = async {
            shutdown.wait().await;
            tokio::time::sleep(self.notice).await;
        };
        tokio::pin!(stopped);
        loop {
            // Never closed, so there is always a permit to come.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
            let (stream, peer, place) = tokio::select! {
                accepted = self.accept(&crowd) => accepted,
                () = &mut stopped => break,
            };
            let (opened, watcher) = (Opened::count(), graceful.watcher());
            let (answering, closing) = (answering.clone(), closing.clone());
            tokio::spawn(async move {
                // A handshake in hand is nothing anybody waits for.
                let open = tokio::select! {
                    open = answering.open(stream) => open,
                    () = closing.wait() => None,
                };
                if let Some(open) = open {
                    answering.answer(open, peer, watcher).await;
                }
                drop((permit, opened, place));
            });
        }
        drop(self.listener);
        closing.trigger();
        tokio::time::timeout(drain, graceful.shutdown()).await.is_ok()
    }

    fn answering(&self, router: Router) -> Answering {
        Answering {
            router,
            tls: self.tls.clone(),
            header_timeout: self.bounds.header_timeout,
            write_timeout: self.bounds.write_timeout,
            handshakes: Answering::handshakes(),
        }
    }

    /// The next connection of somebody who may have one more.
    async fn accept(&self, crowd: &Crowd) -> (TcpStream, SocketAddr, Place) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => match crowd.place(peer.ip()) {
                    Some(place) => return (stream, peer, place),
                    None => tracing::debug!(client = %peer.ip(), "closed: too many connections of one address"),
                },
                Err(error) => refused(&error).await,
            }
        }
    }
}

async fn refused(error: &io::Error) {
    // A client that gave up before it was accepted is no trouble of ours.
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::error!(%error, "cannot accept connections");
        tokio::time::sleep(REFUSED_PAUSE).await;
    }
}

#[cfg(test)]
mod tests;
