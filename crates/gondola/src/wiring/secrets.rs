//! The secrets of a node that are replaced from time to time.
//!
//! Invariant: the list of them; `gondola key rotate` and a running node look at the same one.

use std::{path::PathBuf, sync::Arc};

use access::{TokenKeys, keys::KeyAges};
use domain::Clock;
use futures_util::future::BoxFuture;
use platform::{
    config::Settings,
    health::{Checks, Finding, Level},
    jobs::Jobs,
    rotation::{self, Fault, FieldKeys, MasterKeys, Rotates, Rotation, Standing},
    vault::Vault,
};
use store::Db;
use warehouse::checkpoints;

use super::{Ground, pause};

/// What they are looked at with.
pub(crate) struct SecretParts {
    /// Where what signs tokens is noted, and what happened to any of them.
    pub(crate) db: Db,
    /// Opens encrypted values.
    pub(crate) vault: Vault,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Runs what follows a change in the background; a command does that itself.
    pub(crate) jobs: Option<Jobs>,
}

/// All of them.
pub(crate) fn rotation(parts: &SecretParts, settings: &Settings) -> Rotation {
    let SecretParts { db, vault, clock, jobs } = parts;
    let things: Vec<Box<dyn Rotates>> = vec![
        Box::new(MasterKeys::new(vault.clone(), Arc::clone(clock), settings.key_overlap)),
        Box::new(FieldKeys::new(vault.clone(), Arc::clone(clock), jobs.clone())),
        Box::new(KeyAges::new(db.clone(), Arc::clone(clock))),
        Box::new(TokenKeys::new(db.clone(), Arc::clone(clock), vault.clone())),
        Box::new(CheckpointKey { db: db.clone(), data_dir: settings.data_dir.clone(), clock: Arc::clone(clock) }),
    ];
    Rotation::new(things, settings.key_rotation, settings.key_rotation_after, Arc::clone(clock))
}

/// Those of a node, which looks after them from now on.
pub(super) fn kept(ground: &Ground, settings: &Settings, jobs: &Jobs) -> Rotation {
    let (db, vault, clock) = (ground.db.clone(), ground.vault.clone(), Arc::clone(&ground.clock));
    let rotation = rotation(&SecretParts { db, vault, clock, jobs: Some(jobs.clone()) }, settings);
    keep_rotating(ground, rotation.clone());
    rotation
}

/// Makes the rounds for as long as the node runs.
fn keep_rotating(ground: &Ground, rotation: Rotation) {
    let shutdown = ground.shutdown.clone();
    ground.spawn("keys", async move {
        while !shutdown.is_stopping() {
            rotation.round().await;
            pause(&shutdown, rotation::ROUND_EVERY).await;
        }
    });
}

/// Whose turn it is, among what a node tells of itself.
pub(super) fn check(checks: &Checks, rotation: Rotation) {
    checks.add("secrets", Level::Degraded, move || std::future::ready(finding(&rotation)));
}

/// That one is due is no reason to serve any less.
fn finding(rotation: &Rotation) -> Finding {
    let seen = rotation.seen();
    let due: Vec<&str> = seen.iter().filter(|seen| seen.is_due).map(|seen| seen.name).collect();
    let faults: Vec<&str> = seen.iter().filter(|seen| seen.fault.is_some()).map(|seen| seen.name).collect();
    let under_way: Vec<String> =
        seen.iter().filter_map(|seen| Some(format!("{}: {}", seen.name, seen.standing.under_way.as_ref()?))).collect();
    Finding::new(Level::Optimal).with("due", due).with("under_way", under_way).with("unknown", faults)
}

/// The key that signs checkpoints, in a file of the data folder.
struct CheckpointKey {
    db: Db,
    data_dir: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Rotates for CheckpointKey {
    fn name(&self) -> &'static str {
        "checkpoint"
    }

    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        let made_at = checkpoints::key_made_at(&self.data_dir);
        Box::pin(std::future::ready(Ok(Standing { made_at, ..Standing::default() })))
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        Some(Box::pin(async {
            let told = rotation::by_itself(self.name());
            checkpoints::replace_key(&self.db, &self.data_dir, self.clock.as_ref(), told).await?;
            Ok(())
        }))
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(checkpoints::settle_key(&self.db, &self.data_dir).await?) })
    }
}
