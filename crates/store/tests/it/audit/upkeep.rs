//! Events go when their time is over, and names when the law asks for it; what stays can be proved.

use anyhow::{Context, Result, ensure};
use domain::audit::{Action, ActorKind, Event};
use ed25519_dalek::SigningKey;
use store::{
    Db, Sql,
    audit::{self, anchor, cut, redact},
    person,
};
use uuid::Uuid;

use super::{add, event, report};
use crate::both::NOW;

const DAY: i64 = 86_400;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// An event of so many days ago.
fn days_ago(days: i64) -> Event {
    Event { at: NOW.plus_seconds(-days * DAY), ..event(Action::PriceSet, "product:A") }
}

fn told(removed: cut::Removed) -> Event {
    event(Action::AuditPurged, &format!("audit:{}", removed.through))
}

async fn remove(db: &Db, keep_days: i64) -> Result<Option<cut::Removed>> {
    let mut tx = db.write().await?;
    let removed = cut::remove(&mut tx, NOW.plus_seconds(-keep_days * DAY), &key(), NOW, told).await?;
    tx.commit().await?;
    Ok(removed)
}

async fn old_events_go_and_the_rest_can_be_proved(db: Db) -> Result<()> {
    add(&db, &[800, 790, 200, 795, 100, 1].map(days_ago)).await?;
    let removed = remove(&db, 730).await?;
    ensure!(removed.is_some_and(|removed| (removed.through, removed.events) == (2, 2)), "{removed:?}");
    let report = report(&db).await?;
    ensure!(report.fault.is_none() && (report.cut, report.events, report.seq) == (2, 5, 7), "{report:?}");
    ensure!(remove(&db, 730).await?.is_none(), "what is behind a younger one stays with it");
    let removed = remove(&db, 10).await?;
    ensure!(removed.is_some_and(|removed| removed.through == 5), "{removed:?}: 90 days are kept whatever is asked");
    ensure!(super::report(&db).await?.fault.is_none());
    Ok(())
}

async fn a_cut_that_nobody_told_of_or_signed_is_found(db: Db) -> Result<()> {
    add(&db, &[800, 800, 1].map(days_ago)).await?;
    remove(&db, 730).await?;
    let mut tx = db.write().await?;
    let forged = "INSERT INTO audit_anchor (kind, seq, hash, signed_at, public_key, signature)
        SELECT kind, seq + 1, hash, signed_at, public_key, signature FROM audit_anchor WHERE kind = 'cut'";
    tx.query(forged).run().await?;
    ensure!(tx.query("DELETE FROM audit_event WHERE seq <= 3").run().await? == 1, "the trigger believes the row");
    tx.commit().await?;
    let fault = report(&db).await?.fault;
    ensure!(fault.as_ref().is_some_and(|fault| fault.seq == Some(3)), "{fault:?}");
    Ok(())
}

async fn of_ana(db: &Db) -> Result<Event> {
    let mut ana = event(Action::LoggedIn, "user:p-1");
    (ana.actor.kind, ana.actor.id, ana.actor.name) = (ActorKind::User, "p-1".into(), "Ana Pérez".into());
    add(db, &[ana.clone(), event(Action::UserUpdated, "user:p-1"), event(Action::PriceSet, "product:A")]).await?;
    Ok(ana)
}

async fn erase(db: &Db) -> Result<redact::Redacted> {
    let mut tx = db.write().await?;
    let told = |_| event(Action::AuditRedacted, "user:p-1");
    let redacted = redact::redact(&mut tx, (ActorKind::User, "p-1"), told).await?;
    tx.commit().await?;
    Ok(redacted)
}

async fn a_name_is_taken_out_and_the_chain_still_holds(db: Db) -> Result<()> {
    of_ana(&db).await?;
    ensure!(erase(&db).await? == redact::Redacted { who: 1, details: 2 });
    let report = report(&db).await?;
    ensure!(report.fault.is_none() && (report.events, report.redacted) == (4, 2), "{report:?}");
    let mut tx = db.read().await?;
    let events = audit::after(&mut tx, 0, 10).await?;
    ensure!(!format!("{:?}", &events[..1]).contains("Ana"), "no name is left");
    ensure!(events[0].event.actor.id == "p-1" && events[0].event.origin.address.is_empty());
    ensure!(events[2].event.actor.name == "caja", "others keep theirs");
    drop(tx);
    ensure!(erase(&db).await? == redact::Redacted::default(), "nothing is left to take");
    Ok(())
}

async fn what_is_written_down_after_an_erasure_is_found(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    for (number, login) in [(1, "ana"), (2, "beto")] {
        person::create(&mut tx, &crate::people::new(number, login, "cashier", None), NOW).await?;
    }
    let ana = person::lock(&mut tx, Uuid::from_u128(1)).await?.context("there")?;
    person::erase(&mut tx, &ana, NOW).await?;
    tx.commit().await?;
    let mut hers = event(Action::LoggedOut, "user:p-1");
    (hers.actor.kind, hers.actor.id, hers.actor.name) = (ActorKind::User, "p-1".into(), "Ana Pérez".into());
    let mut tried = event(Action::LoggedIn, "user:p-1");
    (tried.actor.kind, tried.actor.id, tried.actor.name) = (ActorKind::Nobody, String::new(), String::new());
    tried.details = String::new();
    let mut his = hers.clone();
    (his.actor.id, his.resource) = ("p-2".into(), "user:p-2".into());
    let elsewhere = Event { resource: "product:A".into(), ..hers.clone() };
    for late in [elsewhere, event(Action::UserUpdated, "user:p-1"), tried] {
        ensure!(redact::left(&db, 10).await?.is_empty());
        add(&db, &[late.clone(), his.clone()]).await?;
        ensure!(redact::left(&db, 10).await? == ["p-1"], "{late:?}");
        ensure!(redact::left(&db, 0).await?.is_empty());
        ensure!(erase(&db).await? != redact::Redacted::default());
    }
    ensure!(redact::left(&db, 10).await?.is_empty(), "that it was done does not name them");
    ensure!(report(&db).await?.fault.is_none());
    Ok(())
}

async fn what_is_taken_out_behind_the_logs_back_is_found(db: Db) -> Result<()> {
    of_ana(&db).await?;
    let empty = Sql::per_backend("x''", "'\\x'");
    let empty = empty.on(db.backend()).to_owned();
    let hide: &'static str =
        format!("UPDATE audit_event SET actor = '', address = '', agent = '', who_salt = {empty} WHERE seq = 1").leak();
    let mut tx = db.write().await?;
    ensure!(tx.query(hide).run().await? == 1, "the trigger takes it for an erasure");
    tx.commit().await?;
    let fault = report(&db).await?.fault;
    ensure!(fault.as_ref().is_some_and(|fault| fault.seq == Some(1)), "{fault:?}");
    erase(&db).await?;
    ensure!(report(&db).await?.fault.is_none(), "an erasure explains it");
    Ok(())
}

async fn a_log_that_was_written_anew_contradicts_its_signed_places(db: Db) -> Result<()> {
    add(&db, &[1, 1, 1].map(days_ago)).await?;
    let mut tx = db.write().await?;
    let anchor = anchor::sign_head(&mut tx, &key(), NOW).await?;
    tx.commit().await?;
    ensure!(anchor.is_some_and(|anchor| anchor.seq == 3));
    for statement in ["DROP TRIGGER audit_event_stays", "DROP TRIGGER audit_head_stays"] {
        let (table, _) = statement["DROP TRIGGER ".len()..].rsplit_once('_').unwrap_or_default();
        let on: &'static str = format!("{statement} ON {table}").leak();
        let mut tx = db.write().await?;
        tx.query(Sql::per_backend(statement, on)).run().await?;
        tx.commit().await?;
    }
    let mut tx = db.write().await?;
    tx.query("DELETE FROM audit_event").run().await?;
    tx.query("DELETE FROM audit_head").run().await?;
    tx.commit().await?;
    add(&db, &[1, 1, 1, 1].map(days_ago)).await?;
    let fault = report(&db).await?.fault;
    ensure!(fault.as_ref().is_some_and(|fault| fault.seq == Some(3)), "{fault:?}");
    Ok(())
}

both! {
    old_events_go_and_the_rest_can_be_proved a_cut_that_nobody_told_of_or_signed_is_found
    a_name_is_taken_out_and_the_chain_still_holds what_is_written_down_after_an_erasure_is_found
    what_is_taken_out_behind_the_logs_back_is_found
    a_log_that_was_written_anew_contradicts_its_signed_places
}
