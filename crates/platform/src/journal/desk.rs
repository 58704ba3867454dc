//! The one thread that has the file.
//!
//! Invariant: one sync to the disk serves whoever waits for it. After a write that failed the file is brought back to what was told to be
//! there, and until that worked nothing more is taken.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    Error, Record, Shared,
    record::{self, HEAD_BYTES, HEADER, Kind},
    scan::{Scanned, scan},
};

pub(super) enum Job {
    Append(Vec<Vec<u8>>, oneshot::Sender<Result<(), Error>>),
    Oldest(usize, oneshot::Sender<Result<Vec<Record>, Error>>),
    Settle(u64, oneshot::Sender<Result<(), Error>>),
}

/// Where a record's payload is.
#[derive(Debug, Clone, Copy)]
struct Place {
    number: u64,
    at: u64,
    length: usize,
}

pub(super) struct Desk {
    file: File,
    path: PathBuf,
    most_bytes: u64,
    shared: Arc<Shared>,
    /// Bytes of the file that hold.
    length: u64,
    next: u64,
    pending: VecDeque<Place>,
    /// Whether the file may be longer than `length`.
    in_doubt: bool,
}

impl Desk {
    /// With what the file holds. Bytes that are no records are copied aside before the file is written anew without them, so that they are
    /// met once; whether an end was never told to be there or was damaged later, nobody can tell. A file of something else is left alone.
    pub(super) fn new(file: File, path: &Path, most_bytes: u64, shared: Arc<Shared>) -> io::Result<(Desk, Scanned)> {
        let bytes = fs::read(path)?;
        if !bytes.starts_with(HEADER) && !HEADER.starts_with(&bytes) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not begin as a journal does"));
        }
        let found = scan(&bytes);
        if !found.is_clean() {
            set_aside(path, &bytes)?;
        }
        let (pending, length, in_doubt) = (VecDeque::new(), HEADER.len() as u64, false);
        let mut desk =
            Desk { file, path: path.to_owned(), most_bytes, shared, length, next: found.last + 1, pending, in_doubt };
        desk.rewrite(&found, &bytes)?;
        desk.publish();
        Ok((desk, found))
    }

    /// Leaves the header and what is pending. The bytes that stand there already are not touched unless they have to be.
    fn rewrite(&mut self, found: &Scanned, bytes: &[u8]) -> io::Result<()> {
        let mut image = HEADER.to_vec();
        for kept in &found.pending {
            self.pending.push_back(Place {
                number: kept.number,
                at: (image.len() + HEAD_BYTES) as u64,
                length: kept.payload.len(),
            });
            record::write(&mut image, Kind::Kept, kept.number, &kept.payload);
        }
        self.length = image.len() as u64;
        if image == bytes {
            return Ok(());
        }
        if bytes.starts_with(&image) {
            self.file.set_len(self.length)?;
        } else if found.pending.is_empty() {
            self.file.set_len(0)?;
            self.file.write_all_at(&image, 0)?;
        } else {
            // Never over the only copy: a whole new file takes its place. The lock goes with the old one, so it is taken again.
            let beside = self.path.with_extension("new");
            let new = File::options().read(true).write(true).create(true).truncate(true).open(&beside)?;
            new.lock()?;
            new.write_all_at(&image, 0)?;
            new.sync_all()?;
            fs::rename(&beside, &self.path)?;
            self.file = new;
        }
        self.file.sync_all()?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut next = Some(first);
            let mut appends = Vec::new();
            while let Some(job) = next.take() {
                match job {
                    Job::Append(payloads, answer) => appends.push((payloads, answer)),
                    other => {
                        self.append(std::mem::take(&mut appends));
                        self.serve(other);
                    }
                }
                next = jobs.try_recv().ok();
            }
            self.append(appends);
        }
    }

    fn serve(&mut self, job: Job) {
        // Whoever went away has nothing to be told; what was asked for is done all the same.
        match job {
            Job::Append(payloads, answer) => self.append(vec![(payloads, answer)]),
            Job::Oldest(most, answer) => drop(answer.send(self.oldest(most))),
            Job::Settle(number, answer) => drop(answer.send(self.settle(number))),
        }
    }

    #[expect(clippy::type_complexity, reason = "what jobs carry")]
    fn append(&mut self, appends: Vec<(Vec<Vec<u8>>, oneshot::Sender<Result<(), Error>>)>) {
        if appends.is_empty() {
            return;
        }
        let (mut bytes, mut places, mut taken) = (Vec::new(), Vec::new(), Vec::new());
        for (payloads, answer) in appends {
            let more: usize = payloads.iter().map(|payload| payload.len() + HEAD_BYTES).sum();
            let fits = self.length + (bytes.len() + more) as u64 <= self.most_bytes;
            if !fits || payloads.iter().any(|payload| payload.len() > record::MOST_BYTES) {
                let _ = answer.send(Err(Error::Full));
                continue;
            }
            for payload in payloads {
                let at = self.length + (bytes.len() + HEAD_BYTES) as u64;
                places.push(Place { number: self.next, at, length: payload.len() });
                record::write(&mut bytes, Kind::Kept, self.next, &payload);
                self.next += 1;
            }
            taken.push(answer);
        }
        let written = self.write(&bytes);
        if written.is_ok() {
            self.pending.extend(places);
        }
        self.publish();
        for answer in taken {
            let _ = answer.send(written.clone());
        }
    }

    fn oldest(&mut self, most: usize) -> Result<Vec<Record>, Error> {
        let read = |place: &Place| {
            let mut payload = vec![0; place.length];
            self.file.read_exact_at(&mut payload, place.at)?;
            Ok(Record { number: place.number, payload })
        };
        let read: io::Result<Vec<Record>> = self.pending.iter().take(most).map(read).collect();
        read.map_err(|error| self.disk(error))
    }

    /// An empty journal is cut to its header; otherwise a record says how far it is settled.
    fn settle(&mut self, number: u64) -> Result<(), Error> {
        while self.pending.front().is_some_and(|place| place.number <= number) {
            self.pending.pop_front();
        }
        let done = if self.pending.is_empty() {
            let length = HEADER.len() as u64;
            let cut = self.file.set_len(length).and_then(|()| self.file.sync_all());
            if cut.is_ok() {
                self.length = length;
            }
            cut.map_err(|error| self.disk(error))
        } else {
            let mut bytes = Vec::new();
            record::write(&mut bytes, Kind::Settled, number, &[]);
            self.write(&bytes)
        };
        self.publish();
        done
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.undoubted().and_then(|()| {
            self.in_doubt = true;
            self.file.write_all_at(bytes, self.length)?;
            self.file.sync_data()?;
            self.in_doubt = false;
            Ok(())
        });
        self.shared.failing.store(written.is_err(), Ordering::Relaxed);
        match written {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, path = %self.path.display(), "the journal could not be written");
                // When this fails too, the next attempt begins with it.
                let _ = self.undoubted();
                Err(self.disk(error))
            }
        }
    }

    /// Cuts off whatever a failed write left.
    fn undoubted(&mut self) -> io::Result<()> {
        if self.in_doubt {
            self.file.set_len(self.length)?;
            self.file.sync_all()?;
            self.in_doubt = false;
        }
        Ok(())
    }

    fn publish(&self) {
        self.shared.bytes.store(self.length, Ordering::Relaxed);
        self.shared.pending.store(self.pending.len() as u64, Ordering::Release);
    }

    fn disk(&self, error: io::Error) -> Error {
        Error::Disk { path: self.path.clone(), error: Arc::new(error) }
    }
}

/// Copies it to the first name beside it that is free. It is on the disk when this returns.
fn set_aside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    for number in 1_u32.. {
        let name = path.with_extension(format!("damaged-{number}"));
        match File::options().write(true).create_new(true).open(name) {
            Ok(file) => {
                file.write_all_at(bytes, 0)?;
                return file.sync_all();
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
