//! The place apart from this machine, to which a node delivers backups.
//!
//! Invariant: what waits in the folder is brought there without anybody asking, as soon as the place can be used again; until then it is
//! told how many wait, and why.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::Timestamp;
use platform::{
    backup::Kept,
    config::Settings,
    health::{Checks, Finding, Level},
    metrics::look,
    objects::{self, Objects},
};
use prometheus_client::registry::Registry;

use super::{Ground, breakers, pause};
use crate::backup::{
    self,
    afar::{self, Afar, OBJECTS},
};

/// How often a node looks whether something waits.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How delivering stands.
#[derive(Debug, Default, Clone)]
struct Known {
    /// Backups that are in the folder alone.
    waiting: usize,
    /// Why.
    error: Option<String>,
}

/// Begins to deliver, and to tell of it; the place.
pub(super) fn keep(ground: &Ground, settings: &Settings, registry: &mut Registry, checks: &Checks) -> Afar {
    settings.objects.address.as_ref()?;
    let breaker = breakers::objects(&ground.breakers, settings, &ground.clock);
    let room = objects::room(OBJECTS);
    room.register(registry);
    let audit = Some(ground.audit.clone());
    let place = afar::through(settings, (breaker.clone(), room), audit, Arc::clone(&ground.clock))?;
    let known = Arc::new(Mutex::new(Known::default()));
    let told = Arc::clone(&known);
    look(registry, move |page| {
        let words = "Backups of this node that are not in the object store yet";
        page.gauge("gondola_backup_undelivered", words, lock(&told).waiting)
    });
    let (asked, told) = (Arc::clone(&place), Arc::clone(&known));
    checks.add(OBJECTS, Level::Degraded, move || {
        let (place, known, breaker) = (Arc::clone(&asked), Arc::clone(&told), breaker.clone());
        async move { breakers::told(finding(place.check().await, &lock(&known)), &breaker) }
    });
    let (settings, shutdown, delivers) = (settings.clone(), ground.shutdown.clone(), Arc::clone(&place));
    // Without the database too: the last backup before an outage is the one that is wanted most.
    ground.tasks.spawn("backups to the object store", async move {
        let mut tried = false;
        while !shutdown.is_stopping() {
            tokio::select! {
                () = deliver(&settings, &*delivers, &known) => {}
                () = shutdown.wait() => {}
            }
            tried = tried || tell_of_sums(&*delivers).await;
            pause(&shutdown, LOOK_EVERY).await;
        }
    });
    Some(place)
}

/// Says once that the place does not hold what comes against its sums. Whether that could be found out.
async fn tell_of_sums(place: &dyn Objects) -> bool {
    let found = place.holds_sums().await;
    if let Ok(Some(false)) = found {
        tracing::warn!(
            place = place.place(),
            "the object store accepts bytes that are not those of their sum: damage on the way is found when they are brought back (gondola drill)"
        );
    }
    found.is_ok()
}

fn lock(known: &Mutex<Known>) -> std::sync::MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Delivers when the folder has something that was not.
async fn deliver(settings: &Settings, place: &dyn Objects, known: &Mutex<Known>) {
    let looked = async { anyhow::Ok((backup::here(settings).await?, afar::delivered(settings, place).await?)) };
    let waits = match looked.await {
        Ok((here, delivered)) => waiting(&here, delivered),
        Err(error) => return failed(known, &error),
    };
    lock(known).waiting = waits;
    if waits == 0 {
        lock(known).error = None;
        return;
    }
    match afar::deliver(settings, place).await {
        Ok(sent) => {
            *lock(known) = Known::default();
            if sent > 0 {
                tracing::info!(backups = sent, place = place.place(), "backups delivered");
            }
        }
        // A command delivers; the next look finds what came of it.
        Err(error) if backup::is_busy(&error) => {}
        Err(error) => failed(known, &error),
    }
}

/// Those newer than what was delivered last.
fn waiting(here: &[Kept], delivered: Option<Timestamp>) -> usize {
    here.iter().filter(|kept| Some(kept.instant) > delivered).count()
}

/// Told in the log once, and wherever it is looked for as long as it lasts.
fn failed(known: &Mutex<Known>, error: &anyhow::Error) {
    let error = format!("{error:#}");
    let before = lock(known).error.replace(error.clone());
    if before.is_none() {
        tracing::error!(error, "backups cannot be delivered: they wait in their folder, and it is tried again");
    }
}

fn finding(checked: objects::Result<()>, known: &Known) -> Finding {
    let error = checked.err().map(|error| format!("{:#}", anyhow::Error::from(error))).or_else(|| known.error.clone());
    let level = if error.is_some() { Level::Degraded } else { Level::Optimal };
    let finding = Finding::new(level).with("waiting", known.waiting);
    match error {
        Some(error) => finding.with("error", error),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_or_waits_for_a_reason_is_told() {
        let known = Known { waiting: 2, error: Some("no room".to_owned()) };
        let away = || Err(objects::Error::Crowded);
        assert_eq!(finding(Ok(()), &Known::default()).level, Level::Optimal);
        assert_eq!(finding(away(), &Known::default()).level, Level::Degraded);
        let told = finding(Ok(()), &known);
        assert_eq!((told.level, &told.detail["waiting"]), (Level::Degraded, &serde_json::json!(2)));
        assert_eq!(told.detail["error"], "no room");
        assert_eq!(finding(away(), &known).detail["error"], away().unwrap_err().to_string());
    }
}
