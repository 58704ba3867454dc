//! What lies beside the database and a shop needs as well: copies of signed places, public keys, postings and decisions that wait.
//!
//! Invariant: no private key is among it.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;
use platform::{config::Settings, journal::scan};
use warehouse::journal::{REFUSED, WAITING};

use crate::wiring::{JOURNAL, OUTBOX, waiting_folders};

/// Where its entries stand.
pub(super) const BESIDE: &str = "beside";
/// Copies of signed places; a restored database is proved against those that were made with it.
const SIGNED: [&str; 2] = ["checkpoints", "audit"];
const KEYS: &str = "keys";
/// What waits to be handed on: postings for the ledger, decisions for the warehouse.
const WAITS: [&str; 2] = [JOURNAL, OUTBOX];

/// A file of it.
struct File {
    name: String,
    path: PathBuf,
}

/// Reads all of it. Before the state of the database that goes with it is taken: what was signed later has no row there.
pub(super) fn gather(settings: &Settings) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut gathered = Vec::new();
    for file in files(settings) {
        match fs::read(&file.path) {
            Ok(bytes) => gathered.push((format!("{BESIDE}/{}", file.name), bytes)),
            // Given its name, or handed on, between two looks.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| file.path.display().to_string()),
        }
    }
    Ok(gathered)
}

fn files(settings: &Settings) -> Vec<File> {
    let data = &settings.data_dir;
    let waiting = WAITS.iter().flat_map(|name| waiting_folders(settings, name)).filter(|folder| folder.exists());
    let folders = SIGNED.iter().map(|name| data.join(name)).chain(waiting).chain([data.join(KEYS)]);
    folders.flat_map(|folder| in_folder(&folder)).collect()
}

fn in_folder(folder: &Path) -> Vec<File> {
    let Some(place) = folder.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let named = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let shared = place != KEYS || name.ends_with(".pub");
        (shared && entry.file_type().is_ok_and(|kind| kind.is_file()))
            .then(|| File { name: format!("{place}/{name}"), path: entry.path() })
    };
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<File> = entries.filter_map(named).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Takes an entry out of a backup into a folder.
pub(super) fn take(name: &str, bytes: &mut impl Read, folder: &Path) -> io::Result<()> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = fs::File::create(path)?;
    io::copy(bytes, &mut file)?;
    file.sync_all()
}

/// Puts what was taken out of a backup into the data folder. Copies of signed places that are there go to `former`; what waits
/// there stays, and what waited in the backup waits beside it. Gives what went to `former`.
pub(super) fn settle(taken: &Path, settings: &Settings, former: &Path) -> io::Result<Vec<PathBuf>> {
    let data = &settings.data_dir;
    let mut moved = Vec::new();
    for name in SIGNED {
        let (old, new) = (data.join(name), taken.join(name));
        if old.exists() {
            fs::create_dir_all(former)?;
            fs::rename(&old, former.join(name))?;
            moved.push(former.join(name));
        }
        if new.exists() {
            fs::rename(new, old)?;
        }
    }
    for name in WAITS {
        moved.extend(waiting(taken, (settings, name), former)?);
    }
    public_keys(&taken.join(KEYS), &data.join(KEYS))?;
    Ok(moved)
}

/// What waited in the backup goes to the first folders that are free: the next start takes them over, and what was done already is known
/// by its id. That for which there is no folder left goes to `former`.
fn waiting(taken: &Path, (settings, what): (&Settings, &'static str), former: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for folder in waiting_folders(settings, what) {
        let name = folder.file_name().unwrap_or_default();
        let waited = taken.join(name);
        if !any_waits(&waited)? {
            continue;
        }
        match waiting_folders(settings, what).find(|place| !place.exists()) {
            Some(free) => fs::rename(waited, free)?,
            None => {
                fs::create_dir_all(former)?;
                let place = former.join(name);
                fs::rename(waited, &place)?;
                left.push(place);
            }
        }
    }
    Ok(left)
}

/// Whether anything in that folder is not settled.
fn any_waits(folder: &Path) -> io::Result<bool> {
    for name in [WAITING, REFUSED] {
        match fs::read(folder.join(name)) {
            Ok(bytes) if !scan(&bytes).pending.is_empty() => return Ok(true),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(false)
}

fn public_keys(taken: &Path, keys: &Path) -> io::Result<()> {
    if !taken.exists() {
        return Ok(());
    }
    fs::create_dir_all(keys)?;
    for file in fs::read_dir(taken)? {
        let file = file?;
        let place = keys.join(file.file_name());
        if !place.exists() {
            fs::rename(file.path(), place)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use platform::{config::Inputs, journal::Journal};

    use super::*;

    async fn journal(folder: &Path, words: &str) {
        let (journal, _) = Journal::open(&folder.join(WAITING), 1 << 20).unwrap();
        journal.append(vec![words.as_bytes().to_vec()]).await.unwrap();
    }

    fn waits(folder: &Path) -> Vec<u8> {
        scan(&fs::read(folder.join(WAITING)).unwrap()).pending[0].payload.clone()
    }

    #[tokio::test]
    async fn what_waits_in_a_backup_comes_beside_what_waits_here() {
        for what in WAITS {
            let folder = tempfile::tempdir().unwrap();
            let (data, taken, former) = (folder.path().join("d"), folder.path().join("t"), folder.path().join("f"));
            let flags = [("data_dir", data.to_str().unwrap().to_owned())].into_iter().collect();
            let settings = Settings::load(&Inputs { flags, roles: crate::roles::KNOWN, ..Inputs::default() }).unwrap();
            let (first, second) = (data.join(what), data.join(format!("{what}-2")));
            journal(&first, "here").await;
            let names: Vec<String> = files(&settings).into_iter().map(|file| file.name).collect();
            assert_eq!(names, [format!("{what}/{WAITING}")], "a backup takes it along");
            journal(&taken.join(what), "backup").await;
            fs::create_dir_all(taken.join(format!("{what}-2"))).unwrap();
            fs::write(taken.join(format!("{what}-2")).join(WAITING), "").unwrap();
            assert!(settle(&taken, &settings, &former).unwrap().is_empty());
            assert_eq!((waits(&first), waits(&second)), (b"here".into(), b"backup".into()));
            assert!(!data.join(format!("{what}-3")).exists(), "nothing waits in the other");
            for free in waiting_folders(&settings, what) {
                fs::create_dir_all(free).unwrap();
            }
            journal(&taken.join(what), "again").await;
            assert_eq!(settle(&taken, &settings, &former).unwrap(), [former.join(what)]);
            assert_eq!(waits(&former.join(what)), b"again");
        }
    }
}
