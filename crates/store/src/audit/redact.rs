//! Taking out what names a person.
//!
//! Invariant: the digests stay, so the chain still holds; the log says that something was taken out and whose it was, in the same
//! transaction.

use domain::audit::{Action, ActorKind, Event};

use super::append;
use crate::{Db, Error, Result, Tx};

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redacted {
    /// Events of theirs that no longer say what they are called, nor from where they came.
    pub who: u64,
    /// Events about them that no longer have details.
    pub details: u64,
}

/// Codes of people who were erased and whom events still name, at most `limit`: those that waited to be written when they were, or came
/// from a node that had not heard of it.
pub async fn left(db: &Db, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = db
        .query(
            "SELECT p.code FROM person p WHERE p.erased_at IS NOT NULL AND (
               EXISTS (SELECT 1 FROM audit_event e
                 WHERE e.actor_id = p.code AND e.actor_kind = 'user' AND LENGTH(e.who_salt) > 0)
               OR EXISTS (SELECT 1 FROM audit_event e
                 WHERE e.resource = 'user:' || p.code
                   AND ((LENGTH(e.details_salt) > 0 AND e.action <> 'audit.redacted')
                     OR (LENGTH(e.who_salt) > 0 AND e.actor_kind = 'nobody'))))
             ORDER BY p.code LIMIT $1",
        )
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// Takes out what names them: what they are called and from where they came in what they did, the details in what was done to
/// them. `told` makes the event that says so: an [`Action::AuditRedacted`] on `kind:id`.
pub async fn redact(
    tx: &mut Tx,
    (kind, id): (ActorKind, &str),
    told: impl FnOnce(Redacted) -> Event,
) -> Result<Redacted> {
    let resource = format!("{}:{id}", kind.name());
    let mut who = tx
        .query(
            "UPDATE audit_event SET actor = '', address = '', agent = '', who_salt = $3
             WHERE actor_id = $2 AND actor_kind = $1 AND LENGTH(who_salt) > 0",
        )
        .bind(kind.name())
        .bind(id.to_owned())
        .bind(Vec::<u8>::new())
        .run()
        .await?;
    let details = tx
        .query(
            "UPDATE audit_event SET details = '', details_salt = $2
             WHERE resource = $1 AND LENGTH(details_salt) > 0 AND action <> 'audit.redacted'",
        )
        .bind(resource.clone())
        .bind(Vec::<u8>::new())
        .run()
        .await?;
    // Whoever tried to come in as them is most likely they themselves.
    who += tx
        .query(
            "UPDATE audit_event SET actor = '', address = '', agent = '', who_salt = $2
             WHERE resource = $1 AND actor_kind = 'nobody' AND LENGTH(who_salt) > 0",
        )
        .bind(resource.clone())
        .bind(Vec::<u8>::new())
        .run()
        .await?;
    let redacted = Redacted { who, details };
    let event = told(redacted);
    if event.action != Action::AuditRedacted || event.resource != resource {
        return Err(Error::Broken { table: "audit_event", detail: format!("{resource} is not told of") });
    }
    append::append(tx, &event).await?;
    Ok(redacted)
}
