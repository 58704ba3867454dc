//! Counting on while the database is down.
//!
//! Invariant: lines that were answered 202 are on the disk and come onto their sheet once, by the key of their request, in the order in
//! which they were taken; memory says of them what it surely knows, and the rest when they are handed on.

use std::{cell::Cell, future::Future, sync::PoisonError};

use axum::response::Response;
use platform::http::{Principal, Problem, idempotency::Keyed};
use uuid::Uuid;

use super::{Counted, CountedLine, Entry, Intake, KEPT, PATIENCE};

/// Reads the lines of a request by which products there are; every mistake is told.
pub type Reading<'a> = dyn Fn(&dyn Fn(&str) -> bool) -> Result<Vec<CountedLine>, Problem> + Send + Sync + 'a;

/// Lines to put on a sheet.
#[derive(Clone, Copy)]
pub struct Counting<'a> {
    /// Who counted.
    pub principal: &'a Principal,
    /// Identity of the sheet.
    pub sheet: Uuid,
    /// Under which they take effect once; never none.
    pub keyed: &'a Keyed,
    /// What was counted.
    pub lines: &'a Reading<'a>,
}

/// What became of them.
pub enum TookLines {
    /// What the database made of them.
    Answered(Response),
    /// So many are kept for it.
    Kept(usize),
}

/// A sheet that somebody closes.
pub struct Closing {
    intake: Intake,
    sheet: Uuid,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.intake.sheets().closes_no_more(self.sheet);
    }
}

impl Intake {
    /// Has `ask` put them on their sheet, or keeps them while that cannot be.
    pub async fn count(
        &self,
        asked: Counting<'_>,
        ask: impl Future<Output = Result<Response, Problem>> + Send,
    ) -> Result<TookLines, Problem> {
        // What was sold before they were counted goes into the ledger first.
        if self.must_wait() && matches!(self.judge_lines(&asked), Some(Ok(_))) {
            let _beside_others = self.0.gate.read().await;
            if self.must_wait() {
                return self.keep_lines(&asked, Problem::unavailable(PATIENCE)).await;
            }
        }
        let refusal = match self.in_time(ask).await {
            Some(Err(problem)) if problem.of_store().is_some_and(|error| self.is_outage(error)) => problem,
            Some(answer) => return answer.map(TookLines::Answered),
            None => Problem::unavailable(PATIENCE).log("the database did not answer in time"),
        };
        let _beside_others = self.0.gate.read().await;
        self.keep_lines(&asked, refusal).await
    }

    /// Nothing is kept for that sheet from here on, for as long as what this gives is held; `None` while lines of it wait here.
    pub async fn close(&self, sheet: Uuid) -> Option<Closing> {
        // Whoever is keeping lines of it has kept them by then.
        let _alone = self.0.gate.write().await;
        if self.0.files.waiting.figures().pending > 0 && self.sheets().has_lines_of(sheet) {
            return None;
        }
        self.sheets().closes(sheet);
        Some(Closing { intake: self.clone(), sheet })
    }

    /// Keeps them all, or gives `refusal`.
    async fn keep_lines(&self, asked: &Counting<'_>, refusal: Problem) -> Result<TookLines, Problem> {
        let identity = asked.keyed.identity().ok_or_else(|| Problem::bug("lines to keep have no key"))?;
        let Some(counted) = self.judge_lines(asked) else { return Err(refusal) };
        let (counted, lines) = counted.map(|counted| (Entry::Counted(counted.clone()), counted.lines.len()))?;
        match self.ids().get(&identity.0) {
            Some(known) if *known == identity.1 => return Ok(TookLines::Kept(lines)),
            Some(_) => return Err(Problem::conflict("idempotency_key_reused")),
            None => {}
        }
        if !self.sheets().keeps_lines_of(asked.sheet) {
            return Err(refusal);
        }
        let bytes = counted.bytes().map_err(|error| Problem::internal(&error))?;
        self.0.files.waiting.append(vec![bytes]).await.map_err(|error| {
            tracing::error!(%error, "lines of a count could not be kept");
            refusal
        })?;
        self.ids().insert(identity.0, identity.1);
        self.forget_settled();
        self.0.counts.add(KEPT, 1);
        self.0.awake.notify_one();
        Ok(TookLines::Kept(lines))
    }

    /// What is to be kept of them, or why they would surely be refused; `None` when only the database can tell. Which lots there are, and
    /// what the sheet has already, is told when they are handed on.
    fn judge_lines(&self, asked: &Counting<'_>) -> Option<Result<Counted, Problem>> {
        let goods = self.0.goods.read().unwrap_or_else(PoisonError::into_inner);
        let sheet = goods.sheet(asked.sheet)?;
        if !asked.principal.sites.includes(&sheet.site) {
            return Some(Err(Problem::not_found(asked.sheet.to_string())));
        }
        if sheet.is_closing {
            return Some(Err(Problem::conflict("count_closed")));
        }
        let is_unsure = Cell::new(false);
        let has = |sku: &str| {
            let has = goods.has(sku);
            is_unsure.set(is_unsure.get() || !has);
            has
        };
        let lines = (asked.lines)(&has);
        if is_unsure.get() && self.is_behind() {
            return None;
        }
        let (of, actor) = ((sheet.site.clone(), asked.sheet), asked.principal.signature().to_owned());
        lines.map(|lines| Counted::new(of, actor, asked.keyed.clone(), lines)).transpose()
    }
}
