//! Giving somebody what is kept of them.
//!
//! Invariant: what is given out is told to the audit log before it is given.

use domain::{Timestamp, audit::Action};
use platform::http::Problem;
use serde_json::{Value, json};
use store::{
    approval::{self, Approval},
    audit::{self, Filter, Span},
    person::{self, Person},
    session,
};

use super::MOST_REQUESTS;
use crate::{Access, Doer, contact, session::over};

/// Events given out at most: what a person did in a year of work and more.
const MOST_EVENTS: i64 = 20_000;

/// Requests for a second person's consent given out at most.
const MOST_APPROVALS: i64 = 20_000;

/// All that is kept of somebody, as one document.
#[derive(Debug, Clone)]
pub struct Disclosed(pub Value);

impl Access {
    /// Gathers what is kept of somebody.
    pub async fn disclose(&self, doer: Doer<'_>, person: &Person) -> Result<Disclosed, Problem> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        doer.event(Action::PrivacyDisclosed).on("user", &person.code).write(&mut tx, now).await?;
        tx.commit().await?;
        let account = self.kept_account(doer, person).await?;
        let sessions = session::list(&self.db, person.id, over(now)).await?;
        let requests = store::privacy::list(&self.db, Some(person.id), MOST_REQUESTS).await?;
        let approvals = approval::of_person(&self.db, &person.code, MOST_APPROVALS).await?;
        let (events, cut) = self.kept_events(person).await?;
        Ok(Disclosed(json!({
            "made_at": now.to_string(),
            "account": account,
            "sessions": sessions.iter().map(|session| json!({
                "begun_at": session.created_at.to_string(), "used_at": session.seen_at.to_string(),
                "address": session.address, "agent": session.agent,
            })).collect::<Vec<_>>(),
            "requests": requests.iter().map(|request| json!({
                "right": request.right, "note": request.note, "asked_at": request.asked_at.to_string(),
                "state": request.state, "answer": request.answer,
                "closed_at": request.closed_at.map(|at| at.to_string()),
            })).collect::<Vec<_>>(),
            "approvals": approvals.iter().map(|approval| asked_or_decided(approval, &person.code)).collect::<Vec<_>>(),
            "events": events,
            "older_events_left_out": cut,
        })))
    }

    async fn kept_account(&self, doer: Doer<'_>, person: &Person) -> Result<Value, Problem> {
        let reached = contact::reach(&self.vault, person, doer.signature()).await?;
        let factor = person::factor(&self.db, person.id).await?.is_some_and(|factor| factor.since.is_some());
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let sites = self.sites_of(person).await?.codes();
        Ok(json!({
            "id": person.code, "login": person.login, "name": person.name, "role": person.role, "sites": sites,
            "created_by": person.created_by,
            "language": person.language, "email": reached.email, "phone": reached.phone, "second_factor": factor,
            "created_at": person.created_at.to_string(), "last_login_at": instant(person.seen_at),
            "closed_at": instant(person.disabled_at), "erased_at": instant(person.erased_at),
        }))
    }

    /// What the audit log says that they did, and that others did to their account; the newest first.
    /// Whether there were more than are given out.
    async fn kept_events(&self, person: &Person) -> Result<(Vec<Value>, bool), Problem> {
        let did = Filter { actor: Some(person.code.clone()), ..Filter::default() };
        let resource = Some(Span::exactly(&format!("user:{}", person.code)));
        let done_to = Filter { resource, ..Filter::default() };
        let mut records = audit::list(&self.db, i64::MAX, &did, MOST_EVENTS).await?;
        let others = audit::list(&self.db, i64::MAX, &done_to, MOST_EVENTS).await?;
        let cut = [&records, &others].into_iter().any(|list| i64::try_from(list.len()).is_ok_and(|n| n >= MOST_EVENTS));
        records.extend(others);
        records.sort_by_key(|record| std::cmp::Reverse(record.link.seq));
        records.dedup_by_key(|record| record.link.seq);
        let event = |record: &domain::audit::Record| {
            let event = &record.event;
            // From where others came is theirs.
            let own = event.actor.id == person.code;
            let of_theirs = |text: &str| own.then(|| text.to_owned());
            json!({
                "at": event.at.to_string(), "action": event.action.name(), "resource": event.resource,
                "outcome": event.outcome.name(), "by": event.actor.id, "address": of_theirs(&event.origin.address),
                "agent": of_theirs(&event.origin.agent),
            })
        };
        Ok((records.iter().map(event).collect(), cut))
    }
}

/// A request that somebody of that code asked for or decided. Who the other was is not theirs to be given.
fn asked_or_decided(approval: &Approval, code: &str) -> Value {
    let own = |who: &str| (who == code).then(|| who.to_owned());
    json!({
        "id": approval.id, "posting": approval.posting, "site": approval.site_code, "kind": approval.kind.name(),
        "asked_by": own(&approval.asked_by), "asked_at": approval.asked_at.to_string(),
        "state": approval.state.name(), "decided_by": own(&approval.decided_by),
        "decided_at": approval.decided_at.map(|at| at.to_string()), "answer": approval.answer,
    })
}
