//! Objects in a folder, which is on another machine's disk.
//!
//! Invariant: what was written there is read back and compared before it has its name.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::fs;

use super::{
    Error, MOST_LISTED, Object, Objects, Result, is_sound, sound,
    sums::{PIECE, Sink, Source, sum_of},
};
use crate::breaker::Breaker;

/// A folder of objects. It must be there: one that is not is a disk that is not mounted, whose place nothing is to be written to.
#[derive(Debug)]
pub struct FolderObjects {
    folder: PathBuf,
    breaker: Breaker,
}

impl FolderObjects {
    /// That folder, asked through that breaker.
    pub fn new(folder: &Path, breaker: Breaker) -> FolderObjects {
        FolderObjects { folder: folder.to_owned(), breaker }
    }

    /// Does it through the breaker. What one file lacks says nothing of the folder.
    async fn through<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let pass = self.breaker.ask()?;
        let done = work.await;
        match &done {
            Err(error @ Error::File { path, .. }) if path.starts_with(&self.folder) => pass.failed(&told(error)),
            _ => pass.worked(),
        }
        done
    }

    async fn copy(&self, from: &Path, to: &Path, name: &str) -> Result<Object> {
        let (mut source, mut sink) = (Source::open(from).await?, Sink::open(to).await?);
        loop {
            let piece = source.piece(PIECE).await?;
            if piece.is_empty() {
                break;
            }
            sink.write(&piece).await?;
        }
        let read = source.read();
        if read.0 == 0 {
            return Err(Error::Unfit { what: from.display().to_string(), why: "it is empty" });
        }
        sink.sync().await?;
        if sum_of(sink.hidden()).await? != read {
            return Err(Error::damaged(name, "what was written is not what was read"));
        }
        sink.keep().await?;
        Ok(Object { name: name.to_owned(), bytes: read.0 })
    }

    async fn all(&self) -> Result<Vec<Object>> {
        let here = |error| Error::file(&self.folder)(error);
        let (mut files, mut all) = (fs::read_dir(&self.folder).await.map_err(here)?, Vec::new());
        while let Some(file) = files.next_entry().await.map_err(here)? {
            let Some(name) = file.file_name().to_str().filter(|name| is_sound(name)).map(str::to_owned) else {
                continue;
            };
            match file.metadata().await {
                Ok(found) if found.is_file() => all.push(Object { name, bytes: found.len() }),
                Ok(_) => {}
                // Taken away between two looks.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(here(error)),
            }
            if all.len() > MOST_LISTED {
                return Err(Error::Unfit { what: self.place(), why: "it holds too many objects" });
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
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
        async move { self.through(self.copy(from, &self.folder.join(sound(name)?), name)).await }.boxed()
    }

    fn get<'o>(&'o self, name: &'o str, into: &'o Path) -> BoxFuture<'o, Result<Object>> {
        async move {
            let path = self.folder.join(sound(name)?);
            let got = self.through(async {
                match fs::try_exists(&path).await {
                    Ok(false) if fs::metadata(&self.folder).await.is_ok() => Err(Error::Missing(name.to_owned())),
                    _ => self.copy(&path, into, name).await,
                }
            });
            got.await
        }
        .boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Object>>> {
        self.through(self.all()).boxed()
    }

    fn remove<'o>(&'o self, name: &'o str) -> BoxFuture<'o, Result<()>> {
        async move {
            let path = self.folder.join(sound(name)?);
            let removed = self.through(async {
                match fs::remove_file(&path).await {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(&path)(error)),
                    _ => Ok(()),
                }
            });
            removed.await
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<()>> {
        async move {
            fs::read_dir(&self.folder).await.map(drop).map_err(Error::file(&self.folder))?;
            self.breaker.proved();
            Ok(())
        }
        .boxed()
    }

    fn place(&self) -> String {
        format!("file://{}/", self.folder.display())
    }
}
