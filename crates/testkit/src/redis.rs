//! A private Redis server.
//!
//! Invariant: it keeps nothing on disk, and it listens on 127.0.0.1 only.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::postgres::Papers;
use crate::process::{Process, Signal, find_program, free_port, wait_until};

/// A running Redis.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    port: u16,
    process: Process,
    papers: Option<Papers>,
}

impl Server {
    /// Starts one on a free port and waits until it answers.
    pub fn start() -> Result<Server> {
        Server::start_with(None)
    }

    /// The same, which speaks TLS with whoever asks and nothing else: the certificate holds for `localhost`.
    pub fn start_secure(papers: Papers) -> Result<Server> {
        Server::start_with(Some(papers))
    }

    fn start_with(papers: Option<Papers>) -> Result<Server> {
        let folder = TempDir::new()?;
        let port = free_port()?;
        let process = launch(&folder, port, papers.as_ref())?;
        let server = Server { folder, port, process, papers };
        server.await_answer()?;
        Ok(server)
    }

    /// `redis://127.0.0.1:PORT/0`, and `rediss://localhost:PORT/0` of one that speaks TLS.
    pub fn url(&self) -> String {
        match self.papers {
            Some(_) => format!("rediss://localhost:{}/0", self.port),
            None => format!("redis://127.0.0.1:{}/0", self.port),
        }
    }

    /// SIGKILL: connections break, everything it held is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill().map(drop)
    }

    /// Forgets everything, as another program that shares it may have it do.
    pub fn flush(&self) -> Result<()> {
        ask(self.port, b"FLUSHALL\r\n", b"+OK\r\n")
    }

    /// SIGSTOP: connections stay open and nothing answers.
    pub fn pause(&self) -> Result<()> {
        self.process.signal(Signal::STOP)
    }

    /// SIGCONT after [`Server::pause`].
    pub fn resume(&self) -> Result<()> {
        self.process.signal(Signal::CONT)
    }

    /// Starts it again, empty, on the same port.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        self.process = launch(&self.folder, self.port, self.papers.as_ref())?;
        self.await_answer()
    }

    fn await_answer(&self) -> Result<()> {
        // Of one that speaks TLS it is enough that it listens: it does so when it has its certificate.
        let there = || match self.papers {
            Some(_) => TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
            None => ask(self.port, b"PING\r\n", b"+PONG\r\n").is_ok(),
        };
        let answered = wait_until(Duration::from_secs(10), there);
        ensure!(answered, "redis-server did not answer on port {} within 10 s", self.port);
        Ok(())
    }
}

fn launch(folder: &TempDir, port: u16, papers: Option<&Papers>) -> Result<Process> {
    let mut command = Command::new(find_program("redis-server", &[])?);
    let port = port.to_string();
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    match papers {
        None => command.args(["--port", &port]),
        Some(Papers { certificate, key, authority }) => {
            command.args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no", "--tls-cert-file"]);
            command.arg(certificate).arg("--tls-key-file").arg(key).arg("--tls-ca-cert-file").arg(authority)
        }
    };
    command.arg("--dir").arg(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Process::spawn("redis-server", &mut command)
}

fn ask(port: u16, command: &[u8], expected: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(command)?;
    let mut answer = vec![0; expected.len()];
    stream.read_exact(&mut answer)?;
    ensure!(answer == expected, "not a Redis answer");
    Ok(())
}
