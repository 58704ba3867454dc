//! A slow line: what goes through it comes out later, in both directions.
//!
//! Invariant: it listens on 127.0.0.1 only, and whoever dropped it can connect no more.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// A line to one server.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    delay_ms: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Proxy {
    /// To the server at `host:port`; not slow yet.
    pub fn to(server: &str) -> Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let proxy = Proxy { address: listener.local_addr()?, delay_ms: Arc::default(), over: Arc::default() };
        let (server, delay, over) = (server.to_owned(), Arc::clone(&proxy.delay_ms), Arc::clone(&proxy.over));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                // A server that is away is one to whom no line leads.
                let _ = join(client, &server, &delay);
            }
        });
        Ok(proxy)
    }

    /// `host:port` of this end.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Has every piece that goes through, either way, wait so long.
    pub fn delay(&self, delay: Duration) {
        self.delay_ms.store(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes whoever waits for the next connection.
        let _ = TcpStream::connect(self.address);
    }
}

fn join(client: TcpStream, server: &str, delay: &Arc<AtomicU64>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    for (from, to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        let delay = Arc::clone(delay);
        thread::spawn(move || pass(from, to, &delay));
    }
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream, delay: &AtomicU64) {
    let mut piece = vec![0; 1 << 20];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        thread::sleep(Duration::from_millis(delay.load(Ordering::Relaxed)));
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
