//! Whether strangers on this machine can read what the shop keeps.
//!
//! Invariant: looks at so many files at most and says when that was not all; certificates and public keys may be read by anybody.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::row::{Finding, fail, pass};
use crate::cli::Words;

const MOST: usize = 50_000;
/// Reading, writing and entering, for whoever is neither the owner nor of the group.
const STRANGERS: u32 = 0o007;
const WRITING: u32 = 0o002;
const PUBLIC: [&str; 2] = ["crt", "pub"];

/// What lies open below those folders.
pub(super) fn shut(folders: &[&Path], words: Words) -> Finding {
    let (mut looked, mut open) = (0, Vec::new());
    for folder in folders {
        look(folder, &mut looked, &mut open);
    }
    if let Some(first) = open.first() {
        let count = words.counted(
            open.len() as u64,
            ["lo puede abrir cualquiera", "los puede abrir cualquiera"],
            ["open to anybody", "open to anybody"],
        );
        return fail(format!("{count}: {}; chmod -R o-rwx", first.display()));
    }
    let all = if looked < MOST {
        ""
    } else {
        words.say("; hay más que no se miraron", "; there are more that were not looked at")
    };
    let count = words.counted(looked as u64, ["archivo", "archivos"], ["file", "files"]);
    pass(format!("{count}, {}{all}", words.say("ninguno abierto a otros usuarios", "none open to other users")))
}

fn look(folder: &Path, looked: &mut usize, open: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for path in entries.map(|entry| entry.path()) {
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        if *looked >= MOST {
            return;
        }
        *looked += 1;
        let strangers = found.permissions().mode() & STRANGERS;
        if found.is_dir() {
            open.extend((strangers & WRITING != 0).then(|| path.clone()));
            look(&path, looked, open);
        } else if found.is_file() && strangers != 0 && !is_public(&path) {
            open.push(path);
        }
    }
}

fn is_public(path: &Path) -> bool {
    path.extension().is_some_and(|ending| PUBLIC.iter().any(|public| ending == *public))
}

#[cfg(test)]
mod tests {
    use platform::texts::Locale;

    use super::{super::row::Verdict, *};

    #[test]
    fn a_file_that_anybody_can_read_is_named_and_a_certificate_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, mode| {
            let path = folder.path().join(name);
            fs::write(&path, "x").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let within = folder.path().join("keys");
        fs::create_dir(&within).unwrap();
        fs::set_permissions(&within, fs::Permissions::from_mode(0o755)).unwrap();
        file("server.crt", 0o644);
        file("keys/master.key", 0o640);
        let looked = || shut(&[folder.path()], Words(Locale::En));
        assert_eq!(looked().verdict, Verdict::Pass, "{:?}", looked());
        file("keys/master.key", 0o644);
        assert!(looked().verdict == Verdict::Fail && looked().said.contains("master.key"), "{:?}", looked());
        file("keys/master.key", 0o600);
        fs::set_permissions(&within, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(looked().verdict, Verdict::Fail);
    }
}
