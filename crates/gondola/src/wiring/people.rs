//! People: what their accounts stand on.
//!
//! Invariant: a node and a command make accounts of the same parts.

use std::{sync::Arc, time::Duration};

use access::{
    Access, Parts,
    password::{Cost, Passwords},
    privacy::retention::{LetGo, Retention},
    supplier,
};
use anyhow::Context;
use domain::{Clock, Ids, RandomIds, SystemClock, Timestamp};
use platform::{
    audit::Audit,
    config::Settings,
    vault::{self, Vault},
};
use store::{
    Db,
    turn::{self, Done},
};

use super::{Ground, pause};

/// How often sessions that are over are forgotten.
const PURGE_EVERY: Duration = Duration::from_secs(900);
/// How often it is looked whether there is a key to encrypt what stands in clear.
const SEAL_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked what need not be kept any longer.
const RETENTION_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Under which name it is remembered when that was.
pub(crate) const RETENTION: &str = "retention";
/// Days an answered request about personal data is kept, to show that it was answered.
const REQUEST_DAYS: i64 = 1825;

/// Accounts for a node.
pub(super) fn access(ground: &Ground, settings: &Settings) -> anyhow::Result<Access> {
    let Ground { db, clock, ids, vault, audit, .. } = ground;
    make(db, settings, (Arc::clone(clock), Arc::clone(ids)), (vault.clone(), audit.clone()))
}

/// Accounts for a command, which tells everything in its own transactions.
pub(crate) async fn for_commands(db: &Db, settings: &Settings) -> anyhow::Result<Access> {
    let vault = Vault::load(db, &settings.encryption, &SystemClock).await?;
    let (audit, _never) = Audit::watched();
    make(db, settings, (Arc::new(SystemClock), Arc::new(RandomIds)), (vault, audit))
}

fn make(
    db: &Db,
    settings: &Settings,
    (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    (vault, audit): (Vault, Audit),
) -> anyhow::Result<Access> {
    let passwords = Passwords::new(Cost::RECOMMENDED, at_once()).context("no randomness")?;
    Ok(Access::new(Parts { db: db.clone(), clock, ids, vault, audit, passwords, mode: settings.mode }))
}

/// Half of the machine may be hashing while the other half answers.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

/// Encrypts how suppliers are reached, where a version before kept it in clear. Without a key it waits for one, and says so once.
pub(super) fn seal_contacts(ground: &Ground) {
    let (db, vault, shutdown) = (ground.db.clone(), ground.vault.clone(), ground.shutdown.clone());
    ground.spawn("contacts of suppliers", async move {
        let mut warned = false;
        while !shutdown.is_stopping() {
            match seal(&db, &vault, &mut warned).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "how suppliers are reached could not be encrypted");
                }
            }
            pause(&shutdown, SEAL_EVERY).await;
        }
    });
}

/// Whether all of it is encrypted.
async fn seal(db: &Db, vault: &Vault, warned: &mut bool) -> Result<bool, vault::Error> {
    if vault.is_open() {
        let count = supplier::seal_what_is_clear(db, vault).await?;
        if count > 0 {
            tracing::info!(count, "how suppliers are reached was in clear and is encrypted now");
        }
        return Ok(true);
    }
    let mut tx = db.read().await?;
    let in_clear = store::supplier::in_clear(&mut tx).await?.len();
    tx.rollback().await?;
    if in_clear > 0 && !std::mem::replace(warned, true) {
        tracing::warn!(in_clear, "how suppliers are reached stands in clear until there is a key (gondola key init)");
    }
    Ok(in_clear == 0)
}

/// Lets go of what need not be kept of people any longer.
pub(super) fn keep_no_longer(ground: &Ground, settings: &Settings, access: &Access) {
    let (access, shutdown) = (access.clone(), ground.shutdown.clone());
    let (db, clock) = (ground.db.clone(), Arc::clone(&ground.clock));
    let closed_account_days = settings.closed_account_keep_days;
    let retention = Retention { closed_account_days, answered_request_days: REQUEST_DAYS };
    ground.spawn("retention", async move {
        while !shutdown.is_stopping() {
            match access.keep_no_longer(retention).await {
                Ok(gone) => {
                    told(gone);
                    note(&db, clock.now()).await;
                }
                Err(problem) => tracing::error!(%problem, "what need not be kept of people could not be let go"),
            }
            pause(&shutdown, RETENTION_EVERY).await;
        }
    });
}

fn told(gone: LetGo) {
    let LetGo { accounts, requests, named_again } = gone;
    if gone != LetGo::default() {
        tracing::info!(accounts, requests, named_again, "what need not be kept of people was let go");
    }
}

/// Writes down that it was looked, for whoever asks when that was.
async fn note(db: &Db, at: Timestamp) {
    let written = async {
        let mut tx = db.write().await?;
        turn::succeeded(&mut tx, RETENTION, &Done { at, took: Duration::ZERO, bytes: 0, extra_ms: 0 }).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(error = &error as &dyn std::error::Error, "when it was looked could not be written down");
    }
}

/// Forgets sessions that are over.
pub(super) fn keep_tidy(ground: &Ground, access: &Access) {
    let (access, shutdown) = (access.clone(), ground.shutdown.clone());
    ground.spawn("sessions", async move {
        while !shutdown.is_stopping() {
            if let Err(error) = access.purge().await {
                tracing::error!(error = &error as &dyn std::error::Error, "could not forget sessions that are over");
            }
            pause(&shutdown, PURGE_EVERY).await;
        }
    });
}
