use std::{fs, path::Path};

use domain::clock::FixedClock;
use platform::{
    backup::{Folder, Kept, Sealing},
    config::{Inputs, Mode},
};
use store::Options;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

const WANTED: Wanted = Wanted { backups: false, drills: false, late_after: Duration::from_secs(26 * 3600) };

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
        finding(&Known { backup, drill, failures: [0; 2] }, Wanted { backups, drills, ..WANTED }, NOW).level
    };
    assert_eq!(level(None, None, true, true), Level::Optimal, "none is due yet");
    assert_eq!(level(turn(Some(1), Some(2)), None, true, false), Level::Optimal);
    assert_eq!(level(turn(Some(2), Some(1)), None, true, false), Level::Degraded);
    assert_eq!(level(turn(None, Some(1)), None, true, false), Level::Degraded);
    assert_eq!(level(turn(Some(27), None), None, true, false), Level::Degraded);
    assert_eq!(level(turn(Some(27), None), None, false, false), Level::Optimal);
    assert_eq!(level(turn(Some(1), None), turn(Some(9), Some(1)), true, true), Level::Degraded);
}

#[test]
fn a_backup_is_late_after_two_that_were_missed_and_a_daily_one_after_two_hours() {
    let folder = tempfile::tempdir().unwrap();
    let every = |minutes| {
        let settings = settings(folder.path(), &[("backup_every_minutes", minutes)]);
        settings.backups.late_after(settings.mode).as_secs() / 60
    };
    assert_eq!(["45", "60", "120", "1440", "0"].map(every), [100, 130, 240, 1560, 1560]);
    let made = |hours| Known { backup: turn(Some(hours), None), ..Known::default() };
    let wanted = Wanted { backups: true, late_after: Duration::from_secs(100 * 60), ..WANTED };
    assert_eq!([1, 2].map(|hours| finding(&made(hours), wanted, NOW).level), [Level::Optimal, Level::Degraded]);
}

fn settings(data: &Path, more: &[(&'static str, &str)]) -> Settings {
    let data = ("data_dir", data.to_str().unwrap());
    let flags = [data].iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect();
    Settings::load(&Inputs { flags, roles: crate::roles::KNOWN, ..Inputs::default() }).unwrap()
}

#[test]
fn a_demo_lacks_nobody_to_encrypt_its_backups_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path(), &[]);
    assert!(lacks_recipient(&settings));
    // As a demo does, once it knows who can reach it.
    settings.mode = Mode::Trial;
    assert!(!lacks_recipient(&settings));
    let mut told = self::settings(folder.path(), &[("backup_every_minutes", "60")]);
    told.mode = Mode::Trial;
    assert!(lacks_recipient(&told), "it was told to make them");
}

/// A node over a new database in a folder.
async fn keeper(data: &Path, more: &[(&'static str, &str)]) -> Keeper {
    let phrase = ("backup_passphrase", "una frase que nadie adivina");
    let settings = settings(data, &[&[phrase], more].concat());
    let db = Db::open(&Options::new(settings.database_url.expose())).await.unwrap();
    store::migrate::up(&db).await.unwrap();
    let (clock, known, shutdown) = (Arc::new(FixedClock(NOW)), Arc::default(), Shutdown::default());
    Keeper { db, settings, afar: None, clock, known, shutdown }
}

impl Keeper {
    async fn has_made_one(&self) -> Kept {
        backup::make(&self.settings, Sealing::Plain, self.clock.as_ref()).await.unwrap().kept
    }

    /// When a turn is due, when it last worked and when it did not.
    async fn at(&self, tried: Tried) -> (Timestamp, Option<Timestamp>, Option<Timestamp>) {
        let turn = turn::get(&self.db, tried.name()).await.unwrap().unwrap();
        (turn.next_at, turn.succeeded_at, turn.failed_at)
    }
}

#[tokio::test]
async fn a_node_that_stops_leaves_nothing_of_a_drill_and_gives_its_turns_back() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = keeper(folder.path(), &[]).await;
    keeper.has_made_one().await;
    keeper.shutdown.trigger();
    keeper.turn(Wanted { backups: true, drills: true, ..WANTED }).await;
    for tried in [Tried::Backup, Tried::Drill] {
        assert_eq!(keeper.at(tried).await, (NOW, None, None), "{tried:?}");
    }
    assert!(!folder.path().join("drill").exists());
    assert_eq!(Folder::new(&keeper.settings.backups.folder).list().unwrap().len(), 1);
}

#[tokio::test]
async fn a_backup_is_made_though_an_older_one_cannot_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = keeper(folder.path(), &[("backup_keep_hourly", "1"), ("backup_keep_daily", "0")]).await;
    let older = |hour: u8| folder.path().join(format!("backups/gondola-2020-01-03T0{hour}-00-00.000Z.backup"));
    // A folder of that name is nothing that can be removed as a file.
    fs::create_dir_all(older(9)).unwrap();
    fs::write(older(8), "").unwrap();
    keeper.turn(Wanted { backups: true, drills: false, ..WANTED }).await;
    assert_eq!(keeper.at(Tried::Backup).await, (NOW.plus_seconds(45 * 60), Some(NOW), None));
    assert_eq!(lock(&keeper.known).failures, [0, 0]);
    assert!(older(9).exists() && !older(8).exists(), "the others go");
    assert!(!keeper.may_begin(Tried::Backup).await, "it was made, and it is known when the next one is due");
}

#[tokio::test]
async fn what_somebody_else_is_at_has_not_failed_and_is_looked_at_later() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = keeper(folder.path(), &[]).await;
    keeper.has_made_one().await;
    let making = Folder::new(&keeper.settings.backups.folder).begin().unwrap();
    let drilling = platform::backup::alone(&folder.path().join("drill.lock")).unwrap().unwrap();
    keeper.turn(Wanted { backups: true, drills: true, ..WANTED }).await;
    assert_eq!(keeper.at(Tried::Backup).await, (NOW.plus_seconds(300), None, None));
    assert_eq!(keeper.at(Tried::Drill).await, (NOW.plus_seconds(1800), None, None));
    assert_eq!(lock(&keeper.known).failures, [0, 0]);
    drop((making, drilling));
}

#[tokio::test]
async fn a_drill_that_finds_a_fault_is_not_done_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = keeper(folder.path(), &[]).await;
    let made = keeper.has_made_one().await;
    let bytes = fs::read(&made.path).unwrap();
    fs::write(&made.path, &bytes[..bytes.len() - 1]).unwrap();
    keeper.turn(Wanted { backups: false, drills: true, ..WANTED }).await;
    assert_eq!(keeper.at(Tried::Drill).await, (NOW.plus_seconds(1800), None, Some(NOW)));
    assert_eq!(lock(&keeper.known).failures, [0, 1]);
}
