//! The audit log is added to, read, proved, and never changed.

mod upkeep;

use anyhow::{Result, ensure};
use domain::audit::{Action, Actor, ActorKind, Event, Origin, Outcome};
use ed25519_dalek::SigningKey;
use store::{
    Db, Sql,
    audit::{self, Filter, Span, anchor},
};

use crate::both::NOW;

/// An event of a key at the site `centro`.
pub fn event(action: Action, resource: &str) -> Event {
    Event {
        at: NOW,
        actor: Actor { kind: ActorKind::Key, id: "k1".into(), name: "caja".into(), role: "manager".into() },
        origin: Origin { address: "192.0.2.7".into(), agent: "curl/8".into(), request_id: "r-1".into() },
        site: "centro".into(),
        action,
        resource: resource.into(),
        outcome: Outcome::Ok,
        times: 1,
        details: r#"{"name":"Ñandú 50%"}"#.into(),
    }
}

async fn add(db: &Db, events: &[Event]) -> Result<i64> {
    let mut tx = db.write().await?;
    let seq = audit::append_all(&mut tx, events).await?;
    tx.commit().await?;
    Ok(seq)
}

async fn report(db: &Db) -> Result<audit::Report> {
    Ok(audit::verify(db, &mut |_, _| {}).await?)
}

async fn sign(db: &Db) -> Result<Option<anchor::Anchor>> {
    let mut tx = db.write().await?;
    let signed = anchor::sign_head(&mut tx, &SigningKey::from_bytes(&[7; 32]), NOW).await?;
    tx.commit().await?;
    Ok(signed)
}

/// Five events and a signed head after the fourth.
async fn filled(db: &Db) -> Result<()> {
    let first = [
        event(Action::ProductCreated, "product:A"),
        event(Action::ProductUpdated, "product:A"),
        event(Action::PriceSet, "product:B"),
    ];
    ensure!(add(db, &first).await? == 3);
    ensure!(add(db, &[event(Action::Exported, "export:stock")]).await? == 4);
    ensure!(sign(db).await?.is_some_and(|anchor| anchor.seq == 4 && anchor.is_signed()));
    ensure!(sign(db).await?.is_none(), "a signed head is not signed again");
    ensure!(add(db, &[event(Action::KeyRevoked, "key:k2")]).await? == 5);
    Ok(())
}

async fn the_log_is_one_chain_that_can_be_proved(db: Db) -> Result<()> {
    ensure!(report(&db).await? == audit::Report::default(), "an empty log holds");
    filled(&db).await?;
    let report = report(&db).await?;
    ensure!(report.fault.is_none() && report.events == 5 && report.seq == 5 && report.anchors == 1, "{report:?}");
    Ok(())
}

async fn an_event_lives_and_dies_with_its_transaction(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    audit::append(&mut tx, &event(Action::PriceSet, "product:A")).await?;
    tx.rollback().await?;
    ensure!(add(&db, &[event(Action::PriceSet, "product:B")]).await? == 1, "no number is lost");
    ensure!(report(&db).await?.events == 1);
    Ok(())
}

async fn writers_at_once_make_one_chain(db: Db) -> Result<()> {
    let writers = (0..4).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            for number in 0..10 {
                add(&db, &[event(Action::PriceSet, &format!("product:{writer}-{number}"))]).await?;
            }
            anyhow::Ok(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    let report = report(&db).await?;
    ensure!(report.fault.is_none() && report.events == 40, "{report:?}");
    Ok(())
}

async fn found(db: &Db, filter: Filter) -> Result<Vec<i64>> {
    Ok(audit::list(db, i64::MAX, &filter, 50).await?.iter().map(|record| record.link.seq).collect())
}

async fn events_are_found_by_what_is_known_of_them(db: Db) -> Result<()> {
    filled(&db).await?;
    let mut late = Event { outcome: Outcome::Denied, ..event(Action::ProductUpdated, "product:AB") };
    (late.at, late.site, late.actor.name) = (NOW.plus_seconds(60), "norte".into(), "ana".into());
    add(&db, &[late]).await?;
    let some = |text: &str| Some(text.to_owned());
    let one_minute = NOW.plus_seconds(60);
    for (filter, expected) in [
        (Filter::default(), vec![6, 5, 4, 3, 2, 1]),
        (Filter { actor: some("k1"), ..Filter::default() }, vec![6, 5, 4, 3, 2, 1]),
        (Filter { actor: some("ana"), ..Filter::default() }, vec![6]),
        (Filter { action: Some(Span::exactly("product.updated")), ..Filter::default() }, vec![6, 2]),
        (Filter { action: Some(Span::about(Action::ProductCreated)), ..Filter::default() }, vec![6, 2, 1]),
        (Filter { resource: Some(Span::exactly("product:A")), ..Filter::default() }, vec![2, 1]),
        (Filter { resource: Some(Span::beginning("product:")), ..Filter::default() }, vec![6, 3, 2, 1]),
        (Filter { outcome: Some(Outcome::Denied), ..Filter::default() }, vec![6]),
        (Filter { site: some("norte"), ..Filter::default() }, vec![6]),
        (Filter { from: Some(one_minute), ..Filter::default() }, vec![6]),
        (Filter { until: Some(one_minute), ..Filter::default() }, vec![5, 4, 3, 2, 1]),
        (Filter { from: Some(one_minute.plus_seconds(1)), ..Filter::default() }, vec![]),
        (Filter { text: some("ANA product"), ..Filter::default() }, vec![6]),
        (Filter { text: some("50%"), site: some("norte"), ..Filter::default() }, vec![6]),
        (Filter { text: some("5_%"), ..Filter::default() }, vec![]),
    ] {
        ensure!(found(&db, filter.clone()).await? == expected, "{filter:?}");
    }
    let page = audit::list(&db, 4, &Filter::default(), 2).await?;
    ensure!(page.iter().map(|record| record.link.seq).eq([3, 2]), "a page goes on before its cursor");
    Ok(())
}

/// Each change behind the log's back, and the place it is named by.
const CHANGES: [(&str, i64); 23] = [
    ("UPDATE audit_event SET happened_at = happened_at + 1 WHERE seq = 2", 2),
    ("UPDATE audit_event SET actor_kind = 'user' WHERE seq = 2", 2),
    ("UPDATE audit_event SET actor_id = 'k9' WHERE seq = 2", 2),
    ("UPDATE audit_event SET actor = 'otra' WHERE seq = 2", 2),
    ("UPDATE audit_event SET role = 'owner' WHERE seq = 2", 2),
    ("UPDATE audit_event SET site = 'norte' WHERE seq = 2", 2),
    ("UPDATE audit_event SET action = 'price.set' WHERE seq = 2", 2),
    ("UPDATE audit_event SET action = 'price.unheard' WHERE seq = 2", 2),
    ("UPDATE audit_event SET resource = 'product:Z' WHERE seq = 2", 2),
    ("UPDATE audit_event SET outcome = 'denied' WHERE seq = 2", 2),
    ("UPDATE audit_event SET address = '' WHERE seq = 2", 2),
    ("UPDATE audit_event SET agent = '' WHERE seq = 2", 2),
    ("UPDATE audit_event SET request_id = '' WHERE seq = 2", 2),
    ("UPDATE audit_event SET times = 9 WHERE seq = 2", 2),
    ("UPDATE audit_event SET details = '' WHERE seq = 2", 2),
    ("UPDATE audit_event SET who_salt = details_salt WHERE seq = 2", 2),
    ("UPDATE audit_event SET details_digest = who_digest WHERE seq = 2", 2),
    ("UPDATE audit_event SET hash = who_digest WHERE seq = 2", 2),
    ("DELETE FROM audit_event WHERE seq = 2", 2),
    ("DELETE FROM audit_event WHERE seq = 5", 5),
    ("UPDATE audit_head SET seq = 4", 5),
    ("UPDATE audit_anchor SET hash = public_key", 4),
    ("UPDATE audit_anchor SET seq = 3", 3),
];

async fn every_change_of_the_log_is_found_and_named(db: Db) -> Result<()> {
    filled(&db).await?;
    let tables = ["audit_event", "audit_head", "audit_anchor"];
    for name in tables.iter().flat_map(|table| [(table, "keeps"), (table, "stays")]) {
        let (table, trigger) = name;
        let sqlite: &'static str = format!("DROP TRIGGER IF EXISTS {table}_{trigger}").leak();
        let postgres: &'static str = format!("DROP TRIGGER IF EXISTS {table}_{trigger} ON {table}").leak();
        let mut tx = db.write().await?;
        tx.query(Sql::per_backend(sqlite, postgres)).run().await?;
        tx.commit().await?;
    }
    let before = report(&db).await?;
    keep(&db, &tables).await?;
    for (change, named) in CHANGES {
        let mut tx = db.write().await?;
        ensure!(tx.query(change).run().await? > 0, "{change} changes something");
        tx.commit().await?;
        let fault = report(&db).await?.fault;
        ensure!(fault.as_ref().is_some_and(|fault| fault.seq == Some(named)), "{change}: {fault:?}");
        put_back(&db, &tables).await?;
        ensure!(report(&db).await? == before, "put back, all holds again");
    }
    Ok(())
}

async fn keep(db: &Db, tables: &[&str]) -> Result<()> {
    let statements = tables.iter().map(|table| format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
    run(db, statements).await
}

async fn put_back(db: &Db, tables: &[&str]) -> Result<()> {
    let statements = tables
        .iter()
        .flat_map(|table| [format!("DELETE FROM {table}"), format!("INSERT INTO {table} SELECT * FROM kept_{table}")]);
    run(db, statements).await
}

async fn run(db: &Db, statements: impl Iterator<Item = String>) -> Result<()> {
    let mut tx = db.write().await?;
    for statement in statements {
        let statement: &'static str = statement.leak();
        tx.query(statement).run().await?;
    }
    Ok(tx.commit().await?)
}

async fn events_cannot_be_changed_or_deleted(db: Db) -> Result<()> {
    filled(&db).await?;
    for change in [
        "UPDATE audit_event SET actor = 'otra'",
        "UPDATE audit_event SET details = '{}'",
        "UPDATE audit_event SET hash = who_digest",
        "UPDATE audit_event SET actor = '', address = '', agent = '', who_salt = details_salt",
        "DELETE FROM audit_event",
        "UPDATE audit_anchor SET kind = 'cut'",
        "DELETE FROM audit_anchor",
        "DELETE FROM audit_head",
    ] {
        let mut tx = db.write().await?;
        ensure!(tx.query(change).run().await.is_err(), "{change} is refused");
    }
    ensure!(report(&db).await?.fault.is_none(), "nothing was harmed");
    Ok(())
}

both! {
    the_log_is_one_chain_that_can_be_proved an_event_lives_and_dies_with_its_transaction writers_at_once_make_one_chain
    events_are_found_by_what_is_known_of_them every_change_of_the_log_is_found_and_named events_cannot_be_changed_or_deleted
}
