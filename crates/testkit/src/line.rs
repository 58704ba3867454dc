//! A line to a server that can be made slow, silent or closed, and well again, while both ends live.
//!
//! Invariant: bytes are held up, never lost, changed or put out of order, unless the line is closed, which both ends are told.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

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
    open: Vec<TcpStream>,
}

impl Line {
    /// To the server of this address, which is `host:port`.
    pub fn to(server: &str) -> Result<Line> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = State { fault: Fault::None, ended: false, open: Vec::new() };
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
        for stream in self.open.drain(..) {
            // One that has ended by itself is closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as bytes are held up.
    fn hold(&self) {
        let slow = match self.lock().fault {
            Fault::Slow(by) => by,
            _ => Duration::ZERO,
        };
        thread::sleep(slow);
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
    let mut state = shared.lock();
    state.open.extend([near.try_clone()?, far.try_clone()?]);
    drop(state);
    for (from, to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        let shared = Arc::clone(shared);
        thread::spawn(move || carry(&shared, from, to));
    }
    Ok(())
}

fn carry(shared: &Shared, mut from: TcpStream, mut to: TcpStream) {
    let mut chunk = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        shared.hold();
        if to.write_all(&chunk[..length]).is_err() {
            break;
        }
    }
    shared.hold();
    // Each end is told of the other's end.
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
