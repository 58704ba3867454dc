//! The documents of goods between sites, beside the postings that move them.
//!
//! Invariant: written from what stands in the ledger; writing one again changes nothing.

use anyhow::Context;
use domain::{
    Money, Quantity,
    ledger::{Draft, Movement, Posted, PostedLine, PostingKind, lots::NO_LOT},
};
use store::{
    Tx,
    transfer::{self, NewTransfer},
};
use uuid::Uuid;

use super::Builder;
use crate::demo::world::transfer_of;

/// Drafts in runs that may be posted together: one of goods that arrive begins a run, for what they are worth is known when they
/// have left.
pub(super) fn runs(drafts: Vec<Draft>) -> Vec<Vec<Draft>> {
    let mut runs: Vec<Vec<Draft>> = Vec::new();
    for draft in drafts {
        match runs.last_mut() {
            Some(run) if draft.kind != PostingKind::TransferIn => run.push(draft),
            _ => runs.push(vec![draft]),
        }
    }
    runs
}

impl Builder<'_> {
    /// Values the goods that arrive first in a run at what they were worth when they left.
    pub(super) async fn value_arrival(&self, run: &mut [Draft]) -> anyhow::Result<()> {
        let Some(draft) = run.first_mut().filter(|draft| draft.kind == PostingKind::TransferIn) else { return Ok(()) };
        let document = transfer::get(self.db, transfer_named(draft)?).await?;
        let mut sent = document.context("a transfer arrives that never left")?.lines;
        // As before anything came, so that doing it again gives the same.
        sent.iter_mut().for_each(|line| (line.received, line.received_value) = (Quantity::ZERO, Money::ZERO));
        for line in &mut draft.lines {
            let left = sent.iter_mut().find(|sent| sent.sku == line.sku && sent.missing() >= line.quantity);
            let left = left.with_context(|| format!("more {} arrives than left", line.sku))?;
            let value = left.value_of_next(line.quantity);
            (left.received, left.received_value) = (left.received + line.quantity, left.received_value + value);
            line.line_cost = Some(value);
        }
        Ok(())
    }

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
            settled: Money::ZERO,
            revenue: Money::ZERO,
            on_hand_after: line.on_hand_after,
        })
    }
}

async fn note_received(tx: &mut Tx, draft: &Draft) -> anyhow::Result<()> {
    let (id, at) = (transfer_named(draft)?, draft.effective_at.unwrap_or_default());
    let mut document = transfer::lock(tx, id).await?.context("a transfer arrives that never left")?;
    if transfer::begin_receipt(tx, id, draft.id, None, at).await? {
        transfer::take_in(tx, &mut document, draft.id).await?;
    }
    Ok(())
}

fn transfer_named(draft: &Draft) -> anyhow::Result<Uuid> {
    transfer_of(&draft.reference.number).with_context(|| format!("{} names no transfer", draft.id))
}
