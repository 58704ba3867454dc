//! Looking up events.
//!
//! Invariant: newest first by their place in the log; a filter narrows what is given, never the order. Text is looked for without
//! regard to case in ASCII only, as both databases do it.

use domain::{
    Timestamp,
    audit::{Action, Outcome, Record, canonical},
};

use super::row::{EventRow, event_columns};
use crate::{Db, Result, Tx, ledger};

/// A span of texts in byte order: from the first up to before the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span(String, String);

impl Span {
    /// Just this text.
    pub fn exactly(text: &str) -> Span {
        Span(text.to_owned(), format!("{text}\u{1}"))
    }

    /// Every text that begins so.
    pub fn beginning(text: &str) -> Span {
        Span(text.to_owned(), format!("{text}\u{10ffff}"))
    }

    /// Every action about that subject.
    pub fn about(action: Action) -> Span {
        Span::beginning(&format!("{}.", action.subject()))
    }
}

/// Which events; `None` leaves a filter out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Who: what they are called, or the public part of a key, or the number of an account.
    pub actor: Option<String>,
    /// What happened.
    pub action: Option<Span>,
    /// To what.
    pub resource: Option<Span>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Code of the site.
    pub site: Option<String>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Words somewhere in it.
    pub text: Option<String>,
}

macro_rules! events {
    ($more:literal) => {
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM audit_event WHERE seq < $1 AND seq BETWEEN $2 AND $3 AND happened_at >= $4 AND happened_at < $5
               AND (actor = $6 OR actor_id = $6 OR $6 IS NULL)
               AND ((action >= $7 AND action < $8) OR $7 IS NULL)
               AND ((resource >= $9 AND resource < $10) OR $9 IS NULL)
               AND (outcome = $11 OR $11 IS NULL) AND (site = $12 OR $12 IS NULL)
               AND (LOWER(actor || ' ' || resource || ' ' || address || ' ' || agent || ' ' || request_id || ' ' || details) LIKE $13 ESCAPE '!'
                 OR $13 IS NULL)",
            $more,
            " ORDER BY seq DESC LIMIT $14"
        )
    };
}

// A rare value must not cost a walk through the whole log: each of these goes along an index of its own.
const ALL: &str = events!("");
const BY_ACTOR: &str = events!(" AND (actor = $6 OR actor_id = $6)");
const BY_RESOURCE: &str = events!(" AND resource >= $9 AND resource < $10");
const BY_ACTION: &str = events!(" AND action >= $7 AND action < $8");

/// The events before that place, newest first, at most `limit`.
pub async fn list(db: &Db, before: i64, filter: &Filter, limit: i64) -> Result<Vec<Record>> {
    let Some((first, last)) = places(db, filter).await? else { return Ok(Vec::new()) };
    let sql = match filter {
        Filter { resource: Some(_), .. } => BY_RESOURCE,
        Filter { actor: Some(_), .. } => BY_ACTOR,
        Filter { action: Some(_), .. } => BY_ACTION,
        _ => ALL,
    };
    let micros = |at: Option<Timestamp>, default: i64| at.map_or(default, Timestamp::micros);
    let low = |span: &Option<Span>| span.as_ref().map(|span| span.0.clone());
    let high = |span: &Option<Span>| span.as_ref().map(|span| span.1.clone());
    let rows: Vec<EventRow> = db
        .query(sql)
        .planned_anew()
        .bind(before)
        .bind(first)
        .bind(last)
        .bind(micros(filter.from, i64::MIN))
        .bind(micros(filter.until, i64::MAX))
        .bind(filter.actor.clone())
        .bind(low(&filter.action))
        .bind(high(&filter.action))
        .bind(low(&filter.resource))
        .bind(high(&filter.resource))
        .bind(filter.outcome.map(Outcome::name))
        .bind(filter.site.clone())
        .bind(filter.text.as_deref().map(pattern))
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(EventRow::record).collect()
}

/// Where in the log the filter's span of time lies: it is nearly in order of time, but not quite. `None` when nothing does.
async fn places(db: &Db, filter: &Filter) -> Result<Option<(i64, i64)>> {
    if filter.from.is_none() && filter.until.is_none() {
        return Ok(Some((1, i64::MAX)));
    }
    let row: Option<(Option<i64>, Option<i64>)> = db
        .query("SELECT MIN(seq), MAX(seq) FROM audit_event WHERE happened_at >= $1 AND happened_at < $2")
        .bind(filter.from.map_or(i64::MIN, Timestamp::micros))
        .bind(filter.until.map_or(i64::MAX, Timestamp::micros))
        .one()
        .await?;
    Ok(row.and_then(|(first, last)| first.zip(last)))
}

/// What `LIKE` is asked, so that every letter stands for itself.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

/// The events after that place in order, at most `limit`.
pub async fn after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Record>> {
    rows_after(tx, after, limit).await?.into_iter().map(EventRow::record).collect()
}

pub(super) async fn rows_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<EventRow>> {
    tx.query(concat!("SELECT ", event_columns!(), " FROM audit_event WHERE seq > $1 ORDER BY seq LIMIT $2"))
        .bind(after)
        .bind(limit)
        .all()
        .await
}

/// The newest place and its link; 0 before the first event.
pub async fn head(tx: &mut Tx) -> Result<(i64, [u8; 32])> {
    let head: Option<(i64, Vec<u8>)> = tx.query("SELECT seq, hash FROM audit_head WHERE id = 1").one().await?;
    head.map_or(Ok((0, canonical::GENESIS)), |(seq, hash)| Ok((seq, ledger::rows::hash(&hash)?)))
}

/// The events of that action that happened between these instants, the second excluded, in order; at most 1 000.
pub async fn told(tx: &mut Tx, action: Action, from: Timestamp, until: Timestamp) -> Result<Vec<Record>> {
    let rows: Vec<EventRow> = tx
        .query(concat!(
            "SELECT ",
            event_columns!(),
            " FROM audit_event WHERE action = $1 AND happened_at >= $2 AND happened_at < $3 ORDER BY seq LIMIT 1000"
        ))
        .bind(action.name())
        .bind(from.micros())
        .bind(until.micros())
        .all()
        .await?;
    rows.into_iter().map(EventRow::record).collect()
}

/// Whether an event of that action on that resource has a text in its details, as the transaction sees it.
pub async fn is_told(tx: &mut Tx, action: Action, resource: &str, text: &str) -> Result<bool> {
    let one: Option<i64> = tx
        .query(
            "SELECT CAST(1 AS BIGINT) FROM audit_event
             WHERE resource = $1 AND action = $2 AND LOWER(details) LIKE $3 ESCAPE '!' LIMIT 1",
        )
        .bind(resource.to_owned())
        .bind(action.name())
        .bind(pattern(text))
        .scalar()
        .await?;
    Ok(one.is_some())
}

/// The place before the first event that happened at that instant or later; the newest when there is none.
pub async fn place_before(db: &Db, at: Timestamp) -> Result<i64> {
    let before: Option<Option<i64>> = db
        .query(
            "SELECT COALESCE((SELECT MIN(seq) - 1 FROM audit_event WHERE happened_at >= $1), (SELECT MAX(seq) FROM audit_event), 0)",
        )
        .bind(at.micros())
        .scalar()
        .await?;
    Ok(before.flatten().unwrap_or(0))
}
