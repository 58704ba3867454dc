//! Proving the end of a chain alone.

use anyhow::Result;
use domain::{Day, ledger::PostingKind};
use ed25519_dalek::SigningKey;
use store::{
    Db,
    ledger::{
        checkpoint,
        recent::{self, Recent},
    },
};

use super::{
    shop::{add_product, costing, draft, open_site, post},
    tamper::unlock,
};
use crate::both::NOW;

both! { the_end_of_each_chain_is_proved of_several_signed_places_the_newest_is_held_against_the_chain what_was_changed_within_it_is_found_and_what_is_older_is_not_looked_at }

async fn shop(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    open_site(db, "norte").await?;
    add_product(db, "A", |_| {}).await?;
    for number in 1..=5 {
        post(db, &draft(number, PostingKind::Receipt, vec![costing("A", 1, 10)])).await?;
    }
    sign(db).await
}

async fn sign(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    checkpoint::sign(&mut tx, "centro", &SigningKey::from_bytes(&[7; 32]), (NOW, Day::from_number(20_000))).await?;
    Ok(tx.commit().await?)
}

async fn change(db: &Db, statement: &'static str) -> Result<()> {
    let mut tx = db.write().await?;
    tx.query(statement).run().await?;
    Ok(tx.commit().await?)
}

async fn of(db: &Db, most: i64) -> Result<Vec<Recent>> {
    Ok(recent::verify(db, most).await?)
}

async fn the_end_of_each_chain_is_proved(db: Db) -> Result<()> {
    shop(&db).await?;
    let expected = |proved| Recent { site: "centro".to_owned(), head: 5, proved, signed: Some(5), fault: None };
    let empty = Recent { site: "norte".to_owned(), head: 0, proved: 0, signed: None, fault: None };
    assert_eq!(of(&db, 100).await?, [expected(5), empty.clone()]);
    assert_eq!(of(&db, 2).await?, [expected(2), empty]);
    Ok(())
}

async fn of_several_signed_places_the_newest_is_held_against_the_chain(db: Db) -> Result<()> {
    shop(&db).await?;
    post(&db, &draft(6, PostingKind::Receipt, vec![costing("A", 1, 10)])).await?;
    sign(&db).await?;
    assert_eq!(of(&db, 100).await?[0].signed, Some(6));
    unlock(&db).await?;
    change(&db, "UPDATE checkpoint SET value = value + 1 WHERE seq = 5").await?;
    assert_eq!(of(&db, 100).await?[0].fault, None, "an older one is not looked at");
    Ok(())
}

async fn what_was_changed_within_it_is_found_and_what_is_older_is_not_looked_at(db: Db) -> Result<()> {
    shop(&db).await?;
    unlock(&db).await?;
    let fault = async |most| anyhow::Ok(of(&db, most).await?[0].fault.clone().unwrap_or_default());
    change(&db, "UPDATE movement SET value = value + 1 WHERE seq = 2").await?;
    assert_eq!(fault(3).await?, "");
    assert!(fault(4).await?.starts_with("2: "), "{}", fault(4).await?);
    change(&db, "DELETE FROM posting WHERE seq = 4").await?;
    assert!(!fault(2).await?.is_empty());
    change(&db, "UPDATE checkpoint SET value = value + 1").await?;
    assert_eq!(fault(1).await?, "the signature of the checkpoint at 5 is not valid");
    Ok(())
}
