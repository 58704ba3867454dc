//! Two PostgreSQL servers of which one takes over when the other dies, as they are deployed: Patroni with etcd to watch them, HAProxy to
//! lead to whichever is the primary.
//!
//! Invariant: Patroni and HAProxy read the files that ship; only addresses, folders and passwords are the test's. Nothing of it outlives
//! its value.

use std::{
    fs::{self, File},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::cluster::{kill_whole, program, program_folders, unprivileged};
use crate::{
    http::Client,
    last_lines,
    process::{Process, find_program, free_port, wait_until},
    workspace_root,
};

/// Until both are there: making one, and copying it.
const START_PATIENCE: Duration = Duration::from_secs(120);
const PASSWORD: &str = "of-a-test-only";
const SETTINGS: &str = "patroni.yml";
const NAMES: [&str; 2] = ["one", "other"];

/// Two servers, and what watches and leads to them.
#[derive(Debug)]
pub struct Pair {
    folder: TempDir,
    etcd: u16,
    port: u16,
    nodes: [Node; 2],
    _watched_by: [Process; 2],
}

#[derive(Debug)]
struct Node {
    name: &'static str,
    port: u16,
    asked: u16,
    patroni: Process,
}

impl Pair {
    /// Starts everything on free ports and waits until one leads and the other has what it has.
    pub fn start() -> Result<Pair> {
        let folder = TempDir::with_prefix("gondola-pair-")?;
        hand_over(folder.path())?;
        // The server's user may not be let into the folder of the checkout.
        fs::copy(shipped("patroni/patroni.yml"), folder.path().join(SETTINGS))?;
        let (etcd, port) = (free_port()?, free_port()?);
        let keeper = Process::spawn("etcd", &mut etcd_command(folder.path(), etcd)?)?;
        let nodes = [Node::start(folder.path(), etcd, 0)?, Node::start(folder.path(), etcd, 1)?];
        let balancer = Process::spawn("haproxy", &mut haproxy_command(folder.path(), port, &nodes)?)?;
        let pair = Pair { folder, etcd, port, nodes, _watched_by: [keeper, balancer] };
        let whole =
            wait_until(START_PATIENCE, || (0..2).any(|node| pair.is_replica(1 - node) && pair.is_primary(node)));
        ensure!(whole, "the two servers do not come together: {}", pair.words());
        Ok(pair)
    }

    /// The superuser's own database, at whichever server leads.
    pub fn url(&self) -> String {
        format!("postgres://postgres:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// Which of the two leads, when one says so.
    pub fn primary(&self) -> Option<usize> {
        (0..2).find(|node| self.is_primary(*node))
    }

    /// Whether it leads.
    pub fn is_primary(&self, node: usize) -> bool {
        self.nodes[node].says("/primary")
    }

    /// Whether it follows the other, and nothing is acknowledged that it does not have.
    pub fn is_replica(&self, node: usize) -> bool {
        self.nodes[node].says("/synchronous")
    }

    /// SIGKILL to one machine's worth: Patroni, the server and all it started.
    pub fn kill(&mut self, node: usize) -> Result<()> {
        self.nodes[node].kill(self.folder.path())
    }

    /// The machine is back, with the files it had.
    pub fn bring_back(&mut self, node: usize) -> Result<()> {
        self.nodes[node] = Node::start(self.folder.path(), self.etcd, node)?;
        Ok(())
    }

    /// The end of what each of them wrote.
    pub fn words(&self) -> String {
        let log = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let logs = ["etcd.log", "one.log", "other.log", "haproxy.log"];
        logs.map(|name| format!("{name}:\n{}", last_lines(&log(name), 12))).join("\n")
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // One that a test killed is no longer there to be killed.
        for node in &mut self.nodes {
            let _ = node.kill(self.folder.path());
        }
    }
}

impl Node {
    fn start(folder: &Path, etcd: u16, which: usize) -> Result<Node> {
        let (port, asked) = (free_port()?, free_port()?);
        let name = NAMES[which];
        let mut command = program("patroni")?;
        command.arg(folder.join(SETTINGS)).current_dir(folder);
        let (here, asks) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{asked}"));
        let bin = program_folders().into_iter().next().context("no PostgreSQL is installed")?;
        command.env("PATRONI_NAME", name).env("PATRONI_ETCD3_HOSTS", format!("127.0.0.1:{etcd}"));
        command.env("PATRONI_RESTAPI_LISTEN", &asks).env("PATRONI_RESTAPI_CONNECT_ADDRESS", &asks);
        command.env("PATRONI_POSTGRESQL_LISTEN", &here).env("PATRONI_POSTGRESQL_CONNECT_ADDRESS", &here);
        command.env("PATRONI_POSTGRESQL_DATA_DIR", folder.join(name)).env("PATRONI_POSTGRESQL_BIN_DIR", bin);
        command.env("PATRONI_POSTGRESQL_PGPASS", folder.join(format!("{name}.pgpass"))).env("HOME", folder);
        for role in ["SUPERUSER", "REPLICATION", "REWIND"] {
            let user = if role == "REPLICATION" { "copier" } else { "postgres" };
            command.env(format!("PATRONI_{role}_USERNAME"), user).env(format!("PATRONI_{role}_PASSWORD"), PASSWORD);
        }
        let patroni = Process::spawn("patroni", into_log(&mut command, folder, &format!("{name}.log"))?)?;
        Ok(Node { name, port, asked, patroni })
    }

    fn says(&self, what: &str) -> bool {
        let mut client = Client::new(&format!("127.0.0.1:{}", self.asked)).patience(Duration::from_secs(2));
        client.get(what).is_ok_and(|answer| answer.status == 200)
    }

    fn kill(&mut self, folder: &Path) -> Result<()> {
        self.patroni.kill()?;
        let Ok(text) = fs::read_to_string(folder.join(self.name).join("postmaster.pid")) else { return Ok(()) };
        let id = text.lines().next().and_then(|line| line.parse().ok()).context("an odd postmaster.pid")?;
        kill_whole(id)
    }
}

fn etcd_command(folder: &Path, port: u16) -> Result<Command> {
    let (clients, peers) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{}", free_port()?));
    let mut command = program("etcd")?;
    command.args(["--name", "keeper", "--initial-cluster", &format!("keeper={peers}"), "--data-dir"]);
    command.arg(folder.join("etcd")).args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
    command.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
    into_log(&mut command, folder, "etcd.log")?;
    Ok(command)
}

fn haproxy_command(folder: &Path, port: u16, nodes: &[Node; 2]) -> Result<Command> {
    let mut command = Command::new(find_program("haproxy", &[PathBuf::from("/usr/sbin")])?);
    command.arg("-f").arg(shipped("haproxy/postgres.cfg")).env("POSTGRES_LISTEN", format!("127.0.0.1:{port}"));
    for (node, name) in nodes.iter().zip(["POSTGRES_ONE", "POSTGRES_OTHER"]) {
        command.env(name, format!("127.0.0.1:{}", node.port)).env(format!("{name}_CHECK"), node.asked.to_string());
    }
    into_log(&mut command, folder, "haproxy.log")?;
    Ok(command)
}

fn into_log<'c>(command: &'c mut Command, folder: &Path, name: &str) -> Result<&'c mut Command> {
    let log = File::options().create(true).append(true).open(folder.join(name))?;
    Ok(command.stdout(log.try_clone()?).stderr(log))
}

fn shipped(file: &str) -> PathBuf {
    workspace_root().join("deploy").join(file)
}

fn hand_over(folder: &Path) -> Result<()> {
    if let Some((user, group)) = unprivileged()? {
        chown(folder, Some(user), Some(group))?;
    }
    Ok(())
}
