//! The bytes of a connection, in the clear or over TLS.
//!
//! Invariant: who does not take what is sent to them for [`Stream::patience`] is let go; time in which there is nothing to send does not
//! count.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};
use tokio_rustls::server::TlsStream;

/// Either sort.
enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that does not wait for ever for its other end.
pub(super) struct Stream {
    wire: Wire,
    patience: Duration,
    /// Runs while something waits to be taken.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    pub(super) fn plain(stream: TcpStream, patience: Duration) -> Stream {
        Stream { wire: Wire::Plain(stream), patience, stalled: None }
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>, patience: Duration) -> Stream {
        Stream { wire: Wire::Tls(Box::new(stream)), patience, stalled: None }
    }

    /// What came of an attempt to send; an error once they have all taken too long.
    fn timed<T>(&mut self, cx: &mut Context<'_>, sent: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stalled = None;
            return sent;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

macro_rules! on_wire {
    ($stream:expr, $wire:ident => $call:expr) => {
        match &mut $stream.wire {
            Wire::Plain(wire) => {
                let $wire = Pin::new(wire);
                $call
            }
            Wire::Tls(wire) => {
                let $wire = Pin::new(wire.as_mut());
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_wire!(self, wire => wire.poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = on_wire!(self, wire => wire.poll_write(cx, bytes));
        self.timed(cx, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = on_wire!(self, wire => wire.poll_write_vectored(cx, parts));
        self.timed(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(wire) => wire.is_write_vectored(),
            Wire::Tls(wire) => wire.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = on_wire!(self, wire => wire.poll_flush(cx));
        self.timed(cx, sent)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = on_wire!(self, wire => wire.poll_shutdown(cx));
        self.timed(cx, sent)
    }
}
