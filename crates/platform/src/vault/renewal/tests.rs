use super::*;
use crate::vault::tests::{CLOCK, EMAIL, database, keep, kept, key};

fn of(subject: &str) -> Place<'_> {
    Place { subject, ..EMAIL }
}

fn told() -> Draft {
    crate::rotation::by_itself("fields")
}

async fn under(db: &Db, subject: &str) -> u32 {
    cipher::key_of(&sealed::get(db, EMAIL.purpose, subject).await.unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn values_move_to_the_new_key_while_both_serve() {
    let folder = tempfile::tempdir().unwrap();
    let (db, source) = (database(folder.path()).await, key());
    let here = Vault::load(&db, &source, &CLOCK).await.unwrap();
    let there = Vault::load(&db, &source, &CLOCK).await.unwrap();
    keep(&here, &db, of("old"), "before").await;
    assert_eq!(here.rotate(&CLOCK, told()).await.unwrap(), 2);
    keep(&here, &db, of("new"), "after").await;
    assert_eq!((under(&db, "old").await, under(&db, "new").await), (1, 2));
    assert_eq!(here.standing().await.unwrap().outdated, 1);
    for vault in [&here, &there] {
        assert_eq!(kept(vault, of("old")).await.as_deref(), Some("before"));
        assert_eq!(kept(vault, of("new")).await.as_deref(), Some("after"), "made by another process just now");
    }
    let mut reseal = here.reseal().await.unwrap();
    while reseal.step().await.unwrap() {}
    assert_eq!((reseal.total, reseal.done, reseal.left), (1, 1, 0));
    assert_eq!(under(&db, "old").await, 2);
    assert_eq!(kept(&there, of("old")).await.as_deref(), Some("before"));
    assert_eq!(here.standing().await.unwrap().outdated, 0);
}

#[tokio::test]
async fn begun_again_it_goes_on_with_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let vault = Vault::load(&db, &key(), &CLOCK).await.unwrap();
    let mut tx = db.write().await.unwrap();
    for number in 0..250 {
        vault.put(&mut tx, of(&format!("{number:03}")), number.to_string().as_bytes()).await.unwrap();
    }
    tx.commit().await.unwrap();
    vault.rotate(&CLOCK, told()).await.unwrap();
    let mut interrupted = vault.reseal().await.unwrap();
    assert!(interrupted.step().await.unwrap());
    drop(interrupted);
    let mut again = vault.reseal().await.unwrap();
    assert_eq!(again.total, 150);
    while again.step().await.unwrap() {}
    assert_eq!(vault.standing().await.unwrap().outdated, 0);
    assert_eq!(kept(&vault, of("249")).await.as_deref(), Some("249"));
}

#[tokio::test]
async fn what_does_not_open_stays_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let vault = Vault::load(&db, &key(), &CLOCK).await.unwrap();
    keep(&vault, &db, of("good"), "good").await;
    let mut tx = db.write().await.unwrap();
    let value = vault.seal(of("another"), b"moved here").unwrap();
    let moved = sealed::Sealed { purpose: EMAIL.purpose.into(), subject: "bad".into(), value: value.clone() };
    sealed::put(&mut tx, &moved, 1).await.unwrap();
    tx.commit().await.unwrap();
    vault.rotate(&CLOCK, told()).await.unwrap();
    let mut reseal = vault.reseal().await.unwrap();
    while reseal.step().await.unwrap() {}
    assert_eq!((reseal.done, reseal.left), (2, 1));
    assert_eq!(sealed::get(&db, EMAIL.purpose, "bad").await.unwrap(), Some(value));
    assert_eq!(under(&db, "good").await, 2);
}

#[tokio::test]
async fn either_master_key_will_do_until_the_change_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (db, old, new) = (database(folder.path()).await, key(), key());
    let vault = Vault::load(&db, &old, &CLOCK).await.unwrap();
    keep(&vault, &db, EMAIL, "ana@example.com").await;
    vault.rotate(&CLOCK, told()).await.unwrap();
    let later = domain::clock::FixedClock(CLOCK.0.plus_seconds(60));
    let id = vault.add_master(&new, &later, told()).await.unwrap();
    assert_eq!(vault.standing().await.unwrap().newer_master.as_deref(), Some(id.as_str()));
    let with_new = Vault::load(&db, &new, &later).await.unwrap();
    let with_old = Vault::load(&db, &old, &later).await.unwrap();
    for each in [&vault, &with_old, &with_new] {
        assert_eq!(kept(each, EMAIL).await.as_deref(), Some("ana@example.com"));
        assert!(matches!(each.rotate(&later, told()).await, Err(Error::MasterChanging)), "one change at a time");
    }
    assert!(
        matches!(with_old.keep_only_this_master(&later, told()).await, Err(Error::WrongMaster { .. })),
        "not the new one"
    );
    assert_eq!(with_new.keep_only_this_master(&later, told()).await.unwrap(), 2);
    assert!(matches!(Vault::load(&db, &old, &later).await, Err(Error::WrongMaster { .. })));
    let standing = with_new.standing().await.unwrap();
    assert_eq!((standing.master, standing.other_masters), (Some((id, later.0)), Vec::new()));
    assert_eq!(with_new.rotate(&later, told()).await.unwrap(), 3);
    assert_eq!(kept(&vault, EMAIL).await.as_deref(), Some("ana@example.com"), "who had the keys goes on with them");
}

#[tokio::test]
async fn a_passphrase_may_take_the_place_of_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let (db, phrase) = (database(folder.path()).await, Source::passphrase("una frase bien larga").unwrap());
    let vault = Vault::load(&db, &key(), &CLOCK).await.unwrap();
    keep(&vault, &db, EMAIL, "ana@example.com").await;
    let later = domain::clock::FixedClock(CLOCK.0.plus_seconds(60));
    vault.add_master(&phrase, &later, told()).await.unwrap();
    let with_phrase = Vault::load(&db, &phrase, &later).await.unwrap();
    with_phrase.keep_only_this_master(&later, told()).await.unwrap();
    assert_eq!(kept(&with_phrase, EMAIL).await.as_deref(), Some("ana@example.com"));
}

/// Begins something while another node holds the keys, does `meanwhile` in that node's transaction and lets it go on. How often it is
/// polled before that is the loop's to say: it has read what it reads before it waits.
async fn while_held<T>(
    db: &Db,
    begun: impl Future<Output = T>,
    meanwhile: impl AsyncFnOnce(&mut store::Tx, Vec<vault::Wrapping>),
) -> T {
    let mut tx = db.write().await.unwrap();
    let held = vault::hold(&mut tx).await.unwrap();
    let other = async move {
        for _ in 0..20 {
            // Each goes to the database and back, as what was begun does.
            vault::masters(db).await.unwrap();
        }
        meanwhile(&mut tx, held).await;
        tx.commit().await.unwrap();
    };
    tokio::join!(begun, other).0
}

#[tokio::test]
async fn a_new_master_opens_a_key_made_in_the_same_moment() {
    let folder = tempfile::tempdir().unwrap();
    let db = &database(folder.path()).await;
    let (old, new) = (key(), key());
    let vault = Vault::load(db, &old, &CLOCK).await.unwrap();
    let master = vault.0.master.get().unwrap().clone();
    let begun = vault.add_master(&new, &CLOCK, told());
    while_held(db, begun, async |tx, _| {
        vault::add_key(tx, 2, CLOCK.0).await.unwrap();
        let wrapped = master.wrap(2, &cipher::random().unwrap()).unwrap();
        vault::add_wrapping(tx, 2, &master.id, &wrapped, CLOCK.0).await.unwrap();
    })
    .await
    .unwrap();
    vault.refresh().await.unwrap();
    keep(&vault, db, EMAIL, "ana@example.com").await;
    assert_eq!(under(db, EMAIL.subject).await, 2);
    let with_new = Vault::load(db, &new, &CLOCK).await.unwrap();
    assert_eq!(kept(&with_new, EMAIL).await.as_deref(), Some("ana@example.com"));
}

#[tokio::test]
async fn no_key_is_made_once_another_master_opens_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let db = &database(folder.path()).await;
    let vault = Vault::load(db, &key(), &CLOCK).await.unwrap();
    let rotated = while_held(db, vault.rotate(&CLOCK, told()), async |tx, held| {
        let other = vault::Master { id: "another".into(), derivation: None, created_at: CLOCK.0 };
        vault::add_master(tx, &other).await.unwrap();
        vault::add_wrapping(tx, held[0].key, "another", &held[0].wrapped, CLOCK.0).await.unwrap();
    });
    assert!(matches!(rotated.await, Err(Error::MasterChanging)));
    assert_eq!(vault.keys(), 1);
}

#[tokio::test]
async fn a_master_that_was_put_aside_meanwhile_makes_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let db = &database(folder.path()).await;
    let (old, new, next) = (key(), key(), key());
    let vault = Vault::load(db, &old, &CLOCK).await.unwrap();
    let id = vault.add_master(&new, &CLOCK, told()).await.unwrap();
    let ours = vault.0.master.get().unwrap().id.clone();
    let added = while_held(db, vault.add_master(&next, &CLOCK, told()), async |tx, _| {
        assert_eq!(vault::forget_master(tx, &ours, &id).await.unwrap(), 1);
    });
    assert!(matches!(added.await, Err(Error::WrongMaster { .. })));
    assert!(Vault::load(db, &next, &CLOCK).await.is_err(), "it would open nothing");
    assert!(Vault::load(db, &new, &CLOCK).await.is_ok());
}
