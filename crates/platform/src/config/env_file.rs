//! The file `.env` of the folder the program runs in: variables for whoever keeps them in a file.
//!
//! Invariant: read, never written; weaker than the environment itself. It may name commands to run, so one that somebody else could
//! have written is refused.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::secret::Secret;

const MOST_BYTES: u64 = 256 * 1024;

/// What such a file says.
#[derive(Debug, Clone, Default)]
pub struct EnvFile {
    pub(super) path: PathBuf,
    pub(super) values: Vec<(String, Secret)>,
    /// Lines that say nothing we understand.
    pub(super) odd_lines: Vec<usize>,
    /// Why it was not read at all.
    pub(super) refused: Option<String>,
}

impl EnvFile {
    /// The one at that path; `None` when there is none.
    pub fn read(path: &Path) -> Option<EnvFile> {
        let text = match open(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                let refused = Some(error.to_string());
                return Some(EnvFile { path: path.to_owned(), refused, ..EnvFile::default() });
            }
        };
        Some(EnvFile { path: path.to_owned(), ..EnvFile::parse(&text) })
    }

    /// The last value of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Secret> {
        self.values.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    fn parse(text: &str) -> EnvFile {
        let mut file = EnvFile::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match variable(line.strip_prefix("export ").unwrap_or(line)) {
                Some((name, value)) => file.values.push((name.to_owned(), Secret::new(value))),
                None => file.odd_lines.push(index + 1),
            }
        }
        file
    }
}

/// `NAME=value`, `NAME="value"` or `NAME='value'`; what follows a blank and `#` is a remark unless it is quoted.
fn variable(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim_end(), value.trim());
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let value = match quote {
        Some(quote) => {
            let (value, rest) = value[1..].split_once(quote)?;
            let rest = rest.trim_start();
            (rest.is_empty() || rest.starts_with('#')).then_some(value)?
        }
        None => value.split_once(" #").map_or(value, |(value, _)| value.trim_end()),
    };
    named.then_some((name, value))
}

fn open(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    let ours = about.uid() == 0 || about.uid() == rustix::process::geteuid().as_raw();
    if !ours || about.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write it"));
    }
    let mut text = String::new();
    Read::by_ref(&mut file).take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn names_values_quotes_and_remarks_are_told_apart() {
        let file = EnvFile::parse(
            "# a shop\n\nA=1\nexport B = two words # not this\nC=\"a # b\" # not this\nD='x=y'\nE=\nA=2\nodd line\nF=\"open\nÑ=1\n",
        );
        let get = |name: &str| file.get(name).map(Secret::expose);
        assert_eq!((get("A"), get("B"), get("C")), (Some("2"), Some("two words"), Some("a # b")));
        assert_eq!((get("D"), get("E"), get("F")), (Some("x=y"), Some(""), None));
        assert_eq!(file.odd_lines, [9, 10, 11]);
    }

    #[test]
    fn one_that_others_may_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert!(EnvFile::read(&path).is_none());
        fs::write(&path, "A=1").unwrap();
        assert!(EnvFile::read(&path).unwrap().get("A").is_some());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let refused = EnvFile::read(&path).unwrap();
        assert!(refused.refused.is_some() && refused.values.is_empty());
    }
}
