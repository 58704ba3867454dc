//! Watching the log for what is unusual.
//!
//! Invariant: what is found is told once, whichever node finds it and however often the log is read again: whoever tells it looks
//! first, holding the log's head, whether it was told.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    Clock, Timestamp, Zone,
    audit::{Action, Event},
    hours::Hours,
};
use platform::{audit, events::Events, metrics::look};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use store::Db;

use crate::anomaly::{Anomaly, MEMORY_DAYS, Rule, Watch};

/// The topic on which it is told.
pub const TOPIC: &str = "alerts";
/// Events read at a time.
const SLICE: i64 = 1000;
/// The same about the same is told again after so long.
const QUIET_SECONDS: i64 = 3600;
/// What happened while nobody watched is still told when it is no older than this.
const LATE_SECONDS: i64 = 86_400;
/// Whose part of the program it is, in the log.
const WATCH: &str = "watch";

/// How often each rule found something.
#[derive(Debug, Default)]
struct Found([AtomicU64; Rule::ALL.len()]);

/// Reads the log as it grows.
pub struct Watcher {
    db: Db,
    clock: Arc<dyn Clock>,
    events: Events,
    shop: (Zone, Hours),
    watch: Watch,
    /// The last place read; `None` before the first look.
    position: Option<i64>,
    found: Arc<Found>,
}

impl Watcher {
    /// For a shop in that zone that is closed at these hours; its topics hold [`TOPIC`].
    pub fn new(db: Db, clock: Arc<dyn Clock>, events: Events, shop: (Zone, Hours)) -> Watcher {
        let watch = Watch::new(shop.0.clone(), shop.1);
        Watcher { db, clock, events, shop, watch, position: None, found: Arc::default() }
    }

    /// Puts its figures on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        let found = Arc::clone(&self.found);
        look(registry, move |page| {
            let counts = Rule::ALL.iter().zip(&found.0);
            let rows = counts.map(|(rule, count)| ([("rule", rule.name())], count.load(Ordering::Relaxed)));
            page.counters("gondola_anomalies", "Unusual things found in the audit log, by rule", rows)
        });
    }

    /// Reads what is new and tells what is unusual. How many were told.
    pub async fn look(&mut self) -> store::Result<usize> {
        let looked = self.follow().await;
        if looked.is_err() {
            // What was seen was perhaps not told. It is looked at again from the beginning; what was told is not told twice.
            self.watch = Watch::new(self.shop.0.clone(), self.shop.1);
            self.position = None;
        }
        looked
    }

    async fn follow(&mut self) -> store::Result<usize> {
        let now = self.clock.now();
        let mut position = match self.position {
            Some(position) => position,
            None => self.beginning(now).await?,
        };
        let mut told = 0;
        loop {
            let mut tx = self.db.read().await?;
            let records = store::audit::after(&mut tx, position, SLICE).await?;
            tx.rollback().await?;
            let Some(last) = records.last().map(|last| last.link.seq) else { break };
            let unusual: Vec<Anomaly> = records.iter().flat_map(|record| self.watch.see(&record.event)).collect();
            for anomaly in unusual.iter().filter(|anomaly| anomaly.at >= now.plus_seconds(-LATE_SECONDS)) {
                told += usize::from(self.tell(anomaly).await?);
            }
            position = last;
        }
        self.position = Some(position);
        Ok(told)
    }

    /// The place before the oldest event that matters.
    async fn beginning(&self, now: Timestamp) -> store::Result<i64> {
        store::audit::place_before(&self.db, now.plus_seconds(-MEMORY_DAYS * 86_400)).await
    }

    /// Whether it was new.
    async fn tell(&self, anomaly: &Anomaly) -> store::Result<bool> {
        let mut tx = self.db.write().await?;
        store::audit::hold(&mut tx).await?;
        let (from, until) = (anomaly.at.plus_seconds(-QUIET_SECONDS), anomaly.at.plus_seconds(QUIET_SECONDS));
        let before = store::audit::told(&mut tx, Action::AnomalyDetected, from, until).await?;
        if before.iter().any(|record| is_about(&record.event, anomaly)) {
            tx.rollback().await?;
            return Ok(false);
        }
        let seq = store::audit::append(&mut tx, &event(anomaly)).await?;
        tx.commit().await?;
        if let Some(place) = Rule::ALL.iter().position(|rule| *rule == anomaly.rule) {
            self.found.0[place].fetch_add(1, Ordering::Relaxed);
        }
        let rule = anomaly.rule.name();
        tracing::warn!(rule, subject = anomaly.subject, count = anomaly.count, "something unusual: {rule}");
        // Whom it is about stands in the log, which not everybody may read who hears of this.
        let (site, at) = (&anomaly.site, anomaly.at.to_string());
        let told = json!({ "kind": "anomaly", "rule": rule, "site": site, "at": at, "seq": seq });
        if site.is_empty() {
            self.events.publish(TOPIC, &told);
        } else {
            self.events.publish_of(TOPIC, site, &told);
        }
        Ok(true)
    }
}

fn event(anomaly: &Anomaly) -> Event {
    audit::by_system(WATCH, Action::AnomalyDetected)
        .site(&anomaly.site)
        .on("anomaly", anomaly.rule.name())
        .detail("subject", &anomaly.subject)
        .detail("count", anomaly.count)
        .detail("usual", anomaly.usual)
        .at(anomaly.at)
}

fn is_about(event: &Event, anomaly: &Anomaly) -> bool {
    let details: HashMap<String, Value> = serde_json::from_str(&event.details).unwrap_or_default();
    event.resource == format!("anomaly:{}", anomaly.rule.name())
        && details.get("subject").and_then(Value::as_str) == Some(anomaly.subject.as_str())
}
