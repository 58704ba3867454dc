//! What this process holds of the machine.
//!
//! Invariant: the files of the kernel are read at most once a second, however often somebody asks.

use std::{
    fs,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::Stopwatch;

use super::kib;

/// How long figures are good for.
const FRESH: Duration = Duration::from_secs(1);
/// Units of the kernel's CPU times in a second: 100 on every Linux, whatever its own tick is (USER_HZ).
const TICKS_PER_SECOND: u64 = 100;

/// Memory, time and files of this process; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessFigures {
    /// Bytes in memory.
    pub resident_bytes: Option<u64>,
    /// Bytes of address space.
    pub virtual_bytes: Option<u64>,
    /// CPU time used, in hundredths of a second.
    pub cpu_centiseconds: Option<u64>,
    /// Files and sockets open.
    pub open_files: Option<u64>,
    /// Files and sockets that may be open.
    pub most_files: Option<u64>,
    /// Threads.
    pub threads: Option<u64>,
    /// Bytes it had read from disks and written to them.
    pub disk: Option<Moved>,
    /// Bytes that came in and went out over the network interfaces it sees: those of its container, where it is in one. Without what
    /// the machine tells itself.
    pub network: Option<Moved>,
}

/// Bytes that came in and went out, since the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Read or received.
    pub inwards_bytes: u64,
    /// Written or sent.
    pub outwards_bytes: u64,
}

/// Reads them.
#[derive(Debug, Default)]
pub struct Process(Mutex<Option<(Stopwatch, ProcessFigures)>>);

impl Process {
    /// The figures, at most a second old.
    pub fn figures(&self) -> ProcessFigures {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((since, figures)) if since.elapsed() < FRESH => *figures,
            _ => {
                let figures = read();
                *kept = Some((Stopwatch::start(), figures));
                figures
            }
        }
    }
}

fn read() -> ProcessFigures {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    ProcessFigures {
        resident_bytes: kib(&status, "VmRSS:"),
        virtual_bytes: kib(&status, "VmSize:"),
        cpu_centiseconds: fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(cpu),
        open_files: fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64),
        most_files: number(&limits, "Max open files"),
        threads: number(&status, "Threads:"),
        disk: disk(&fs::read_to_string("/proc/self/io").unwrap_or_default()),
        network: network(&fs::read_to_string("/proc/self/net/dev").unwrap_or_default()),
    }
}

fn number(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// What reached disks, and came from them (proc(5)): what the system's cache answered is not in it.
fn disk(io: &str) -> Option<Moved> {
    Some(Moved { inwards_bytes: number(io, "read_bytes:")?, outwards_bytes: number(io, "write_bytes:")? })
}

/// Sums the interfaces of `/proc/self/net/dev`: eight figures of what was received, the bytes first, then as many of what was sent.
fn network(dev: &str) -> Option<Moved> {
    let mut sum = (!dev.is_empty()).then(Moved::default)?;
    for (name, figures) in dev.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| name.trim() != "lo") {
        let figures: Vec<u64> = figures.split_whitespace().map_while(|figure| figure.parse().ok()).collect();
        let ([received, ..], Some(sent)) = (figures.as_slice(), figures.get(8)) else {
            tracing::debug!(name, "an interface whose figures cannot be read");
            continue;
        };
        sum.inwards_bytes += received;
        sum.outwards_bytes += sent;
    }
    Some(sum)
}

/// User and system time of `/proc/self/stat` (proc(5)): fields 14 and 15, counted behind the name, which may hold anything.
fn cpu(stat: &str) -> Option<u64> {
    let mut behind = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || behind.next()?.parse::<u64>().ok();
    Some((next()? + next()?) * 100 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_files_and_time() {
        let process = Process::default();
        let figures = process.figures();
        assert!(figures.resident_bytes > Some(100_000) && figures.virtual_bytes >= figures.resident_bytes);
        assert!(figures.open_files > Some(2) && figures.most_files >= figures.open_files);
        assert!(figures.threads >= Some(1) && figures.cpu_centiseconds.is_some());
        assert!(figures.disk.is_some(), "/proc/self/io is there");
        assert_eq!(process.figures(), figures, "kept for a moment");
    }

    #[test]
    fn traffic_is_summed_over_interfaces_but_not_what_the_machine_tells_itself() {
        let dev = "Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9000 1 0 0 0 0 0 0 9000 1 0 0 0 0 0 0
  eth0: 100 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0
  eth1:20 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0
  odd0: 7\n";
        assert_eq!(network(dev), Some(Moved { inwards_bytes: 120, outwards_bytes: 34 }));
        assert_eq!(network("    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0"), Some(Moved::default()));
        assert_eq!(network(""), None);
        let io = "rchar: 5\nwchar: 6\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n";
        assert_eq!(disk(io), Some(Moved { inwards_bytes: 4096, outwards_bytes: 8192 }));
        assert_eq!(disk(""), None);
    }

    #[test]
    fn a_name_with_blanks_and_parentheses_moves_no_field() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 31 0 0 20 0 4 0 100 1000 10";
        assert_eq!(cpu(stat), Some(281));
        assert_eq!(cpu("nonsense"), None);
    }
}
