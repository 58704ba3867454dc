//! Signing checkpoints with a key of this installation, and keeping a copy apart from the database.
//!
//! Invariant: the secret never leaves its file (mode 0600); a copy apart is only ever added, so that whoever rewrites a whole
//! chain in the database still contradicts the files.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use domain::{
    Clock,
    ledger::canonical::{self, hex},
};
use ed25519_dalek::SigningKey;
use store::{
    Db,
    ledger::{
        checkpoint::{self, Checkpoint},
        verify::Fault,
    },
};
use thiserror::Error;

/// Why a checkpoint could not be made or read.
#[derive(Debug, Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A file could not be read or written.
    #[error("{path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key's file holds something else.
    #[error("{0} holds no key")]
    Key(PathBuf),
    /// The machine gives no random bytes.
    #[error("no randomness")]
    Randomness,
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    move |source| Error::File { path: path.to_owned(), source }
}

/// The key of this installation; made when it has none.
pub fn signing_key(data_dir: &Path) -> Result<SigningKey, Error> {
    let path = data_dir.join("keys").join("checkpoint.key");
    match fs::read_to_string(&path) {
        Ok(text) => canonical::unhex(text.trim()).map(|secret| SigningKey::from_bytes(&secret)).ok_or(Error::Key(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make_key(&path),
        Err(error) => Err(file_error(&path)(error)),
    }
}

fn make_key(path: &Path) -> Result<SigningKey, Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| Error::Randomness)?;
    let key = SigningKey::from_bytes(&secret);
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(file_error(folder))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file_error(path))?;
    file.write_all(hex(&secret).as_bytes()).and_then(|()| file.sync_all()).map_err(file_error(path))?;
    let public = folder.join(format!("checkpoint-{}.pub", &hex(key.verifying_key().as_bytes())[..16]));
    fs::write(&public, hex(key.verifying_key().as_bytes())).map_err(file_error(&public))?;
    Ok(key)
}

/// Signs the head of a site's chain now. `None` when there is nothing new to sign.
pub async fn sign(
    db: &Db,
    data_dir: &Path,
    site: &store::site::Site,
    clock: &dyn Clock,
) -> Result<Option<Checkpoint>, Error> {
    let key = signing_key(data_dir)?;
    let now = clock.now();
    let mut tx = db.write().await?;
    let Some(signed) = checkpoint::sign(&mut tx, &site.code, &key, (now, site.zone.day_of(now))).await? else {
        return Ok(None);
    };
    // The copy apart comes first: a checkpoint without its row is found to match, a row without its copy proves less.
    keep_apart(data_dir, &signed)?;
    tx.commit().await?;
    Ok(Some(signed))
}

/// Signs every site whose newest checkpoint is of an earlier business day. Gives how many were signed.
pub async fn sign_due(db: &Db, data_dir: &Path, clock: &dyn Clock) -> Result<usize, Error> {
    let mut signed = 0;
    for site in store::site::list(db).await? {
        let mut tx = db.read().await?;
        let newest = checkpoint::of_site(&mut tx, site.id).await?.pop();
        tx.rollback().await?;
        let today = site.zone.day_of(clock.now());
        if newest.is_none_or(|newest| newest.day < today) && sign(db, data_dir, &site, clock).await?.is_some() {
            signed += 1;
        }
    }
    Ok(signed)
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("checkpoints")
}

fn keep_apart(data_dir: &Path, checkpoint: &Checkpoint) -> Result<(), Error> {
    let folder = folder(data_dir);
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let path = folder.join(format!("{}-{:012}.txt", checkpoint.site, checkpoint.seq));
    let text = format!(
        "{}public-key {}\nsignature {}\n",
        checkpoint.message(),
        hex(&checkpoint.public_key),
        hex(&checkpoint.signature)
    );
    let mut file = fs::File::create(&path).map_err(file_error(&path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(file_error(&path))
}

/// What contradicts the copies kept apart.
pub async fn compare(db: &Db, data_dir: &Path) -> Result<Vec<Fault>, Error> {
    let folder = folder(data_dir);
    let Ok(files) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let mut faults = Vec::new();
    let mut paths: Vec<PathBuf> = files.filter_map(Result::ok).map(|file| file.path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "txt")) {
        let text = fs::read_to_string(&path).map_err(file_error(&path))?;
        if let Err((site, seq, what)) = agrees(db, &text).await? {
            let posting = None;
            faults.push(Fault { site, seq, posting, what: format!("{}: {what}", path.display()) });
        }
    }
    Ok(faults)
}

type Disagreement = (String, Option<i64>, &'static str);

async fn agrees(db: &Db, text: &str) -> Result<Result<(), Disagreement>, Error> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or("");
    let (site, seq) = (field("site").to_owned(), field("seq").parse::<i64>().ok());
    let signed = text.split("public-key ").next().unwrap_or("");
    if !checkpoint::is_signature(signed, field("public-key"), field("signature")) {
        return Ok(Err((site, seq, "the signature is not valid")));
    }
    let stored = checkpoint::hash_at(db, &site, seq.unwrap_or(0)).await?;
    Ok(match stored {
        None => Err((site, seq, "the ledger does not reach that far")),
        Some(hash) if hex(&hash) != field("hash") => Err((site, seq, "the ledger has another hash there")),
        Some(_) => Ok(()),
    })
}
