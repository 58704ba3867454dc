//! The documents of goods between sites, beside the postings that move them.
//!
//! Invariant: written from what stands in the ledger; writing one again changes nothing.

use anyhow::Context;
use domain::ledger::{Draft, Movement, Posted, PostedLine, PostingKind, lots::NO_LOT};
use store::transfer::{self, NewTransfer};

use super::Builder;
use crate::demo::world::transfer_of;

impl Builder<'_> {
    /// Notes that a transfer's goods left or came, when that is what a posting says.
    pub(super) async fn note_transfer(&self, draft: &Draft, posted: &Posted) -> anyhow::Result<()> {
        match draft.kind {
            PostingKind::TransferOut => self.note_sent(draft, posted).await,
            PostingKind::TransferIn => self.note_received(draft, posted).await,
            _ => Ok(()),
        }
    }

    async fn note_sent(&self, draft: &Draft, posted: &Posted) -> anyhow::Result<()> {
        let new = NewTransfer {
            id: transfer_of(&draft.reference.number),
            from_site: self.site(&draft.site)?,
            to_site: self.site(&draft.note)?,
            note: draft.reference.number.clone(),
            actor: draft.actor.clone(),
        };
        let at = draft.effective_at.unwrap_or_default();
        let mut tx = self.db.write().await?;
        let document = transfer::begin(&mut tx, &new, at).await?;
        transfer::mark_sent(&mut tx, &document, &self.movements(posted)?, at).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn note_received(&self, draft: &Draft, posted: &Posted) -> anyhow::Result<()> {
        let (id, at) = (transfer_of(&draft.reference.number), draft.effective_at.unwrap_or_default());
        let mut tx = self.db.write().await?;
        let mut document = transfer::lock(&mut tx, id).await?.context("a transfer arrives that never left")?;
        if transfer::begin_receipt(&mut tx, id, draft.id, at).await? {
            transfer::receive(&mut tx, &mut document, draft.id, &self.movements(posted)?).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    fn site(&self, code: &str) -> anyhow::Result<i64> {
        let site = self.sites.iter().find(|site| site.code == code);
        site.map(|site| site.id).with_context(|| format!("no site {code}"))
    }

    /// The movements of a posting, none of which is of a lot: what goes bad never passes through the depot.
    fn movements(&self, posted: &Posted) -> anyhow::Result<Vec<Movement>> {
        posted.lines.iter().map(|line| self.movement(line)).collect()
    }

    fn movement(&self, line: &PostedLine) -> anyhow::Result<Movement> {
        let product = self.products.get(&*line.sku).copied().with_context(|| format!("no product {}", line.sku))?;
        Ok(Movement {
            product,
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
