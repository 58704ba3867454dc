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
