//! Another key in the place of the one that signs checkpoints.
//!
//! Invariant: a key serves only after the event that tells of it was committed, and then it does, also after a crash anywhere in here: it
//! waits whole on the disk under its own name until that is known. The public parts of all stay.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use domain::{
    Clock,
    audit::Action,
    ledger::canonical::{hex, unhex},
};
use ed25519_dalek::SigningKey;
use platform::audit::Draft;
use store::{Db, Tx, audit};

use super::{
    Error, file_error,
    key::{SECRET, key_file, name, new_key, public_file, sync_folder, take_name},
};

/// How the names of keys end that do not serve yet.
const WAITING: &str = "waiting";
/// The secret that changes, in the audit log.
const RESOURCE: &str = "secret:checkpoint";

/// Puts a new key in the place of the one of this installation: whoever signs next signs with it, and what was signed goes on proving
/// itself by its own. `told` is written into the audit log with it. The name of the new one.
pub async fn replace_key(db: &Db, data_dir: &Path, clock: &dyn Clock, told: Draft) -> Result<String, Error> {
    settle_key(db, data_dir).await?;
    let mut tx = db.write().await?;
    let next = begin(&mut tx, data_dir, clock, told).await?;
    tx.commit().await?;
    next.serve()?;
    Ok(next.name)
}

/// Goes on with what a crash left to do: a key that was told of serves, one that was not goes.
pub async fn settle_key(db: &Db, data_dir: &Path) -> Result<(), Error> {
    if waiting(data_dir)?.is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    // Whoever is in the middle of it is waited for.
    audit::hold(&mut tx).await?;
    for next in waiting(data_dir)? {
        if audit::is_told(&mut tx, Action::SecretRotated, RESOURCE, &next.name).await? {
            tracing::warn!(key = next.name, "a change of the key that signs checkpoints had not ended; it has now");
            next.serve()?;
        } else {
            next.discard()?;
        }
    }
    Ok(tx.rollback().await?)
}

/// A key that waits.
struct Next {
    name: String,
    waiting: PathBuf,
    public: PathBuf,
    serving: PathBuf,
}

/// Makes a key that waits, and tells of it in the caller's transaction.
async fn begin(tx: &mut Tx, data_dir: &Path, clock: &dyn Clock, told: Draft) -> Result<Next, Error> {
    // From here on nobody takes it for one that nothing will come of.
    audit::hold(tx).await?;
    let serving = key_file(data_dir);
    let key = new_key(serving.parent().unwrap_or(data_dir))?;
    let next = Next::of(&key, &serving);
    take_name(&next.waiting, &hex(&key.to_bytes()), SECRET)?;
    told.detail("key", &next.name).write(tx, clock.now()).await?;
    Ok(next)
}

/// Those that wait.
fn waiting(data_dir: &Path) -> Result<Vec<Next>, Error> {
    let serving = key_file(data_dir);
    let folder = serving.parent().unwrap_or(data_dir);
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        files => files.map_err(file_error(folder))?,
    };
    let mut waiting = Vec::new();
    for path in files.filter_map(Result::ok).map(|file| file.path()) {
        if path.extension().is_some_and(|ending| ending == WAITING) {
            let text = fs::read_to_string(&path).map_err(file_error(&path))?;
            let secret = unhex(text.trim()).ok_or_else(|| Error::Key(path.clone()))?;
            waiting.push(Next::of(&SigningKey::from_bytes(&secret), &serving));
        }
    }
    Ok(waiting)
}

impl Next {
    fn of(key: &SigningKey, serving: &Path) -> Next {
        let (name, folder) = (name(key), serving.parent().unwrap_or(serving));
        let waiting = folder.join(format!("checkpoint-{name}.{WAITING}"));
        Next { waiting, public: public_file(folder, key), serving: serving.to_owned(), name }
    }

    fn serve(&self) -> Result<(), Error> {
        match fs::rename(&self.waiting, &self.serving) {
            // Somebody who found it waiting was faster.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            renamed => renamed.map_err(file_error(&self.waiting)).and_then(|()| sync_folder(&self.serving)),
        }
    }

    fn discard(&self) -> Result<(), Error> {
        for path in [&self.waiting, &self.public] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(file_error(path)(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
