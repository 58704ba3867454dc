//! Bringing a transfer's document in line with the ledger.

use domain::ledger::Movement;
use uuid::Uuid;

use super::{Status, Transfer};
use crate::{
    Bulk, Result, Rows, Tx,
    dialect::Kind::{Int, Uuid as Id},
};

static RECEIVE: Bulk = Bulk::new(
    &[("transfer", Id), ("line", Int), ("received", Int), ("received_value", Int)],
    "UPDATE transfer_line SET received = input.received, received_value = input.received_value FROM input
     WHERE transfer_line.transfer = input.transfer AND transfer_line.line = input.line",
);

/// Notes that goods of a locked transfer came, by the movements of their posting, and that this receipt is part of the
/// document from now on.
pub async fn receive(tx: &mut Tx, transfer: &mut Transfer, posting: Uuid, movements: &[Movement]) -> Result<()> {
    let applied = tx
        .query("UPDATE transfer_receipt SET applied = 1 WHERE transfer = $1 AND posting = $2 AND applied = 0")
        .bind(transfer.id)
        .bind(posting)
        .run()
        .await?;
    // Somebody else settled it first.
    if applied == 0 {
        return Ok(());
    }
    for movement in movements {
        let mut left = movement.quantity;
        let mut value = movement.value;
        let same = |lot: i64| lot == movement.lot || movement.lot == 0;
        let matching = transfer.lines.iter_mut().filter(|line| line.product == movement.product && same(line.lot));
        for line in matching {
            let part = left.min(line.missing());
            if part.milli() <= 0 {
                continue;
            }
            let worth =
                if part == left { value } else { movement.value.share(part.milli(), movement.quantity.milli()) };
            line.received += part;
            line.received_value += worth;
            left -= part;
            value -= worth;
        }
    }
    let mut input = Rows::new(&RECEIVE, tx.backend());
    for line in &transfer.lines {
        input.uuid(transfer.id).int(line.line).int(line.received.milli()).int(line.received_value.minor());
    }
    input.run(tx).await?;
    let whole = transfer.lines.iter().all(|line| line.missing().milli() == 0);
    transfer.status = if whole { Status::Received } else { Status::Partial };
    transfer.version += 1;
    tx.query("UPDATE transfer SET status = $2, version = version + 1 WHERE id = $1")
        .bind(transfer.id)
        .bind(transfer.status.name())
        .run()
        .await
        .map(drop)
}
