//! Backups in a place apart from this machine, to which those in the folder are delivered.
//!
//! Invariant: nothing leaves the folder that is not in the other place, but what retention lets go of; the newest stays in both.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use domain::{Clock, SystemClock, Timestamp};
use platform::{
    audit::Audit,
    backup::{Checked, Error, Folder, Kept, alone, instant_of, outlived},
    breaker::Breaker,
    bulkhead::Bulkhead,
    config::Settings,
    objects::{self, Means, Objects},
    outgoing::{Outgoing, OutgoingParts, SystemResolver},
};

use super::work::apart;

/// What the place is called in figures and documents.
pub(crate) const OBJECTS: &str = "objects";
/// Held by whoever delivers; says what was delivered last, and where to.
const DELIVERING: &str = ".gondola.delivering";

/// The place apart, where there is one.
pub(crate) type Afar = Option<Arc<dyn Objects>>;

/// As a command asks it.
pub(crate) fn of(settings: &Settings) -> Afar {
    let breaker = Breaker::new(OBJECTS, settings.resilience.objects, Arc::new(SystemClock));
    through(settings, (breaker, objects::room(OBJECTS)), None, Arc::new(SystemClock))
}

/// As a node asks it: through those, and with refusals told.
pub(crate) fn through(
    settings: &Settings,
    (breaker, bulkhead): (Breaker, Bulkhead),
    audit: Option<Audit>,
    clock: Arc<dyn Clock>,
) -> Afar {
    let set = &settings.objects;
    let address = set.address.as_ref()?;
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: address.destination().cloned().into_iter().collect(),
        networks: set.networks.clone(),
        trust: Some(set.trust()),
        resolver: Arc::new(SystemResolver),
        audit,
        clock: Arc::clone(&clock),
    });
    let means = Means { keys: set.keys.clone(), outgoing, breaker, bulkhead, patience: set.patience, clock };
    Some(objects::at(address, means))
}

/// The backups there, the newest first. Their paths are the addresses they are asked for by.
pub(crate) async fn kept(afar: &dyn Objects) -> objects::Result<Vec<Kept>> {
    let place = afar.place();
    let kept = |object: objects::Object| {
        let path = PathBuf::from(format!("{place}{}", object.name));
        Some(Kept { instant: instant_of(&object.name)?, path, bytes: object.bytes })
    };
    let mut all: Vec<Kept> = afar.list().await?.into_iter().filter_map(kept).collect();
    all.sort_by_key(|kept| std::cmp::Reverse(kept.instant));
    Ok(all)
}

/// Brings there what is in the folder alone, and lets go of what retention does not keep. How many were brought.
pub(crate) async fn deliver(settings: &Settings, afar: &dyn Objects) -> anyhow::Result<usize> {
    let (folder, keep) = (Folder::new(&settings.backups.folder), settings.backups.keep);
    let Some((here, lock)) = apart(move |_| Ok(begun(&folder)?)).await? else { return Ok(0) };
    let newest = here.first().map(|kept| kept.instant);
    let there = kept(afar).await?;
    let gone = outlived(&both(&here, &there), keep);
    let (mut sent, mut spoiled) = (0, Vec::new());
    for one in here.iter().rev().filter(|one| !has(&gone, one) && !has(&there, one)) {
        match whole(one).await {
            Ok(()) => {
                let name = one.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                afar.put(name, &one.path).await?;
                sent += 1;
            }
            // It stays where it is, and keeps no other.
            Err(error) => spoiled.push((error, one.path.clone())),
        }
    }
    for one in there.iter().filter(|one| has(&gone, one)) {
        afar.remove(&name_of(one)).await?;
    }
    let stays = |one: &Kept| spoiled.iter().any(|(_, path)| *path == one.path);
    clear(settings, here.into_iter().skip(1).filter(|one| !stays(one)).collect()).await?;
    if let Some((error, _)) = spoiled.into_iter().next() {
        return Err(error);
    }
    note(lock, newest, afar.place()).await?;
    Ok(sent)
}

/// Writes down what was delivered, for whoever looks next.
async fn note(mut lock: fs::File, newest: Option<Timestamp>, place: String) -> anyhow::Result<()> {
    let Some(newest) = newest else { return Ok(()) };
    apart(move |_| {
        lock.set_len(0)?;
        Ok(write!(lock, "{newest} {place}")?)
    })
    .await
}

/// The newest that was brought to that place from the folder, by whichever process.
pub(crate) async fn delivered(settings: &Settings, afar: &dyn Objects) -> anyhow::Result<Option<Timestamp>> {
    let (path, place) = (settings.backups.folder.join(DELIVERING), afar.place());
    let read = move |text: String| {
        let (instant, known) = text.split_once(' ')?;
        instant.parse().ok().filter(|_| known == place)
    };
    // One that cannot be read says nothing: what is there is looked at again.
    apart(move |_| Ok(fs::read_to_string(path).ok().and_then(read))).await
}

/// What is in the folder, for one who delivers alone; `None` when there is nothing.
fn begun(folder: &Folder) -> Result<Option<(Vec<Kept>, fs::File)>, Error> {
    if folder.list()?.is_empty() {
        return Ok(None);
    }
    let path = folder.path().join(DELIVERING);
    let lock = alone(&path).map_err(Error::file(&path))?.ok_or_else(|| Error::Busy(folder.path().to_owned()))?;
    Ok(Some((folder.list()?, lock)))
}

/// Each once, the newest first.
fn both(here: &[Kept], there: &[Kept]) -> Vec<Kept> {
    let mut all: Vec<Kept> = here.iter().chain(there).cloned().collect();
    all.sort_by_key(|kept| std::cmp::Reverse(kept.instant));
    all.dedup_by_key(|kept| kept.instant);
    all
}

/// Whether it is among them, with as many bytes.
fn has(all: &[Kept], one: &Kept) -> bool {
    all.iter().any(|kept| (kept.instant, kept.bytes) == (one.instant, one.bytes))
}

fn name_of(kept: &Kept) -> String {
    kept.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// An error unless every byte of it agrees with its header.
async fn whole(kept: &Kept) -> anyhow::Result<()> {
    let path = kept.path.clone();
    apart(move |wanted| Ok(Checked::all(&path, &mut |_, _| wanted.is()).map(drop)?)).await
}

async fn clear(settings: &Settings, delivered: Vec<Kept>) -> anyhow::Result<()> {
    let folder = Folder::new(&settings.backups.folder);
    apart(move |_| Ok(delivered.iter().try_for_each(|one| folder.remove(one))?)).await
}

/// A backup as a file of this machine. One that was brought for it goes with the value.
pub(crate) struct AtHand {
    path: PathBuf,
    /// Held while it was brought and is used: there is one name for all.
    brought: Option<fs::File>,
}

impl AtHand {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for AtHand {
    fn drop(&mut self) {
        if self.brought.is_some() {
            // What stays behind is overwritten by the next that is brought.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Brings a backup into a folder, when what is given is its address and no file.
pub(crate) async fn at_hand(afar: &Afar, given: &Path, folder: &Path) -> anyhow::Result<AtHand> {
    let address = |afar: &Arc<dyn Objects>| {
        let name = given.to_str()?.strip_prefix(&afar.place())?.to_owned();
        Some((Arc::clone(afar), name))
    };
    let Some((afar, name)) = afar.as_ref().and_then(address) else {
        return Ok(AtHand { path: given.to_owned(), brought: None });
    };
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    // One name for all: what a process that died left is overwritten.
    let lock = folder.join(".gondola.bringing");
    let held = alone(&lock).map_err(Error::file(&lock))?.ok_or_else(|| Error::Busy(folder.to_owned()))?;
    let at_hand = AtHand { path: folder.join("brought.backup"), brought: Some(held) };
    afar.get(&name, &at_hand.path).await?;
    Ok(at_hand)
}
