//! Bringing a transfer's document in line with the ledger.
//!
//! Invariant: a posting is taken into the document once; what it does to the document follows from which way its goods went and at
//! which of the two sites.

use domain::{Money, Quantity, ledger::LocationKind};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Line, Status, Transfer};
use crate::{
    Bulk, Result, Rows, Tx,
    dialect::Kind::{Int, Uuid as Id},
};

static UPDATE_LINES: Bulk = Bulk::new(
    &[("transfer", Id), ("line", Int), ("received", Int), ("received_value", Int), ("returned", Int)],
    "UPDATE transfer_line SET received = input.received, received_value = input.received_value, returned = input.returned
     FROM input WHERE transfer_line.transfer = input.transfer AND transfer_line.line = input.line",
);

/// Goods that a posting carried over the edge of a site, into it or out of it.
#[derive(FromRow)]
struct Crossing {
    site: String,
    /// 1 when they came from the way between the sites, 0 when they went back onto it.
    inwards: i64,
    product: i64,
    lot: i64,
    quantity: i64,
    value: i64,
}

/// Takes a receipt, or a correction of one or of the sending, into the document of a locked transfer. Nothing when it was before.
pub async fn take_in(tx: &mut Tx, transfer: &mut Transfer, posting: Uuid) -> Result<()> {
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
    let crossings: Vec<Crossing> = tx
        .query(
            "SELECT s.code AS site, CASE WHEN f.kind = $2 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS inwards, m.product, m.lot,
               m.quantity, m.value
             FROM posting g JOIN movement m ON m.site = g.site AND m.seq = g.seq JOIN site s ON s.id = g.site
               JOIN location f ON f.id = m.from_location
             WHERE g.id = $1 ORDER BY m.line",
        )
        .bind(posting)
        .bind(LocationKind::Transit.code())
        .all()
        .await?;
    crossings.iter().for_each(|crossing| crossing.follow(transfer));
    save(tx, transfer).await
}

impl Crossing {
    /// Has a document say what it did.
    fn follow(&self, transfer: &mut Transfer) {
        match (self.site == transfer.to_site, self.inwards == 1) {
            (true, true) => came(&mut transfer.lines, self),
            (true, false) => went_back(&mut transfer.lines, self),
            (false, inwards) => returned(&mut transfer.lines, self, inwards),
        }
    }

    fn of(&self, line: &Line) -> bool {
        line.product == self.product && (line.lot == self.lot || self.lot == 0)
    }
}

/// Goods of a receipt, to the lines that still miss some.
fn came(lines: &mut [Line], crossing: &Crossing) {
    let (mut left, mut value) = (Quantity::from_milli(crossing.quantity), Money::from_minor(crossing.value));
    for line in lines.iter_mut().filter(|line| crossing.of(line)) {
        let part = left.min(line.missing());
        if part <= Quantity::ZERO {
            continue;
        }
        let worth = if part == left { value } else { value.share(part.milli(), left.milli()) };
        line.received += part;
        line.received_value += worth;
        left -= part;
        value -= worth;
    }
}

/// Goods that a correction took out of the receiving site again. What comes the next time is worth what these were when they left.
fn went_back(lines: &mut [Line], crossing: &Crossing) {
    let mut left = Quantity::from_milli(crossing.quantity);
    for line in lines.iter_mut().rev().filter(|line| crossing.of(line)) {
        let part = left.min(line.received);
        if part <= Quantity::ZERO {
            continue;
        }
        let worth = line.received_value.share(part.milli(), line.received.milli());
        line.received_value -= worth;
        line.received -= part;
        left -= part;
    }
}

/// Goods that a correction of the sending gave back to the site they left, or took from it again.
fn returned(lines: &mut [Line], crossing: &Crossing, back: bool) {
    let mut left = Quantity::from_milli(crossing.quantity);
    for line in lines.iter_mut().filter(|line| crossing.of(line)) {
        let part = left.min(if back { line.missing() } else { line.returned });
        line.returned += if back { part } else { -part };
        left -= part;
    }
}

async fn save(tx: &mut Tx, transfer: &mut Transfer) -> Result<()> {
    let mut input = Rows::new(&UPDATE_LINES, tx.backend());
    for line in &transfer.lines {
        input.uuid(transfer.id).int(line.line).int(line.received.milli());
        input.int(line.received_value.minor()).int(line.returned.milli());
    }
    input.run(tx).await?;
    let all = |holds: fn(&Line) -> bool| transfer.lines.iter().all(holds);
    transfer.status = if all(|line| line.missing() == Quantity::ZERO) {
        Status::Received
    } else if all(|line| line.received == Quantity::ZERO) {
        Status::Sent
    } else {
        Status::Partial
    };
    transfer.version += 1;
    tx.query("UPDATE transfer SET status = $2, version = version + 1 WHERE id = $1")
        .bind(transfer.id)
        .bind(transfer.status.name())
        .run()
        .await
        .map(drop)
}
