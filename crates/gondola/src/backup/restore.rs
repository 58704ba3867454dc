//! Bringing a backup back.
//!
//! Invariant: the backup is whole, loads and verifies before anything is put in its place; what was there before is set aside, never
//! deleted.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use domain::{Clock, Stopwatch, audit::Action};
use platform::{
    backup::{Checked, Header},
    config::{DatabaseUrl, Settings},
    lifecycle::Shutdown,
};
use store::{
    Db, Options,
    backup::{self, Aside},
    grant,
};

use super::{
    beside,
    load::{self, Loaded, Progress},
    scratch,
};
use crate::cli::{Failure, by_cli, proof};

/// How often, and how far apart, it is looked whether others use a database.
const LOOKS: u32 = 10;
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What SQLite keeps beside a database.
const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What is wanted.
pub(crate) struct Wish<'w> {
    /// The backup.
    pub(crate) file: &'w Path,
    /// Whether a database that is not empty gives way.
    pub(crate) replace: bool,
    /// Whether what was loaded is verified.
    pub(crate) verify: bool,
}

/// What came of it.
pub(crate) struct Restored {
    /// What the file says of itself.
    pub(crate) header: Header,
    /// What was loaded.
    pub(crate) loaded: Loaded,
    /// Where what was there before is now.
    pub(crate) former: Vec<String>,
    /// How long all of it took.
    pub(crate) took: Duration,
}

/// Where things stand while a backup is brought back.
struct Place<'s> {
    settings: &'s Settings,
    /// What names everything that is set aside.
    stamp: String,
    /// What was taken out of the backup besides the database.
    taken: PathBuf,
    replace: bool,
}

/// Brings one back.
pub(crate) async fn restore(
    settings: &Settings,
    wish: &Wish<'_>,
    clock: &dyn Clock,
    progress: Progress<'_>,
) -> anyhow::Result<Restored> {
    let watch = Stopwatch::start();
    let checked = load::checked(wish.file).await?;
    load::same_kind(&checked, settings.database_url.is_sqlite())?;
    let header = checked.header.clone();
    let stamp: String = clock.now().to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    fs::create_dir_all(&settings.data_dir).with_context(|| settings.data_dir.display().to_string())?;
    let taken = settings.data_dir.join("restoring");
    clear(&taken)?;
    let place = Place { settings, stamp, taken, replace: wish.replace };
    let progress = wish.verify.then_some(progress);
    let done = match backup::file_of(settings.database_url.expose()) {
        Some(file) => place.file(checked, &file, progress).await,
        None => place.server(checked, (wish.file, clock), progress).await,
    };
    let done = match done {
        Ok((loaded, former)) => place.settle(loaded, former),
        Err(error) => Err(error),
    };
    clear(&place.taken)?;
    let (loaded, former) = done?;
    write_down(settings, &header, clock).await?;
    Ok(Restored { header, loaded, former, took: watch.elapsed() })
}

fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

type Done = (Loaded, Vec<String>);

impl Place<'_> {
    /// A file: loaded and proved beside the one there is, and then given its name.
    async fn file(&self, checked: Checked, file: &Path, progress: Option<Progress<'_>>) -> anyhow::Result<Done> {
        let url = self.settings.database_url.expose();
        let there = self.may_replace_file(url, file).await?;
        let fresh = with_ending(file, "restoring");
        remove_database(&fresh)?;
        let opening = self.settings.backups.opening.clone();
        let loaded = async {
            let manifest = load::into_file((checked, opening), &fresh, &self.taken, &Shutdown::default()).await?;
            let url = DatabaseUrl::of_file(&fresh);
            let loaded = accepted(load::prove(url.expose(), manifest, &self.taken, progress).await?)?;
            // What its log still held goes into the file that is given its name.
            backup::let_go(url.expose()).await?;
            Ok::<_, anyhow::Error>(loaded)
        };
        let loaded = match loaded.await {
            Ok(loaded) => loaded,
            Err(error) => {
                remove_database(&fresh)?;
                return Err(error);
            }
        };
        if there {
            // Once more: loading took its time, and a server may have been started meanwhile.
            alone(url).await?;
        }
        let former = give_way(file, &with_ending(file, &format!("before-{}", self.stamp)))?;
        fs::rename(&fresh, file).with_context(|| file.display().to_string())?;
        sync_folder_of(file)?;
        Ok((loaded, former))
    }

    /// Whether there is a file that has to give way; an error when it may not.
    async fn may_replace_file(&self, url: &str, file: &Path) -> anyhow::Result<bool> {
        if fs::metadata(file).map_or(true, |found| found.len() == 0) {
            return Ok(file.exists());
        }
        if !self.replace {
            return Err(not_empty(&file.display().to_string()).into());
        }
        alone(url).await?;
        Ok(true)
    }

    /// A server: where there is something to lose, the backup is proved in a database of its own first. Then what is there is given
    /// another name, and gets it back unless all goes well.
    async fn server(
        &self,
        checked: Checked,
        (file, clock): (&Path, &dyn Clock),
        mut progress: Option<Progress<'_>>,
    ) -> anyhow::Result<Done> {
        let settings = self.settings;
        let owner = settings.database_admin_url.as_ref().unwrap_or(&settings.database_url).expose();
        let db = Db::open(&Options { pool_size: 1, ..Options::new(owner) }).await?;
        let empty = backup::is_empty(&db).await?;
        if !empty && !self.replace {
            return Err(not_empty(&settings.database_url.to_string()).into());
        }
        nobody_else(&db).await?;
        if empty {
            return self.fill_schema(&db, (checked, owner), None, progress).await;
        }
        let header = checked.header.clone();
        let contained = (checked, settings.backups.opening.clone());
        let place = load::Place { beside: &self.taken, stop: &Shutdown::default() };
        let proved = scratch::proved(contained, (owner, "restore"), place, progress.take(), clock).await?;
        let proved = accepted(proved)?;
        // The same file, all of it again: it was some time ago.
        let checked = load::checked(file).await?;
        anyhow::ensure!(checked.header == header, "{}: changed meanwhile", file.display());
        nobody_else(&db).await?;
        let aside = backup::set_aside(&db, &format!("before_{}", self.stamp)).await?;
        let (loaded, former) = self.fill_schema(&db, (checked, owner), Some(&aside), None).await?;
        Ok((Loaded { proved: proved.proved, proving: proved.proving + loaded.proving, ..loaded }, former))
    }

    /// Loads it into the empty schema that is in use. What was set aside for it comes back when that fails.
    async fn fill_schema(
        &self,
        db: &Db,
        (checked, owner): (Checked, &str),
        aside: Option<&Aside>,
        progress: Option<Progress<'_>>,
    ) -> anyhow::Result<Done> {
        let settings = self.settings;
        let contained = (checked, settings.backups.opening.clone());
        let loaded = async {
            let manifest = load::into_server(contained, owner, &self.taken, &Shutdown::default()).await?;
            let loaded = accepted(load::prove(owner, manifest, &self.taken, progress).await?)?;
            let [user, owner] = [settings.database_url.expose(), owner].map(grant::user_of);
            if let Some(user) = user.filter(|user| owner.as_ref() != Some(user)) {
                grant::to(db, &user).await?;
            }
            nobody_else(db).await?;
            Ok::<_, anyhow::Error>(loaded)
        };
        match loaded.await {
            Ok(loaded) => Ok((loaded, aside.iter().map(|aside| aside.name().to_owned()).collect())),
            Err(error) => Err(self.undone(db, aside, error).await),
        }
    }

    /// Brings back what was set aside, unless somebody has begun to use what is in its place; what came of that.
    async fn undone(&self, db: &Db, aside: Option<&Aside>, error: anyhow::Error) -> anyhow::Error {
        let name = aside.map_or("-", Aside::name);
        if nobody_else(db).await.is_err() {
            return used_meanwhile(name, &format!("{error:#}")).into();
        }
        if aside.is_none() && backup::is_empty(db).await.unwrap_or(false) {
            // As it was before.
            return error;
        }
        match backup::bring_back(db, aside, &format!("failed_{}", self.stamp)).await {
            Ok(None) => error,
            Ok(Some(failed)) => error.context(format!("schema {}", failed.name())),
            Err(unbrought) => {
                anyhow::Error::from(unbrought).context(format!("schema {name}")).context(error.to_string())
            }
        }
    }

    /// Puts what lies beside the database where it belongs.
    fn settle(&self, loaded: Loaded, mut former: Vec<String>) -> anyhow::Result<Done> {
        let aside = self.settings.data_dir.join(format!("before-{}", self.stamp));
        let moved = beside::settle(&self.taken, self.settings, &aside)?;
        former.extend(moved.iter().map(|path| path.display().to_string()));
        Ok((loaded, former))
    }
}

/// Keeps the file under another name as well, and moves to it what lies beside it: a log that is left there, also where the file itself is
/// lost, would be taken for one of the file that takes its place, and spoil it. What there was.
fn give_way(file: &Path, aside: &Path) -> anyhow::Result<Vec<String>> {
    let mut former = Vec::new();
    if file.exists() {
        fs::hard_link(file, aside).with_context(|| aside.display().to_string())?;
        former.push(aside.display().to_string());
    }
    for ending in LOGS {
        let (from, to) = (appended(file, ending), appended(aside, ending));
        match fs::rename(&from, &to) {
            Ok(()) => former.push(to.display().to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| from.display().to_string()),
        }
    }
    sync_folder_of(file)?;
    Ok(former)
}

fn sync_folder_of(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// What was loaded, unless it does not hold.
fn accepted(loaded: Loaded) -> anyhow::Result<Loaded> {
    if loaded.holds() {
        return Ok(loaded);
    }
    let mut faults = loaded.differences.clone();
    faults.extend(loaded.proved.iter().flat_map(proof::Proved::faults));
    let told = faults.join("\n  ");
    Err(Failure::new(
        format!("lo que sale de esta copia no está bien; no se reemplazó nada (probá con una anterior):\n  {told}"),
        format!("what comes out of this backup does not hold; nothing was replaced (try an earlier one):\n  {told}"),
    )
    .into())
}

/// Whoever has just ended stands in the server's list for a moment more.
async fn nobody_else(db: &Db) -> anyhow::Result<()> {
    for _ in 0..LOOKS {
        if backup::other_users(db).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(in_use().into())
}

async fn alone(url: &str) -> anyhow::Result<()> {
    match backup::let_go(url).await {
        // One that cannot even be opened has nobody who uses it.
        Ok(()) | Err(store::Error::Damaged(_)) => Ok(()),
        Err(store::Error::Locked(_)) => Err(in_use().into()),
        Err(error) => Err(error.into()),
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    appended(file, &format!(".{ending}"))
}

fn appended(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    file.with_file_name(name)
}

fn remove_database(file: &Path) -> io::Result<()> {
    for path in LOGS.iter().map(|ending| appended(file, ending)).chain([file.to_owned()]) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn not_empty(what: &str) -> Failure {
    Failure::new(
        format!("{what} ya tiene datos; con --replace se dejan aparte (no se borran) y se pone la copia en su lugar"),
        format!(
            "{what} holds records already; with --replace they are set aside (not deleted) and the backup takes their place"
        ),
    )
}

fn in_use() -> Failure {
    Failure::new(
        "hay un gondola andando sobre esta base de datos; paralo y probá de nuevo. No se tocó nada",
        "a gondola is running on this database; stop it and try again. Nothing was touched",
    )
}

fn used_meanwhile(aside: &str, why: &str) -> Failure {
    Failure::new(
        format!(
            "alguien empezó a usar la base de datos mientras se restauraba; no se deshizo nada. Lo que había está en el esquema {aside}; mirá docs/disaster-recovery.md ({why})"
        ),
        format!(
            "somebody began to use the database while it was restored; nothing was undone. What was there is in the schema {aside}; see docs/disaster-recovery.md ({why})"
        ),
    )
}

/// Writes it down in the log that was brought back.
async fn write_down(settings: &Settings, header: &Header, clock: &dyn Clock) -> anyhow::Result<()> {
    let db = Db::open(&Options { create: false, ..Options::new(settings.database_url.expose()) }).await?;
    let mut tx = db.write().await?;
    by_cli(Action::BackupRestored).on("backup", header.instant.as_str()).write(&mut tx, clock.now()).await?;
    tx.commit().await?;
    db.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_without_its_database_gives_way_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gondola.db");
        let aside = with_ending(&file, "before-now");
        assert!(give_way(&file, &aside).unwrap().is_empty(), "there is nothing");
        fs::write(appended(&file, "-wal"), "of a lost database").unwrap();
        assert_eq!(give_way(&file, &aside).unwrap(), [appended(&aside, "-wal").display().to_string()]);
        assert!(!appended(&file, "-wal").exists());
    }
}
