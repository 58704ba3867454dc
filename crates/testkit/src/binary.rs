//! Our own program, run as its users run it: an installation in a temporary folder, commands, and a server on a free port.
//!
//! Invariant: nothing of the caller's environment or home reaches the program but what a test sets.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::http::Client;
use crate::process::{Process, Signal, free_port, wait_until};

/// How long a server may take from its start to its first `/ready`.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// A data folder and the settings that go with it.
#[derive(Debug)]
pub struct Installation {
    folder: TempDir,
    program: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Both outputs, for a search or a message.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The last line with anything on it.
    pub fn last_line(&self) -> &str {
        self.stdout.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim()
    }
}

impl Installation {
    /// An empty data folder; the records go to a SQLite file in it. It is for a look from this machine: nothing has to be set before it
    /// is served. `.with("GONDOLA_MODE", "production")` makes it a shop. Nobody is limited in how often they come: tests that are about
    /// limits switch them on.
    pub fn new() -> Result<Installation> {
        let folder = TempDir::with_prefix("gondola-shop-")?;
        let installation = Installation { program: program()?, environment: Vec::new(), folder };
        let data = installation.data_folder().display().to_string();
        let installation = installation.with("GONDOLA_DATA_DIR", &data).with("GONDOLA_MODE", "trial");
        Ok(installation.with("GONDOLA_RATELIMIT_ENABLED", "false"))
    }

    /// The same with its records in the PostgreSQL database at `url`.
    pub fn on_postgres(url: &str) -> Result<Installation> {
        Ok(Installation::new()?.with("GONDOLA_DATABASE_URL", url))
    }

    /// The database's address, when it is not in the data folder.
    pub fn database_url(&self) -> Option<&str> {
        let mut variables = self.environment.iter();
        variables.find(|(name, _)| name == "GONDOLA_DATABASE_URL").map(|(_, value)| value.as_str())
    }

    /// Sets an environment variable of everything run here.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Installation {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The temporary folder that holds all of it; commands run in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the program keeps its data.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with `arguments`, ready to start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        self.prepare(&mut command);
        command
    }

    /// The program with `arguments`, started by a shell after `preparation` (a `ulimit`, a `umask`).
    pub fn command_after(&self, preparation: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{preparation}\nexec \"$0\" \"$@\"")).arg(&self.program).args(arguments);
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("TMPDIR", self.folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Result<Ran> {
        run(&mut self.command(arguments))
    }

    /// Runs a command that must succeed and gives its standard output.
    pub fn ok(&self, arguments: &[&str]) -> Result<String> {
        let ran = self.run(arguments)?;
        ensure!(ran.code == Some(0), "gondola {} gave {:?}: {}", arguments.join(" "), ran.code, ran.output());
        Ok(ran.stdout)
    }

    /// A new key with every permission: its secret.
    pub fn owner_key(&self) -> Result<String> {
        let ran = self.run(&["key", "create", "--name", "tests", "--role", "owner"])?;
        ensure!(ran.code == Some(0), "key create: {}", ran.output());
        Ok(ran.last_line().to_owned())
    }

    /// Starts the server on a free port and waits for `/ready`.
    pub fn serve(&self) -> Result<Running> {
        self.serve_after("")
    }

    /// The same with a log of its own, for several servers of one installation.
    pub fn serve_logging(&self, name: &str) -> Result<Running> {
        self.start("", name, &[])
    }

    /// Starts the server at this address, where one that was stopped comes back to.
    pub fn serve_at(&self, address: &str) -> Result<Running> {
        self.start("", "server", &[("GONDOLA_LISTEN", address)])
    }

    /// Starts a server of one role there, with a log and settings of its own; one that is up again after it was killed comes back to
    /// the same address.
    pub fn serve_role(&self, role: &str, address: &str, settings: &[(&str, &str)]) -> Result<Running> {
        let settings = [&[("GONDOLA_ROLES", role), ("GONDOLA_LISTEN", address)], settings].concat();
        self.start("", role, &settings)
    }

    /// The same, started by a shell after `preparation`.
    pub fn serve_after(&self, preparation: &str) -> Result<Running> {
        self.start(preparation, "server", &[])
    }

    /// Starts the server where it cannot become ready, and waits until it answers at all.
    pub fn serve_unready(&self) -> Result<Running> {
        let (mut running, address) = self.launch("", "server", &[])?;
        running.await_ready(|| Client::new(&address).get("/health").is_ok_and(|answer| answer.status == 200))?;
        Ok(running)
    }

    /// Whether the server there says that it is ready; one that speaks TLS is asked by the program's own command.
    fn is_ready(&self, address: &str, settings: &[(&str, &str)]) -> bool {
        let own = settings.iter().map(|(name, _)| *name);
        let mut names = self.environment.iter().map(|(name, _)| name.as_str()).chain(own);
        if names.any(|name| name == "GONDOLA_TLS_CERTIFICATE") {
            let mut command = self.command(&["health"]);
            command.envs(settings.iter().copied()).env("GONDOLA_LISTEN", address);
            return run(&mut command).is_ok_and(|ran| ran.code == Some(0));
        }
        Client::new(address).get("/ready").is_ok_and(|answer| answer.status == 200)
    }

    fn start(&self, preparation: &str, name: &str, settings: &[(&str, &str)]) -> Result<Running> {
        let (mut running, address) = self.launch(preparation, name, settings)?;
        running.await_ready(|| self.is_ready(&address, settings))?;
        Ok(running)
    }

    /// The process, and where it is to answer.
    fn launch(&self, preparation: &str, name: &str, settings: &[(&str, &str)]) -> Result<(Running, String)> {
        let said =
            settings.iter().find(|(name, _)| *name == "GONDOLA_LISTEN").map(|(_, address)| (*address).to_owned());
        let address = match said {
            Some(address) => address,
            None => format!("127.0.0.1:{}", free_port()?),
        };
        let log = self.folder.path().join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log)?;
        let mut command = self.command_after(preparation, &["serve"]);
        command
            .envs(settings.iter().copied())
            .env("GONDOLA_LISTEN", &address)
            .stdout(output.try_clone()?)
            .stderr(output);
        let process = Process::spawn("gondola serve", &mut command)?;
        Ok((Running { process, address: address.clone(), log }, address))
    }
}

/// Runs a prepared command to its end.
pub fn run(command: &mut Command) -> Result<Ran> {
    let output = command.output().with_context(|| format!("running {command:?}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

/// The program under test: `GONDOLA_BIN`, else what Cargo built for the running tests, else beside them.
fn program() -> Result<PathBuf> {
    let named =
        ["GONDOLA_BIN", "CARGO_BIN_EXE_gondola", "NEXTEST_BIN_EXE_gondola"].into_iter().find_map(std::env::var_os);
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("gondola"));
    let program = named.map(PathBuf::from).or_else(beside).context("where is the gondola program?")?;
    if !program.is_file() {
        bail!("{} is not built; `cargo build` builds it", program.display());
    }
    Ok(program)
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    process: Process,
    address: String,
    log: PathBuf,
}

impl Running {
    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A new connection with this key.
    pub fn client(&self, key: &str) -> Client {
        Client::new(&self.address).key(key)
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The end of what it has printed so far.
    pub fn log(&self) -> String {
        crate::last_lines(&self.printed(), 20)
    }

    /// All that it, and whoever had the same log before, has printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// SIGKILL, at once.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill().map(drop)
    }

    /// SIGTERM, and a voluntary end within `patience`.
    pub fn terminate(&mut self, patience: Duration) -> Result<ExitStatus> {
        self.process.terminate(patience)
    }

    /// SIGSTOP: it stays and says nothing.
    pub fn pause(&self) -> Result<()> {
        self.process.signal(Signal::STOP)
    }

    /// SIGCONT after [`Running::pause`].
    pub fn resume(&self) -> Result<()> {
        self.process.signal(Signal::CONT)
    }

    /// The first line of the log that tells of a panic, by whichever thread or task of the program.
    fn panic_told(&self) -> Option<String> {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).lines().find(|line| tells_of_panic(line)).map(str::to_owned)
    }

    fn await_ready(&mut self, ready: impl Fn() -> bool) -> Result<()> {
        let mut ended = false;
        let came_up = wait_until(START_PATIENCE, || {
            ended = !self.process.is_running();
            ended || ready()
        });
        ensure!(!ended, "gondola serve ended while starting: {}", self.log());
        ensure!(came_up, "gondola serve was not ready within {START_PATIENCE:?}: {}", self.log());
        Ok(())
    }
}

impl Drop for Running {
    /// Fails the test when the program panicked, which it may have outlived without anybody noticing.
    fn drop(&mut self) {
        let told = self.panic_told();
        assert!(thread::panicking() || told.is_none(), "the server panicked: {}", told.unwrap_or_default());
    }
}

/// What the standard library, a contained task and our own log write of a panic, as text and as JSON.
fn tells_of_panic(line: &str) -> bool {
    ["panicked", "ERROR panic ", r#""message":"panic""#].iter().any(|mark| line.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_telling_of_a_panic_is_known() {
        for line in [
            "thread 'main' panicked at src/main.rs:1:1:",
            "2026-11-26T08:00:00.000Z ERROR panic reason=slipped place=src/a.rs:1:1",
            r#"{"timestamp":"2026-11-26T08:00:00Z","level":"error","message":"panic","reason":"slipped"}"#,
            r#"{"level":"error","message":"a background task panicked","task":"checkpoints"}"#,
        ] {
            assert!(tells_of_panic(line), "{line}");
        }
        assert!(!tells_of_panic(r#"{"level":"info","message":"ready","path":"/panic"}"#));
    }

    #[test]
    #[should_panic(expected = "the server panicked: thread 'x' panicked at")]
    fn a_server_that_panicked_fails_its_test() {
        let log = tempfile::NamedTempFile::new().unwrap();
        fs::write(log.path(), "ready\nthread 'x' panicked at src/a.rs:1:1\n").unwrap();
        let process = Process::spawn("true", &mut Command::new("true")).unwrap();
        drop(Running { process, address: String::new(), log: log.path().to_owned() });
    }
}
