//! The master key.

use std::{sync::Arc, time::Duration};

use domain::Clock;
use futures_util::future::BoxFuture;

use super::{Fault, Rotates, Standing, by_itself};
use crate::vault::{self, Vault};

/// The master key. It is in somebody's hands, who has to carry a new one to every process: so it is never replaced by itself,
/// and a change of it is ended by itself only after its overlap, by a process that has the new one.
pub struct MasterKeys {
    vault: Vault,
    clock: Arc<dyn Clock>,
    overlap: Duration,
}

impl MasterKeys {
    /// That of this vault; after `overlap` the old one will no longer do.
    pub fn new(vault: Vault, clock: Arc<dyn Clock>, overlap: Duration) -> MasterKeys {
        MasterKeys { vault, clock, overlap }
    }

    async fn end_overlap(&self) -> Result<(), Fault> {
        let standing = self.vault.standing().await?;
        let Some((id, since)) = standing.master.filter(|_| !standing.other_masters.is_empty()) else { return Ok(()) };
        if let Some(newer) = standing.newer_master {
            tracing::warn!(in_use = id, newer, "the master key was changed: give this process the new one");
            return Ok(());
        }
        let overlap = i64::try_from(self.overlap.as_micros()).unwrap_or(i64::MAX);
        if self.clock.now().micros().saturating_sub(since.micros()) >= overlap {
            self.vault.keep_only_this_master(self.clock.as_ref(), by_itself(self.name())).await?;
            tracing::info!(master = id, "the earlier master key will no longer do");
        }
        Ok(())
    }
}

fn under_way(standing: &vault::Standing) -> Option<String> {
    let others = standing.other_masters.join(", ");
    match &standing.newer_master {
        Some(newer) => Some(format!("this process has still to be given the master key {newer}")),
        None if others.is_empty() => None,
        None => Some(format!("the master key {others} will still do")),
    }
}

impl Rotates for MasterKeys {
    fn name(&self) -> &'static str {
        "master"
    }

    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        Box::pin(async {
            let standing = self.vault.standing().await?;
            let under_way = under_way(&standing);
            Ok(Standing { made_at: standing.master.map(|(_, since)| since), ends_at: None, under_way })
        })
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        None
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(self.end_overlap())
    }
}
