//! Documents of which some stands in the ledger already: rows that were refused and have been put right since.
//!
//! Invariant: what stands is proved to be what the file says of those products, to the letter, before the rest is added; the rest
//! has an identity of its own, made from that of the document, so that importing again adds nothing.

use std::collections::HashSet;

use domain::{
    ids,
    ledger::{Draft, Outcome, Rejection},
};
use store::ledger::read;
use uuid::Uuid;

use super::{
    Work,
    plan::{Group, Line, Plan},
    sums::Tally,
};
use crate::imports::{Code, ImportError, Issue, report::Postings};

/// What became of a document.
enum Completed {
    /// All of it stood already, over several postings.
    Stood,
    /// What was missing was added.
    Added,
    /// What was missing was not taken.
    Rejected(Group, Rejection),
    /// What stands is not what the file says now.
    Changed,
}

impl Work<'_> {
    /// Adds what is missing of documents that stand with other content than the file's.
    pub(super) async fn complete(
        &mut self,
        plan: &Plan,
        places: &[usize],
        (postings, tally): (&mut Postings, &mut Tally),
    ) -> Result<(), ImportError> {
        let mut added = 0;
        for place in places {
            let group = &plan.groups[*place];
            match self.complete_one(plan, group, tally).await? {
                Completed::Stood => postings.duplicate += 1,
                Completed::Added => {
                    postings.posted += 1;
                    added += 1;
                }
                Completed::Rejected(rest, why) => {
                    postings.rejected += 1;
                    let issues = self.rejected(&rest, &why);
                    self.issues.extend(issues);
                }
                Completed::Changed => {
                    postings.rejected += 1;
                    let issues: Vec<Issue> = group.lines.iter().map(|line| self.changed(line)).collect();
                    self.issues.extend(issues);
                }
            }
        }
        self.report.others.insert("documents_completed", added);
        Ok(())
    }

    async fn complete_one(&self, plan: &Plan, group: &Group, tally: &mut Tally) -> Result<Completed, ImportError> {
        let (mut id, mut left) = (self.drafter(plan).id(group), group.clone());
        loop {
            let Some(stands) = read::posting(&self.context.db, id).await? else {
                return self.add(plan, left, id, tally).await;
            };
            let skus: HashSet<&str> = stands.entry.movements.iter().map(|movement| &*movement.sku).collect();
            let (there, rest) = left.divided(|line| skus.contains(plan.skus[line.product as usize].as_str()));
            let draft = Draft { id, ..self.drafter(plan).draft(&there) };
            // Posting what stands writes nothing, and says whether it is the same.
            match self.post_one(draft).await? {
                Outcome::Duplicate(posted) if !there.lines.is_empty() => tally.take(&there, &posted),
                _ => return Ok(Completed::Changed),
            }
            if rest.lines.is_empty() {
                return Ok(Completed::Stood);
            }
            (id, left) = (ids::named(id, "rest"), rest);
        }
    }

    async fn add(&self, plan: &Plan, rest: Group, id: Uuid, tally: &mut Tally) -> Result<Completed, ImportError> {
        let draft = Draft { id, ..self.drafter(plan).draft(&rest) };
        Ok(match self.post_one(draft).await? {
            Outcome::Posted(posted) | Outcome::Duplicate(posted) => {
                tally.take(&rest, &posted);
                Completed::Added
            }
            Outcome::Rejected(Rejection::IdempotencyConflict) => Completed::Changed,
            Outcome::Rejected(why) => Completed::Rejected(rest, why),
        })
    }

    async fn post_one(&self, draft: Draft) -> Result<Outcome, ImportError> {
        let outcome = self.ledger.post(vec![draft]).await?.pop();
        Ok(outcome.ok_or(store::Error::Stopped)?)
    }

    fn changed(&self, line: &Line) -> Issue {
        let row = &self.sales.rows[line.row as usize];
        Issue::new(u64::from(row.row), Code::ChangedDocument).value(self.sales.invoices.get(row.invoice))
    }
}
