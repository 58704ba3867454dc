use domain::{Timestamp, clock::FixedClock};
use platform::rotation::by_itself;
use store::Options;

use super::*;
use crate::checkpoints::{key_made_at, signing_key};

const CLOCK: FixedClock = FixedClock(Timestamp::from_micros(1_770_000_000_000_000));

async fn database(folder: &Path) -> Db {
    let db = Db::open(&Options::new(format!("sqlite://{}", folder.join("shop.db").display()))).await.unwrap();
    store::migrate::up(&db).await.unwrap();
    db
}

fn told() -> Draft {
    by_itself("checkpoint")
}

/// What is in the folder of keys, by name.
fn files(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder.join("keys")).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn serving(folder: &Path) -> String {
    name(&signing_key(folder).unwrap())
}

async fn events(db: &Db) -> usize {
    audit::list(db, i64::MAX, &audit::Filter::default(), 10).await.unwrap().len()
}

#[tokio::test]
async fn a_key_takes_the_place_of_another_and_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let first = serving(folder.path());
    let second = replace_key(&db, folder.path(), &CLOCK, told()).await.unwrap();
    assert!(second != first && serving(folder.path()) == second && key_made_at(folder.path()).is_some());
    let mut kept = vec!["checkpoint.key".to_owned()];
    kept.extend([&first, &second].map(|key| format!("checkpoint-{key}.pub")));
    kept.sort();
    assert_eq!(files(folder.path()), kept, "nothing waits, and every public part stays");
    assert_eq!(events(&db).await, 1);
}

/// Up to the commit, and no further: as after a crash there.
#[tokio::test]
async fn one_that_was_told_of_serves_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let first = serving(folder.path());
    let mut tx = db.write().await.unwrap();
    let next = begin(&mut tx, folder.path(), &CLOCK, told()).await.unwrap();
    let public = fs::read_to_string(&next.public).unwrap();
    assert!(public.starts_with(&next.name), "its public part is there before it is told of");
    tx.commit().await.unwrap();
    assert_eq!(serving(folder.path()), first);
    settle_key(&db, folder.path()).await.unwrap();
    assert_eq!(serving(folder.path()), next.name);
    assert_eq!((files(folder.path()).len(), events(&db).await), (3, 1));
    next.serve().unwrap();
    assert_eq!(serving(folder.path()), next.name, "whoever comes later finds it done");
}

#[tokio::test]
async fn one_that_was_never_told_of_does_not_serve() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let first = serving(folder.path());
    let mut tx = db.write().await.unwrap();
    let next = begin(&mut tx, folder.path(), &CLOCK, told()).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(serving(folder.path()), first);
    assert!(next.waiting.exists());
    let second = replace_key(&db, folder.path(), &CLOCK, told()).await.unwrap();
    assert!(second != next.name && serving(folder.path()) == second);
    assert_eq!((files(folder.path()).len(), events(&db).await), (3, 1), "nothing of the other is left");
}

#[tokio::test]
async fn whoever_settles_waits_for_one_that_is_being_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    serving(folder.path());
    let mut tx = db.write().await.unwrap();
    let next = begin(&mut tx, folder.path(), &CLOCK, told()).await.unwrap();
    // Polled in this order: the first finds the key waiting before the second commits.
    let (settled, committed) = tokio::join!(settle_key(&db, folder.path()), tx.commit());
    committed.unwrap();
    settled.unwrap();
    assert_eq!(serving(folder.path()), next.name);
}
