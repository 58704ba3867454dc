//! Secrets that do not stand in the settings but in a file or behind a command.
//!
//! Invariant: what is read is bounded in size and time; no message holds any of it, nor what the command wrote beside it.

use std::{
    fs::File,
    io::Read,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use crate::secret::Secret;

/// Longer secrets than any key or certificate's.
const MOST_BYTES: u64 = 64 * 1024;
/// A password manager may ask a server far away.
const PATIENCE: Duration = Duration::from_secs(30);

/// The secret in a file, without the line's end.
pub(super) fn from_file(path: &Path) -> Result<Secret, String> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    read(file).map_err(|reason| format!("{}: {reason}", path.display()))
}

/// The secret a command of the shell writes, without the line's end.
pub(super) fn from_command(line: &str) -> Result<Secret, String> {
    from_command_within(line, PATIENCE)
}

fn from_command_within(line: &str, patience: Duration) -> Result<Secret, String> {
    let mut command = Command::new("/bin/sh");
    // Its own group, so that whatever it started ends with it.
    command.arg("-c").arg(line).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).process_group(0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let output = child.stdout.take().ok_or("no output")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(read(output)));
    let Ok(written) = receiver.recv_timeout(patience) else {
        if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = child.wait();
        return Err(format!("no answer within {} s", patience.as_secs_f32()));
    };
    let ended = child.wait().map_err(|error| error.to_string())?;
    if ended.success() { written } else { Err(ended.to_string()) }
}

fn read(source: impl Read) -> Result<Secret, String> {
    let mut text = zeroize::Zeroizing::new(String::with_capacity(1024));
    let mut source = source.take(MOST_BYTES + 1);
    source.read_to_string(&mut text).map_err(|error| error.to_string())?;
    match text.trim_end_matches(['\r', '\n']) {
        _ if text.len() as u64 > MOST_BYTES => Err(format!("more than {MOST_BYTES} bytes")),
        "" => Err("empty".to_owned()),
        secret => Ok(Secret::new(secret)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_text_without_the_end_of_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let with = |text: &str| {
            std::fs::write(&path, text).unwrap();
            from_file(&path)
        };
        assert_eq!(with("hunter2\r\n"), Ok(Secret::new("hunter2")));
        assert_eq!(with(" two words "), Ok(Secret::new(" two words ")), "blanks may belong to it");
        assert!(with("\n").unwrap_err().contains("empty"));
        assert!(with(&"x".repeat(70_000)).unwrap_err().contains("65536"));
        assert!(from_file(&folder.path().join("none")).unwrap_err().contains("none"));
    }

    #[test]
    fn a_command_gives_what_it_writes_and_its_failure_gives_nothing_away() {
        assert_eq!(from_command("printf 'hunter2\\n'"), Ok(Secret::new("hunter2")));
        assert!(from_command("true").unwrap_err().contains("empty"));
        let failed = from_command("printf hunter2; exit 3").unwrap_err();
        assert!(failed.contains('3') && !failed.contains("hunter2"), "{failed}");
    }

    #[test]
    fn a_command_that_never_ends_is_ended_with_what_it_started() {
        let reason = from_command_within("sleep 600 | cat", Duration::from_millis(50)).unwrap_err();
        assert!(reason.contains("no answer"), "{reason}");
    }
}
