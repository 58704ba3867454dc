//! A private object store that speaks S3: moto's server.
//!
//! Invariant: it keeps everything in memory, and it listens on 127.0.0.1 only.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::http::Client;
use crate::process::{Process, Signal, find_program, free_port, wait_until};

/// The bucket that is there from the start.
pub const BUCKET: &str = "gondola-shop";
/// What the server takes for a request of ours while it asks nobody for credentials; it reads the service's name from it.
const NOBODY: &str =
    "AWS4-HMAC-SHA256 Credential=x/20261126/us-east-1/SERVICE/aws4_request, SignedHeaders=host, Signature=x";
/// Requests that are answered before credentials are asked for: a user, a key, a policy, a bucket.
const UNASKED: &str = "4";

/// A running store.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    port: u16,
    process: Process,
}

/// A key's id and the key.
pub type Keys = (String, String);

impl Server {
    /// One that lets everybody in, with [`BUCKET`].
    pub fn start() -> Result<Server> {
        let server = Server::launched(None)?;
        server.make_bucket()?;
        Ok(server)
    }

    /// One that proves every signature, with [`BUCKET`] and the keys that open it.
    pub fn guarded() -> Result<(Server, Keys)> {
        let server = Server::launched(Some(UNASKED))?;
        server.iam("Action=CreateUser&UserName=shop")?;
        let made = server.iam("Action=CreateAccessKey&UserName=shop")?;
        let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
        server.iam(&format!("Action=PutUserPolicy&UserName=shop&PolicyName=all&PolicyDocument={policy}"))?;
        server.make_bucket()?;
        let text = |tag: &str| {
            let rest = made.split_once(&format!("<{tag}>"))?.1;
            Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
        };
        let keys = text("AccessKeyId").zip(text("SecretAccessKey")).context("no key was made")?;
        Ok((server, keys))
    }

    fn launched(unasked: Option<&str>) -> Result<Server> {
        let folder = TempDir::new()?;
        let port = free_port()?;
        let process = launch(&folder, port, unasked)?;
        let server = Server { folder, port, process };
        server.await_answer()?;
        Ok(server)
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Without what a test wants of it: `s3://BUCKET/shop?endpoint=http://…`.
    pub fn url(&self) -> String {
        url_at(&self.address())
    }

    /// A client of a store that lets everybody in.
    pub fn client(&self) -> Client {
        Client::new(&self.address()).with_header("Authorization", &NOBODY.replace("SERVICE", "s3"))
    }

    /// Makes [`BUCKET`], where it is not there.
    pub fn make_bucket(&self) -> Result<()> {
        let made = self.client().send("PUT", &format!("/{BUCKET}"), &[], b"")?;
        ensure!(made.status == 200, "no bucket: {} {}", made.status, made.text());
        Ok(())
    }

    /// SIGKILL: connections break, everything it held is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill().map(drop)
    }

    /// SIGSTOP: connections stay open and nothing answers.
    pub fn pause(&self) -> Result<()> {
        self.process.signal(Signal::STOP)
    }

    /// SIGCONT after [`Server::pause`].
    pub fn resume(&self) -> Result<()> {
        self.process.signal(Signal::CONT)
    }

    /// Starts it again, letting everybody in, with an empty [`BUCKET`] on the same port.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        self.process = launch(&self.folder, self.port, None)?;
        self.await_answer()?;
        self.make_bucket()
    }

    fn iam(&self, query: &str) -> Result<String> {
        let mut client = Client::new(&self.address()).with_header("Authorization", &NOBODY.replace("SERVICE", "iam"));
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let answer = client.send("POST", "/", &headers, format!("Version=2010-05-08&{query}").as_bytes())?;
        ensure!(answer.status == 200, "{query}: {} {}", answer.status, answer.text());
        Ok(answer.text())
    }

    fn await_answer(&self) -> Result<()> {
        let answers = || Client::new(&self.address()).get("/moto-api/").is_ok();
        let log = self.folder.path().join("log");
        ensure!(
            wait_until(Duration::from_secs(60), answers),
            "moto_server did not answer on port {} within 60 s: {}",
            self.port,
            crate::last_lines(&std::fs::read_to_string(log).unwrap_or_default(), 10)
        );
        Ok(())
    }
}

/// The address of objects in [`BUCKET`] of a store at `host:port`.
pub fn url_at(address: &str) -> String {
    format!("s3://{BUCKET}/shop?endpoint=http://{address}")
}

fn launch(folder: &TempDir, port: u16, unasked: Option<&str>) -> Result<Process> {
    let log = File::options().create(true).append(true).open(folder.path().join("log"))?;
    let mut command = Command::new(find_program("moto_server", &[])?);
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]).stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log);
    if let Some(count) = unasked {
        command.env("INITIAL_NO_AUTH_ACTION_COUNT", count);
    }
    Process::spawn("moto_server", &mut command)
}
