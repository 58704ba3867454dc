//! Closed days are signed, and whoever opens them again is found.

use anyhow::{Context, Result, ensure};
use domain::{
    Day,
    ledger::{Outcome, PostingKind, canonical::GENESIS},
};
use ed25519_dalek::{Signer, SigningKey};
use store::{
    Db,
    ledger::{
        checkpoint::{self, Checkpoint, Closed},
        period, read,
    },
};

use super::shop::{add_product, costing, draft, faults, line, open_site, post};
use super::tamper::unlock;
use crate::both::NOW;

const SECOND: i64 = 1_000_000;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The business day of [`NOW`] at the site.
fn today() -> Day {
    domain::Zone::named("America/Argentina/Buenos_Aires").map_or(Day::from_number(0), |zone| zone.day_of(NOW))
}

async fn site(db: &Db) -> Result<i64> {
    Ok(store::site::get(db, "centro").await?.context("the site is there")?.id)
}

/// Closes through a day and signs that in the same transaction.
async fn close(db: &Db, day: Day) -> Result<Checkpoint> {
    let site = site(db).await?;
    let mut tx = db.write().await?;
    ensure!(period::close(&mut tx, site, day).await? == period::Closed::Now);
    let signed = checkpoint::sign(&mut tx, "centro", &key(), (NOW, today())).await?.context("it is signed")?;
    tx.commit().await?;
    Ok(signed)
}

async fn run(db: &Db, statements: &[&'static str]) -> Result<()> {
    let mut tx = db.write().await?;
    for statement in statements {
        ensure!(tx.query(*statement).run().await? > 0, "{statement} changes something");
    }
    Ok(tx.commit().await?)
}

async fn shop(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    add_product(db, "A", |_| {}).await?;
    close(db, today().plus(-3)).await.map(drop)
}

async fn what_days_have_postings_is_known(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| {}).await?;
    post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 1, 10)])).await?;
    let site = site(&db).await?;
    for (first, last, any) in [(0, 0, true), (-5, 0, true), (0, 5, true), (-5, -1, false), (1, 5, false)] {
        let days = (today().plus(first), today().plus(last));
        assert_eq!(read::any_between(&db, site, days).await?, any, "{days:?}");
    }
    assert!(!read::any_between(&db, site + 1, (today(), today())).await?);
    Ok(())
}

async fn a_closing_is_signed_though_the_head_was(db: Db) -> Result<()> {
    shop(&db).await?;
    ensure!(faults(&db).await?.is_empty(), "of an empty chain too: {:?}", faults(&db).await?);
    post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 8, 80)])).await?;
    let mut tx = db.write().await?;
    let head = checkpoint::sign(&mut tx, "centro", &key(), (NOW, today())).await?.context("the head is signed")?;
    tx.commit().await?;
    let closed = close(&db, today().plus(-1)).await?;
    ensure!((head.seq, head.closed) == (1, Closed::Through(today().plus(-3))), "{head:?}");
    ensure!((closed.seq, closed.closed) == (1, Closed::Through(today().plus(-1))), "{closed:?}");
    ensure!(closed.message().ends_with(&format!("\nclosed-through {}\n", today().plus(-1))), "{}", closed.message());
    let listed = read::checkpoints(&db, site(&db).await?, (i64::MAX, 0), 9).await?;
    ensure!(listed.iter().map(|one| one.closed).eq([closed.closed, head.closed, head.closed]), "{listed:?}");
    let after = read::checkpoints(&db, site(&db).await?, listed[0].key(), 1).await?;
    ensure!(after == listed[1..2], "a page begins where the one before ended");
    ensure!(faults(&db).await?.is_empty(), "{:?}", faults(&db).await?);
    Ok(())
}

/// Each change behind our back, what undoes it, and what is said of it.
const CHANGES: [(&str, &str, &str); 4] = [
    (
        "UPDATE chain SET closed_through = closed_through - 1",
        "UPDATE chain SET closed_through = closed_through + 1",
        "kept",
    ),
    (
        "UPDATE chain SET closed_through = closed_through + 1",
        "UPDATE chain SET closed_through = closed_through - 1",
        "kept",
    ),
    (
        "UPDATE checkpoint SET closed_through = closed_through - 1",
        "UPDATE checkpoint SET closed_through = closed_through + 1",
        "signature",
    ),
    ("UPDATE checkpoint SET seq = 7 WHERE seq = 1", "UPDATE checkpoint SET seq = 1 WHERE seq = 7", "ends before"),
];

async fn books_opened_again_are_found(db: Db) -> Result<()> {
    shop(&db).await?;
    post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 8, 80)])).await?;
    let closed = close(&db, today().plus(-1)).await?;
    unlock(&db).await?;
    for (change, undo, said) in CHANGES {
        run(&db, &[change]).await?;
        let found = faults(&db).await?;
        ensure!(found.iter().any(|fault| fault.contains(said)), "{change}: {found:?}");
        run(&db, &[undo]).await?;
        ensure!(faults(&db).await?.is_empty(), "{undo}: {:?}", faults(&db).await?);
    }
    run(&db, &["UPDATE chain SET closed_through = NULL"]).await?;
    ensure!(
        faults(&db).await?.iter().any(|fault| fault.contains("closed through nothing")),
        "{:?}",
        faults(&db).await?
    );
    // Opened, posted into as if nothing were closed, and closed again.
    run(&db, &["UPDATE chain SET closed_through = NULL, revision = revision + 1"]).await?;
    let mut late = draft(2, PostingKind::Sale, vec![line("A", 1)]);
    late.effective_at = Some(NOW.plus_seconds(-2 * 86_400));
    late.may_back_date = true;
    let posted = post(&db, &late).await?;
    ensure!(matches!(posted, Outcome::Posted(_)), "{posted:?}");
    let mut tx = db.write().await?;
    tx.query("UPDATE chain SET closed_through = $1").bind(i64::from(today().plus(-1).number())).run().await?;
    tx.commit().await?;
    let found = faults(&db).await?;
    let named =
        |fault: &String| fault.contains("Some(2)") && fault.contains(&format!("the checkpoint at {}", closed.seq));
    ensure!(found.iter().any(named), "{found:?}");
    Ok(())
}

async fn a_later_checkpoint_cannot_say_less(db: Db) -> Result<()> {
    shop(&db).await?;
    post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 8, 80)])).await?;
    // Whoever has the key can sign anything, but not without contradicting what was signed before.
    run(&db, &["UPDATE chain SET closed_through = NULL"]).await?;
    let mut tx = db.write().await?;
    checkpoint::sign(&mut tx, "centro", &key(), (NOW, today())).await?.context("it is signed")?;
    tx.commit().await?;
    let found = faults(&db).await?;
    ensure!(found.iter().any(|fault| fault.contains("says that nothing is closed")), "{found:?}");
    Ok(())
}

async fn checkpoints_of_version_one_stay_valid(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| {}).await?;
    post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 8, 80)])).await?;
    let head = read::head(&db, site(&db).await?).await?.context("it has a chain")?;
    ensure!(head.hash != GENESIS);
    let message = format!(
        "gondola checkpoint 1\nsite centro\nseq 1\nday {}\nhash {}\nproducts 1\nquantity 8000\nvalue 800000\n",
        today(),
        domain::ledger::canonical::hex(&head.hash)
    );
    let mut tx = db.write().await?;
    tx.query(
        "INSERT INTO checkpoint
           (site, seq, version, day, hash, products, quantity, value, closed_through, public_key, signature, created_at)
         VALUES ($1, 1, 1, $2, $3, 1, 8000, 800000, -2147483648, $4, $5, $6)",
    )
    .bind(site(&db).await?)
    .bind(i64::from(today().number()))
    .bind(head.hash.to_vec())
    .bind(key().verifying_key().to_bytes().to_vec())
    .bind(key().sign(message.as_bytes()).to_bytes().to_vec())
    .bind(NOW.micros() - SECOND)
    .run()
    .await?;
    tx.commit().await?;
    ensure!(faults(&db).await?.is_empty(), "{:?}", faults(&db).await?);
    // Days closed before version 2 have no witness until the next checkpoint; from then on they have.
    let mut tx = db.write().await?;
    period::close(&mut tx, site(&db).await?, today().plus(-1)).await?;
    tx.commit().await?;
    ensure!(faults(&db).await?.is_empty(), "{:?}", faults(&db).await?);
    let mut tx = db.write().await?;
    let signed = checkpoint::sign(&mut tx, "centro", &key(), (NOW, today())).await?;
    tx.commit().await?;
    ensure!(
        signed.is_some_and(|signed| signed.closed == Closed::Through(today().plus(-1))),
        "the same head, more said"
    );
    run(&db, &["UPDATE chain SET closed_through = NULL"]).await?;
    ensure!(faults(&db).await?.len() == 1, "{:?}", faults(&db).await?);
    Ok(())
}

both! { a_closing_is_signed_though_the_head_was books_opened_again_are_found a_later_checkpoint_cannot_say_less
checkpoints_of_version_one_stay_valid what_days_have_postings_is_known }
