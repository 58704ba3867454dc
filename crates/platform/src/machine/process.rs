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
    }
}

fn number(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
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
        assert_eq!(process.figures(), figures, "kept for a moment");
    }

    #[test]
    fn a_name_with_blanks_and_parentheses_moves_no_field() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 31 0 0 20 0 4 0 100 1000 10";
        assert_eq!(cpu(stat), Some(281));
        assert_eq!(cpu("nonsense"), None);
    }
}
