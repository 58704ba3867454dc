//! Whatever is changed behind the ledger's back is found, and named.

use anyhow::{Result, ensure};
use domain::{Day, Quantity, ledger::PostingKind};
use ed25519_dalek::SigningKey;
use store::{Db, Sql, ledger::checkpoint};

use super::shop::{add_product, costing, draft, faults, line, open_site, post};
use crate::both::NOW;

/// Each change, and the place it is named by.
const CHANGES: &[(&str, &str)] = &[
    ("UPDATE movement SET quantity = quantity + 1 WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET value = value + 1 WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET settled = settled + 1 WHERE seq = 1", "Some(1)"),
    ("UPDATE movement SET revenue = revenue + 1 WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET on_hand_after = on_hand_after + 1 WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET lot = 9 WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET product = 2 WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET product = 99 WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET to_location = (SELECT id FROM location WHERE code = 'waste') WHERE seq = 2", "Some(2)"),
    ("UPDATE movement SET line = 7 WHERE seq = 3 AND line = 0", "Some(3)"),
    ("UPDATE movement SET line = 2 WHERE seq = 3 AND line = 1", "Some(3)"),
    ("UPDATE movement SET line = 1 WHERE seq = 2", "Some(2)"),
    ("DELETE FROM movement WHERE seq = 3 AND line = 1", "Some(3)"),
    (
        "INSERT INTO movement (site, seq, line, product, lot, from_location, to_location, quantity, value, settled, revenue, on_hand_after)
         SELECT site, 4, 0, product, lot, from_location, to_location, quantity, value, settled, revenue, on_hand_after
         FROM movement WHERE seq = 2",
        "outside the chain",
    ),
    (
        "INSERT INTO movement (site, seq, line, product, lot, from_location, to_location, quantity, value, settled, revenue, on_hand_after)
         SELECT 99, 1, 0, product, lot, from_location, to_location, quantity, value, settled, revenue, on_hand_after
         FROM movement WHERE seq = 2",
        "site 99",
    ),
    ("INSERT INTO balance (location, product, lot, quantity) VALUES (9999, 1, 0, 5)", "location 9999"),
    ("INSERT INTO valuation (site, product, quantity, value, last_cost) VALUES (99, 1, 1, 1, 1)", "site 99"),
    ("UPDATE posting SET kind = 9 WHERE seq = 2", "Some(2)"),
    ("UPDATE posting SET kind = 99 WHERE seq = 2", "Some(2)"),
    ("UPDATE posting SET actor = 'otra' WHERE seq = 2", "Some(2)"),
    ("UPDATE posting SET note = 'x' WHERE seq = 2", "Some(2)"),
    ("UPDATE posting SET reference_number = 'x' WHERE seq = 2", "Some(2)"),
    ("UPDATE posting SET effective_at = effective_at - 1 WHERE seq = 2", "Some(2)"),
    ("UPDATE posting SET recorded_at = recorded_at - 1 WHERE seq = 2", "Some(2)"),
    ("UPDATE posting SET business_day = business_day - 1 WHERE seq = 2", "Some(2)"),
    ("UPDATE product SET sku = 'Z' WHERE sku = 'B'", "Some(3)"),
    ("UPDATE balance SET quantity = quantity + 1000 WHERE quantity > 0", "balance"),
    ("UPDATE valuation SET value = value + 1 WHERE value > 0", "valuation"),
    ("UPDATE flow SET value = value + 1 WHERE kind = 3", "daily flows"),
    ("UPDATE flow_month SET quantity = quantity + 1", "monthly flows"),
    ("UPDATE chain SET seq = 2", "head"),
    ("UPDATE checkpoint SET value = value + 1", "signature"),
];

async fn shop(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    add_product(db, "A", |_| {}).await?;
    add_product(db, "B", |_| {}).await?;
    post(db, &draft(1, PostingKind::Receipt, vec![costing("A", 8, 80)])).await?;
    post(db, &draft(2, PostingKind::Sale, vec![line("A", 3)])).await?;
    post(db, &draft(3, PostingKind::Receipt, vec![costing("B", 5, 50), costing("A", 1, 12)])).await?;
    let mut tx = db.write().await?;
    let signed =
        checkpoint::sign(&mut tx, "centro", &SigningKey::from_bytes(&[7; 32]), (NOW, Day::from_number(20_000))).await?;
    ensure!(signed.is_some_and(|c| c.is_signed()), "the head is signed");
    tx.commit().await?;
    Ok(())
}

/// Takes the triggers off that refuse changes.
pub async fn unlock(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    for (table, trigger) in ["posting", "movement", "checkpoint"].into_iter().flat_map(|t| [(t, "keeps"), (t, "stays")])
    {
        let drop: &'static str = format!("DROP TRIGGER IF EXISTS {table}_{trigger}").leak();
        let drop_on: &'static str = format!("DROP TRIGGER IF EXISTS {table}_{trigger} ON {table}").leak();
        tx.query(Sql::per_backend(drop, drop_on)).run().await?;
    }
    Ok(tx.commit().await?)
}

async fn every_change_is_found_and_named(db: Db) -> Result<()> {
    shop(&db).await?;
    unlock(&db).await?;
    ensure!(faults(&db).await?.is_empty(), "untouched, all holds: {:?}", faults(&db).await?);
    let tables =
        ["movement", "posting", "product", "balance", "valuation", "flow", "flow_month", "chain", "checkpoint"];
    for &(change, named) in CHANGES {
        copy(&db, &tables, true).await?;
        let mut tx = db.write().await?;
        ensure!(tx.query(change).run().await? > 0, "{change} changes something");
        tx.commit().await?;
        let found = faults(&db).await?;
        ensure!(found.iter().any(|fault| fault.contains(named)), "{change} is named by {named}: {found:?}");
        copy(&db, &tables, false).await?;
    }
    ensure!(faults(&db).await?.is_empty(), "put back, all holds again");
    Ok(())
}

/// Keeps a copy of the tables, or puts it back.
async fn copy(db: &Db, tables: &[&str], keep: bool) -> Result<()> {
    let mut tx = db.write().await?;
    tx.query(Sql::per_backend("PRAGMA defer_foreign_keys = 1", "SET LOCAL session_replication_role = replica"))
        .run()
        .await?;
    for table in tables {
        let statements: [String; 2] = if keep {
            [
                format!("DROP TABLE IF EXISTS kept_{table}"),
                format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"),
            ]
        } else {
            [format!("DELETE FROM {table}"), format!("INSERT INTO {table} SELECT * FROM kept_{table}")]
        };
        for statement in statements {
            let statement: &'static str = statement.leak();
            tx.query(statement).run().await?;
        }
    }
    Ok(tx.commit().await?)
}

async fn entries_cannot_be_changed_or_deleted(db: Db) -> Result<()> {
    shop(&db).await?;
    for change in [
        "UPDATE posting SET note = 'x'",
        "DELETE FROM posting",
        "UPDATE movement SET quantity = 1",
        "DELETE FROM movement",
        "UPDATE checkpoint SET value = 1",
        "DELETE FROM checkpoint",
    ] {
        let mut tx = db.write().await?;
        ensure!(tx.query(change).run().await.is_err(), "{change} is refused");
    }
    ensure!(faults(&db).await?.is_empty(), "nothing was harmed");
    Ok(())
}

async fn a_signed_head_is_not_signed_again(db: Db) -> Result<()> {
    shop(&db).await?;
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut tx = db.write().await?;
    ensure!(checkpoint::sign(&mut tx, "centro", &key, (NOW, Day::from_number(20_001))).await?.is_none());
    tx.rollback().await?;
    ensure!(checkpoint::oldest_unsigned(&db).await?.is_empty(), "all of it is signed");
    let sold = post(&db, &draft(4, PostingKind::Sale, vec![line("A", 1)])).await?;
    ensure!(
        matches!(&sold, domain::ledger::Outcome::Posted(p) if p.lines[0].on_hand_after == Quantity::units(5)),
        "{sold:?}"
    );
    ensure!(checkpoint::oldest_unsigned(&db).await? == [("centro".to_owned(), NOW)], "the sale is not");
    let mut tx = db.write().await?;
    let next = checkpoint::sign(&mut tx, "centro", &key, (NOW, Day::from_number(20_001))).await?;
    ensure!(next.is_some_and(|c| c.seq == 4 && c.totals.products == 2), "the new head is");
    tx.commit().await?;
    ensure!(faults(&db).await?.is_empty(), "{:?}", faults(&db).await?);
    Ok(())
}

/// The head and the sums under one signature are of the same moment, whoever posts meanwhile.
async fn what_is_signed_while_others_post_holds(db: Db) -> Result<()> {
    shop(&db).await?;
    let selling = {
        let db = db.clone();
        tokio::spawn(async move {
            for id in 100..220 {
                post(&db, &draft(id, PostingKind::Receipt, vec![costing("A", 1, 10)])).await?;
            }
            anyhow::Ok(())
        })
    };
    let mut signed = 0;
    while !selling.is_finished() {
        let mut tx = db.write().await?;
        let key = SigningKey::from_bytes(&[7; 32]);
        let found = checkpoint::sign(&mut tx, "centro", &key, (NOW, Day::from_number(20_001))).await?;
        tx.commit().await?;
        signed += usize::from(found.is_some());
    }
    selling.await??;
    ensure!(signed > 0 && faults(&db).await?.is_empty(), "{signed}: {:?}", faults(&db).await?);
    Ok(())
}

both! {
    every_change_is_found_and_named
    entries_cannot_be_changed_or_deleted
    a_signed_head_is_not_signed_again
    what_is_signed_while_others_post_holds
}
