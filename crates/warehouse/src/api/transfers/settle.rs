//! Bringing a transfer in line with what stands in the ledger.
//!
//! Invariant: doing it again changes nothing.

use domain::Clock;
use platform::http::Problem;
use store::{
    Db,
    ledger::read,
    transfer::{self, Status, Transfer},
};
use uuid::Uuid;

use crate::state::Warehouse;

/// Corrections of corrections that are followed at once; the rest when the transfer is next read.
const DEEPEST: usize = 8;

/// The transfer of that identity, in line with the ledger; `None` when there is none.
pub async fn settle(warehouse: &Warehouse, id: Uuid) -> Result<Option<Transfer>, Problem> {
    settle_in(&warehouse.db, warehouse.clock.as_ref(), id).await
}

async fn settle_in(db: &Db, clock: &dyn Clock, id: Uuid) -> Result<Option<Transfer>, Problem> {
    let mut settled = None;
    for _ in 0..DEEPEST {
        // What waits is looked for before the document is read, so that what others take into it meanwhile is read there.
        let mut came = transfer::pending_receipts(db, id).await?;
        let corrections = transfer::corrections(db, id).await?;
        came.extend(corrections.iter().copied());
        let Some(known) = transfer::get(db, id).await? else { return Ok(None) };
        let left = match known.status {
            Status::Sending => read::posting(db, known.posting()).await?,
            _ => None,
        };
        if left.is_none() && came.is_empty() {
            return Ok(Some(known));
        }
        let mut tx = db.write().await?;
        let Some(mut locked) = transfer::lock(&mut tx, id).await? else { return Ok(None) };
        if let Some(left) = left {
            transfer::mark_sent(&mut tx, &locked, &left.entry.movements, left.entry.recorded_at).await?;
            locked = transfer::lock(&mut tx, id).await?.unwrap_or(locked);
        }
        for correction in corrections {
            transfer::begin_receipt(&mut tx, id, correction, None, clock.now()).await?;
        }
        for posting in came {
            transfer::take_in(&mut tx, &mut locked, posting).await?;
        }
        tx.commit().await?;
        settled = Some(locked);
    }
    Ok(settled)
}

/// Settles what a crash may have left: call it once at start-up. Gives how many were looked at.
pub async fn settle_all(warehouse: &Warehouse) -> Result<usize, Problem> {
    let unsettled = transfer::unsettled(&warehouse.db).await?;
    for id in &unsettled {
        settle(warehouse, *id).await?;
    }
    Ok(unsettled.len())
}

/// After something was corrected: the transfer it belongs to, when it does to one, is as the ledger now says.
pub async fn follow(db: &Db, clock: &dyn Clock, corrected: Uuid) {
    let followed = async {
        if let Some(id) = transfer::of_posting(db, corrected).await? {
            settle_in(db, clock, id).await?;
        }
        Ok::<(), Problem>(())
    };
    if let Err(problem) = followed.await {
        tracing::warn!(%corrected, %problem, "a transfer will follow its correction when it is next read");
    }
}
