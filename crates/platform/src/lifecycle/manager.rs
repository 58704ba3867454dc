//! What the service manager is told (the protocol of systemd's `sd_notify`): that we are ready, that we live, that we stop.
//!
//! Invariant: where no manager asked nothing is told; what cannot be told is said once and stops nobody.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    sync::Arc,
    time::Duration,
};

use super::{Shutdown, Tasks};

/// Whoever started us and wants to know. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Manager(Option<Arc<Asked>>);

#[derive(Debug)]
struct Asked {
    socket: UnixDatagram,
    address: SocketAddr,
    /// How long we may say nothing before we are taken for dead.
    patience: Option<Duration>,
}

impl Manager {
    /// As the environment of the process says.
    pub fn of_process() -> Manager {
        let variable = |name: &str| std::env::var_os(name);
        let (socket, patience) = (variable("NOTIFY_SOCKET"), variable("WATCHDOG_USEC"));
        let ours = variable("WATCHDOG_PID").is_none_or(|id| id == OsString::from(std::process::id().to_string()));
        let Some(socket) = socket else { return Manager::default() };
        Manager::at(&socket, patience.filter(|_| ours).as_deref()).unwrap_or_else(|error| {
            tracing::warn!(%error, "the service manager cannot be told anything");
            Manager::default()
        })
    }

    /// Whoever listens there; a name that begins with `@` is no file.
    fn at(socket: &OsStr, patience_us: Option<&OsStr>) -> io::Result<Manager> {
        let address = match socket.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(socket)?,
        };
        let patience = patience_us.and_then(|text| text.to_str()?.parse().ok()).filter(|us| *us > 0);
        let socket = UnixDatagram::unbound()?;
        // A manager that does not read must not hold us.
        socket.set_nonblocking(true)?;
        Ok(Manager(Some(Arc::new(Asked { socket, address, patience: patience.map(Duration::from_micros) }))))
    }

    /// We answer.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={}", status.replace('\n', " ")));
    }

    /// We were told to stop.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Says that we live for as long as tasks get their turn, twice in the time in which we must.
    pub fn keep_alive(&self, tasks: &Tasks, shutdown: Shutdown) {
        let Some(every) = self.0.as_ref().and_then(|asked| asked.patience).map(|patience| patience / 2) else { return };
        let own = self.clone();
        tasks.spawn("watchdog", async move {
            let mut tick = tokio::time::interval(every);
            while !shutdown.is_stopping() {
                tokio::select! {
                    _ = tick.tick() => own.tell("WATCHDOG=1"),
                    () = shutdown.wait() => {}
                }
            }
        });
    }

    fn tell(&self, words: &str) {
        let Some(asked) = &self.0 else { return };
        if let Err(error) = asked.socket.send_to_addr(words.as_bytes(), &asked.address) {
            tracing::warn!(%error, "the service manager was not told");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut room = [0; 256];
        let length = socket.recv(&mut room).unwrap();
        String::from_utf8(room[..length].to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_manager_hears_that_we_are_ready_that_we_live_and_that_we_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::at(path.as_os_str(), Some(OsStr::new("20000"))).unwrap();
        manager.ready("listening on\n127.0.0.1");
        assert_eq!(heard(&socket), "READY=1\nSTATUS=listening on 127.0.0.1");
        let (tasks, shutdown) = (Tasks::default(), Shutdown::default());
        manager.keep_alive(&tasks, shutdown.clone());
        let socket = tokio::task::spawn_blocking(move || {
            assert_eq!((heard(&socket), heard(&socket)), ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned()));
            socket
        });
        let socket = socket.await.unwrap();
        shutdown.trigger();
        assert!(tasks.finish(Duration::from_secs(5)).await);
        manager.stopping();
        let last = std::iter::repeat_with(|| heard(&socket)).find(|words| words != "WATCHDOG=1");
        assert_eq!(last.as_deref(), Some("STOPPING=1"));
    }

    #[tokio::test]
    async fn without_a_manager_or_with_one_that_is_gone_nothing_happens() {
        let folder = tempfile::tempdir().unwrap();
        let gone = Manager::at(folder.path().join("gone").as_os_str(), None).unwrap();
        let tasks = Tasks::default();
        for manager in [gone, Manager::default()] {
            manager.ready("ready");
            manager.keep_alive(&tasks, Shutdown::default());
            manager.stopping();
        }
        assert!(tasks.finish(Duration::from_secs(5)).await, "nobody is told again and again");
    }

    #[test]
    fn a_name_without_a_file_is_one() {
        let name = format!("gondola-test-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Manager::at(OsStr::new(&format!("@{name}")), Some(OsStr::new("x"))).unwrap().stopping();
        assert_eq!(heard(&socket), "STOPPING=1");
    }
}
