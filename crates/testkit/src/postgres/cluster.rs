//! One PostgreSQL server: its files, its process, and what a test does to it.
//!
//! Invariant: a private server is durable (`fsync` on), so that what a crash test learns of it is true.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use super::Database;
use crate::last_lines;
use crate::process::{Process, Signal, children_of, find_program, free_port, has_ended, send, wait_until};

/// Starting includes the recovery after a crash.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// A private server, gone with its value.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    port: u16,
    process: Process,
    /// Of what it speaks TLS alone with.
    papers: Option<Papers>,
}

/// What a server that speaks TLS alone shows, as PEM files, and whoever asks it trusts.
#[derive(Debug, Clone)]
pub struct Papers {
    /// Its certificate.
    pub certificate: PathBuf,
    /// The key of that.
    pub key: PathBuf,
    /// The authority that gave it.
    pub authority: PathBuf,
}

impl Server {
    /// Makes the files, starts the server on a free port and waits until it accepts connections.
    pub fn start() -> Result<Server> {
        let folder = TempDir::with_prefix("gondola-pg-")?;
        create(folder.path())?;
        Server::launch(folder, None)
    }

    /// The same, which speaks TLS with whoever asks and nothing else: the certificate holds for `localhost`.
    pub fn start_secure(papers: Papers) -> Result<Server> {
        let folder = TempDir::with_prefix("gondola-pg-")?;
        create(folder.path())?;
        let data = folder.path().join("data");
        for (from, to) in [(&papers.certificate, "server.crt"), (&papers.key, "server.key")] {
            let to = data.join(to);
            fs::copy(from, &to).with_context(|| from.display().to_string())?;
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600))?;
            if let Some((user, group)) = unprivileged()? {
                chown(&to, Some(user), Some(group))?;
            }
        }
        fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n")?;
        Server::launch(folder, Some(papers))
    }

    fn launch(folder: TempDir, papers: Option<Papers>) -> Result<Server> {
        let port = free_port()?;
        let process = Process::spawn("postgres", &mut command(folder.path(), port, settings(papers.as_ref()))?)?;
        let mut server = Server { folder, port, process, papers };
        server.await_connections()?;
        Ok(server)
    }

    /// The URL of the superuser's own database.
    pub fn url(&self) -> String {
        let Some(Papers { authority, .. }) = &self.papers else { return admin_url(self.port) };
        let authority = authority.display();
        format!("postgres://postgres@localhost:{}/postgres?sslmode=verify-full&sslrootcert={authority}", self.port)
    }

    /// An empty database on this server.
    pub fn fresh_database(&self) -> Result<Database> {
        Database::create(&self.url())
    }

    /// SIGKILL to the server and to every process it started: what a power cut looks like to its clients.
    pub fn kill(&mut self) -> Result<()> {
        kill_whole(self.process.id())
    }

    /// SIGSTOP to all of it: connections stay open and nothing answers.
    pub fn pause(&self) -> Result<()> {
        self.signal_all(Signal::STOP)
    }

    /// SIGCONT after [`Server::pause`].
    pub fn resume(&self) -> Result<()> {
        self.signal_all(Signal::CONT)
    }

    /// Starts it again on the same files and port, after [`Server::kill`] or instead of it.
    pub fn restart(&mut self) -> Result<()> {
        if self.process.is_running() {
            self.kill()?;
        }
        let mut command = command(self.folder.path(), self.port, settings(self.papers.as_ref()))?;
        self.process = Process::spawn("postgres", &mut command)?;
        self.await_connections()
    }

    fn signal_all(&self, signal: Signal) -> Result<()> {
        self.process.signal(signal)?;
        children_of(self.process.id()).into_iter().try_for_each(|id| send(id, signal))
    }

    fn await_connections(&mut self) -> Result<()> {
        await_connections(self.folder.path(), self.port, || self.process.is_running())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A frozen or killed server is a normal end of a test; the folder is removed either way.
        let _ = self.kill();
    }
}

/// The files are where it looks for them by itself.
fn settings(papers: Option<&Papers>) -> &'static [&'static str] {
    if papers.is_some() { &["ssl=on"] } else { &[] }
}

/// The URL of the superuser's own database on `port`.
pub(super) fn admin_url(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

/// Where Debian keeps the server's programs, newest version first.
pub(super) fn program_folders() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
    versions.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    versions.into_iter().rev().map(|path| path.join("bin")).collect()
}

/// SIGKILL to a server and to all it started.
pub(super) fn kill_whole(server: u32) -> Result<()> {
    // Stopped first, so that it starts no further process while they are counted.
    send(server, Signal::STOP)?;
    let backends = children_of(server);
    send(server, Signal::KILL)?;
    for id in &backends {
        send(*id, Signal::KILL)?;
    }
    // Whoever still holds the shared memory would keep the server from starting again.
    let gone = wait_until(Duration::from_secs(10), || backends.iter().chain([&server]).all(|id| has_ended(*id)));
    ensure!(gone, "a backend outlived SIGKILL");
    Ok(())
}

/// PostgreSQL refuses to run as root: its own user then, else whoever runs the test.
pub(super) fn unprivileged() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let line = line.context("no user `postgres`; ./scripts/test installs what the tests need")?;
    let mut ids = line.split(':').skip(2).map(str::parse::<u32>);
    let (Some(user), Some(group)) = (ids.next(), ids.next()) else { bail!("odd line in /etc/passwd: {line}") };
    Ok(Some((user?, group?)))
}

/// A command of the server's, as the user that may run it.
pub(super) fn program(name: &str) -> Result<Command> {
    let mut command = Command::new(find_program(name, &program_folders())?);
    if let Some((user, group)) = unprivileged()? {
        command.uid(user).gid(group);
    }
    command.current_dir("/").stdin(Stdio::null());
    Ok(command)
}

/// Makes the files of a server in `folder`, which is handed to the user who will run it.
pub(super) fn create(folder: &Path) -> Result<()> {
    if let Some((user, group)) = unprivileged()? {
        chown(folder, Some(user), Some(group))?;
    }
    let mut initdb = program("initdb")?;
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]);
    initdb.args(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=es-AR"]);
    let output = initdb.arg("--pgdata").arg(folder.join("data")).output()?;
    ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The server itself, listening on 127.0.0.1 and on a socket in its folder, its words in `folder/log`.
pub(super) fn command(folder: &Path, port: u16, settings: &[&str]) -> Result<Command> {
    let log = File::options().create(true).append(true).open(folder.join("log"))?;
    let mut postgres = program("postgres")?;
    postgres.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string(), "-h", "127.0.0.1"]);
    postgres.arg("-k").arg(folder).args(["-c", "max_connections=300", "-c", "shared_buffers=64MB", "-c", "jit=off"]);
    for setting in settings {
        postgres.args(["-c", setting]);
    }
    postgres.stdout(log.try_clone()?).stderr(log);
    Ok(postgres)
}

/// Waits until the server accepts connections; if it cannot, the error carries the end of its log.
pub(super) fn await_connections(folder: &Path, port: u16, mut running: impl FnMut() -> bool) -> Result<()> {
    let mut ended = false;
    let ready = wait_until(START_PATIENCE, || {
        ended = !running();
        ended || accepts(port)
    });
    let log = || last_lines(&fs::read_to_string(folder.join("log")).unwrap_or_default(), 20);
    ensure!(!ended, "postgres ended while starting: {}", log());
    ensure!(ready, "postgres did not accept connections within {START_PATIENCE:?}: {}", log());
    Ok(())
}

/// Whether the server on `port` takes connections now.
pub(super) fn accepts(port: u16) -> bool {
    let Ok(mut isready) = program("pg_isready") else { return false };
    isready.args(["--quiet", "--timeout=2", "-h", "127.0.0.1", "-p", &port.to_string()]);
    isready.status().is_ok_and(|status| status.success())
}
