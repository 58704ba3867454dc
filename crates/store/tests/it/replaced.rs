//! What is only ever added cannot be written over, whoever has the file.

use anyhow::{Result, ensure};
use domain::{Day, audit::Action, ledger::PostingKind};
use ed25519_dalek::SigningKey;
use store::{
    Db,
    audit::{self, anchor},
    ledger::checkpoint,
};

use crate::{
    both::{Fresh, NOW},
    ledger::shop::{add_product, costing, draft, faults, open_site, post},
};

/// Tables, and what of a row is another one when it is written again in its place.
const TABLES: [(&str, &str, &str); 6] = [
    ("posting", "actor", "'otra'"),
    // The same id at another place takes the row of that id away.
    ("posting", "seq", "9"),
    ("movement", "quantity", "quantity + 1"),
    ("checkpoint", "value", "value + 1"),
    ("audit_event", "actor", "'otra'"),
    ("audit_anchor", "signed_at", "signed_at + 1"),
];

async fn filled(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    add_product(db, "A", |_| {}).await?;
    post(db, &draft(1, PostingKind::Receipt, vec![costing("A", 8, 80)])).await?;
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut tx = db.write().await?;
    checkpoint::sign(&mut tx, "centro", &key, (NOW, Day::from_number(20_000))).await?;
    audit::append(&mut tx, &crate::audit::event(Action::PriceSet, "product:A")).await?;
    anchor::sign_head(&mut tx, &key, NOW).await?;
    Ok(tx.commit().await?)
}

async fn columns(db: &Db, table: &'static str) -> Result<Vec<String>> {
    let mut tx = db.read().await?;
    let columns =
        tx.query("SELECT name FROM pragma_table_info($1) ORDER BY cid").bind(table).all::<(String,)>().await?;
    tx.rollback().await?;
    Ok(columns.into_iter().map(|(name,)| name).collect())
}

#[tokio::test]
async fn a_row_of_the_ledger_or_the_log_is_not_replaced() -> Result<()> {
    let fresh = Fresh::sqlite().await?.migrated().await?;
    filled(&fresh.db).await?;
    for (table, changed, to) in TABLES {
        let names = columns(&fresh.db, table).await?;
        ensure!(names.iter().any(|name| name == changed), "{table} has {changed}");
        let values: Vec<&str> = names.iter().map(|name| if name == changed { to } else { name }).collect();
        for insert in ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT"] {
            let text =
                format!("{insert} INTO {table} ({}) SELECT {} FROM {table}", names.join(", "), values.join(", "));
            let statement: &'static str = text.leak();
            let mut tx = fresh.db.write().await?;
            let refused = tx.query(statement).run().await;
            ensure!(
                refused.as_ref().is_err_and(|error| error.to_string().contains("append-only")),
                "{statement}: {refused:?}"
            );
            tx.rollback().await?;
        }
    }
    ensure!(faults(&fresh.db).await?.is_empty(), "nothing was harmed");
    ensure!(audit::verify(&fresh.db, &mut |_, _| {}).await?.fault.is_none(), "nor the log");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_of_the_ledger_or_the_log_is_not_emptied() -> Result<()> {
    let fresh = Fresh::postgres().await?.migrated().await?;
    filled(&fresh.db).await?;
    for statement in [
        "TRUNCATE posting",
        "TRUNCATE movement",
        "TRUNCATE checkpoint",
        "TRUNCATE audit_event",
        "TRUNCATE audit_anchor",
        "TRUNCATE audit_head",
    ] {
        let mut tx = fresh.db.write().await?;
        ensure!(tx.query(statement).run().await.is_err(), "{statement} is refused");
        tx.rollback().await?;
    }
    ensure!(faults(&fresh.db).await?.is_empty(), "nothing was harmed");
    fresh.db.close().await;
    Ok(())
}
