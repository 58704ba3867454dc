//! Signing checkpoints with a key of this installation, and keeping a copy apart from the database.
//!
//! Invariant: the secret never leaves its file (mode 0600); a copy apart is only ever added, and only of what the database has
//! committed, so that whoever rewrites a whole chain in the database, or takes its checkpoints out, contradicts the files.

mod key;
mod next;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use domain::{Clock, ledger::canonical::hex};
use store::{
    Db, Tx,
    ledger::{
        checkpoint::{self, Checkpoint, Closed},
        verify::Fault,
    },
    site::Site,
};
use thiserror::Error;

pub use self::{
    key::{key_made_at, signing_key},
    next::{replace_key, settle_key},
};

/// How the names of copies end.
const KEPT: &str = "txt";
/// How they end until their row is committed.
const WAITING: &str = "new";

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

/// A checkpoint whose row is written and whose copy waits for that to be committed.
#[derive(Debug)]
#[must_use = "the copy has no name before `kept` gives it one"]
pub struct Signed {
    checkpoint: Checkpoint,
    copy: PathBuf,
}

impl Signed {
    /// Names the copy, once the row is committed.
    pub fn kept(self) -> Result<Checkpoint, Error> {
        give_name(&self.copy)?;
        Ok(self.checkpoint)
    }
}

/// Signs the head of a site's chain now. `None` when there is nothing new to sign.
pub async fn sign(db: &Db, data_dir: &Path, site: &Site, clock: &dyn Clock) -> Result<Option<Checkpoint>, Error> {
    let mut tx = db.write().await?;
    let signed = match sign_within(&mut tx, data_dir, site, clock).await {
        // Somebody else signed the same head at the same moment.
        Err(Error::Store(error)) if error.is_race() => None,
        signed => signed?,
    };
    let Some(signed) = signed else { return Ok(None) };
    tx.commit().await?;
    signed.kept().map(Some)
}

/// Signs the head as it stands in a transaction, which its caller commits. `None` when there is nothing new to sign.
pub async fn sign_within(
    tx: &mut Tx,
    data_dir: &Path,
    site: &Site,
    clock: &dyn Clock,
) -> Result<Option<Signed>, Error> {
    let key = signing_key(data_dir)?;
    let now = clock.now();
    let signed = checkpoint::sign(tx, &site.code, &key, (now, site.zone.day_of(now))).await?;
    // Written before the commit and named after it: a crash in between leaves neither a copy without its row, which would look
    // like a row taken out, nor a row whose copy is lost.
    let signed = signed.map(|checkpoint| Ok(Signed { copy: write_apart(data_dir, &checkpoint)?, checkpoint }));
    signed.transpose()
}

/// Signs every site whose newest checkpoint is of an earlier business day. Gives how many were signed.
pub async fn sign_due(db: &Db, data_dir: &Path, clock: &dyn Clock) -> Result<usize, Error> {
    name_waiting(db, data_dir).await?;
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

/// Writes the copy under the name it has until its row is committed.
fn write_apart(data_dir: &Path, checkpoint: &Checkpoint) -> Result<PathBuf, Error> {
    let folder = folder(data_dir);
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    // A place that was signed already is signed again when a day is closed.
    let closed = match checkpoint.closed {
        Closed::Through(day) => format!("-{day}"),
        Closed::Unsaid | Closed::Nothing => String::new(),
    };
    let path = folder.join(format!("{}-{:012}{closed}.{WAITING}", checkpoint.site, checkpoint.seq));
    let text = format!(
        "{}public-key {}\nsignature {}\n",
        checkpoint.message(),
        hex(&checkpoint.public_key),
        hex(&checkpoint.signature)
    );
    let mut file = fs::File::create(&path).map_err(file_error(&path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(file_error(&path))?;
    Ok(path)
}

fn give_name(copy: &Path) -> Result<(), Error> {
    let named = copy.with_extension(KEPT);
    match fs::rename(copy, &named) {
        // Somebody who found it waiting was faster.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.exists() => Ok(()),
        renamed => renamed.map_err(file_error(copy)),
    }
}

/// Names the copies whose row was committed just before a crash. Those without a row are written again when it is signed again.
async fn name_waiting(db: &Db, data_dir: &Path) -> Result<(), Error> {
    for path in copies(data_dir, WAITING) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let seq = field(&text, "seq").parse().unwrap_or(0);
        let kept = checkpoint::signatures_at(db, field(&text, "site"), seq).await?;
        if kept.iter().any(|signature| hex(signature) == field(&text, "signature")) {
            give_name(&path)?;
        }
    }
    Ok(())
}

/// The files in the folder of copies with that ending, in order.
fn copies(data_dir: &Path, ending: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder(data_dir)).into_iter().flatten().filter_map(Result::ok).map(|file| file.path());
    let mut paths: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    paths.sort();
    paths
}

/// What contradicts the copies kept apart.
pub async fn compare(db: &Db, data_dir: &Path) -> Result<Vec<Fault>, Error> {
    let mut faults = Vec::new();
    for path in copies(data_dir, KEPT) {
        let text = fs::read_to_string(&path).map_err(file_error(&path))?;
        if let Err((site, seq, what)) = agrees(db, &text).await? {
            let posting = None;
            faults.push(Fault { site, seq, posting, what: format!("{}: {what}", path.display()) });
        }
    }
    Ok(faults)
}

/// What a line of a copy says after its name.
fn field<'t>(text: &'t str, name: &str) -> &'t str {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or("")
}

type Disagreement = (String, Option<i64>, &'static str);

async fn agrees(db: &Db, text: &str) -> Result<Result<(), Disagreement>, Error> {
    let field = |name: &str| field(text, name);
    let (site, seq) = (field("site").to_owned(), field("seq").parse::<i64>().ok());
    let signed = text.split("public-key ").next().unwrap_or("");
    if !checkpoint::is_signature(signed, field("public-key"), field("signature")) {
        return Ok(Err((site, seq, "the signature is not valid")));
    }
    let stored = checkpoint::hash_at(db, &site, seq.unwrap_or(0)).await?;
    Ok(match stored {
        None => Err((site, seq, "the ledger does not reach that far")),
        Some(hash) if hex(&hash) != field("hash") => Err((site, seq, "the ledger has another hash there")),
        Some(_) => {
            let kept = checkpoint::signatures_at(db, &site, seq.unwrap_or(0)).await?;
            let same = |signature: &Vec<u8>| hex(signature) == field("signature");
            match kept.is_empty() {
                _ if kept.iter().any(same) => Ok(()),
                true => Err((site, seq, "the database has lost this checkpoint")),
                false => Err((site, seq, "the database has another checkpoint there")),
            }
        }
    })
}
