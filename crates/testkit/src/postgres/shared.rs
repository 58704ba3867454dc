//! The server that every test process of a user shares.
//!
//! Invariant: at most one runs per user; it stays while any process holds `users`, and stops by itself soon after the last one.
//!
//! nextest runs each test in its own process, and a server takes seconds to make. So the first process starts one and leaves it
//! behind for the next; a small shell loop beside it, the keeper, tries every few seconds to lock `users`, which succeeds only when no test is
//! using the server, and then stops it. `start` is held while deciding either way, so nobody joins a server that is going.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};

use super::cluster;
use crate::process::free_port;

/// Nothing on it survives the run, so nothing on it needs the disk.
const SETTINGS: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB"];

/// `$1` is the folder. The process is read anew each time, so that two keepers never disagree on what they keep. SIGINT is
/// PostgreSQL's fast shutdown.
const KEEPER: &str = r#"
cd "$1" || exit 1
pid_file=server/data/postmaster.pid
while sleep 5; do
  exec 8>start 9>users
  flock 8
  if flock --nonblock 9; then
    if read -r server < $pid_file && grep -qx postgres "/proc/$server/comm"; then kill -INT "$server"; fi
    for look in $(seq 300); do [ -e $pid_file ] || break; sleep 0.1; done
    rm -rf server port
    exit 0
  fi
  exec 8>&- 9>&-
done
"#;

/// This process's use of the server: the open file is the lock.
struct Use {
    url: String,
    _users: File,
}

/// The superuser's URL of the shared server, started if nobody did.
pub(super) fn admin_url() -> Result<String> {
    static USE: Mutex<Option<Use>> = Mutex::new(None);
    let mut current = USE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*current {
        Some(joined) => Ok(joined.url.clone()),
        None => Ok(current.insert(join()?).url.clone()),
    }
}

fn join() -> Result<Use> {
    let folder = own_folder()?;
    let start = lock_file(&folder, "start")?;
    start.lock()?;
    let port = match running_port(&folder) {
        Some(port) => port,
        None => launch(&folder)?,
    };
    let users = lock_file(&folder, "users")?;
    users.lock_shared()?;
    Ok(Use { url: cluster::admin_url(port), _users: users })
}

/// In the temporary folder, because the server's own user must be able to reach it; refused when somebody else made it.
fn own_folder() -> Result<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let folder = std::env::temp_dir().join(format!("gondola-postgres-{user}"));
    DirBuilder::new().recursive(true).mode(0o755).create(&folder)?;
    ensure!(fs::symlink_metadata(&folder)?.uid() == user, "{} belongs to somebody else", folder.display());
    Ok(folder)
}

fn lock_file(folder: &Path, name: &str) -> Result<File> {
    let options = File::options().create(true).append(true).open(folder.join(name));
    options.with_context(|| format!("lock `{name}` in {}", folder.display()))
}

fn running_port(folder: &Path) -> Option<u16> {
    let port = fs::read_to_string(folder.join("port")).ok()?.trim().parse().ok()?;
    cluster::accepts(port).then_some(port)
}

/// Makes a new server in `folder/server`, in a process group of its own so that the end of this test does not end it.
fn launch(folder: &Path) -> Result<u16> {
    let files = folder.join("server");
    if files.exists() {
        fs::remove_dir_all(&files)?;
    }
    fs::create_dir(&files)?;
    cluster::create(&files)?;
    let port = free_port()?;
    let mut server = cluster::command(&files, port, SETTINGS)?.process_group(0).spawn()?;
    cluster::await_connections(&files, port, || matches!(server.try_wait(), Ok(None)))?;
    start_keeper(folder)?;
    fs::write(folder.join("port"), port.to_string())?;
    Ok(port)
}

fn start_keeper(folder: &Path) -> Result<()> {
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER, "gondola-postgres-keeper"]).arg(folder).process_group(0);
    keeper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    Ok(())
}
