//! What was accessed in an interval, by whom and whose data it was: the facts a report of a breach needs.
//!
//! Invariant: read from the audit log alone, each event counted once; making the report stands in the log.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Timestamp,
    audit::{Action, Outcome, Record},
};
use platform::http::Problem;
use serde::Serialize;
use store::audit::{self, Filter};
use utoipa::ToSchema;

use crate::{Access, Doer};

/// Events read at a time.
const PAGE: i64 = 2_000;
/// Hours within which an authority has to be told (GDPR, art. 33.1).
const TELL_WITHIN_HOURS: i64 = 72;

/// Whoever did something in the interval.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BreachActor)]
pub struct Actor {
    /// What they are called, when that is still kept.
    pub name: String,
    /// `key`, `user`, `system` or `nobody`.
    pub kind: String,
    /// Public part of a key, code of a person.
    pub id: String,
    /// Where they came from.
    pub addresses: BTreeSet<String>,
    /// Events of theirs.
    pub events: u64,
    /// Of those, how many were not allowed or did not succeed.
    pub in_vain: u64,
    /// How often each thing was done.
    pub actions: BTreeMap<String, u64>,
}

/// What is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BreachReport {
    /// From this instant on.
    pub from: String,
    /// Before this instant.
    pub until: String,
    /// When it was made.
    pub made_at: String,
    /// An authority that has to be told has to be told before this, counted from when the report was made.
    pub tell_by: String,
    /// Events in all.
    pub events: u64,
    /// Who did them, the busiest first.
    pub actors: Vec<Actor>,
    /// People whose data were read, changed or given out, by code, and how often.
    pub people: BTreeMap<String, u64>,
    /// Tables and files that were taken out, and how often.
    pub taken_out: BTreeMap<String, u64>,
    /// Fields kept encrypted that were read in clear, and how often.
    pub decrypted: BTreeMap<String, u64>,
    /// What the rules found unusual.
    pub anomalies: u64,
    /// Tries to come in that failed.
    pub failed_entries: u64,
}

impl Access {
    /// Gathers it for the interval from `from` to before `until`.
    pub async fn breach_report(
        &self,
        doer: Doer<'_>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<BreachReport, Problem> {
        let now = self.clock.now();
        let filter = Filter { from: Some(from), until: Some(until), ..Filter::default() };
        let (mut report, mut actors) = (BreachReport::default(), BTreeMap::new());
        let mut before = i64::MAX;
        loop {
            let page = audit::list(&self.db, before, &filter, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = last.link.seq;
            page.iter().for_each(|record| report.count(&mut actors, record));
        }
        report.actors = actors.into_values().collect();
        report.actors.sort_by_key(|actor| std::cmp::Reverse(actor.events));
        (report.from, report.until, report.made_at) = (from.to_string(), until.to_string(), now.to_string());
        report.tell_by = now.plus_seconds(TELL_WITHIN_HOURS * 3600).to_string();
        let mut tx = self.db.write().await?;
        let event = doer.event(Action::BreachReported).on("privacy", "breach_report");
        event.detail("from", &report.from).detail("until", &report.until).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(report)
    }
}

impl BreachReport {
    fn count(&mut self, actors: &mut BTreeMap<(String, String), Actor>, record: &Record) {
        let event = &record.event;
        let once = |counts: &mut BTreeMap<String, u64>, what: &str| *counts.entry(what.to_owned()).or_default() += 1;
        self.events += 1;
        if let Some(code) = event.resource.strip_prefix("user:") {
            once(&mut self.people, code);
        }
        match event.action {
            Action::Exported => once(&mut self.taken_out, &event.resource),
            Action::FieldDecrypted => once(&mut self.decrypted, &event.resource),
            Action::AnomalyDetected => self.anomalies += 1,
            Action::LoggedIn | Action::Authenticated | Action::SecondFactor if event.outcome != Outcome::Ok => {
                self.failed_entries += 1;
            }
            _ => {}
        }
        let key = (event.actor.kind.name().to_owned(), event.actor.id.clone());
        let actor = actors.entry(key).or_insert_with(|| Actor {
            kind: event.actor.kind.name().to_owned(),
            id: event.actor.id.clone(),
            ..Actor::default()
        });
        actor.events += 1;
        actor.in_vain += u64::from(event.outcome != Outcome::Ok);
        if actor.name.is_empty() {
            actor.name.clone_from(&event.actor.name);
        }
        if !event.origin.address.is_empty() {
            actor.addresses.insert(event.origin.address.clone());
        }
        once(&mut actor.actions, event.action.name());
    }
}
