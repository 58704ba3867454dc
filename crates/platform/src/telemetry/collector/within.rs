//! A connection that ends when its time is over, however busy it is.
//!
//! Invariant: no read and no write begins after the whole time, or takes longer than a step may.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

use domain::Stopwatch;

use super::{PATIENCE, WHOLE};

/// What is left for the next step.
pub(super) fn step(watch: &Stopwatch) -> io::Result<Duration> {
    match WHOLE.saturating_sub(watch.elapsed()) {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        left => Ok(left.min(PATIENCE)),
    }
}

/// A connection, and since when it is made use of.
pub(super) struct Within {
    stream: TcpStream,
    watch: Stopwatch,
}

impl Within {
    pub(super) fn new(stream: TcpStream, watch: Stopwatch) -> Within {
        Within { stream, watch }
    }
}

impl Read for Within {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(step(&self.watch)?))?;
        self.stream.read(into)
    }
}

impl Write for Within {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(step(&self.watch)?))?;
        self.stream.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
