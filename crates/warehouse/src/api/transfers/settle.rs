//! Bringing a transfer in line with what stands in the ledger.
//!
//! Invariant: doing it again changes nothing.

use platform::http::Problem;
use store::{
    ledger::read,
    transfer::{self, Status, Transfer},
};
use uuid::Uuid;

use crate::state::Warehouse;

/// The transfer of that identity, in line with the ledger; `None` when there is none.
pub async fn settle(warehouse: &Warehouse, id: Uuid) -> Result<Option<Transfer>, Problem> {
    let Some(known) = transfer::get(&warehouse.db, id).await? else { return Ok(None) };
    let left = match known.status {
        Status::Sending => read::posting(&warehouse.db, known.posting()).await?,
        _ => None,
    };
    let mut came = Vec::new();
    for posting in transfer::pending_receipts(&warehouse.db, id).await? {
        came.extend(read::posting(&warehouse.db, posting).await?);
    }
    if left.is_none() && came.is_empty() {
        return Ok(Some(known));
    }
    let mut tx = warehouse.db.write().await?;
    let Some(mut locked) = transfer::lock(&mut tx, id).await? else { return Ok(None) };
    if let Some(left) = left {
        transfer::mark_sent(&mut tx, &locked, &left.entry.movements, left.entry.recorded_at).await?;
        locked = transfer::lock(&mut tx, id).await?.unwrap_or(locked);
    }
    for posting in came {
        transfer::receive(&mut tx, &mut locked, posting.entry.id, &posting.entry.movements).await?;
    }
    tx.commit().await?;
    Ok(Some(locked))
}

/// Settles what a crash may have left: call it once at start-up. Gives how many were looked at.
pub async fn settle_all(warehouse: &Warehouse) -> Result<usize, Problem> {
    let unsettled = transfer::unsettled(&warehouse.db).await?;
    for id in &unsettled {
        settle(warehouse, *id).await?;
    }
    Ok(unsettled.len())
}
