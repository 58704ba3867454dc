//! What the machine has left: disk, memory, and what of it this process holds; how its disks keep what is written.
//!
//! Invariant: what cannot be read is `None`, never a zero that looks like a measurement.

mod container;
mod files;
mod process;
mod volume;

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, setrlimit, umask},
};

pub use files::{raise_open_files, room_for};
pub use process::{Moved, Process, ProcessFigures};
pub use volume::{AtRest, Volume};

/// Room of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Bytes we may still write.
    pub free_bytes: u64,
    /// Bytes in all.
    pub size_bytes: u64,
}

impl Disk {
    /// Of the file system that holds this folder.
    pub fn of(folder: &Path) -> Option<Disk> {
        let found = rustix::fs::statvfs(folder).ok()?;
        Some(Disk { free_bytes: found.f_bavail * found.f_frsize, size_bytes: found.f_blocks * found.f_frsize })
    }

    /// How much of it is free, in percent.
    pub fn free_percent(self) -> u64 {
        percent(self.free_bytes, self.size_bytes)
    }
}

/// Limits this process from now on: what memory it may have, and how long it may compute. Past the first nothing more is given to it,
/// past the second it is killed.
pub fn limit_process(memory_bytes: u64, seconds: u64) -> io::Result<()> {
    let limit = |resource: Resource, most: u64| {
        let limits = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limits).map_err(io::Error::from)
    };
    limit(Resource::Data, memory_bytes)?;
    limit(Resource::Cpu, seconds)
}

/// Files this process makes from now on are for its user to write and its group to read: a data folder that was made by hand, open to
/// all, does not open what is in it.
pub fn keep_strangers_out() {
    let strangers = Mode::RWXO | Mode::WGRP;
    let before = umask(strangers);
    umask(before | strangers);
}

/// Processors this process may use at once.
pub fn cpus() -> u64 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u64)
}

/// Memory of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Bytes that programs can still have.
    pub available_bytes: u64,
    /// Bytes in all.
    pub size_bytes: u64,
}

impl Memory {
    /// As the kernel counts it; within a container that has less, what the container has.
    pub fn of_machine() -> Option<Memory> {
        let text = fs::read_to_string("/proc/meminfo").ok()?;
        let whole = Memory { available_bytes: kib(&text, "MemAvailable:")?, size_bytes: kib(&text, "MemTotal:")? };
        let within = container::memory(Path::new("/sys/fs/cgroup"));
        Some(within.filter(|within| within.size_bytes < whole.size_bytes).unwrap_or(whole))
    }

    /// How much of it can still be had, in percent.
    pub fn available_percent(self) -> u64 {
        percent(self.available_bytes, self.size_bytes)
    }
}

fn percent(part: u64, whole: u64) -> u64 {
    let percent = (u128::from(part) * 100).checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(percent).unwrap_or(u64::MAX)
}

/// A line of the form `Name:   123 kB`, in bytes.
fn kib(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Writes a small file into a folder and removes it, as an answer to whether that still works.
pub fn try_writing(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".gondola-writable-{}", std::process::id()));
    let written = fs::File::create(&path).and_then(|mut file| file.write_all(&[b'.'; 4096]));
    let removed = fs::remove_file(&path);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_and_memory_are_read_and_a_missing_folder_is_not_a_zero() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::of(folder.path()).unwrap();
        assert!(disk.size_bytes >= disk.free_bytes && disk.size_bytes > 0 && disk.free_percent() <= 100);
        let gone = folder.path().join("gone");
        assert_eq!(Disk::of(&gone), None);
        assert!(try_writing(folder.path()).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        assert!(try_writing(&gone).is_err());
        let memory = Memory::of_machine().unwrap();
        assert!(memory.available_bytes <= memory.size_bytes && memory.available_bytes > 0);
    }

    #[test]
    fn percents_neither_overflow_nor_divide_by_nothing() {
        for (part, whole, expected) in [(1, 3, 33), (u64::MAX, u64::MAX, 100), (5, 0, 0), (0, 7, 0)] {
            assert_eq!(percent(part, whole), expected);
        }
        assert_eq!(kib("MemFree:  9 kB\nMemTotal:   12 kB\n", "MemTotal:"), Some(12_288));
    }
}
