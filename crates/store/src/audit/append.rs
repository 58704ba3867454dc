//! Adding events.
//!
//! Invariant: the head's row is locked from here until the caller's transaction ends, so numbers have no gaps and each link
//! follows the one before it. Append last: whoever takes other locks after this one may meet another writer crosswise.

use domain::audit::{Event, Link, Record, canonical};

use crate::{Bulk, Error, Result, Rows, Tx, dialect::Kind, ledger};

static ADD: Bulk = Bulk::new(
    &[
        ("seq", Kind::Int),
        ("happened_at", Kind::Int),
        ("actor_kind", Kind::Text),
        ("actor_id", Kind::Text),
        ("actor", Kind::Text),
        ("role", Kind::Text),
        ("site", Kind::Text),
        ("action", Kind::Text),
        ("resource", Kind::Text),
        ("outcome", Kind::Text),
        ("address", Kind::Text),
        ("agent", Kind::Text),
        ("request_id", Kind::Text),
        ("times", Kind::Int),
        ("details", Kind::Text),
        ("who_salt", Kind::Bytes),
        ("who_digest", Kind::Bytes),
        ("details_salt", Kind::Bytes),
        ("details_digest", Kind::Bytes),
        ("hash", Kind::Bytes),
    ],
    "INSERT INTO audit_event (seq, happened_at, actor_kind, actor_id, actor, role, site, action, resource, outcome, address, agent,
       request_id, times, details, who_salt, who_digest, details_salt, details_digest, hash)
     SELECT seq, happened_at, actor_kind, actor_id, actor, role, site, action, resource, outcome, address, agent,
       request_id, times, details, who_salt, who_digest, details_salt, details_digest, hash FROM input",
);

/// Adds one event. Gives its place.
pub async fn append(tx: &mut Tx, event: &Event) -> Result<i64> {
    append_all(tx, std::slice::from_ref(event)).await
}

/// Adds events in order. Gives the place of the last; 0 when there is none to add.
pub async fn append_all(tx: &mut Tx, events: &[Event]) -> Result<i64> {
    if events.is_empty() {
        return Ok(0);
    }
    let (mut seq, mut previous) = lock(tx, events.len()).await?;
    let mut rows = Rows::new(&ADD, tx.backend());
    for event in events {
        seq += 1;
        let record = linked(seq, &previous, event.clone().bounded())?;
        previous = record.link.hash;
        write(&mut rows, &record);
    }
    rows.run(tx).await?;
    tx.query("UPDATE audit_head SET hash = $1 WHERE id = 1").bind(previous.to_vec()).run().await?;
    Ok(seq)
}

/// Keeps everybody else from adding events until the caller's transaction ends.
pub async fn hold(tx: &mut Tx) -> Result<()> {
    lock(tx, 0).await.map(drop)
}

/// Locks the head and moves it on by so many places. Gives the place and the hash it stood at.
async fn lock(tx: &mut Tx, count: usize) -> Result<(i64, [u8; 32])> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let head: Option<(i64, Vec<u8>)> = tx
        .query(
            "INSERT INTO audit_head (id, seq, hash) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET seq = audit_head.seq + $1 RETURNING seq, hash",
        )
        .bind(count)
        .bind(canonical::GENESIS.to_vec())
        .one()
        .await?;
    let (seq, hash) = head.ok_or_else(|| Error::Broken { table: "audit_head", detail: "no row".to_owned() })?;
    Ok((seq - count, ledger::rows::hash(&hash)?))
}

fn linked(seq: i64, previous: &[u8; 32], event: Event) -> Result<Record> {
    let (who_salt, details_salt) = (salt()?, salt()?);
    let (who, details) = (canonical::who(&who_salt, &event), canonical::details(&details_salt, &event));
    let link = Link { seq, who, details, hash: canonical::GENESIS };
    let mut record = Record { link, event, who_salt: Some(who_salt), details_salt: Some(details_salt) };
    record.link.hash = canonical::link(previous, &record);
    Ok(record)
}

fn salt() -> Result<[u8; canonical::SALT_BYTES]> {
    let mut salt = [0; canonical::SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|_| Error::NoRandomness)?;
    Ok(salt)
}

fn write(rows: &mut Rows<'_>, record: &Record) {
    let Record { link, event, who_salt, details_salt } = record;
    rows.int(link.seq).int(event.at.micros()).text(event.actor.kind.name()).text(event.actor.id.as_str());
    rows.text(event.actor.name.as_str()).text(event.actor.role.as_str()).text(event.site.as_str());
    rows.text(event.action.name()).text(event.resource.as_str()).text(event.outcome.name());
    rows.text(event.origin.address.as_str()).text(event.origin.agent.as_str());
    rows.text(event.origin.request_id.as_str()).int(i64::from(event.times)).text(event.details.as_str());
    rows.bytes(who_salt.as_ref().map_or(&[], |salt| salt)).bytes(&link.who);
    rows.bytes(details_salt.as_ref().map_or(&[], |salt| salt)).bytes(&link.details).bytes(&link.hash);
}
