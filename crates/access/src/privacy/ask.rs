//! Asking for a right.

use domain::audit::Action;
use platform::http::Problem;
use store::{
    Tx,
    person::{self, Person},
    privacy::{self, Request},
};
use uuid::Uuid;

use super::{MOST_REQUESTS, Right};
use crate::{Access, Doer};

impl Access {
    /// Writes down what somebody asks for.
    pub async fn ask_for(&self, doer: Doer<'_>, person: &Person, right: Right, note: &str) -> Result<Request, Problem> {
        let request = self.request(doer, person, right, note);
        let mut tx = self.db.write().await?;
        write_down(&mut tx, doer, person, &request).await?;
        tx.commit().await?;
        Ok(request)
    }

    /// What somebody asks for now, not written down yet.
    pub(crate) fn request(&self, doer: Doer<'_>, person: &Person, right: Right, note: &str) -> Request {
        let now = self.clock.now();
        Request {
            id: self.ids.next(now),
            person: person.id,
            right: right.name().to_owned(),
            note: note.to_owned(),
            asked_at: now,
            asked_by: doer.signature().to_owned(),
            due_at: right.due(now),
            state: "open".to_owned(),
            answer: String::new(),
            closed_at: None,
            closed_by: String::new(),
        }
    }

    /// What was asked for about somebody, or about everybody.
    pub async fn asked_for(&self, person: Option<Uuid>) -> Result<Vec<Request>, Problem> {
        Ok(privacy::list(&self.db, person, MOST_REQUESTS).await?)
    }

    /// A request, and whose it is. 404 when there is none.
    pub async fn privacy_request(&self, id: &str) -> Result<(Request, Person), Problem> {
        let missing = || Problem::not_found(id);
        let number: Uuid = id.parse().map_err(|_| missing())?;
        let request = privacy::get(&self.db, number).await?.ok_or_else(missing)?;
        let person = person::get(&self.db, request.person).await?;
        let person = person.ok_or_else(|| Problem::bug(format_args!("request {number} is nobody's")))?;
        Ok((request, person))
    }
}

/// Writes it down in the caller's transaction, just before that is committed.
pub(crate) async fn write_down(tx: &mut Tx, doer: Doer<'_>, person: &Person, request: &Request) -> Result<(), Problem> {
    privacy::create(tx, request).await?;
    let event = doer.event(Action::PrivacyRequested).on("user", &person.code);
    let event = event.detail("request", request.id).detail("right", &request.right);
    Ok(event.write(tx, request.asked_at).await?)
}
