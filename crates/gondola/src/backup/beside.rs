//! What lies beside the database and a shop needs as well: copies of signed places, public keys, postings that wait.
//!
//! Invariant: no private key is among it.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;
use platform::config::Settings;

use crate::wiring::journal_folders;

/// Where its entries stand.
pub(super) const BESIDE: &str = "beside";
/// Copies of signed places; a restored database is proved against those that were made with it.
const SIGNED: [&str; 2] = ["checkpoints", "audit"];
const KEYS: &str = "keys";

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
    let journals = journal_folders(settings).filter(|folder| folder.exists());
    let folders = SIGNED.iter().map(|name| data.join(name)).chain(journals).chain([data.join(KEYS)]);
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

/// Puts what was taken out of a backup into the data folder. Copies of signed places that are there go to `former`; postings that wait
/// there stay, since those of a backup are among them or were written down long ago. Gives what went to `former`.
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
    if journal_folders(settings).all(|folder| !folder.exists()) {
        for folder in journal_folders(settings) {
            let name = folder.file_name().unwrap_or_default();
            if taken.join(name).exists() {
                fs::rename(taken.join(name), &folder)?;
            }
        }
    }
    public_keys(&taken.join(KEYS), &data.join(KEYS))?;
    Ok(moved)
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
