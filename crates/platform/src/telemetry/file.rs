//! Log lines in a file for each day.
//!
//! Invariant: a line is written whole into the file of its day (UTC), to which `gondola.log` leads while it is today's; files older than
//! they are kept for go when a day begins, and nothing else of the folder is touched.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use domain::{Clock, SystemClock, Timestamp};
use tracing_subscriber::fmt::MakeWriter;

const BEFORE: &str = "gondola-";
const AFTER: &str = ".log";
/// The name under which whoever follows the log finds the file of today.
const NEWEST: &str = "gondola.log";

/// Writes a file for each day.
#[derive(Debug)]
pub(super) struct Daily {
    folder: PathBuf,
    keep_days: i64,
    /// By the number of its day: a line is held against it without its date being written out.
    open: Mutex<(i64, File)>,
}

impl Daily {
    /// Files in this folder, which is made; the one of today is opened.
    pub(super) fn new(folder: &Path, keep_days: i64) -> io::Result<Daily> {
        fs::create_dir_all(folder)?;
        let now = SystemClock.now();
        let open = Mutex::new((number_of(now), open(folder, &day_of(now))?));
        purge(folder, keep_days, now);
        Ok(Daily { folder: folder.to_owned(), keep_days, open })
    }

    fn write_at(&self, now: Timestamp, line: &[u8]) -> io::Result<()> {
        let mut file = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let day = number_of(now);
        if file.0 != day {
            *file = (day, open(&self.folder, &day_of(now))?);
            purge(&self.folder, self.keep_days, now);
        }
        file.1.write_all(line)
    }
}

/// Days since 1970 (UTC).
const fn number_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(86_400_000_000)
}

/// `2026-11-26`.
fn day_of(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn open(folder: &Path, day: &str) -> io::Result<File> {
    let name = format!("{BEFORE}{day}{AFTER}");
    let file = File::options().create(true).append(true).open(folder.join(&name))?;
    // Where there can be no such names the files of the days are there all the same.
    let _ = point(folder, &name);
    Ok(file)
}

/// Has the name of the newest lead to this file, from one moment to the next.
fn point(folder: &Path, name: &str) -> io::Result<()> {
    // Whatever else is called so is somebody's file.
    if fs::symlink_metadata(folder.join(NEWEST)).is_ok_and(|found| !found.is_symlink()) {
        return Ok(());
    }
    let aside = folder.join(format!("{NEWEST}.new"));
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    symlink(name, &aside)?;
    fs::rename(&aside, folder.join(NEWEST))
}

/// What cannot be removed today is tried again tomorrow.
fn purge(folder: &Path, keep_days: i64, now: Timestamp) {
    let oldest = day_of(now.plus_seconds(-keep_days * 86_400));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let day = name.to_str().and_then(|name| name.strip_prefix(BEFORE)?.strip_suffix(AFTER));
        if day.is_some_and(|day| is_day(day) && *day < *oldest) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_day(text: &str) -> bool {
    let shape = |(index, byte): (usize, u8)| if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(shape)
}

/// One line on its way.
#[derive(Debug)]
pub(super) struct Line<'d>(&'d Daily);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_at(SystemClock.now(), bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'d> MakeWriter<'d> for Daily {
    type Writer = Line<'d>;

    fn make_writer(&'d self) -> Line<'d> {
        Line(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_its_file_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let daily = Daily::new(&folder.path().join("logs"), 90).unwrap();
        let logs = folder.path().join("logs");
        fs::write(logs.join("gondola-notes.log"), "mine").unwrap();
        let noon = |day: i64| Timestamp::from_micros((day * 86_400 + 43_200) * 1_000_000);
        for day in [20_000, 20_001, 20_001, 20_090, 20_091] {
            daily.write_at(noon(day), format!("day {day}\n").as_bytes()).unwrap();
        }
        let name = |day: i64| logs.join(format!("gondola-{}.log", day_of(noon(day))));
        assert!(!name(20_000).exists(), "ninety-one days old");
        assert_eq!(fs::read_to_string(name(20_001)).unwrap(), "day 20001\nday 20001\n");
        assert_eq!(fs::read_to_string(name(20_091)).unwrap(), "day 20091\n");
        assert_eq!(fs::read_to_string(logs.join(NEWEST)).unwrap(), "day 20091\n", "the newest by a name that stays");
        assert!(logs.join("gondola-notes.log").exists(), "not ours");
    }

    #[test]
    fn a_folder_that_cannot_be_is_an_error_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("taken"), "").unwrap();
        assert!(Daily::new(&folder.path().join("taken"), 90).is_err());
    }
}
