//! Encrypted values and the keys they are under.

use anyhow::Result;
use store::{
    Db,
    sealed::{self, Sealed},
    vault::{self, Derivation, Master},
};

use crate::both::NOW;

both! {
    a_key_is_wrapped_once_by_each_master
    a_key_is_added_once
    a_value_is_kept_replaced_and_taken_away
    the_values_of_some_are_found_at_once
    outdated_values_are_walked_and_renewed_unless_they_changed
    one_master_is_left
    whoever_holds_the_keys_has_others_wait
}

/// A row in each of its tables.
pub async fn fill(tx: &mut store::Tx) -> Result<()> {
    vault::add_master(tx, &master("a")).await?;
    vault::add_key(tx, 1, NOW).await?;
    vault::add_wrapping(tx, 1, "a", b"one", NOW).await?;
    sealed::put(tx, &value("ana", b"x"), 1).await?;
    Ok(())
}

fn master(id: &str) -> Master {
    Master { id: id.into(), derivation: None, created_at: NOW }
}

async fn a_key_is_wrapped_once_by_each_master(db: Db) -> Result<()> {
    let derivation = Some(Derivation { salt: vec![1; 16], memory_kib: 65_536, passes: 3 });
    let derived = Master { derivation, created_at: NOW.plus_seconds(1), ..master("b") };
    let mut tx = db.write().await?;
    vault::add_master(&mut tx, &master("a")).await?;
    vault::add_master(&mut tx, &derived).await?;
    vault::add_master(&mut tx, &Master { created_at: NOW.plus_seconds(9), ..master("a") }).await?;
    vault::add_key(&mut tx, u32::MAX, NOW).await?;
    vault::add_wrapping(&mut tx, u32::MAX, "a", b"one", NOW).await?;
    vault::add_wrapping(&mut tx, u32::MAX, "a", b"again", NOW).await?;
    vault::add_wrapping(&mut tx, u32::MAX, "b", b"two", NOW.plus_seconds(1)).await?;
    tx.commit().await?;
    assert_eq!(vault::masters(&db).await?, [master("a"), derived]);
    let wrappings = vault::wrappings(&db).await?;
    let told: Vec<_> = wrappings.iter().map(|w| (w.key, w.master.as_str(), w.wrapped.as_slice())).collect();
    assert_eq!(told, [(u32::MAX, "a", &b"one"[..]), (u32::MAX, "b", b"two")]);
    assert_eq!(wrappings[1].key_created_at, NOW);
    Ok(())
}

async fn a_key_is_added_once(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    vault::add_key(&mut tx, 1, NOW).await?;
    assert!(vault::add_key(&mut tx, 1, NOW).await.unwrap_err().is_race());
    Ok(())
}

fn value(subject: &str, value: &[u8]) -> Sealed {
    Sealed { purpose: "user.email".into(), subject: subject.into(), value: value.to_vec() }
}

async fn a_value_is_kept_replaced_and_taken_away(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    vault::add_key(&mut tx, 1, NOW).await?;
    sealed::put(&mut tx, &value("ana", b"first"), 1).await?;
    sealed::put(&mut tx, &value("ana", b"second"), 1).await?;
    tx.commit().await?;
    assert_eq!(sealed::get(&db, "user.email", "ana").await?, Some(b"second".to_vec()));
    assert_eq!(sealed::get(&db, "user.phone", "ana").await?, None);
    let mut tx = db.write().await?;
    assert!(sealed::remove(&mut tx, "user.email", "ana").await?);
    assert!(!sealed::remove(&mut tx, "user.email", "ana").await?);
    assert!(sealed::put(&mut tx, &value("ana", b"x"), 2).await.is_err(), "there is no key 2");
    Ok(())
}

async fn the_values_of_some_are_found_at_once(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    vault::add_key(&mut tx, 1, NOW).await?;
    for subject in ["ana", "beto", "caro"] {
        sealed::put(&mut tx, &value(subject, subject.as_bytes()), 1).await?;
    }
    let found = sealed::of_subjects(&mut tx, "user.email", &["caro", "ana", "nadie"]).await?;
    assert_eq!(found, [value("ana", b"ana"), value("caro", b"caro")]);
    assert!(sealed::of_subjects(&mut tx, "user.email", &[]).await?.is_empty());
    Ok(())
}

async fn outdated_values_are_walked_and_renewed_unless_they_changed(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    for key in [1, 2, 3] {
        vault::add_key(&mut tx, key, NOW).await?;
    }
    for (subject, key) in [("ana", 2), ("beto", 1), ("caro", 3), ("dani", 1)] {
        sealed::put(&mut tx, &value(subject, subject.as_bytes()), key).await?;
    }
    tx.commit().await?;
    assert_eq!(sealed::count_outdated(&db, 3).await?, 3);
    let first = sealed::outdated(&db, 3, None, 2).await?;
    let rest = sealed::outdated(&db, 3, first.last(), 2).await?;
    let names: Vec<&str> = first.iter().chain(&rest).map(|one| one.subject.as_str()).collect();
    assert_eq!(names, ["beto", "dani", "ana"], "the oldest key first");
    let mut tx = db.write().await?;
    sealed::put(&mut tx, &value("dani", b"changed"), 1).await?;
    assert!(sealed::renew(&mut tx, &first[0], 3, b"renewed".to_vec()).await?);
    assert!(!sealed::renew(&mut tx, &first[1], 3, b"renewed".to_vec()).await?, "somebody changed it meanwhile");
    tx.commit().await?;
    assert_eq!(sealed::get(&db, "user.email", "beto").await?, Some(b"renewed".to_vec()));
    assert_eq!(sealed::get(&db, "user.email", "dani").await?, Some(b"changed".to_vec()));
    assert_eq!(sealed::count_outdated(&db, 3).await?, 2);
    Ok(())
}

async fn one_master_is_left(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    fill(&mut tx).await?;
    vault::add_master(&mut tx, &master("b")).await?;
    vault::add_wrapping(&mut tx, 1, "b", b"two", NOW).await?;
    vault::add_key(&mut tx, 2, NOW).await?;
    vault::add_wrapping(&mut tx, 2, "a", b"one", NOW).await?;
    assert_eq!(vault::forget_master(&mut tx, "a", "b").await?, 1);
    tx.commit().await?;
    let left: Vec<_> = vault::wrappings(&db).await?.into_iter().map(|left| (left.key, left.master)).collect();
    assert_eq!(left, [(1, "b".to_owned()), (2, "a".to_owned())], "a key that only the other opens is not lost");
    assert_eq!(vault::masters(&db).await?.len(), 2);
    Ok(())
}

async fn whoever_holds_the_keys_has_others_wait(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    fill(&mut tx).await?;
    tx.commit().await?;
    let mut first = db.write().await?;
    assert_eq!(vault::hold(&mut first).await?.len(), 1);
    // Polled in this order: the second waits for what the first ends.
    let second = async {
        let mut tx = db.write().await?;
        let held = vault::hold(&mut tx).await?;
        tx.rollback().await?;
        anyhow::Ok(held.into_iter().map(|wrapping| (wrapping.key, wrapping.wrapped)).collect::<Vec<_>>())
    };
    let added = async {
        for _ in 0..20 {
            vault::masters(&db).await?;
        }
        vault::add_key(&mut first, 2, NOW).await?;
        vault::add_wrapping(&mut first, 2, "a", b"two", NOW).await?;
        anyhow::Ok(first.commit().await?)
    };
    let (held, added) = tokio::join!(second, added);
    added?;
    assert_eq!(held?, [(1, b"one".to_vec()), (2, b"two".to_vec())], "made while it waited");
    Ok(())
}
