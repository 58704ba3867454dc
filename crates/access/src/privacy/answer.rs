//! Answering a request: doing what it asks for, or saying why not.
//!
//! Invariant: a request is closed in the transaction that does what it asks for.

use domain::audit::Action;
use platform::http::Problem;
use store::{
    Tx,
    person::{self, Person},
    privacy::{self, Closing, Request},
    session,
};

use super::Right;
use crate::{
    Access, Doer,
    people::{hold_owners, spare_last_owner},
};

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whether it is done, else it is refused.
    pub done: bool,
    /// In words: what was done, or why it is refused.
    pub words: String,
}

impl Access {
    /// Closes a request. Erasure takes out what names the person, restriction closes their account; what else is asked for is done
    /// by whoever answers (the data given out, the account put right) and said in the answer's words.
    pub async fn answer_request(
        &self,
        doer: Doer<'_>,
        (request, person): (&Request, &Person),
        answer: &Answer,
    ) -> Result<(), Problem> {
        let right =
            Right::named(&request.right).ok_or_else(|| Problem::bug(format_args!("right {}", request.right)))?;
        if matches!(doer, Doer::Caller(principal) if *principal.key_id == *person.code) {
            return Err(Problem::conflict("not_yourself"));
        }
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        // Owners before the person, in the order in which every change of an account takes them.
        let closes = answer.done && matches!(right, Right::Erasure | Right::Restriction);
        if closes {
            hold_owners(&mut tx).await?;
        }
        let person = person::lock(&mut tx, person.id).await?.ok_or_else(Problem::stale)?;
        if closes {
            spare_last_owner(&mut tx, &person, now).await?;
        }
        let closing = Closing { done: answer.done, answer: &answer.words, by: doer.signature(), at: now };
        if !privacy::close(&mut tx, request.id, closing).await? {
            return Err(Problem::conflict("request_closed"));
        }
        let action = if answer.done { Action::PrivacyAnswered } else { Action::PrivacyRefused };
        let event = doer.event(action).on("user", &person.code);
        event.detail("request", request.id).detail("right", right.name()).write(&mut tx, now).await?;
        if answer.done {
            self.carry_out(&mut tx, doer, right, &person).await?;
        }
        tx.commit().await?;
        self.forget_sessions();
        Ok(())
    }

    async fn carry_out(&self, tx: &mut Tx, doer: Doer<'_>, right: Right, person: &Person) -> Result<(), Problem> {
        match right {
            Right::Erasure => self.erase_person(tx, doer, person).await,
            Right::Restriction => self.restrict(tx, doer, person).await,
            Right::Rectification => {
                let event = doer.event(Action::PrivacyRectified).on("user", &person.code);
                Ok(event.write(tx, self.clock.now()).await?)
            }
            // What these ask for is no change: the data are given out by a read of their own, an objection is heard.
            Right::Access | Right::Portability | Right::Objection => Ok(()),
        }
    }

    async fn restrict(&self, tx: &mut Tx, doer: Doer<'_>, person: &Person) -> Result<(), Problem> {
        let now = self.clock.now();
        if person.disabled_at.is_none() {
            person::set_disabled(tx, person.id, Some(now)).await?;
            session::end_all(tx, person.id, None).await?;
        }
        Ok(doer.event(Action::PrivacyRestricted).on("user", &person.code).write(tx, now).await?)
    }
}
