//! Child processes that a test starts, stops, freezes and kills.
//!
//! Invariant: a [`Process`] is dead and reaped once its value is dropped.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, kill_process};

pub use rustix::process::Signal;

/// How long one look waits before the next one, when waiting for another process.
const STEP: Duration = Duration::from_millis(10);

/// A child that dies with its value.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts `command`; `name` is what messages call it.
    pub fn spawn(name: &str, command: &mut Command) -> Result<Process> {
        let child = command.spawn().with_context(|| format!("{name} did not start: {command:?}"))?;
        Ok(Process { child, name: name.to_owned() })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Sends a signal to the process alone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        send(self.child.id(), signal)
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) -> Result<ExitStatus> {
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// SIGTERM, and waits for a voluntary end; past `patience` it is killed and that is an error.
    pub fn terminate(&mut self, patience: Duration) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        match self.wait(patience)? {
            Some(status) => Ok(status),
            None => {
                self.kill()?;
                bail!("{} was still running {patience:?} after SIGTERM", self.name)
            }
        }
    }

    /// Waits at most `patience` for the end; `None` while it still runs.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<ExitStatus>> {
        let mut status = None;
        wait_until(patience, || {
            status = self.child.try_wait().ok().flatten();
            status.is_some()
        });
        Ok(status)
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already ended is the normal case after `kill`; there is nobody to tell about anything else.
        let _ = self.kill();
    }
}

/// Sends `signal` to the process `id`; one that is gone already is no error.
pub fn send(id: u32, signal: Signal) -> Result<()> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw).context("not a process id")?;
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(errno) => Err(io::Error::from(errno)).with_context(|| format!("signal to process {id}")),
    }
}

/// The processes whose parent is `parent`, as the kernel lists them now.
pub fn children_of(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| parent_of(*id) == Some(parent)).collect()
}

/// Whether the process is gone, or only its exit code is left of it.
pub fn has_ended(id: u32) -> bool {
    state_and_parent(id).is_none_or(|(state, _)| matches!(state.as_str(), "Z" | "X"))
}

fn parent_of(id: u32) -> Option<u32> {
    Some(state_and_parent(id)?.1)
}

/// The two fields of `/proc/ID/stat` after the command's closing parenthesis (proc(5)).
fn state_and_parent(id: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

/// Looks at `condition` until it holds or `patience` is over; says whether it held.
pub fn wait_until(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let looks = patience.as_millis() / STEP.as_millis();
    for _ in 0..looks {
        if condition() {
            return true;
        }
        thread::sleep(STEP);
    }
    condition()
}

/// A port of 127.0.0.1 on which nobody listens. Below the kernel's ephemeral range, so that no outgoing connection takes it in
/// between, and spread by process id, so that tests side by side seldom try the same one.
pub fn free_port() -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id().wrapping_mul(37) % u32::from(COUNT))?;
    for _ in 0..COUNT {
        let offset = (u32::from(start) + u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % u32::from(COUNT);
        let port = FIRST + u16::try_from(offset)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port between {FIRST} and {}", FIRST + COUNT)
}

/// The program `name` in one of `folders` or on the PATH; the error says how to install it.
pub fn find_program(name: &str, folders: &[PathBuf]) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let everywhere = folders.iter().cloned().chain(std::env::split_paths(&path));
    let found = everywhere.map(|folder| folder.join(name)).find(|candidate| is_program(candidate));
    found.with_context(|| format!("`{name}` is not installed; ./scripts/test installs what the tests need"))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}
