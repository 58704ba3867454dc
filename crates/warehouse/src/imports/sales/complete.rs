//! Documents of which some stands in the ledger already: rows that were refused and have been put right since.
//!
//! Invariant: what stands is proved to be what the file says of those products, to the letter, before the rest is added; the rest
//! has an identity of its own, made from that of the document, so that importing again adds nothing.

use domain::ledger::{Draft, Outcome, Rejection};

use super::{
    Work,
    plan::{Group, Line, Plan},
    standing::{Part, Standing, State},
    sums::Tally,
};
use crate::imports::{Code, ImportError, Issue, report::Postings};

/// What became of a document of which some stood.
enum Completed {
    /// All of it stood already, over several postings.
    Stood,
    /// What was missing was added.
    Added,
    /// What was missing was not taken.
    Rejected(Group, Rejection),
}

impl Work<'_> {
    /// Adds what is missing of documents that stand with other content than the file's.
    pub(super) async fn complete(
        &mut self,
        plan: &Plan,
        standing: Standing,
        (postings, tally): (&mut Postings, &mut Tally),
    ) -> Result<(), ImportError> {
        let mut added = 0;
        for (group, state) in plan.groups.iter().zip(standing.states) {
            let issues = match state {
                State::Missing | State::Stands => continue,
                State::Changed => group.lines.iter().map(|line| self.changed(line)).collect(),
                State::Partly(part) => match self.complete_one(plan, part, tally).await? {
                    Completed::Stood => {
                        postings.duplicate += 1;
                        continue;
                    }
                    Completed::Added => {
                        postings.posted += 1;
                        added += 1;
                        continue;
                    }
                    Completed::Rejected(rest, why) => self.rejected(&rest, &why),
                },
            };
            postings.rejected += 1;
            self.issues.extend(issues);
        }
        self.report.others.insert("documents_completed", added);
        Ok(())
    }

    async fn complete_one(&self, plan: &Plan, part: Part, tally: &mut Tally) -> Result<Completed, ImportError> {
        for (id, there) in part.there {
            // Posting what stands writes nothing, and says what the ledger has of it.
            match self.post_one(Draft { id, ..self.drafter(plan).draft(&there) }).await? {
                Outcome::Posted(posted) | Outcome::Duplicate(posted) => tally.take(&there, &posted),
                Outcome::Rejected(why) => return Ok(Completed::Rejected(there, why)),
            }
        }
        let Some((id, rest)) = part.rest else { return Ok(Completed::Stood) };
        Ok(match self.post_one(Draft { id, ..self.drafter(plan).draft(&rest) }).await? {
            Outcome::Posted(posted) | Outcome::Duplicate(posted) => {
                tally.take(&rest, &posted);
                Completed::Added
            }
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
