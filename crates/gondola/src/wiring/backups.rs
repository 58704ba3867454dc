//! Backups and drills that a node makes by itself, and what is told of them.
//!
//! Invariant: of several nodes over one database one makes them; a node that may not or cannot says so where it is looked for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{Clock, Timestamp, audit::Action};
use platform::{
    audit::{self, Draft},
    backup::{Folder, Opening, outlived},
    config::Settings,
    health::{Checks, Finding, Level},
    lifecycle::Shutdown,
    metrics::look,
};
use prometheus_client::registry::Registry;
use store::{
    Db,
    turn::{self, Turn},
};

use super::{Ground, pause};
use crate::backup::{self, Outcome, Tried};

/// How often a node looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A backup older than this is one too old: a day, and two hours of patience.
const TOO_OLD_S: i64 = 26 * 3600;

/// What is known of backups and drills.
#[derive(Debug, Default, Clone)]
struct Known {
    backup: Option<Turn>,
    drill: Option<Turn>,
    failures: [u64; 2],
}

/// The part of a node that makes them.
struct Keeper {
    db: Db,
    settings: Settings,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<Known>>,
    shutdown: Shutdown,
}

fn by_itself(action: Action) -> Draft {
    audit::by_system("backup", action)
}

/// Begins to make them when it is time, and to tell of them.
pub(super) fn keep(ground: &Ground, settings: &Settings, registry: &mut Registry, checks: &Checks) {
    let known = Arc::new(Mutex::new(Known::default()));
    let wanted = Wanted::of(settings);
    register(registry, &known, wanted);
    let (told, clock) = (Arc::clone(&known), Arc::clone(&ground.clock));
    checks.add("backups", Level::Degraded, move || std::future::ready(finding(&lock(&told), wanted, clock.now())));
    if !settings.backups.every.is_zero() && !wanted.backups {
        tracing::warn!("no backup is made: nobody is named to encrypt it for (gondola backup key, backup_recipient)");
    }
    let (db, clock, shutdown) = (ground.db.clone(), Arc::clone(&ground.clock), ground.shutdown.clone());
    let keeper = Keeper { db, settings: settings.clone(), clock, known, shutdown: shutdown.clone() };
    ground.tasks.spawn("backups", async move {
        while !shutdown.is_stopping() {
            // It ends early when the node stops, leaves nothing behind, and gives its turn to whoever is next.
            keeper.turn(wanted).await;
            pause(&shutdown, LOOK_EVERY).await;
        }
    });
}

/// What a node makes by itself.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    backups: bool,
    drills: bool,
}

impl Wanted {
    fn of(settings: &Settings) -> Wanted {
        let set = &settings.backups;
        let backups = !set.every.is_zero() && set.sealing.is_some();
        Wanted { backups, drills: !set.drill_every.is_zero() && !matches!(set.opening, Opening::Nothing) }
    }
}

impl Keeper {
    async fn turn(&self, wanted: Wanted) {
        // What is known is told from the start: the first attempt may take long.
        self.look().await;
        for tried in [Tried::Backup, Tried::Drill] {
            let due = match tried {
                Tried::Backup => wanted.backups && self.claims(tried, self.settings.backups.every).await,
                Tried::Drill => {
                    wanted.drills && self.has_one() && self.claims(tried, self.settings.backups.drill_every).await
                }
            };
            if due && let Err(error) = self.try_it(tried).await {
                self.unfinished(tried, &error).await;
            }
            self.look().await;
        }
    }

    /// What cannot be asked for now is asked for again; what was known stays.
    async fn look(&self) {
        for tried in [Tried::Backup, Tried::Drill] {
            if let Ok(turn) = turn::get(&self.db, tried.name()).await {
                let mut known = lock(&self.known);
                match tried {
                    Tried::Backup => known.backup = turn,
                    Tried::Drill => known.drill = turn,
                }
            }
        }
    }

    /// What did not come to its end because the node stops did not fail.
    async fn unfinished(&self, tried: Tried, error: &anyhow::Error) {
        if !self.shutdown.is_stopping() {
            return self.failed(tried, error).await;
        }
        if let Err(error) = backup::give_back(&self.db, tried, self.clock.now()).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                what = tried.name(),
                "the turn was not given back"
            );
        }
    }

    async fn claims(&self, tried: Tried, every: Duration) -> bool {
        match backup::claim(&self.db, tried, self.clock.now(), every).await {
            Ok(ours) => ours,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot look whether it is time for a backup");
                false
            }
        }
    }

    fn has_one(&self) -> bool {
        Folder::new(&self.settings.backups.folder).list().is_ok_and(|all| !all.is_empty())
    }

    async fn try_it(&self, tried: Tried) -> anyhow::Result<()> {
        let (settings, clock) = (&self.settings, self.clock.as_ref());
        match tried {
            Tried::Backup => {
                let made = tokio::select! {
                    made = backup::make(settings, backup::sealing(settings, false)?, clock) => made?,
                    () = self.shutdown.wait() => anyhow::bail!("given up"),
                };
                backup::succeeded(&self.db, &Outcome::Made(&made), by_itself, clock.now()).await?;
                let took_ms = made.took.as_millis();
                tracing::info!(file = %made.kept.path.display(), bytes = made.kept.bytes, took_ms, "backup made");
                self.let_go()
            }
            Tried::Drill => {
                let drill = backup::drill(settings, &self.db, clock, &self.shutdown).await?;
                anyhow::ensure!(drill.ok, "{}: {}", drill.backup, drill.faults.join("; "));
                tracing::info!(rto_ms = drill.rto_ms, rpo_ms = drill.rpo_ms, "the newest backup can be restored");
                Ok(backup::succeeded(&self.db, &Outcome::Drilled(&drill), by_itself, clock.now()).await?)
            }
        }
    }

    fn let_go(&self) -> anyhow::Result<()> {
        let folder = Folder::new(&self.settings.backups.folder);
        for kept in outlived(&folder.list()?, self.settings.backups.keep) {
            folder.remove(&kept)?;
        }
        Ok(())
    }

    async fn failed(&self, tried: Tried, error: &anyhow::Error) {
        let what = tried.name();
        tracing::error!(error = format!("{error:#}"), what, "it will be tried again");
        lock(&self.known).failures[usize::from(tried == Tried::Drill)] += 1;
        let now = self.clock.now();
        if let Err(error) = backup::failed(&self.db, tried, &format!("{error:#}"), by_itself, now).await {
            tracing::error!(error = &error as &dyn std::error::Error, what, "the failure could not be written down");
        }
    }
}

fn lock(known: &Mutex<Known>) -> std::sync::MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register(registry: &mut Registry, known: &Arc<Mutex<Known>>, wanted: Wanted) {
    let known = Arc::clone(known);
    look(registry, move |page| {
        let Known { backup, drill, failures } = lock(&known).clone();
        // Of what never was nothing is told: a time of 0 would be one long ago.
        let at = |turn: &Option<Turn>| Some(turn.as_ref()?.succeeded_at?.micros() / 1_000_000);
        let once = |turn: &Option<Turn>| turn.clone().filter(|turn| turn.succeeded_at.is_some());
        let took = |turn: &Option<Turn>| once(turn).map(|turn| turn.took.as_secs_f64());
        page.gauge("gondola_backup_scheduled", "1 when this node makes backups by itself", u32::from(wanted.backups))?;
        let what = "1 when this node does drills by itself";
        page.gauge("gondola_drill_scheduled", what, u32::from(wanted.drills))?;
        let what = "When a backup was last made";
        page.known_gauge("gondola_backup_last_success_timestamp_seconds", what, at(&backup))?;
        page.known_gauge("gondola_backup_last_duration_seconds", "How long that took", took(&backup))?;
        let bytes = once(&backup).map(|turn| turn.bytes);
        page.known_gauge("gondola_backup_last_size_bytes", "Bytes of that backup", bytes)?;
        let what = "When a drill last held";
        page.known_gauge("gondola_drill_last_success_timestamp_seconds", what, at(&drill))?;
        page.known_gauge("gondola_drill_rto_seconds", "Time to have the records back, proved", took(&drill))?;
        let rpo = once(&drill).map(|turn| f64::from(turn.extra_ms) / 1000.0);
        page.known_gauge("gondola_drill_rpo_seconds", "Time whose postings would have been lost", rpo)?;
        let rows = [([("what", "backup")], failures[0]), ([("what", "drill")], failures[1])];
        page.counters("gondola_backup_failures", "Backups and drills of this node that failed", rows)
    });
}

/// A node that makes none says so; one that should and does not is missing help.
fn finding(known: &Known, wanted: Wanted, now: Timestamp) -> Finding {
    let Known { backup, drill, .. } = known;
    let failed = |turn: &Option<Turn>| turn.as_ref().is_some_and(|turn| turn.failed_at > turn.succeeded_at);
    let age_s = backup.as_ref().and_then(|turn| turn.succeeded_at).map(|at| (now.micros() - at.micros()) / 1_000_000);
    let late = wanted.backups && age_s.is_some_and(|age| age > TOO_OLD_S);
    let ill = (wanted.backups && failed(backup)) || late || (wanted.drills && failed(drill));
    let mut told = Finding::new(if ill { Level::Degraded } else { Level::Optimal })
        .with("scheduled", wanted.backups)
        .with("drills_scheduled", wanted.drills)
        .with("newest_age_s", age_s);
    for (name, turn) in [("error", backup), ("drill_error", drill)] {
        if let Some(turn) = turn.as_ref().filter(|turn| turn.failed_at > turn.succeeded_at) {
            told = told.with(name, turn.detail.clone());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use domain::clock::FixedClock;
    use platform::{backup::Sealing, config::Inputs};
    use store::Options;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    fn turn(succeeded: Option<i64>, failed: Option<i64>) -> Option<Turn> {
        let ago = |hours: i64| NOW.plus_seconds(-hours * 3600);
        Some(Turn {
            next_at: NOW,
            succeeded_at: succeeded.map(ago),
            failed_at: failed.map(ago),
            took: Duration::ZERO,
            bytes: 1,
            extra_ms: 0,
            detail: "disk full".to_owned(),
        })
    }

    #[test]
    fn an_old_or_failing_backup_is_told_where_one_is_wanted() {
        let level = |backup, drill, backups, drills| {
            finding(&Known { backup, drill, failures: [0; 2] }, Wanted { backups, drills }, NOW).level
        };
        assert_eq!(level(None, None, true, true), Level::Optimal, "none is due yet");
        assert_eq!(level(turn(Some(1), Some(2)), None, true, false), Level::Optimal);
        assert_eq!(level(turn(Some(2), Some(1)), None, true, false), Level::Degraded);
        assert_eq!(level(turn(None, Some(1)), None, true, false), Level::Degraded);
        assert_eq!(level(turn(Some(27), None), None, true, false), Level::Degraded);
        assert_eq!(level(turn(Some(27), None), None, false, false), Level::Optimal);
        assert_eq!(level(turn(Some(1), None), turn(Some(9), Some(1)), true, true), Level::Degraded);
    }

    #[tokio::test]
    async fn a_node_that_stops_leaves_nothing_of_a_drill_and_gives_its_turns_back() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap().to_owned();
        let phrase = "una frase que nadie adivina".to_owned();
        let flags = [("data_dir", data), ("backup_passphrase", phrase)].into_iter().collect();
        let settings = Settings::load(&Inputs { flags, roles: crate::roles::KNOWN, ..Inputs::default() }).unwrap();
        let db = Db::open(&Options::new(settings.database_url.expose())).await.unwrap();
        store::migrate::up(&db).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(FixedClock(NOW));
        backup::make(&settings, Sealing::Plain, clock.as_ref()).await.unwrap();
        let (known, shutdown) = (Arc::default(), Shutdown::default());
        shutdown.trigger();
        let keeper = Keeper { db: db.clone(), settings, clock, known, shutdown };
        keeper.turn(Wanted { backups: true, drills: true }).await;
        for tried in [Tried::Backup, Tried::Drill] {
            let turn = turn::get(&db, tried.name()).await.unwrap().unwrap();
            assert_eq!((turn.next_at, turn.succeeded_at, turn.failed_at), (NOW, None, None), "{tried:?}");
        }
        assert!(!folder.path().join("drill").exists());
        assert_eq!(Folder::new(&keeper.settings.backups.folder).list().unwrap().len(), 1);
    }
}
