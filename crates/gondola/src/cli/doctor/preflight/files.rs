//! Whether strangers on this machine can read what the shop keeps.
//!
//! Invariant: passes only when everything was looked at; certificates and public keys may be read by anybody.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::row::{Finding, by_hand, fail, pass};
use crate::cli::Words;

const MOST: usize = 50_000;
/// Reading, writing and entering, for whoever is neither the owner nor of the group.
const STRANGERS: u32 = 0o007;
const WRITING: u32 = 0o002;
const PUBLIC: [&str; 2] = ["crt", "pub"];

/// What lies open of those folders and everything below them, and of those files.
pub(super) fn shut(folders: &[PathBuf], files: &[PathBuf], words: Words) -> Finding {
    looked(folders, files, MOST).told(words)
}

fn looked(folders: &[PathBuf], files: &[PathBuf], most: usize) -> Seen {
    let mut seen = Seen { most, ..Seen::default() };
    for root in folders.iter().chain(files) {
        match fs::metadata(root) {
            Ok(found) => {
                seen.note(root, &found);
                if found.is_dir() {
                    seen.below(root);
                }
            }
            Err(error) => seen.missed(root, &error),
        }
    }
    seen
}

/// What was found.
#[derive(Debug, Default)]
struct Seen {
    most: usize,
    count: usize,
    open: Vec<PathBuf>,
    /// What could not be looked at, and why.
    missed: Vec<String>,
    /// There is more than is looked at.
    more: bool,
}

impl Seen {
    fn below(&mut self, folder: &Path) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.missed_below(folder, &error),
        };
        for entry in entries {
            if self.count >= self.most {
                self.more = true;
                return;
            }
            match entry.map(|entry| entry.path()) {
                Ok(path) => self.entry(&path),
                Err(error) => self.missed(folder, &error),
            }
        }
    }

    fn entry(&mut self, path: &Path) {
        match fs::symlink_metadata(path) {
            Ok(found) => {
                self.note(path, &found);
                if found.is_dir() {
                    self.below(path);
                }
            }
            Err(error) => self.missed_below(path, &error),
        }
    }

    fn note(&mut self, path: &Path, found: &fs::Metadata) {
        self.count += 1;
        let strangers = found.permissions().mode() & STRANGERS;
        let is_open = match found.is_dir() {
            true => strangers & WRITING != 0,
            false => found.is_file() && strangers != 0 && !is_public(path),
        };
        self.open.extend(is_open.then(|| path.to_owned()));
    }

    /// A server goes on writing and removing: what is gone by now is open to nobody.
    fn missed_below(&mut self, path: &Path, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            self.missed(path, error);
        }
    }

    fn missed(&mut self, path: &Path, error: &io::Error) {
        self.missed.push(format!("{}: {error}", path.display()));
    }

    fn told(&self, words: Words) -> Finding {
        if let Some(first) = self.open.first() {
            let count = words.counted(
                self.open.len() as u64,
                ["lo puede abrir cualquiera", "los puede abrir cualquiera"],
                ["open to anybody", "open to anybody"],
            );
            return fail(format!("{count}: {}; chmod -R o-rwx", first.display()));
        }
        let count = words.counted(self.count as u64, ["archivo", "archivos"], ["file", "files"]);
        let said = format!("{count}, {}", words.say("ninguno abierto a otros usuarios", "none open to other users"));
        if let Some(first) = self.missed.first() {
            let what = words.say("no se pudo mirar todo", "not everything could be looked at");
            return by_hand(format!("{said}; {what}: {first}"));
        }
        if self.more {
            let what = "hay más que no se miraron: «find CARPETA -type f -perm /o=rwx» no tiene que mostrar nada";
            let what = words.say(
                what,
                "there are more that were not looked at: “find FOLDER -type f -perm /o=rwx” has to show nothing",
            );
            return by_hand(format!("{said}; {what}"));
        }
        pass(said)
    }
}

fn is_public(path: &Path) -> bool {
    path.extension().is_some_and(|ending| PUBLIC.iter().any(|public| ending == *public))
}

#[cfg(test)]
mod tests {
    use platform::texts::Locale;

    use super::{super::row::Verdict, *};

    const WORDS: Words = Words(Locale::En);

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A folder with a certificate and, in one below, a key that is shut.
    fn kept() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("keys")).unwrap();
        mode(&folder.path().join("keys"), 0o755);
        for (name, bits) in [("server.crt", 0o644), ("keys/master.key", 0o640)] {
            fs::write(folder.path().join(name), "x").unwrap();
            mode(&folder.path().join(name), bits);
        }
        folder
    }

    #[test]
    fn a_file_that_anybody_can_read_is_named_and_a_certificate_is_not() {
        let folder = kept();
        let (within, key) = (folder.path().join("keys"), folder.path().join("keys/master.key"));
        let looked = || shut(&[folder.path().to_owned()], &[], WORDS);
        assert_eq!(looked().verdict, Verdict::Pass, "{:?}", looked());
        mode(&key, 0o644);
        assert!(looked().verdict == Verdict::Fail && looked().said.contains("master.key"), "{:?}", looked());
        mode(&key, 0o600);
        for (path, open, closed) in [(within.as_path(), 0o777, 0o755), (folder.path(), 0o777, 0o700)] {
            mode(path, open);
            assert_eq!(looked().verdict, Verdict::Fail, "{}", path.display());
            mode(path, closed);
        }
        assert_eq!(looked().verdict, Verdict::Pass);
    }

    #[test]
    fn a_file_that_lies_elsewhere_is_looked_at_too() {
        let (folder, elsewhere) = (kept(), kept());
        let key = elsewhere.path().join("keys/master.key");
        let verdict = || shut(&[folder.path().to_owned()], std::slice::from_ref(&key), WORDS).verdict;
        assert_eq!(verdict(), Verdict::Pass);
        mode(&key, 0o604);
        assert_eq!(verdict(), Verdict::Fail);
    }

    #[test]
    fn what_was_not_looked_at_is_for_a_person() {
        let folder = kept();
        let nothing = folder.path().join("nothing");
        let gone = shut(&[folder.path().to_owned(), nothing.clone()], &[], WORDS);
        assert!(gone.verdict == Verdict::ByHand && gone.said.contains("nothing: "), "{gone:?}");
        assert_eq!(shut(&[folder.path().to_owned()], &[nothing], WORDS).verdict, Verdict::ByHand);
        let told = |most| looked(&[folder.path().to_owned()], &[], most).told(WORDS).verdict;
        assert_eq!([told(4), told(3)], [Verdict::Pass, Verdict::ByHand]);
    }
}
