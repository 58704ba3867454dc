use std::path::Path;

use domain::{Timestamp, clock::FixedClock};
use store::Options;

use super::*;
use crate::http::Problem;

pub(super) const CLOCK: FixedClock = FixedClock(Timestamp::from_micros(1_770_000_000_000_000));
pub(super) const EMAIL: Place<'static> = Place { purpose: "user.email", subject: "ana" };

pub(super) async fn database(folder: &Path) -> Db {
    let db = Db::open(&Options::new(format!("sqlite://{}", folder.join("shop.db").display()))).await.unwrap();
    store::migrate::up(&db).await.unwrap();
    db
}

pub(super) fn key() -> Source {
    Source::Key(MasterKey::generate().unwrap())
}

pub(super) async fn keep(vault: &Vault, db: &Db, place: Place<'_>, text: &str) {
    let mut tx = db.write().await.unwrap();
    vault.put(&mut tx, place, text.as_bytes()).await.unwrap();
    tx.commit().await.unwrap();
}

pub(super) async fn kept(vault: &Vault, place: Place<'_>) -> Option<String> {
    let plain = vault.get(place, "tester").await.unwrap()?;
    Some(plain.text().unwrap().to_owned())
}

#[tokio::test]
async fn a_value_is_kept_replaced_and_taken_away_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let (db, source) = (database(folder.path()).await, key());
    let vault = Vault::load(&db, &source, &CLOCK).await.unwrap();
    keep(&vault, &db, EMAIL, "ana@example.com").await;
    keep(&vault, &db, EMAIL, "ana@example.org").await;
    let again = Vault::load(&db, &source, &CLOCK).await.unwrap();
    assert_eq!(kept(&again, EMAIL).await.as_deref(), Some("ana@example.org"));
    let mut tx = db.write().await.unwrap();
    assert!(remove(&mut tx, EMAIL).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(kept(&again, EMAIL).await, None);
}

#[tokio::test]
async fn many_are_opened_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let vault = Vault::load(&db, &key(), &CLOCK).await.unwrap();
    for subject in ["ana", "beto", "caro"] {
        keep(&vault, &db, Place { subject, ..EMAIL }, subject).await;
    }
    let opened = vault.get_all("user.email", &["ana", "caro", "nadie"], "tester").await.unwrap();
    let texts: Vec<&str> = opened.values().map(|plain| plain.text().unwrap()).collect();
    assert_eq!((opened.len(), texts), (2, vec!["ana", "caro"]));
}

#[tokio::test]
async fn without_a_key_what_needs_one_refuses_and_the_rest_works() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let closed = Vault::load(&db, &Source::Nowhere, &CLOCK).await.unwrap();
    assert!(!closed.is_open());
    assert!(matches!(closed.seal(EMAIL, b"x"), Err(Error::NoKey)));
    assert_eq!(kept(&closed, EMAIL).await, None, "nothing there is no reason to fail");
    assert_eq!(Problem::from(Error::NoKey).status().as_u16(), 503);
}

#[tokio::test]
async fn a_missing_or_another_master_key_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let right = MasterKey::generate().unwrap();
    let vault = Vault::load(&db, &Source::Key(right.clone()), &CLOCK).await.unwrap();
    keep(&vault, &db, EMAIL, "ana@example.com").await;
    let missing = Vault::load(&db, &Source::Nowhere, &CLOCK).await.unwrap_err();
    assert!(matches!(&missing, Error::Missing { masters } if *masters == right.id()), "{missing}");
    let other = Vault::load(&db, &key(), &CLOCK).await.unwrap_err();
    assert!(matches!(&other, Error::WrongMaster { masters, .. } if *masters == right.id()), "{other}");
    assert_eq!(store::vault::masters(&db).await.unwrap().len(), 1, "a wrong key leaves nothing behind");
}

#[tokio::test]
async fn a_passphrase_opens_what_it_sealed_and_another_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let source = Source::passphrase("una frase bien larga").unwrap();
    let vault = Vault::load(&db, &source, &CLOCK).await.unwrap();
    keep(&vault, &db, EMAIL, "ana@example.com").await;
    let again = Vault::load(&db, &source, &CLOCK).await.unwrap();
    assert_eq!(kept(&again, EMAIL).await.as_deref(), Some("ana@example.com"));
    let other = Source::passphrase("otra frase bien larga").unwrap();
    assert!(matches!(Vault::load(&db, &other, &CLOCK).await, Err(Error::WrongMaster { .. })));
}

#[tokio::test]
async fn two_nodes_that_start_at_once_agree_on_the_first_key() {
    let folder = tempfile::tempdir().unwrap();
    let (db, source) = (database(folder.path()).await, Source::passphrase("una frase bien larga").unwrap());
    let (one, two) = tokio::join!(Vault::load(&db, &source, &CLOCK), Vault::load(&db, &source, &CLOCK));
    let (one, two) = (one.unwrap(), two.unwrap());
    let sealed = one.seal(EMAIL, b"x").unwrap();
    assert_eq!(two.open(EMAIL, &sealed, "tester").await.unwrap().bytes(), b"x");
}

#[tokio::test]
async fn a_value_moved_to_another_row_in_the_database_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let vault = Vault::load(&db, &key(), &CLOCK).await.unwrap();
    let stolen = Place { purpose: "user.email", subject: "beto" };
    keep(&vault, &db, EMAIL, "ana@example.com").await;
    let value = sealed::get(&db, EMAIL.purpose, EMAIL.subject).await.unwrap().unwrap();
    let mut tx = db.write().await.unwrap();
    let moved = sealed::Sealed { purpose: EMAIL.purpose.into(), subject: "beto".into(), value };
    sealed::put(&mut tx, &moved, 1).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(vault.get(stolen, "tester").await, Err(Error::Damaged)));
}

#[tokio::test]
async fn a_value_of_a_key_nobody_has_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let vault = Vault::load(&db, &key(), &CLOCK).await.unwrap();
    let mut sealed = vault.seal(EMAIL, b"x").unwrap();
    sealed[4] = 9;
    assert!(matches!(vault.open(EMAIL, &sealed, "tester").await, Err(Error::UnknownKey(9))));
    assert!(!format!("{vault:?}").contains("cipher"), "{vault:?}");
}
