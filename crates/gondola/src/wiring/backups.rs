//! Backups and drills that a node makes by itself, and what is told of them.
//!
//! Invariant: of several nodes over one database one makes them; a node that may not or cannot says so where it is looked for.

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{Clock, Timestamp, audit::Action};
use platform::{
    audit::{self, Draft},
    backup::Opening,
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
use crate::backup::{self, Outcome, Tried, afar::Afar};

/// How often a node looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(30);

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
    /// Where drills take backups from, when not from the folder.
    afar: Afar,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<Known>>,
    shutdown: Shutdown,
}

fn by_itself(action: Action) -> Draft {
    audit::by_system("backup", action)
}

/// Begins to make them when it is time, and to tell of them.
pub(super) fn keep(ground: &Ground, (settings, afar): (&Settings, Afar), registry: &mut Registry, checks: &Checks) {
    let known = Arc::new(Mutex::new(Known::default()));
    let wanted = Wanted::of(settings);
    register(registry, &known, wanted);
    let (told, clock) = (Arc::clone(&known), Arc::clone(&ground.clock));
    checks.add("backups", Level::Degraded, move || std::future::ready(finding(&lock(&told), wanted, clock.now())));
    if lacks_recipient(settings) {
        tracing::warn!("no backup is made: nobody is named to encrypt it for (gondola backup key, backup_recipient)");
    }
    let (db, clock, shutdown) = (ground.db.clone(), Arc::clone(&ground.clock), ground.shutdown.clone());
    let keeper = Keeper { db, settings: settings.clone(), afar, clock, known, shutdown: shutdown.clone() };
    ground.spawn("backups", async move {
        while !shutdown.is_stopping() {
            // It ends early when the node stops, leaves nothing behind, and gives its turn to whoever is next.
            keeper.turn(wanted).await;
            pause(&shutdown, LOOK_EVERY).await;
        }
    });
}

/// Whether backups are wanted and nobody is named who could open them.
fn lacks_recipient(settings: &Settings) -> bool {
    !settings.backups.every(settings.mode).is_zero() && settings.backups.sealing.is_none()
}

/// What a node makes by itself.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    backups: bool,
    drills: bool,
    /// Age from which the newest backup is late.
    late_after: Duration,
}

impl Wanted {
    fn of(settings: &Settings) -> Wanted {
        let (set, mode) = (&settings.backups, settings.mode);
        let backups = !set.every(mode).is_zero() && set.sealing.is_some();
        let drills = !set.drill_every(mode).is_zero() && !matches!(set.opening, Opening::Nothing);
        Wanted { backups, drills, late_after: set.late_after(mode) }
    }

    fn has(self, tried: Tried) -> bool {
        match tried {
            Tried::Backup => self.backups,
            Tried::Drill => self.drills,
        }
    }
}

impl Keeper {
    async fn turn(&self, wanted: Wanted) {
        // What is known is told from the start: the first attempt may take long.
        self.look().await;
        for tried in [Tried::Backup, Tried::Drill] {
            if wanted.has(tried) && self.may_begin(tried).await && self.claims(tried).await {
                if let Err(error) = self.try_it(tried).await {
                    self.unfinished(tried, &error).await;
                }
                self.look().await;
            }
        }
    }

    /// Whether it may be due and there is what it takes: a turn that is hours away is not written to, nor a folder far away read.
    async fn may_begin(&self, tried: Tried) -> bool {
        let known = match tried {
            Tried::Backup => lock(&self.known).backup.clone(),
            Tried::Drill => lock(&self.known).drill.clone(),
        };
        let due = backup::may_be_due(known.as_ref(), self.clock.now(), self.every(tried));
        // A folder that cannot be read fails the drill, which says so.
        due && (tried == Tried::Backup || !matches!(backup::newest(&self.settings, &self.afar).await, Ok(None)))
    }

    fn every(&self, tried: Tried) -> Duration {
        let (set, mode) = (&self.settings.backups, self.settings.mode);
        match tried {
            Tried::Backup => set.every(mode),
            Tried::Drill => set.drill_every(mode),
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

    /// What did not come to its end because the node stops, or did not begin because somebody else is at it, did not fail.
    async fn unfinished(&self, tried: Tried, error: &anyhow::Error) {
        let busy = backup::is_busy(error);
        if !busy && !self.shutdown.is_stopping() {
            return self.failed(tried, error).await;
        }
        if let Err(error) = backup::give_back(&self.db, tried, self.clock.now(), busy).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                what = tried.name(),
                "the turn was not given back"
            );
        }
    }

    async fn claims(&self, tried: Tried) -> bool {
        match backup::claim(&self.db, tried, self.clock.now(), self.every(tried)).await {
            Ok(ours) => ours,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot look whether it is time for a backup");
                false
            }
        }
    }

    async fn try_it(&self, tried: Tried) -> anyhow::Result<()> {
        let (settings, clock) = (&self.settings, self.clock.as_ref());
        match tried {
            Tried::Backup => {
                let made = tokio::select! {
                    made = backup::make(settings, backup::sealing(settings, false)?, clock) => made?,
                    () = self.shutdown.wait() => anyhow::bail!("given up"),
                };
                let took_ms = made.took.as_millis();
                tracing::info!(file = %made.kept.path.display(), bytes = made.kept.bytes, took_ms, "backup made");
                self.worked(&Outcome::Made(&made)).await;
                if let Err(error) = backup::let_go(settings).await {
                    tracing::error!(error = format!("{error:#}"), "a backup whose time is over could not be removed");
                }
            }
            Tried::Drill => {
                let drill = backup::drill(settings, &self.afar, &self.db, clock, &self.shutdown).await?;
                if let Some(error) = &drill.unkept {
                    tracing::error!(error, "the report of a drill could not be kept");
                }
                anyhow::ensure!(drill.ok, "{}: {}", drill.backup, drill.faults.join("; "));
                tracing::info!(rto_ms = drill.rto_ms, rpo_ms = drill.rpo_ms, "the newest backup can be restored");
                self.worked(&Outcome::Drilled(&drill)).await;
            }
        }
        Ok(())
    }

    /// Writes it down. What cannot be written down worked all the same.
    async fn worked(&self, outcome: &Outcome<'_>) {
        if let Err(error) = backup::succeeded(&self.db, outcome, by_itself, self.clock.now()).await {
            tracing::error!(error = &error as &dyn std::error::Error, "a backup or a drill could not be written down");
        }
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
        let what = "Age from which the newest backup is late";
        page.gauge("gondola_backup_late_after_seconds", what, wanted.late_after.as_secs())?;
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
    let late = wanted.backups
        && age_s.is_some_and(|age| u64::try_from(age).is_ok_and(|age| age > wanted.late_after.as_secs()));
    let ill = (wanted.backups && failed(backup)) || late || (wanted.drills && failed(drill));
    let mut told = Finding::new(if ill { Level::Degraded } else { Level::Optimal })
        .with("scheduled", wanted.backups)
        .with("drills_scheduled", wanted.drills)
        .with("newest_age_s", age_s)
        .with("late_after_s", wanted.late_after.as_secs());
    for (name, turn) in [("error", backup), ("drill_error", drill)] {
        if let Some(turn) = turn.as_ref().filter(|turn| turn.failed_at > turn.succeeded_at) {
            told = told.with(name, turn.detail.clone());
        }
    }
    told
}
