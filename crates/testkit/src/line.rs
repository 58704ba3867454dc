//! A line to a server that can be made slow, silent or closed, and well again, while both ends live.
//!
//! Invariant: bytes are held up, never lost, changed or put out of order, unless the line is closed, which both ends are told.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use domain::Stopwatch;

/// Pieces on their way at once, in one direction: 64 MiB.
const PIECES: usize = 1_024;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// What is sent arrives so much later, in each direction.
    Slow(Duration),
    /// What is sent does not arrive while it lasts, and nobody is told.
    Silent,
    /// What was open is closed, and what is opened is closed at once.
    Closed,
}

/// A line on a port of its own.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    ended: bool,
    opened: u64,
    open: BTreeMap<u64, Ends>,
}

/// Both ends of what was opened.
type Ends = [TcpStream; 2];

/// One that is open, kept by whoever carries over it.
#[derive(Debug)]
struct Opened {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.shared.lock().open.remove(&self.number);
    }
}

impl Line {
    /// To the server of this address, which is `host:port`.
    pub fn to(server: &str) -> Result<Line> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = State { fault: Fault::None, ended: false, opened: 0, open: BTreeMap::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let (of_all, server) = (Arc::clone(&shared), server.to_owned());
        thread::spawn(move || {
            for near in listener.incoming() {
                if of_all.lock().ended {
                    return;
                }
                // Whoever cannot be led on is closed, which is all there is to tell.
                let _ = near.and_then(|near| lead(&of_all, near, &server));
            }
        });
        Ok(Line { address, shared })
    }

    /// `host:port` of this end.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// To the server that a URL names, and the URL that leads over it.
    pub fn before(url: &str) -> Result<(Line, String)> {
        let (scheme, rest) = url.split_once("://").context("a URL without a scheme")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, server) = authority
            .rsplit_once('@')
            .map_or((String::new(), authority), |(user, server)| (format!("{user}@"), server));
        let line = Line::to(server)?;
        let url = format!("{scheme}://{user}{}/{path}", line.address);
        Ok((line, url))
    }

    /// From now on this is wrong with it.
    pub fn fault(&self, fault: Fault) {
        let mut state = self.shared.lock();
        state.fault = fault;
        if fault == Fault::Closed {
            state.close();
        }
        self.shared.changed.notify_all();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.ended = true;
        state.close();
        drop(state);
        self.shared.changed.notify_all();
        // Wakes whoever accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn close(&mut self) {
        for stream in self.open.values().flatten() {
            // One that has ended by itself is closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one as open, so that it is closed with the line; `None` where it was closed while this one was being connected.
    fn open(self: &Arc<Shared>, ends: Ends) -> Option<Arc<Opened>> {
        let mut state = self.lock();
        if state.fault == Fault::Closed || state.ended {
            return None;
        }
        state.opened += 1;
        let number = state.opened;
        state.open.insert(number, ends);
        Some(Arc::new(Opened { shared: Arc::clone(self), number }))
    }

    /// Waits as long as what came then is held up.
    fn hold(&self, came: Stopwatch) {
        let slow = match self.lock().fault {
            Fault::Slow(by) => by,
            _ => Duration::ZERO,
        };
        thread::sleep(slow.saturating_sub(came.elapsed()));
        let held = |state: &mut State| state.fault == Fault::Silent && !state.ended;
        drop(self.changed.wait_while(self.lock(), held));
    }
}

fn lead(shared: &Arc<Shared>, near: TcpStream, server: &str) -> std::io::Result<()> {
    if shared.lock().fault == Fault::Closed {
        return near.shutdown(Shutdown::Both);
    }
    let far = TcpStream::connect(server)?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
    }
    let Some(opened) = shared.open([near.try_clone()?, far.try_clone()?]) else {
        return near.shutdown(Shutdown::Both);
    };
    for (from, to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        let opened = Arc::clone(&opened);
        thread::spawn(move || carry(&opened, from, to));
    }
    Ok(())
}

/// What is behind does not wait for what is before: all of it arrives so much later than it was sent, however much it is.
fn carry(opened: &Arc<Opened>, mut from: TcpStream, mut to: TcpStream) {
    let (sent, received) = mpsc::sync_channel::<(Stopwatch, Vec<u8>)>(PIECES);
    let (own, end) = (Arc::clone(opened), from.try_clone());
    thread::spawn(move || {
        for (came, piece) in received {
            own.shared.hold(came);
            if piece.is_empty() || to.write_all(&piece).is_err() {
                break;
            }
        }
        // Each end is told of the other's end.
        let _ = (end.map(|end| end.shutdown(Shutdown::Both)), to.shutdown(Shutdown::Both));
    });
    let mut piece = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if sent.send((Stopwatch::start(), piece[..length].to_vec())).is_err() {
            return;
        }
    }
    // The end is on its way as long as anything else; whoever carries may have ended already.
    let _ = sent.send((Stopwatch::start(), Vec::new()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::wait_until;

    /// A server that says what it is told.
    fn echo() -> Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
            }
        });
        Ok(address)
    }

    fn said(stream: &mut TcpStream, words: &[u8]) -> std::io::Result<Vec<u8>> {
        stream.write_all(words)?;
        let mut answer = vec![0; words.len()];
        stream.read_exact(&mut answer).map(|()| answer)
    }

    #[test]
    fn what_is_said_arrives_held_up_or_not_and_a_closed_line_is_told() -> Result<()> {
        let (line, url) = Line::before(&format!("test://who:secret@{}/path", echo()?))?;
        assert_eq!(url, format!("test://who:secret@{}/path", line.address));
        let mut stream = TcpStream::connect(line.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        assert_eq!(said(&mut stream, b"well")?, b"well");
        line.fault(Fault::Slow(Duration::from_millis(20)));
        assert_eq!(said(&mut stream, b"slow")?, b"slow");
        line.fault(Fault::Silent);
        stream.write_all(b"held")?;
        line.fault(Fault::None);
        let mut answer = [0; 4];
        stream.read_exact(&mut answer)?;
        assert_eq!(&answer, b"held");
        line.fault(Fault::Closed);
        assert!(said(&mut stream, b"gone").is_err());
        assert!(TcpStream::connect(line.address).and_then(|mut next| said(&mut next, b"gone")).is_err());
        line.fault(Fault::None);
        assert_eq!(said(&mut TcpStream::connect(line.address)?, b"back")?, b"back");
        Ok(())
    }

    #[test]
    fn what_has_ended_is_let_go_of_and_what_a_closing_line_still_connects_is_closed() -> Result<()> {
        let line = Line::to(&echo()?)?;
        for _ in 0..20 {
            assert_eq!(said(&mut TcpStream::connect(line.address)?, b"once")?, b"once");
        }
        let held = || line.shared.lock().open.len();
        assert!(wait_until(Duration::from_secs(20), || held() == 0), "{} are held", held());
        let server = TcpListener::bind("127.0.0.1:0")?;
        let end = || TcpStream::connect(server.local_addr()?);
        assert!(line.shared.open([end()?, end()?]).is_some());
        line.fault(Fault::Closed);
        assert!(
            line.shared.open([end()?, end()?]).is_none(),
            "they were connected before it was closed, and counted after"
        );
        Ok(())
    }
}
