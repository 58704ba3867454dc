//! Objects in a folder, which is on another machine's disk.
//!
//! Invariant: what was written there is read back and compared before it has its name; a disk that hangs keeps nobody longer than each of its
//! steps may take, and no more threads than there is room for.

use std::{fs, io, path::Path, sync::Arc, time::Duration};

use domain::ledger::canonical::hex;
use futures_util::{FutureExt, future::BoxFuture};
use sha2::{Digest, Sha256};

use super::{
    CHECK_PATIENCE, Error, MOST_LISTED, Means, Object, Objects, Result, is_sound, sound,
    sums::{PIECE, Sink, Source},
    watched::{Lost, Steps, watched},
};
use crate::{
    breaker::{Breaker, Health},
    bulkhead::{Bulkhead, Room},
};

/// Looks that may hang at once.
const MOST_LOOKING: usize = 4;

/// A folder of objects. It must be there: one that is not is a disk that is not mounted, whose place nothing is to be written to.
#[derive(Debug)]
pub struct FolderObjects {
    folder: Arc<Path>,
    breaker: Breaker,
    room: Bulkhead,
    /// Looks have a room of their own: those who wait for a disk must not keep it from being found well again.
    looking: Bulkhead,
    patience: Duration,
}

impl FolderObjects {
    /// That folder, asked by those means.
    pub fn new(folder: &Path, means: Means) -> FolderObjects {
        let Means { breaker, bulkhead: room, patience, .. } = means;
        let looking = Bulkhead::new("objects_look", MOST_LOOKING);
        FolderObjects { folder: folder.into(), breaker, room, looking, patience }
    }

    /// Does it through the breaker. What one file of ours lacks says nothing of the folder.
    async fn through<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path, &Steps) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let room = self.room.enter().ok_or(Error::Crowded)?;
        let pass = self.breaker.ask()?;
        let done = self.watched(room, self.patience, work).await;
        match &done {
            Err(error) if self.is_at_fault(error) => pass.failed(&told(error)),
            _ => pass.worked(),
        }
        done
    }

    async fn watched<T: Send + 'static>(
        &self,
        room: Room,
        patience: Duration,
        work: impl FnOnce(&Path, &Steps) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let folder = Arc::clone(&self.folder);
        let done = watched(room, patience, move |steps| work(&folder, steps)).await;
        done.unwrap_or_else(|lost| match lost {
            Lost::Hangs(time) => Err(Error::Away { place: self.place(), why: format!("nothing moved for {time:?}") }),
            Lost::Broken(error) => Err(Error::file(&self.folder)(error)),
        })
    }

    fn is_at_fault(&self, error: &Error) -> bool {
        match error {
            Error::File { path, .. } => path.starts_with(&self.folder),
            Error::Away { .. } => true,
            _ => false,
        }
    }

    async fn look(&self) -> Result<()> {
        let hang = || Error::Away { place: self.place(), why: "looks at it do not come back".to_owned() };
        let room = self.looking.enter().ok_or_else(hang)?;
        let look = |folder: &Path, _: &Steps| fs::read_dir(folder).map(drop).map_err(Error::file(folder));
        let seen = self.watched(room, CHECK_PATIENCE, look).await;
        match &seen {
            Ok(()) => self.breaker.proved(),
            Err(_) => self.breaker.checked(Health::Ill),
        }
        seen
    }
}

/// Copies a file, and proves it, a piece at a step.
fn copy((from, to): (&Path, &Path), name: &str, steps: &Steps) -> Result<Object> {
    let (mut source, mut sink) = (Source::open(from)?, Sink::open(to)?);
    let next = || steps.next().map_err(Error::file(to));
    loop {
        let piece = source.piece(PIECE)?;
        next()?;
        if piece.is_empty() {
            break;
        }
        sink.write(&piece)?;
        // Piece by piece: all at the end would take longer than a step may.
        sink.sync()?;
        next()?;
    }
    if sink.bytes() == 0 {
        return Err(Error::Unfit { what: from.display().to_string(), why: "it is empty" });
    }
    if sum_of(sink.hidden(), &next)? != sink.sum() {
        return Err(Error::damaged(name, "what was written is not what was read"));
    }
    let bytes = sink.bytes();
    // Whoever was given up on while all of it went to the disk names nothing: another may be writing there.
    sink.sync()?;
    next()?;
    sink.keep()?;
    Ok(Object { name: name.to_owned(), bytes })
}

fn sum_of(path: &Path, next: &impl Fn() -> Result<()>) -> Result<String> {
    let (mut source, mut sum) = (Source::open(path)?, Sha256::new());
    loop {
        let piece = source.piece(PIECE)?;
        next()?;
        if piece.is_empty() {
            return Ok(hex(&sum.finalize()));
        }
        sum.update(&piece);
    }
}

fn bring(folder: &Path, into: &Path, name: &str, steps: &Steps) -> Result<Object> {
    let path = folder.join(name);
    match path.try_exists() {
        Ok(false) if fs::metadata(folder).is_ok() => Err(Error::Missing(name.to_owned())),
        _ => copy((&path, into), name, steps),
    }
}

fn all(folder: &Path, steps: &Steps) -> Result<Vec<Object>> {
    let here = |error| Error::file(folder)(error);
    let mut all = Vec::new();
    for file in fs::read_dir(folder).map_err(here)? {
        let file = file.map_err(here)?;
        steps.next().map_err(here)?;
        let Some(name) = file.file_name().to_str().filter(|name| is_sound(name)).map(str::to_owned) else {
            continue;
        };
        match file.metadata() {
            Ok(found) if found.is_file() => all.push(Object { name, bytes: found.len() }),
            Ok(_) => {}
            // Taken away between two looks.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(here(error)),
        }
        if all.len() > MOST_LISTED {
            return Err(Error::Unfit { what: folder.display().to_string(), why: "it holds too many objects" });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn take_away(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(path)(error)),
        _ => Ok(()),
    }
}

/// An error with what the system said.
fn told(error: &Error) -> String {
    match error {
        Error::File { path, source } => format!("{}: {source}", path.display()),
        error => error.to_string(),
    }
}

impl Objects for FolderObjects {
    fn put<'o>(&'o self, name: &'o str, from: &'o Path) -> BoxFuture<'o, Result<Object>> {
        async move {
            let (name, from) = (sound(name)?.to_owned(), from.to_owned());
            self.through(move |folder, steps| copy((&from, &folder.join(&name)), &name, steps)).await
        }
        .boxed()
    }

    fn get<'o>(&'o self, name: &'o str, into: &'o Path) -> BoxFuture<'o, Result<Object>> {
        async move {
            let (name, into) = (sound(name)?.to_owned(), into.to_owned());
            self.through(move |folder, steps| bring(folder, &into, &name, steps)).await
        }
        .boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Object>>> {
        self.through(all).boxed()
    }

    fn remove<'o>(&'o self, name: &'o str) -> BoxFuture<'o, Result<()>> {
        async move {
            let name = sound(name)?.to_owned();
            self.through(move |folder, _| take_away(&folder.join(name))).await
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<()>> {
        self.look().boxed()
    }

    fn holds_sums(&self) -> BoxFuture<'_, Result<Option<bool>>> {
        std::future::ready(Ok(None)).boxed()
    }

    fn place(&self) -> String {
        format!("file://{}/", self.folder.display())
    }
}
