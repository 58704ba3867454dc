//! The secrets of a node that are replaced from time to time.
//!
//! Invariant: the list of them; `gondola key rotate` and a running node look at the same one.

use std::{path::PathBuf, sync::Arc};

use domain::Clock;
use futures_util::future::BoxFuture;
use platform::{
    config::Settings,
    health::{Finding, Level},
    jobs::Jobs,
    rotation::{self, Fault, FieldKeys, MasterKeys, Rotates, Rotation, Standing},
    vault::Vault,
};
use warehouse::checkpoints;

use super::{Ground, pause};

/// What they are looked at with.
pub(crate) struct SecretParts {
    /// Opens encrypted values.
    pub(crate) vault: Vault,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Runs what follows a change in the background; a command does that itself.
    pub(crate) jobs: Option<Jobs>,
}

/// All of them.
pub(crate) fn rotation(parts: &SecretParts, settings: &Settings) -> Rotation {
    let SecretParts { vault, clock, jobs } = parts;
    let things: Vec<Box<dyn Rotates>> = vec![
        Box::new(MasterKeys::new(vault.clone(), Arc::clone(clock), settings.key_overlap)),
        Box::new(FieldKeys::new(vault.clone(), Arc::clone(clock), jobs.clone())),
        Box::new(CheckpointKey(settings.data_dir.clone())),
    ];
    Rotation::new(things, settings.key_rotation, settings.key_rotation_after, Arc::clone(clock))
}

/// Makes the rounds for as long as the node runs.
pub(super) fn keep_rotating(ground: &Ground, rotation: Rotation) {
    let shutdown = ground.shutdown.clone();
    ground.tasks.spawn("keys", async move {
        while !shutdown.is_stopping() {
            rotation.round().await;
            pause(&shutdown, rotation::ROUND_EVERY).await;
        }
    });
}

/// What health tells of them. That one is due is no reason to serve any less.
pub(super) fn finding(rotation: &Rotation) -> Finding {
    let seen = rotation.seen();
    let due: Vec<&str> = seen.iter().filter(|seen| seen.is_due).map(|seen| seen.name).collect();
    let faults: Vec<&str> = seen.iter().filter(|seen| seen.fault.is_some()).map(|seen| seen.name).collect();
    let under_way: Vec<String> =
        seen.iter().filter_map(|seen| Some(format!("{}: {}", seen.name, seen.standing.under_way.as_ref()?))).collect();
    Finding::new(Level::Optimal).with("due", due).with("under_way", under_way).with("unknown", faults)
}

/// The key that signs checkpoints, in a file of the data folder.
struct CheckpointKey(PathBuf);

impl Rotates for CheckpointKey {
    fn name(&self) -> &'static str {
        "checkpoint"
    }

    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        let made_at = checkpoints::key_made_at(&self.0);
        Box::pin(std::future::ready(Ok(Standing { made_at, ..Standing::default() })))
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        Some(Box::pin(async {
            checkpoints::rotate_key(&self.0)?;
            Ok(())
        }))
    }
}
