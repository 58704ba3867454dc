//! The sheets of counts, beside the postings that closed them.
//!
//! Invariant: what a sheet expected less what it counted is what its posting moved; writing one again changes nothing.

use anyhow::Context;
use domain::Quantity;
use store::{
    Tx,
    count::{self, Counted, NewSheet, Status},
    location, lot,
};

use super::{
    super::counting::{Line, Sheet},
    Builder,
};

impl Builder<'_> {
    /// Notes the sheets of a day, whose postings stand.
    pub(super) async fn note_counts(&self, sheets: &[Sheet]) -> anyhow::Result<()> {
        if sheets.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        for sheet in sheets {
            self.note_count(&mut tx, sheet).await.with_context(|| format!("count {}", sheet.id))?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn note_count(&self, tx: &mut Tx, sheet: &Sheet) -> anyhow::Result<()> {
        let new = self.new_sheet(tx, sheet).await?;
        let open = count::create(tx, &new, sheet.opened_at).await?;
        if open.status == Status::Closed {
            return Ok(());
        }
        let (mut counted, mut again) = (Vec::new(), Vec::new());
        for line in &sheet.lines {
            let found = self.counted(tx, sheet, line).await?;
            if line.is_counted_again() {
                counted.push(Counted { counted_at: sheet.first_at, ..found.clone() });
                again.push(found);
            } else {
                counted.push(found);
            }
        }
        count::add_lines(tx, &open, &counted, sheet.counted_by).await?;
        if !again.is_empty() {
            count::add_lines(tx, &open, &again, sheet.counted_by).await?;
        }
        // A sheet that was just opened numbers its lines from 1.
        let expected: Vec<(i64, Quantity)> = (1..).zip(sheet.lines.iter().map(|line| line.expected)).collect();
        count::settle(tx, &open, &expected, sheet.counted_at).await?;
        Ok(())
    }

    async fn new_sheet(&self, tx: &mut Tx, sheet: &Sheet) -> anyhow::Result<NewSheet> {
        let site = self.site(sheet.site)?;
        let place = location::get(tx, site, sheet.place).await?.with_context(|| format!("no place {}", sheet.place))?;
        Ok(NewSheet {
            id: sheet.id,
            site,
            location: place.id,
            blind: true,
            note: String::new(),
            actor: sheet.opened_by.to_owned(),
        })
    }

    async fn counted(&self, tx: &mut Tx, sheet: &Sheet, line: &Line) -> anyhow::Result<Counted> {
        let product = self.product(&line.sku)?;
        let lot = match &line.lot {
            Some(name) => lot::find(tx, product, name).await?.with_context(|| format!("no lot {}", name.code))?,
            None => 0,
        };
        Ok(Counted { product, lot, counted: line.counted, counted_at: sheet.counted_at, is_dated: true })
    }
}
