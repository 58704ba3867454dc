//! From a name to a connection.
//!
//! Invariant: what is connected to is an address that was looked at here, so that a name cannot lead to one place when it is looked at
//! and to another when it is used.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::http::Uri;
use futures_util::{FutureExt, future::BoxFuture};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::rustls::pki_types::ServerName;
use tower::Service;

use super::{Destination, Fault, Scheme, destination::find};
use crate::{http::problem::chain, network::Networks, tls::Trust};

/// Addresses of one name that are tried.
const MOST_TRIED: usize = 4;
/// Time for all addresses but the last together, so that a request of little more than a second comes to the last one too.
const BEFORE_THE_LAST: Duration = Duration::from_millis(750);

/// Knows addresses by name.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a name, in the order to try them.
    fn resolve<'n>(&'n self, host: &'n str) -> BoxFuture<'n, io::Result<Vec<IpAddr>>>;
}

/// Asks the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'n>(&'n self, host: &'n str) -> BoxFuture<'n, io::Result<Vec<IpAddr>>> {
        async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) }.boxed()
    }
}

/// Connects to destinations. Cheap to clone.
#[derive(Clone)]
pub(super) struct Connector(Arc<Inner>);

struct Inner {
    destinations: Arc<[Destination]>,
    networks: Networks,
    trust: Option<Trust>,
    resolver: Arc<dyn Resolve>,
}

impl Connector {
    pub(super) fn new(
        destinations: Arc<[Destination]>,
        networks: Networks,
        trust: Option<Trust>,
        resolver: Arc<dyn Resolve>,
    ) -> Connector {
        Connector(Arc::new(Inner { destinations, networks, trust, resolver }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = Fault;
    type Future = BoxFuture<'static, Result<TokioIo<Wire>, Fault>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let inner = Arc::clone(&self.0);
        async move {
            let destination = find(&inner.destinations, &uri)?;
            let stream = inner.connect(destination).await?;
            // Small requests should not wait for more to fill a packet; without it they are only slower.
            let _ = stream.set_nodelay(true);
            Ok(TokioIo::new(inner.speak(destination, stream).await?))
        }
        .boxed()
    }
}

impl Inner {
    async fn connect(&self, destination: &Destination) -> Result<TcpStream, Fault> {
        let mut last = None;
        let mut addresses = self.addresses(destination).await?;
        addresses.truncate(MOST_TRIED);
        for (index, address) in addresses.iter().enumerate() {
            match connect(SocketAddr::new(*address, destination.port), time_for(index, addresses.len())).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(Fault::Unreachable { address: *address, reason: error.to_string() }),
            }
        }
        let nowhere = || Fault::Unresolved { host: destination.host.clone(), reason: "it has none".to_owned() };
        Err(last.unwrap_or_else(nowhere))
    }

    /// Where it may be, among where it says to be.
    async fn addresses(&self, destination: &Destination) -> Result<Vec<IpAddr>, Fault> {
        let host = &destination.host;
        let found = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => self
                .resolver
                .resolve(host)
                .await
                .map_err(|error| Fault::Unresolved { host: host.clone(), reason: error.to_string() })?,
        };
        let (mut allowed, mut refused) = (Vec::new(), None);
        for address in found {
            match destination.may_reach(address, &self.networks) {
                Ok(()) => allowed.push(address),
                Err(range) => refused = Some(Fault::OutOfReach { host: host.clone(), address, range }),
            }
        }
        match refused.filter(|_| allowed.is_empty()) {
            Some(fault) => Err(fault),
            None => Ok(allowed),
        }
    }

    async fn speak(&self, destination: &Destination, stream: TcpStream) -> Result<Wire, Fault> {
        if destination.scheme == Scheme::Http {
            return Ok(Wire(Box::new(stream)));
        }
        let failed = |reason: String| Fault::Untrusted { host: destination.host.clone(), reason };
        let trust =
            self.trust.as_ref().ok_or_else(|| failed("no authority is named whose certificates hold".to_owned()))?;
        // Read anew for each connection, so that certificates are replaced as they are on disk.
        let reading = trust.clone();
        let read = tokio::task::spawn_blocking(move || reading.connector())
            .await
            .map_err(|error| failed(error.to_string()))?;
        let connector = read.map_err(|error| failed(chain(&error)))?;
        let name = ServerName::try_from(destination.host.clone()).map_err(|error| failed(error.to_string()))?;
        let stream = connector.connect(name, stream).await.map_err(|error| failed(error.to_string()))?;
        Ok(Wire(Box::new(stream)))
    }
}

/// Time for the address of that place among so many; the last one has what is left of the request's.
fn time_for(index: usize, addresses: usize) -> Option<Duration> {
    let others = u32::try_from(addresses.checked_sub(1)?).ok()?;
    (index < addresses - 1).then(|| BEFORE_THE_LAST / others)
}

async fn connect(address: SocketAddr, within: Option<Duration>) -> io::Result<TcpStream> {
    let connecting = TcpStream::connect(address);
    match within {
        None => connecting.await,
        Some(time) => {
            tokio::time::timeout(time, connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        }
    }
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// A connection, in the clear or over TLS.
pub(super) struct Wire(Box<dyn Both>);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_never_answers_leaves_time_for_the_others() {
        let times = |addresses: usize| (0..addresses).map(move |index| time_for(index, addresses)).collect::<Vec<_>>();
        let ms = |millis: u64| Some(Duration::from_millis(millis));
        assert_eq!(times(1), [None]);
        assert_eq!(times(2), [ms(750), None]);
        assert_eq!(times(3), [ms(375), ms(375), None]);
        assert_eq!(times(4), [ms(250), ms(250), ms(250), None]);
        assert_eq!(time_for(0, 0), None);
    }
}
