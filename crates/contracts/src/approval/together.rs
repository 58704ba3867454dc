//! Posting what follows from a posting together with it.
//!
//! Invariant: whoever asked may go away, and so may the process: the first never stands alone with nobody asked for the second.

use domain::{
    audit::Event,
    ledger::{Draft, Limits, Outcome, Posted, Rejection, canonical},
};
use platform::http::{Principal, Problem};
use store::{
    approval::State,
    ledger::together::{self, Became, Otherwise, Pair},
};
use uuid::Uuid;

use super::{
    Desk, Passed,
    approve::what_was_posted,
    ask::{Asking, waived},
};

/// What became of both.
#[derive(Debug)]
pub enum Together {
    /// The first stood already: whoever sends it again looks what became of the second.
    Stood,
    /// One of them is refused: neither was posted.
    Refused(Rejection),
    /// Everything that was to be posted stands.
    Posted(Vec<Outcome>),
    /// The first stands; the second waits by the request of that identity.
    Waits(Outcome, Uuid),
}

impl Desk {
    /// Posts a draft and one that follows from it. What is worth more than one person may post alone waits, or is posted where there is nobody
    /// to ask, as [`Desk::ask`] has it.
    pub async fn post_together(&self, first: &Draft, then: &Draft, by: &Principal) -> Result<Together, Problem> {
        let (now, site) = (self.0.parts.clock.now(), self.site_of(then).await?);
        let asking = Asking::of(then, site, canonical::draft_digest(then))?;
        let has_another = self.has_another(&then.actor, site).await?;
        let waits = |passed: Passed| {
            let request = self.request_of(&asking, passed, now);
            let event = asking.event(Some(by), passed, request.id).at(now);
            Otherwise::Waits(Box::new(request), Box::new(event))
        };
        let goes = |passed: Passed| {
            let (free, event) = (Draft { limits: Limits::NONE, ..then.clone() }, waived(Some(by), then, passed));
            let told = move |posted: &Posted| -> Event { what_was_posted(event.clone(), posted).at(now) };
            Otherwise::Goes(Box::new(free), Box::new(told))
        };
        let otherwise = |why: &Rejection| {
            let passed = Passed::in_refusal(why)?;
            Some(if has_another { waits(passed) } else { goes(passed) })
        };
        let pair = Pair { first, then, otherwise: &otherwise, watch: self.0.parts.watch.as_ref() };
        Ok(match together::post(&self.0.parts.db, pair, now).await? {
            Became::Stood => Together::Stood,
            Became::Refused(why) => Together::Refused(why),
            Became::Posted(both) => Together::Posted(both.into()),
            Became::Waits(outcome, _, request) => {
                self.tell(request, &then.site, State::Pending);
                Together::Waits(outcome, request)
            }
        })
    }
}
