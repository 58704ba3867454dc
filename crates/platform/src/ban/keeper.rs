//! Writes bans down, and learns of those that others wrote.
//!
//! Invariant: what the database says replaces what is in memory, so that a ban lifted anywhere is lifted here within [`LEARNED_EVERY`];
//! while it does not answer, what is in memory holds.

use std::time::Duration;

use domain::audit::Action;
use store::{
    Db,
    ban::{self as stored, Ban},
};
use tokio::sync::mpsc;

use super::{Bans, Lengths, MOST_WAITING, Struck, after, view};
use crate::{
    audit::{self, Draft},
    lifecycle::Shutdown,
};

/// How often others' bans are looked for.
const LEARNED_EVERY: Duration = Duration::from_secs(2);
/// A ban that ended so long ago makes the next one no longer: a week.
const FORGIVEN_AFTER_S: i64 = 7 * 86_400;
/// What the door is called in the audit log.
const DOOR: &str = "door";
/// Bans written in one transaction.
const AT_ONCE: usize = 100;

/// Keeps a process and the database agreed on who is kept out.
pub struct Keeper {
    bans: Bans,
    told: mpsc::Receiver<Struck>,
    pub(super) every: Duration,
}

impl Keeper {
    pub(super) fn new(bans: Bans, told: mpsc::Receiver<Struck>) -> Keeper {
        Keeper { bans, told, every: LEARNED_EVERY }
    }

    /// Runs until the node stops.
    pub async fn run(mut self, db: Db, shutdown: Shutdown) {
        let mut silent = false;
        let mut tick = tokio::time::interval(self.every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut struck = Vec::with_capacity(AT_ONCE);
        while !shutdown.is_stopping() {
            tokio::select! {
                _ = tick.tick() => {}
                // What could not be written yet waits here, and then in the queue.
                _ = self.told.recv_many(&mut struck, AT_ONCE), if struck.len() < MOST_WAITING => {}
                () = shutdown.wait() => {}
            }
            match self.agree(&db, &mut struck).await {
                Ok(()) => silent = false,
                Err(error) if !silent => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "bans are known to this process alone");
                    silent = true;
                }
                Err(_) => {}
            }
        }
    }

    /// Writes down what happened here, then takes over what is written.
    async fn agree(&mut self, db: &Db, struck: &mut Vec<Struck>) -> store::Result<()> {
        let inner = &self.bans.0;
        let now = inner.clock.now();
        if !struck.is_empty() {
            let mut tx = db.write().await?;
            let mut made = Vec::with_capacity(struck.len());
            for one in struck.iter() {
                made.extend(again(&mut tx, one, inner.lengths).await?);
            }
            stored::purge(&mut tx, now.plus_seconds(-FORGIVEN_AFTER_S)).await?;
            for ban in &made {
                banned(audit::by_system(DOOR, Action::BanSet), ban).write(&mut tx, now).await?;
            }
            tx.commit().await?;
            made.iter().for_each(tell);
            struck.clear();
        }
        let most = i64::try_from(view::MOST).unwrap_or(i64::MAX);
        let bans = stored::in_force(db, now, most).await?;
        inner.view.replace(bans.into_iter().filter_map(|ban| Some((ban.subject.parse().ok()?, ban.ends_at))));
        Ok(())
    }
}

/// One more ban of somebody, longer than the one before unless that is long forgiven. `None` when somebody has seen to it already.
async fn again(tx: &mut store::Tx, struck: &Struck, lengths: Lengths) -> store::Result<Option<Ban>> {
    let subject = struck.subject.to_string();
    let before = stored::find(tx, &subject).await?;
    let remembered = before.filter(|ban| ban.ends_at.plus_seconds(FORGIVEN_AFTER_S) > struck.at);
    let times = remembered.as_ref().map_or(1, |ban| ban.times.saturating_add(1));
    // Another node has found the same, or an operator has decided.
    if remembered.is_some_and(|ban| ban.ends_at > struck.at) {
        return Ok(None);
    }
    let ends_at = after(struck.at, lengths.of(times));
    let reason = format!("refused too often, last with {}", struck.status);
    let ban = Ban { subject, reason, actor: String::new(), times, banned_at: struck.at, ends_at };
    stored::put(tx, &ban).await?;
    Ok(Some(ban))
}

/// What a ban is in the audit log. Whom it is about is among what can be taken out of it: an address may be a person's.
pub fn banned(told: Draft, ban: &Ban) -> Draft {
    let told = about(told, &ban.subject).detail("reason", &ban.reason);
    told.detail("times", ban.times).detail("until", ban.ends_at.to_string())
}

/// Names whom a ban is about.
pub fn about(told: Draft, subject: &str) -> Draft {
    let kind = if subject.starts_with("key:") { "credential" } else { "address" };
    told.on("ban", kind).detail("subject", subject)
}

fn tell(ban: &Ban) {
    let for_s = (ban.ends_at.micros() - ban.banned_at.micros()) / 1_000_000;
    tracing::warn!(subject = ban.subject, for_s, times = ban.times, reason = ban.reason, "kept out");
}
