//! The documents of goods between sites, beside the postings that move them.
//!
//! Invariant: written from what stands in the ledger; writing one again changes nothing.

use anyhow::Context;
use domain::ledger::{Draft, Movement, Posted, PostedLine, PostingKind, lots::NO_LOT};
use store::{
    Tx,
    transfer::{self, NewTransfer},
};
use uuid::Uuid;

use super::Builder;
use crate::demo::world::transfer_of;

impl Builder<'_> {
    /// Notes that the goods of transfers left or came, as their postings say.
    pub(super) async fn note_transfers(&self, moved: &[(&Draft, Posted)]) -> anyhow::Result<()> {
        if moved.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        for (draft, posted) in moved {
            if draft.kind == PostingKind::TransferOut {
                self.note_sent(&mut tx, draft, posted).await?;
            } else {
                note_received(&mut tx, draft).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn note_sent(&self, tx: &mut Tx, draft: &Draft, posted: &Posted) -> anyhow::Result<()> {
        let new = NewTransfer {
            id: transfer_named(draft)?,
            from_site: self.site(&draft.site)?,
            to_site: self.site(&draft.note)?,
            note: String::new(),
            actor: draft.actor.clone(),
        };
        let at = draft.effective_at.unwrap_or_default();
        let document = transfer::begin(tx, &new, at).await?;
        transfer::mark_sent(tx, &document, &self.movements(posted)?, at).await?;
        Ok(())
    }

    pub(super) fn site(&self, code: &str) -> anyhow::Result<i64> {
        let site = self.sites.iter().find(|site| site.code == code);
        site.map(|site| site.id).with_context(|| format!("no site {code}"))
    }

    pub(super) fn product(&self, sku: &str) -> anyhow::Result<i64> {
        self.products.get(sku).copied().with_context(|| format!("no product {sku}"))
    }

    /// The movements of a posting, none of which is of a lot: what goes bad never passes through the depot.
    fn movements(&self, posted: &Posted) -> anyhow::Result<Vec<Movement>> {
        posted.lines.iter().map(|line| self.movement(line)).collect()
    }

    fn movement(&self, line: &PostedLine) -> anyhow::Result<Movement> {
        Ok(Movement {
            product: self.product(&line.sku)?,
            sku: line.sku.clone(),
            lot: NO_LOT,
            from: 0,
            to: 0,
            quantity: line.quantity,
            value: line.value,
            settled: domain::Money::ZERO,
            revenue: domain::Money::ZERO,
            on_hand_after: line.on_hand_after,
        })
    }
}

async fn note_received(tx: &mut Tx, draft: &Draft) -> anyhow::Result<()> {
    let (id, at) = (transfer_named(draft)?, draft.effective_at.unwrap_or_default());
    let mut document = transfer::lock(tx, id).await?.context("a transfer arrives that never left")?;
    if transfer::begin_receipt(tx, id, draft.id, at).await? {
        transfer::take_in(tx, &mut document, draft.id).await?;
    }
    Ok(())
}

fn transfer_named(draft: &Draft) -> anyhow::Result<Uuid> {
    transfer_of(&draft.reference.number).with_context(|| format!("{} names no transfer", draft.id))
}
