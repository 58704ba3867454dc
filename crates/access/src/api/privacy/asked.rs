//! Writing a request down once, however often it is sent.

use axum::response::Response;
use platform::http::{Problem, idempotency::Keyed, json};
use store::person::Person;

use super::view::{AskedRight, PrivacyRequest};
use crate::{Access, Doer, privacy::write_down};

/// 201 with the request as it was written down, now or under the same key before.
pub(super) async fn asked(
    access: &Access,
    (doer, person): (Doer<'_>, &Person),
    (right, keyed): (&AskedRight, &Keyed),
    location: &str,
) -> Result<Response, Problem> {
    let mut tx = access.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, access.clock.now()).await? {
        return Ok(answer);
    }
    let request = access.request(doer, person, right.right, &right.note);
    let answer = json::created(location, &PrivacyRequest::from(request.clone()));
    let answer = keyed.keep(&mut tx, answer).await?;
    write_down(&mut tx, doer, person, &request).await?;
    tx.commit().await?;
    Ok(answer)
}
