//! What is set of backups: where they go, who can open them, how often they are made, how long they are kept.
//!
//! Invariant: nothing that opens a backup is needed to make one, and there is no default for it; a trial makes none by itself.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{DAY, Mode, read, sources::Sources};
use crate::{
    backup::{Keep, Opening, Sealing, identities, recipients},
    secret::Secret,
};

/// Time between two, so that what is lost with a machine is less than fifty minutes' work, the making included.
const EVERY: Duration = Duration::from_secs(45 * 60);
/// What making one may take, when the one before was missed.
const MAKING: Duration = Duration::from_secs(10 * 60);
/// What is waited for one that comes seldom.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);

/// How backups are made.
#[derive(Clone)]
pub struct Backups {
    /// Where they go.
    pub folder: PathBuf,
    /// Whom they are encrypted for; `None` when nobody is named.
    pub sealing: Option<Sealing>,
    /// What opens them here.
    pub opening: Opening,
    /// How many are kept.
    pub keep: Keep,
    recipient: String,
    /// What was said; what was not depends on the mode, which a demo decides later.
    every: Option<Duration>,
    drill_every: Option<Duration>,
}

impl std::fmt::Debug for Backups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backups").field("folder", &self.folder).field("every", &self.every).finish_non_exhaustive()
    }
}

impl Backups {
    pub(super) fn from_sources(s: &mut Sources, data_dir: &Path) -> Backups {
        let (named, phrase) = ("backup_recipient", "backup_passphrase");
        let recipient =
            s.get(named, |text| (text.trim().is_empty() || recipients(text).is_some()).then(|| text.to_owned()));
        let passphrase = s.get(phrase, read::backup_passphrase);
        let identity = s.get("backup_identity", identities);
        s.refuse_both(named, phrase);
        let minutes = s.get("backup_every_minutes", read::count(0..=1_440_u64)).map(|n| Duration::from_secs(n * 60));
        let days = s.get("backup_drill_days", read::days(0..=365));
        Backups {
            folder: s.get("backup_folder", read::path).unwrap_or_else(|| data_dir.join("backups")),
            sealing: sealing(recipient.as_deref(), passphrase.as_ref()),
            opening: opening(identity, passphrase),
            every: minutes,
            keep: Keep {
                hourly: s.get("backup_keep_hourly", read::count(1..=10_000)).unwrap_or(64),
                daily: s.get("backup_keep_daily", read::count(0..=10_000)).unwrap_or(30),
            },
            drill_every: days,
            recipient: recipient.unwrap_or_default(),
        }
    }

    /// Time between two; none when nothing makes them by itself.
    pub fn every(&self, mode: Mode) -> Duration {
        self.every.unwrap_or_else(|| by_itself(mode, EVERY))
    }

    /// Age from which the newest is late: two were due and the making has had its time, or, of those that come seldom, one was due two
    /// hours ago. Who makes them in another way makes one a day.
    pub fn late_after(&self, mode: Mode) -> Duration {
        let every = Some(self.every(mode)).filter(|every| !every.is_zero()).unwrap_or(DAY);
        (every * 2 + MAKING).min(every + PATIENCE)
    }

    /// Time between two drills; none when nothing does them by itself.
    pub fn drill_every(&self, mode: Mode) -> Duration {
        self.drill_every.unwrap_or_else(|| by_itself(mode, DAY * 7))
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str, mode: Mode) -> Option<toml::Value> {
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let length = |length: Duration, unit: u64| i64::try_from(length.as_secs() / unit).unwrap_or(i64::MAX);
        Some(match key {
            "backup_folder" => self.folder.to_string_lossy().into_owned().into(),
            "backup_recipient" => self.recipient.clone().into(),
            "backup_every_minutes" => length(self.every(mode), 60).into(),
            "backup_keep_hourly" => number(self.keep.hourly).into(),
            "backup_keep_daily" => number(self.keep.daily).into(),
            "backup_drill_days" => length(self.drill_every(mode), 86_400).into(),
            _ => return None,
        })
    }
}

/// A trial does nothing by itself.
fn by_itself(mode: Mode, every: Duration) -> Duration {
    if mode == Mode::Production { every } else { Duration::ZERO }
}

fn sealing(recipient: Option<&str>, passphrase: Option<&Secret>) -> Option<Sealing> {
    let named = recipient.and_then(recipients).map(Sealing::For);
    named.or_else(|| passphrase.cloned().map(Sealing::Passphrase))
}

fn opening(identity: Option<Secret>, passphrase: Option<Secret>) -> Opening {
    let known = identity.map(Opening::Identities);
    known.or_else(|| passphrase.map(Opening::Passphrase)).unwrap_or_default()
}
